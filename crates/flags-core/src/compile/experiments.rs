//! Experiments, layers and holdouts become records; each flag learns which experiments are on it.

use alloc::{vec, vec::Vec};

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::{Compiler, Scope};
use crate::{
    BucketKey, CheckedDefinitions, Definitions, ExperimentDefinition, Percentage, Purpose,
    definition::HeldOutFrom,
    set::{
        ArmVariant, Experiment, ExperimentArm, ExperimentControls, FlagExperiment, Holdout, Layer, NONE, Span,
        TrafficGate, narrow,
    },
};

impl<'c> Compiler<'c> {
    /// Lays down every experiment. Flags come after it, as each keeps the list of experiments on it.
    pub(super) fn experiments(&mut self, definitions: &'c CheckedDefinitions, default_unit: u32) {
        let mut layers: HashMap<&str, u32, FixedState> = HashMap::default();
        for (at, layer) in definitions.layers.iter().enumerate() {
            let draw = BucketKey::new(layer.salt.as_deref().unwrap_or(&layer.key), Purpose::Layer);
            let key = self.texts.intern(&layer.key);
            self.layers.push(Layer { key, draw });
            layers.insert(&layer.key, narrow(at));
        }
        for holdout in &definitions.holdouts {
            let draw = BucketKey::new(holdout.salt.as_deref().unwrap_or(&holdout.key), Purpose::Holdout);
            let key = self.texts.intern(&holdout.key);
            self.holdouts.push(Holdout { key, draw, share: holdout.percentage });
        }
        let covering = Covering::of(definitions);
        self.common_holdouts.extend(covering.common.iter().map(|at| narrow(*at)));
        let starts = layer_starts(definitions);
        for (experiment, start) in definitions.experiments.iter().zip(starts) {
            let place = narrow(self.experiments.len());
            let layer = experiment.layer.as_deref().and_then(|layer| layers.get(layer).copied());
            let salt = experiment.salt.as_deref().unwrap_or(&experiment.key);
            let unit = if experiment.bucket_by.is_empty() { default_unit } else { self.unit(&experiment.bucket_by) };
            let share = experiment.traffic.unwrap_or(Percentage::HUNDRED);
            let gate = match layer {
                Some(layer) => TrafficGate::Layer { layer, from: start, until: start + share.thousandths() },
                None => TrafficGate::Own { key: BucketKey::new(salt, Purpose::Traffic), share },
            };
            let (arms, total) = self.experiment_arms(place, experiment);
            let winner = experiment.winner.as_ref().and_then(|name| {
                experiment.arms.iter().position(|arm| arm.name == *name).map(|at| narrow(arms.start() + at))
            });
            let compiled = Experiment {
                key: self.texts.intern(&experiment.key),
                status: experiment.status,
                start: experiment.start,
                end: experiment.end,
                gate,
                unit,
                audience: self.conditions(&experiment.audience, Scope { salt, unit }),
                holdouts: self.holdouts_of(covering.named(&experiment.key)),
                arms,
                total,
                arm_key: BucketKey::new(salt, Purpose::Arm),
                flags: self.flags_of(place, experiment, arms),
                winner: winner.unwrap_or(NONE),
                controls: ExperimentControls::default(),
            };
            self.experiments.push(compiled);
        }
    }

    fn experiment_arms(&mut self, place: u32, experiment: &'c ExperimentDefinition) -> (Span, u32) {
        let start = self.experiment_arms.len();
        let mut until = 0_u32;
        for arm in &experiment.arms {
            until = until.saturating_add(arm.weight);
            let name = self.texts.intern(&arm.name);
            self.experiment_arms.push(ExperimentArm { name, experiment: place, until });
        }
        (Span::new(start, self.experiment_arms.len()), until)
    }

    fn holdouts_of(&mut self, places: &[usize]) -> Span {
        let start = self.experiment_holdouts.len();
        self.experiment_holdouts.extend(places.iter().map(|at| narrow(*at)));
        Span::new(start, self.experiment_holdouts.len())
    }

    /// Notes for each flag what it serves in the arms of the experiment.
    fn flags_of(&mut self, place: u32, experiment: &'c ExperimentDefinition, arms: Span) -> Span {
        let keys = experiment.flags();
        let order: HashMap<&str, usize, FixedState> = keys.iter().enumerate().map(|(at, key)| (*key, at)).collect();
        let mut served: Vec<Vec<ArmVariant>> = vec![Vec::new(); keys.len()];
        for (index, arm) in experiment.arms.iter().enumerate() {
            let arm_place = narrow(arms.start() + index);
            for (key, variant) in &arm.overrides {
                let variant = self.variant_place(self.flag_place(key), variant);
                // A variant that this environment does not have is none that could be served.
                let Some(of_flag) = order.get(&**key).and_then(|at| served.get_mut(*at)).filter(|_| variant != NONE)
                else {
                    continue;
                };
                // Of a flag that is named twice in an arm, the last counts.
                of_flag.retain(|known| known.arm != arm_place);
                of_flag.push(ArmVariant { arm: arm_place, variant });
            }
        }
        let start = self.experiment_flags.len();
        for (key, of_flag) in keys.into_iter().zip(served) {
            let flag = self.flag_place(key);
            let first = self.arm_variants.len();
            self.arm_variants.extend(of_flag);
            let variants = Span::new(first, self.arm_variants.len());
            self.experiments_on.entry(flag).or_default().push(FlagExperiment { experiment: place, variants });
            self.experiment_flags.push(flag);
        }
        Span::new(start, self.experiment_flags.len())
    }
}

/// Which holdouts cover which experiments, by their places in the definitions. Who holds nobody out need not be asked.
pub(crate) struct Covering<'d> {
    /// Those that cover every experiment.
    pub(crate) common: Vec<usize>,
    by_experiment: HashMap<&'d str, Vec<usize>, FixedState>,
}

impl<'d> Covering<'d> {
    pub(crate) fn of(definitions: &'d Definitions) -> Self {
        let mut covering = Self { common: Vec::new(), by_experiment: HashMap::default() };
        for (at, holdout) in definitions.holdouts.iter().enumerate() {
            match &holdout.experiments {
                _ if holdout.percentage == Percentage::ZERO => {}
                HeldOutFrom::All => covering.common.push(at),
                HeldOutFrom::Experiments(keys) => {
                    for key in keys {
                        covering.by_experiment.entry(key).or_default().push(at);
                    }
                }
            }
        }
        covering
    }

    /// Those that name the experiment.
    pub(crate) fn named(&self, experiment: &str) -> &[usize] {
        self.by_experiment.get(experiment).map_or(&[], |places| places)
    }
}

/// Of each experiment, the first bucket of its range in its layer: what those before it in the layer own together.
pub(super) fn layer_starts(definitions: &Definitions) -> Vec<u32> {
    let mut taken: HashMap<&str, u32, FixedState> = HashMap::default();
    definitions
        .experiments
        .iter()
        .map(|experiment| match &experiment.layer {
            None => 0,
            Some(layer) => {
                let taken = taken.entry(layer).or_default();
                let start = *taken;
                *taken += experiment.traffic.unwrap_or(Percentage::HUNDRED).thousandths();
                start
            }
        })
        .collect()
}
