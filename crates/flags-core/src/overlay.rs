//! Controls: what operators and automation set while the program runs, laid over the definitions.

use alloc::{boxed::Box, vec::Vec};

use crate::{Percentage, Timestamp};

/// The controls in force, in no particular order. Where several of one kind name one flag (or one flag and unit, or one
/// experiment), the last counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overlay {
    /// The controls of flags.
    pub controls: Vec<Control>,
    /// The controls of experiments.
    pub experiments: Vec<ExperimentControl>,
}

impl Overlay {
    /// No controls.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The overlay with one more control.
    #[must_use]
    pub fn with(mut self, flag: impl Into<Box<str>>, action: ControlAction) -> Self {
        self.controls.push(Control { flag: flag.into(), action });
        self
    }

    /// The overlay with one more control of an experiment.
    #[must_use]
    pub fn with_experiment(mut self, experiment: impl Into<Box<str>>, action: ExperimentAction) -> Self {
        self.experiments.push(ExperimentControl { experiment: experiment.into(), action });
        self
    }
}

/// One control: a flag and what is done to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Control {
    /// The flag's key. A control of a flag that is not there does nothing until it is.
    pub flag: Box<str>,
    /// What is done to it.
    pub action: ControlAction,
}

/// What a control does to its flag.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ControlAction {
    /// The flag and everything below it is off.
    Kill,
    /// Everybody gets the variant.
    Override {
        /// The variant's name. A name the flag does not have does nothing until it has it.
        variant: Box<str>,
    },
    /// One unit gets the variant.
    OverrideUnit {
        /// The unit.
        unit: Box<str>,
        /// The variant's name. A name the flag does not have does nothing until it has it.
        variant: Box<str>,
    },
    /// The percentage replaces the flag's rollout percentage and those of its schedule.
    Percentage(Percentage),
    /// The flag's circuit breaker is open: the flag is off, but what lies below it is asked as usual.
    BreakerOpen,
}

/// One control of an experiment: its key and what is done to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ExperimentControl {
    /// The experiment's key. A control of an experiment that is not there does nothing until it is.
    pub experiment: Box<str>,
    /// What is done to it.
    pub action: ExperimentAction,
}

/// What a control does to its experiment. Starting, pausing and stopping are one kind: the last counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExperimentAction {
    /// It runs, whatever its written status and start; its end stands.
    Start,
    /// It is held: nobody is enrolled until it is started again.
    Pause,
    /// It is over.
    Stop,
    /// It ends then, in place of the written end.
    Extend {
        /// The new end, which is not included.
        end: Timestamp,
    },
    /// It is decided: the whole audience gets the arm.
    Winner {
        /// The arm's name. A name the experiment does not have does nothing until it has it.
        arm: Box<str>,
    },
}
