//! Step 11 once more: who is in which experiment, and what its arms make of a flag.

use flags_core::{
    ExperimentAction, FlagDefinition, Percentage, Timestamp,
    definition::{ExperimentDefinition, ExperimentStatus, HeldOutFrom},
};

use super::{Control, Expected, Oracle, condition::Scope, draw, has_variant};

/// The arm a context gets of an experiment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedArm {
    /// The arm's name.
    pub arm: String,
    /// Whether it is the one that won, so that nothing was drawn.
    pub decided: bool,
}

impl Oracle<'_> {
    /// What an experiment on the flag makes of it, if any does.
    pub(super) fn by_experiment(&self, flag: &FlagDefinition) -> Option<Expected> {
        let all = &self.definitions.experiments;
        // Those that enrol, then those that were decided while the program runs, then those that are decided in the file.
        let enrolling = all.iter().filter(|experiment| self.winner(experiment).is_none());
        let by_control = all.iter().filter(|experiment| self.winner_by_control(experiment).is_some());
        let in_file =
            all.iter().filter(|experiment| experiment.winner.is_some() && self.winner_by_control(experiment).is_none());
        enrolling.chain(by_control).chain(in_file).filter(|experiment| is_on(experiment, flag)).find_map(|experiment| {
            let got = self.arm_of(experiment)?;
            let arm = experiment.arms.iter().find(|arm| *arm.name == *got.arm)?;
            let (_, variant) = arm.overrides.iter().rev().find(|(key, _)| *key == flag.key)?;
            if !has_variant(flag, variant) {
                return None;
            }
            let reason = if got.decided { "TARGETING_MATCH" } else { "SPLIT" };
            let served = Expected::serving(flag, Some(variant.to_string()), reason, "experiment");
            Some(served.named(&format!("{}/{}", experiment.key, got.arm)))
        })
    }

    /// The arm of the context, or nothing.
    pub(super) fn arm_of(&self, experiment: &ExperimentDefinition) -> Option<ExpectedArm> {
        let winner = self.winner(experiment);
        if winner.is_none() && !self.enrols(experiment) {
            return None;
        }
        let salt = experiment.salt.as_deref().unwrap_or(&experiment.key);
        let scope = Scope { salt, bucket_by: &experiment.bucket_by };
        if !experiment.audience.iter().all(|condition| self.holds(condition, scope)) {
            return None;
        }
        let unit = self.unit(&experiment.bucket_by);
        if unit.as_ref().is_some_and(|unit| self.is_held_out(experiment, unit)) {
            return None;
        }
        if let Some(winner) = winner {
            return Some(ExpectedArm { arm: winner, decided: true });
        }
        let unit = unit?;
        let share = share(experiment);
        let admitted = match &experiment.layer {
            None => draw::bucket(salt, "traffic", &unit) < share,
            Some(layer) => {
                let before: u32 = self
                    .definitions
                    .experiments
                    .iter()
                    .take_while(|other| other.key != experiment.key)
                    .filter(|other| other.layer.as_ref() == Some(layer))
                    .map(self::share)
                    .sum();
                let definition = self.definitions.layers.iter().find(|known| known.key == *layer)?;
                let bucket = draw::bucket(definition.salt.as_deref().unwrap_or(layer), "layer", &unit);
                before <= bucket && bucket < before + share
            }
        };
        if !admitted {
            return None;
        }
        let weights: Vec<u32> = experiment.arms.iter().map(|arm| arm.weight).collect();
        let arm = draw::arm(salt, "arm", &unit, &weights)?;
        Some(ExpectedArm { arm: experiment.arms[arm].name.to_string(), decided: false })
    }

    /// Whether it enrols now: by its status, its start and its end, controls considered.
    fn enrols(&self, experiment: &ExperimentDefinition) -> bool {
        let mut status = experiment.status;
        let mut start = experiment.start;
        let mut end = experiment.end;
        for action in self.actions(experiment) {
            match action {
                ExperimentAction::Start => {
                    status = ExperimentStatus::Running;
                    start = None;
                }
                ExperimentAction::Pause | ExperimentAction::Stop => {
                    status = ExperimentStatus::Paused;
                    start = experiment.start;
                }
                ExperimentAction::Extend { end: later } => end = Some(*later),
                _ => {}
            }
        }
        status == ExperimentStatus::Running
            && start.is_none_or(|start: Timestamp| start <= self.now)
            && end.is_none_or(|end| self.now < end)
    }

    fn winner(&self, experiment: &ExperimentDefinition) -> Option<String> {
        self.winner_by_control(experiment).or_else(|| experiment.winner.as_ref().map(ToString::to_string))
    }

    fn winner_by_control(&self, experiment: &ExperimentDefinition) -> Option<String> {
        self.actions(experiment)
            .filter_map(|action| match action {
                ExperimentAction::Winner { arm } if experiment.arms.iter().any(|known| known.name == *arm) => {
                    Some(arm.to_string())
                }
                _ => None,
            })
            .last()
    }

    fn actions(&self, experiment: &ExperimentDefinition) -> impl Iterator<Item = &ExperimentAction> {
        self.overlay.iter().filter_map(move |control| match control {
            Control::Experiment { experiment: key, action } if **key == *experiment.key => Some(action),
            _ => None,
        })
    }

    fn is_held_out(&self, experiment: &ExperimentDefinition, unit: &str) -> bool {
        self.definitions.holdouts.iter().any(|holdout| {
            let covers = match &holdout.experiments {
                HeldOutFrom::All => true,
                HeldOutFrom::Experiments(keys) => keys.contains(&experiment.key),
            };
            let salt = holdout.salt.as_deref().unwrap_or(&holdout.key);
            covers && draw::bucket(salt, "holdout", unit) < holdout.percentage.thousandths()
        })
    }
}

/// Whether some arm overrides the flag. Others are no concern of it, and to ask them would go round in circles.
fn is_on(experiment: &ExperimentDefinition, flag: &FlagDefinition) -> bool {
    experiment.arms.iter().any(|arm| arm.overrides.iter().any(|(key, _)| *key == flag.key))
}

/// The share of all units, or of a layer, in thousandths of a percent.
fn share(experiment: &ExperimentDefinition) -> u32 {
    experiment.traffic.map_or(100_000, Percentage::thousandths)
}
