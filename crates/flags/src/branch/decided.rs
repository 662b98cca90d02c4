//! What was decided for one run, and what the run is measured with.

use flags_core::Outcome;
use flags_metrics::{Branch, Measurement, ShadowResult};

use crate::live::Live;

/// What was decided for one run, and what the run is measured with.
#[derive(Debug)]
pub(crate) struct Decided {
    is_on: bool,
    /// `None` where nothing is counted.
    branch: Option<Branch>,
}

impl Decided {
    pub(super) fn new(live: &Live, outcome: Outcome) -> Self {
        Self { is_on: outcome.is_on(), branch: live.meter.branch(&live.set, outcome) }
    }

    pub(super) fn is_on(&self) -> bool {
        self.is_on
    }

    /// Has fall-backs shown, before the first.
    pub(super) fn open_fall_backs(&self) {
        if let Some(branch) = &self.branch {
            branch.open_fall_backs();
        }
    }

    pub(super) fn count_shadow(&self, result: ShadowResult) {
        if let Some(branch) = &self.branch {
            branch.count_shadow(result);
        }
    }

    /// Starts to measure the branch that was decided.
    pub(super) fn start(&self) -> Running {
        Running(self.branch.as_ref().map(Branch::start))
    }

    /// Starts to measure the old branch in place of the one that was decided.
    pub(super) fn start_fall_back(&self) -> Running {
        Running(self.branch.as_ref().map(Branch::start_fall_back))
    }
}

/// A run that is measured, if anything is. Dropped before its end it counts as an error, once.
#[derive(Debug)]
pub(super) struct Running(Option<Measurement>);

impl Running {
    /// The run has ended, well or not.
    pub(super) fn end(self, succeeded: bool) {
        match self.0 {
            Some(measurement) if succeeded => measurement.success(),
            Some(measurement) => measurement.failure(),
            None => {}
        }
    }

    /// The run does not count.
    pub(super) fn discard(self) {
        if let Some(measurement) = self.0 {
            measurement.discard();
        }
    }
}
