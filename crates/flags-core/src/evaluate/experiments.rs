//! Step 11: an experiment that enrols the unit decides, if the unit's arm says anything of the flag.
//!
//! [`Evaluator::enrol`] is the one way into an experiment, for flags and for whoever asks the experiment itself.

use super::{Cause, Evaluator, Outcome, Reason};
use crate::{
    Attributes, Clock,
    definition::ExperimentStatus,
    explain::Tracer,
    set::{ArmVariant, Experiment, Extra, FlagExperiment, NONE, TrafficGate, narrow},
};

/// What an experiment has for a context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Enrolment {
    /// The unit takes part and drew that arm, by its place among all arms.
    Drawn(u32),
    /// The experiment is decided, and the whole audience gets that arm.
    Decided(u32),
    /// Nothing.
    Not(NotEnrolled),
}

/// Why an experiment has nothing for a context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotEnrolled {
    /// No experiment has the key.
    Unknown,
    /// It is a draft, paused or stopped.
    Status(ExperimentStatus),
    /// Its start is yet to come.
    NotStarted,
    /// Its end has come.
    Ended,
    /// The condition at that position of its audience does not hold.
    Audience(u32),
    /// The context has nothing that identifies a unit.
    NoUnit,
    /// The holdout at that place keeps the unit out.
    HeldOut(u32),
    /// The unit is not in its traffic, or not in its range of the layer.
    Traffic,
}

impl Enrolment {
    /// The arm, by its place among all arms, or [`NONE`].
    pub(crate) fn arm(self) -> u32 {
        match self {
            Self::Drawn(arm) | Self::Decided(arm) => arm,
            Self::Not(_) => NONE,
        }
    }
}

impl FlagExperiment {
    /// The variant the flag serves in an arm, or [`NONE`] where the arm leaves it as it is.
    fn variant_in(self, variants: &[ArmVariant], arm: u32) -> u32 {
        let own = self.variants.of(variants);
        own.iter().find(|in_arm| in_arm.arm == arm).map_or(NONE, |in_arm| in_arm.variant)
    }
}

impl<'e, C: Attributes + ?Sized, N: Clock + ?Sized, T: Tracer> Evaluator<'e, C, N, T> {
    /// Asks the experiments on a flag, in their order. Kept out of the way of the flags that have none.
    #[inline(never)]
    pub(super) fn pass_experiments(&mut self, place: u32, extra: &'e Extra) -> Result<(), Outcome> {
        let set = self.set;
        for on_flag in &extra.experiments {
            let Some(experiment) = set.experiments.get(on_flag.experiment as usize) else { continue };
            self.tracer.enter_experiment(set, experiment);
            let enrolment = self.enrol(experiment);
            let variant = on_flag.variant_in(&set.arm_variants, enrolment.arm());
            self.tracer.leave_experiment(set, experiment, enrolment, variant);
            if variant != NONE {
                // Where the winner is served, nothing was drawn.
                let reason = match enrolment {
                    Enrolment::Drawn(_) => Reason::Split,
                    _ => Reason::TargetingMatch,
                };
                return Err(self.on(place, variant, reason, Cause::Experiment).detail(enrolment.arm()));
            }
        }
        Ok(())
    }

    /// What an experiment has for the context.
    pub(crate) fn enrol(&mut self, experiment: &'e Experiment) -> Enrolment {
        self.try_enrol(experiment).unwrap_or_else(Enrolment::Not)
    }

    fn try_enrol(&mut self, experiment: &'e Experiment) -> Result<Enrolment, NotEnrolled> {
        let set = self.set;
        let winner = experiment.winner_in_force();
        if winner == NONE {
            self.is_running(experiment)?;
        }
        for (index, node) in experiment.audience.of(&set.nodes).iter().enumerate() {
            if !self.holds(node) {
                return Err(NotEnrolled::Audience(narrow(index)));
            }
        }
        let Some(unit) = self.unit(experiment.unit) else {
            if winner != NONE {
                return Ok(Enrolment::Decided(winner));
            }
            // What is analysed is units, so a context without one is no subject: the flag goes on as if there were no
            // experiment, and starting one breaks nothing for those who are not identified.
            self.tracer.no_unit(set, experiment.unit);
            return Err(NotEnrolled::NoUnit);
        };
        let unit = unit.as_str();
        for place in set.common_holdouts.iter().chain(experiment.holdouts.of(&set.experiment_holdouts)) {
            let Some(holdout) = set.holdouts.get(*place as usize) else { continue };
            let draw = holdout.draw.hash(unit);
            self.tracer.holdout_draw(set, holdout, unit, draw);
            if draw.is_admitted(holdout.share) {
                return Err(NotEnrolled::HeldOut(*place));
            }
        }
        if winner != NONE {
            return Ok(Enrolment::Decided(winner));
        }
        self.is_in_traffic(experiment, unit)?;
        let draw = experiment.arm_key.hash(unit);
        let arm = experiment.arm_at(&set.experiment_arms, draw.position(experiment.total));
        self.tracer.arm_draw(set, experiment, unit, draw, arm);
        Ok(Enrolment::Drawn(arm))
    }

    /// Whether it enrols at present. The clock is read only if a start or an end is written.
    fn is_running(&mut self, experiment: &Experiment) -> Result<(), NotEnrolled> {
        let status = experiment.status_in_force();
        if status != ExperimentStatus::Running {
            return Err(NotEnrolled::Status(status));
        }
        if let Some(start) = experiment.start_in_force()
            && self.now() < start
        {
            return Err(NotEnrolled::NotStarted);
        }
        if let Some(end) = experiment.end_in_force()
            && self.now() >= end
        {
            return Err(NotEnrolled::Ended);
        }
        Ok(())
    }

    fn is_in_traffic(&mut self, experiment: &Experiment, unit: &str) -> Result<(), NotEnrolled> {
        let set = self.set;
        let admitted = match experiment.gate {
            TrafficGate::Own { key, share } if share.is_partial() => {
                let draw = key.hash(unit);
                self.tracer.traffic_draw(unit, draw, share);
                draw.is_admitted(share)
            }
            TrafficGate::Own { share, .. } => {
                self.tracer.fixed_traffic(share);
                share != crate::Percentage::ZERO
            }
            TrafficGate::Layer { layer, from, until } => match set.layers.get(layer as usize) {
                Some(layer) => {
                    let draw = layer.draw.hash(unit);
                    self.tracer.layer_draw(set, layer, unit, draw, (from, until));
                    (from..until).contains(&draw.bucket())
                }
                None => false,
            },
        };
        if admitted { Ok(()) } else { Err(NotEnrolled::Traffic) }
    }
}
