//! Experiments that enrol nobody, or nobody to compare with, and layers nobody is in.

use std::collections::HashSet;

use flags_core::{Definitions, ExperimentDefinition, PathPart, definition::ExperimentStatus};

use super::{Finding, LintCode, subject::Subject};

/// An experiment whose end has come, and that is still said to be running.
pub(super) fn check_over(subject: &Subject<'_>, experiment: &ExperimentDefinition, findings: &mut Vec<Finding>) {
    let Some(end) = experiment.end.filter(|end| *end <= subject.now) else { return };
    if enrols(experiment) {
        let message = format!("experiment `{}` ended at {end} and enrols nobody any more", experiment.key);
        let finding = Finding::new(LintCode::ExperimentOver, ["end".into()], message);
        findings.push(finding.help("write its `winner`, or `status = \"stopped\"`, or a later `end`"));
    }
}

/// An experiment that overrides a flag which nobody has.
pub(super) fn check_flags(subject: &Subject<'_>, experiment: &ExperimentDefinition, findings: &mut Vec<Finding>) {
    if !enrols(experiment) {
        return;
    }
    let mut told = HashSet::new();
    for (at, arm) in experiment.arms.iter().enumerate() {
        for (key, _) in &arm.overrides {
            let is_off = subject.flag(key).is_some_and(|flag| !subject.can_be_reached(flag));
            if is_off && told.insert(key) {
                let path: [PathPart; 4] = ["arms".into(), at.into(), "overrides".into(), PathPart::Key(key.clone())];
                let message = format!("`{key}` is off, so no arm of experiment `{}` is served", experiment.key);
                let finding = Finding::new(LintCode::ExperimentWithoutEffect, path, message);
                findings.push(finding.help("switch the flag on: an experiment acts on flags that are"));
            }
        }
    }
}

/// An experiment in which all units get the same arm.
pub(super) fn check_arms(_: &Subject<'_>, experiment: &ExperimentDefinition, findings: &mut Vec<Finding>) {
    let mut with_units = experiment.arms.iter().filter(|arm| arm.weight > 0);
    if let (true, Some(only), None) = (enrols(experiment), with_units.next(), with_units.next()) {
        let message = format!("every unit of experiment `{}` gets arm `{}`", experiment.key, only.name);
        let finding = Finding::new(LintCode::SingleArm, ["arms".into()], message);
        findings.push(finding.help("give a second arm a weight above 0; with one there is nothing to compare"));
    }
}

/// Layers no experiment names.
pub(super) fn check_layers(definitions: &Definitions, findings: &mut Vec<Finding>) {
    let used: HashSet<&str> = definitions.experiments.iter().filter_map(|found| found.layer.as_deref()).collect();
    for layer in definitions.layers.iter().filter(|layer| !used.contains(&*layer.key)) {
        let path = ["layers".into(), PathPart::Key(layer.key.clone())];
        let message = format!("no experiment is in layer `{}`", layer.key);
        findings.push(Finding::new(LintCode::UnusedLayer, path, message).help("remove it, or use it"));
    }
}

/// Whether it is meant to enrol now.
fn enrols(experiment: &ExperimentDefinition) -> bool {
    experiment.status == ExperimentStatus::Running && experiment.winner.is_none()
}

#[cfg(test)]
mod tests {
    use flags_core::{
        Condition, FlagDefinition, Percentage, SegmentDefinition,
        definition::{ArmDefinition, LayerDefinition},
    };

    use super::*;
    use crate::lint::{
        Linter,
        test_support::{at, now, shown},
    };

    fn experiment() -> ExperimentDefinition {
        ExperimentDefinition::new("e")
            .status(ExperimentStatus::Running)
            .arm(ArmDefinition::control("a").overrides("button", "off"))
            .arm(ArmDefinition::new("b").overrides("button", "on"))
    }

    #[track_caller]
    fn found(flag: FlagDefinition, experiment: ExperimentDefinition) -> Vec<String> {
        let definitions = Definitions { flags: vec![flag], experiments: vec![experiment], ..Definitions::default() };
        assert!(definitions.clone().check().is_ok());
        shown(&Linter::new(&definitions, now()).findings())
    }

    fn on() -> FlagDefinition {
        FlagDefinition::new("button")
    }

    #[test]
    fn over_and_still_running() {
        let over = || experiment().end(at("2026-11-20T12:00:00Z"));
        assert_eq!(
            found(on(), over()),
            [
                "experiment-over experiments.e.end: experiment `e` ended at 2026-11-20T12:00:00Z and enrols nobody any more"
            ]
        );
        assert_eq!(found(on(), over().status(ExperimentStatus::Stopped)), [""; 0]);
        assert_eq!(found(on(), over().winner("b")), [""; 0]);
        assert_eq!(found(on(), experiment().end(at("2026-11-20T12:00:01Z"))), [""; 0]);
    }

    #[test]
    fn on_a_flag_that_is_off() {
        let expected = [
            "experiment-without-effect experiments.e.arms[0].overrides.button: `button` is off, so no arm of experiment `e` is served",
        ];
        assert_eq!(found(on().enabled(false), experiment()), expected);
        assert_eq!(found(on().enabled(false), experiment().status(ExperimentStatus::Draft)), [""; 0]);
        // Nobody is admitted by the percentage, which comes after the experiment.
        assert_eq!(found(on().rollout(Percentage::ZERO), experiment()), [""; 0]);
        assert_eq!(found(on().enabled(false).environment("e", |flag| flag.enabled(true)), experiment()), [""; 0]);
    }

    #[test]
    fn one_arm_for_all() {
        let mut one = experiment();
        one.arms[1].weight = 0;
        assert_eq!(
            found(on(), one.clone()),
            ["single-arm experiments.e.arms: every unit of experiment `e` gets arm `a`"]
        );
        one.status = ExperimentStatus::Stopped;
        assert_eq!(found(on(), one), [""; 0]);
    }

    /// What an experiment names is in use, and its audience is looked at like every other condition.
    #[test]
    fn layers_segments_and_audiences() {
        let adults = Condition::attribute("age").at_least(18);
        let children = Condition::attribute("age").less_than(18);
        let definitions = Definitions {
            flags: vec![on(), FlagDefinition::new("old").tag("deprecated").enabled(false)],
            segments: vec![SegmentDefinition::new("fans").member("user-1")],
            layers: vec![LayerDefinition::new("page"), LayerDefinition::new("shop")],
            experiments: vec![
                experiment()
                    .layer("page")
                    .audience(Condition::segment("fans"))
                    .audience(Condition::flag_on("old"))
                    .audience(Condition::percentage(Percentage::HUNDRED))
                    .audience(adults)
                    .audience(children),
            ],
            ..Definitions::default()
        };
        insta::assert_snapshot!(shown(&Linter::new(&definitions, now()).findings()).join("\n"), @r#"
        contradictory-conditions experiments.e.audience[4]: `{ attribute = "age", at_least = 18 }` and `{ attribute = "age", less_than = 18 }` never hold together
        always-true-condition experiments.e.audience[2]: `percentage = 100` admits every unit
        deprecated-reference experiments.e.audience[1].flag: a condition of experiment `e` asks for `old`, which is deprecated
        unused-layer layers.shop: no experiment is in layer `shop`
        "#);
    }
}
