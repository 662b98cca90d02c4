//! The compiled form of experiments, their arms, layers and holdouts.

use super::text::{Span, Text};
use crate::{BucketKey, Percentage, Timestamp, definition::ExperimentStatus};

/// One experiment: who takes part, and where its arms are.
#[derive(Clone, Debug)]
pub(crate) struct Experiment {
    pub(crate) key: Text,
    pub(crate) status: ExperimentStatus,
    pub(crate) start: Option<Timestamp>,
    pub(crate) end: Option<Timestamp>,
    pub(crate) gate: TrafficGate,
    /// Where the unit is taken from.
    pub(crate) unit: u32,
    pub(crate) audience: Span,
    /// The holdouts that name it, in the arena of places of holdouts.
    pub(crate) holdouts: Span,
    pub(crate) arms: Span,
    /// The sum of the arms' weights.
    pub(crate) total: u32,
    pub(crate) arm_key: BucketKey,
    /// The flags its arms override, in the arena of places of flags.
    pub(crate) flags: Span,
    /// The arm a person has written as the winner, as its place among all arms, or [`NONE`](super::NONE).
    pub(crate) winner: u32,
    /// What operators have set.
    pub(crate) controls: ExperimentControls,
}

/// Who takes part in an experiment.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TrafficGate {
    /// A share of the units, by a draw of the experiment's own.
    Own { key: BucketKey, share: Percentage },
    /// The units in a range of a layer's buckets: from `from` on, and below `until`.
    Layer { layer: u32, from: u32, until: u32 },
}

/// What operators have set for one experiment while the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ExperimentControls {
    /// The status, in place of the written one.
    pub(crate) status: Option<ExperimentStatus>,
    /// Whether it was started by hand, so that the written start no longer counts.
    pub(crate) started: bool,
    /// The end, in place of the written one.
    pub(crate) end: Option<Timestamp>,
    /// The winner as its place among all arms, or [`NONE`](super::NONE).
    pub(crate) winner: u32,
}

impl Default for ExperimentControls {
    fn default() -> Self {
        Self { status: None, started: false, end: None, winner: super::NONE }
    }
}

/// One arm of an experiment.
#[derive(Clone, Debug)]
pub(crate) struct ExperimentArm {
    pub(crate) name: Text,
    /// The experiment it belongs to.
    pub(crate) experiment: u32,
    /// Positions below it, and not below that of the arm before, are its own.
    pub(crate) until: u32,
}

/// A layer, whose buckets experiments share out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layer {
    pub(crate) key: Text,
    pub(crate) draw: BucketKey,
}

/// A holdout.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Holdout {
    pub(crate) key: Text,
    pub(crate) draw: BucketKey,
    pub(crate) share: Percentage,
}

/// An experiment on a flag: what the flag serves in each of its arms.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FlagExperiment {
    pub(crate) experiment: u32,
    /// In the order of the arms; an arm that leaves the flag as it is has none.
    pub(crate) variants: Span,
}

/// What a flag serves in one arm.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ArmVariant {
    /// The arm, by its place among all arms.
    pub(crate) arm: u32,
    pub(crate) variant: u32,
}

impl Experiment {
    /// The status in force, the clock aside.
    pub(crate) fn status_in_force(&self) -> ExperimentStatus {
        self.controls.status.unwrap_or(self.status)
    }

    /// The start in force: none once it was started by hand.
    pub(crate) fn start_in_force(&self) -> Option<Timestamp> {
        if self.controls.started { None } else { self.start }
    }

    /// The end in force.
    pub(crate) fn end_in_force(&self) -> Option<Timestamp> {
        self.controls.end.or(self.end)
    }

    /// The winner in force as its place among all arms, or [`NONE`](super::NONE). One that was declared while the program runs
    /// stands in place of the written one.
    pub(crate) fn winner_in_force(&self) -> u32 {
        if self.controls.winner == super::NONE { self.winner } else { self.controls.winner }
    }

    /// Whether anybody may get an arm of it at some time.
    pub(crate) fn may_act(&self) -> bool {
        self.winner_in_force() != super::NONE || self.status_in_force() == ExperimentStatus::Running
    }
}
