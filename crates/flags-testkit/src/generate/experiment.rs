//! Experiments with layers and holdouts, consistent with each other, and the controls over them.

use flags_core::{
    Definitions, ExperimentAction, Percentage,
    definition::{ArmDefinition, ExperimentDefinition, ExperimentStatus, HoldoutDefinition, LayerDefinition},
};

use super::{
    Known,
    choices::Choices,
    condition::{boxed, condition},
    context::named_instant,
    pool::{BUCKET_BY, PERCENTAGES, SALTS},
};
use crate::oracle::Control;

/// Keys of experiments; some of them are those of flags, which have a name space of their own.
const EXPERIMENTS: [&str; 3] = ["button", "checkout", "a-b"];

const ARMS: [&str; 3] = ["control", "treatment", "extra"];

/// Adds up to three experiments. `known_before` holds, for each flag, what was known before it: an experiment that overrides
/// that flag and later ones, and whose audience asks for nothing else, closes no circle.
pub(super) fn experiments(
    choices: &mut Choices<'_>,
    known_before: &[Known],
    known: &Known,
    definitions: &mut Definitions,
) {
    if !choices.chance(50) {
        return;
    }
    if choices.chance(60) {
        definitions.layers.push(LayerDefinition { salt: salt(choices), ..LayerDefinition::new("layer") });
    }
    let of_layer = boxed(if choices.chance(25) { choices.some(&BUCKET_BY, 1, 2) } else { vec![] });
    let mut left = 100_000;
    let mut taken: Vec<(Box<str>, Option<Box<str>>)> = Vec::new();
    for key in &EXPERIMENTS[..1 + choices.below(EXPERIMENTS.len())] {
        let first = choices.below(known_before.len());
        let mut experiment = ExperimentDefinition {
            status: choices.pick(&[
                ExperimentStatus::Running,
                ExperimentStatus::Running,
                ExperimentStatus::Running,
                ExperimentStatus::Running,
                ExperimentStatus::Running,
                ExperimentStatus::Draft,
                ExperimentStatus::Paused,
                ExperimentStatus::Stopped,
            ]),
            salt: salt(choices),
            ..ExperimentDefinition::new(*key)
        };
        dates(choices, &mut experiment);
        if choices.chance(50) {
            let share: u32 = choices.pick(&PERCENTAGES);
            experiment.traffic = Percentage::from_thousandths(share);
        }
        if choices.chance(30) && !definitions.layers.is_empty() {
            experiment.layer = Some("layer".into());
            experiment.bucket_by.clone_from(&of_layer);
            let share = experiment.traffic.map_or(100_000, Percentage::thousandths).min(left);
            experiment.traffic = Percentage::from_thousandths(share);
            left -= share;
        } else if choices.chance(25) {
            experiment.bucket_by = boxed(choices.some(&BUCKET_BY, 1, 2));
        }
        if choices.chance(30) {
            experiment.audience.push(condition(choices, &known_before[first]));
        }
        arms(choices, &known.flags[first..], &mut experiment);
        if choices.chance(20) && experiment.status != ExperimentStatus::Draft {
            let names: Vec<Box<str>> = experiment.arms.iter().map(|arm| arm.name.clone()).collect();
            experiment.winner = Some(choices.pick(&names));
        }
        keep_apart(&mut experiment, &mut taken);
        definitions.experiments.push(experiment);
    }
    holdouts(choices, definitions);
}

fn dates(choices: &mut Choices<'_>, experiment: &mut ExperimentDefinition) {
    if choices.chance(20) {
        experiment.start = Some(named_instant(choices));
    }
    if choices.chance(20) {
        experiment.end = Some(named_instant(choices)).filter(|end| experiment.start.is_none_or(|start| start < *end));
    }
}

fn arms(choices: &mut Choices<'_>, flags: &[(Box<str>, Vec<Box<str>>)], experiment: &mut ExperimentDefinition) {
    let touched: Vec<&(Box<str>, Vec<Box<str>>)> =
        flags.iter().enumerate().filter(|(at, _)| *at == 0 || choices.chance(50)).map(|(_, flag)| flag).collect();
    for name in &ARMS[..2 + choices.below(2)] {
        let mut arm = ArmDefinition { control: experiment.arms.is_empty(), ..ArmDefinition::new(*name) };
        arm.weight = choices.pick(&[1, 1, 0, 2, 3, 50, 500_000_000]);
        for (flag, variants) in &touched {
            if !choices.chance(20) {
                arm.overrides.push((flag.clone(), choices.pick(variants)));
            }
        }
        experiment.arms.push(arm);
    }
    if experiment.arms.iter().all(|arm| arm.weight == 0) {
        experiment.arms[0].weight = 1;
    }
}

/// Takes those flags away from an experiment that another one is on at the same time, for the same units.
fn keep_apart(experiment: &mut ExperimentDefinition, taken: &mut Vec<(Box<str>, Option<Box<str>>)>) {
    let enrols = matches!(experiment.status, ExperimentStatus::Running | ExperimentStatus::Paused);
    if !enrols || experiment.winner.is_some() {
        return;
    }
    let layer = experiment.layer.clone();
    let is_taken =
        |flag: &str| taken.iter().any(|(known, other)| **known == *flag && (layer.is_none() || *other != layer));
    for arm in &mut experiment.arms {
        arm.overrides.retain(|(flag, _)| !is_taken(flag));
    }
    let flags: Vec<Box<str>> = experiment.flags().into_iter().map(Into::into).collect();
    taken.extend(flags.into_iter().map(|flag| (flag, layer.clone())));
}

fn holdouts(choices: &mut Choices<'_>, definitions: &mut Definitions) {
    for key in &["q4", "always"][..choices.below(3)] {
        let share = choices.pick(&[12_500, 0, 50_000, 33_333, 1, 100_000]);
        let share = Percentage::from_thousandths(share).expect("the alphabet is in range");
        let mut holdout = HoldoutDefinition { salt: salt(choices), ..HoldoutDefinition::new(*key, share) };
        if choices.chance(60) {
            let keys: Vec<Box<str>> = definitions.experiments.iter().map(|found| found.key.clone()).collect();
            holdout = holdout.from_experiments(choices.some(&keys, 1, 2));
        }
        definitions.holdouts.push(holdout);
    }
}

/// Adds controls of experiments.
pub(super) fn controls(choices: &mut Choices<'_>, definitions: &Definitions, controls: &mut Vec<Control>) {
    for experiment in &definitions.experiments {
        if !choices.chance(30) {
            continue;
        }
        for _ in 0..=choices.below(2) {
            let action = match choices.below(7) {
                0 | 1 => ExperimentAction::Start,
                2 => ExperimentAction::Pause,
                3 => ExperimentAction::Stop,
                4 => ExperimentAction::Extend { end: named_instant(choices) },
                _ => {
                    let names: Vec<Box<str>> = experiment.arms.iter().map(|arm| arm.name.clone()).collect();
                    let arm = if choices.chance(15) { "no_such_arm".into() } else { choices.pick(&names) };
                    ExperimentAction::Winner { arm }
                }
            };
            controls.push(Control::Experiment { experiment: experiment.key.to_string(), action });
        }
    }
    // An experiment that is not there, as after its removal from the file.
    if choices.chance(5) {
        controls.push(Control::Experiment { experiment: "removed".to_owned(), action: ExperimentAction::Start });
    }
}

fn salt(choices: &mut Choices<'_>) -> Option<Box<str>> {
    choices.chance(15).then(|| choices.pick(&SALTS).into())
}
