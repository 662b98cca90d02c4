//! Controls: what operators and automation set while the program runs, laid over the definitions.

use alloc::{boxed::Box, vec::Vec};

use crate::Percentage;

/// The controls in force, in no particular order. Where several of one kind name one flag (or one flag and unit), the last counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overlay {
    /// The controls.
    pub controls: Vec<Control>,
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
