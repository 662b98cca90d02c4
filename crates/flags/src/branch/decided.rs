//! What was decided for one run, and what the run is measured with.

use std::time::{Duration, Instant};

use flags_core::{Attributes, Outcome};
use flags_metrics::{Branch, Measurement, ShadowResult};

use crate::{
    live::Live,
    rollouts::{WatchedRun, Watching},
};

/// How long a success may take before it counts as slow, for clients without metrics, which have no limits of their own.
const SLOW_AFTER: Duration = Duration::from_secs(1);

/// What was decided for one run, and what the run is measured with.
#[derive(Debug)]
pub(crate) struct Decided {
    is_on: bool,
    /// `None` where nothing is counted.
    branch: Option<Branch>,
    /// Who else wants to know how it ends: the rollout of the flag, and its breaker.
    watching: Watching,
}

impl Decided {
    /// What is to be run by an outcome, and the outcome that came of it: a breaker may turn it off.
    #[inline]
    pub(super) fn new<C: Attributes + ?Sized>(live: &Live, outcome: Outcome, context: &C) -> (Self, Outcome) {
        let (outcome, watching) = live.watch.look(live, outcome, context);
        (Self { is_on: outcome.is_on(), branch: live.meter.branch(&live.set, outcome), watching }, outcome)
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
    pub(super) fn start(&mut self) -> Running {
        Running::new(self.branch.as_ref(), self.watching.start())
    }

    /// Starts to measure the old branch in place of the one that was decided.
    pub(super) fn start_fall_back(&self) -> Running {
        let measurement = self.branch.as_ref().map(Branch::start_fall_back);
        Running { measurement, watched: WatchedRun::NONE, slow_after: SLOW_AFTER, started: None }
    }
}

/// A run that is measured, if anything is. Dropped before its end it counts as an error, once.
#[derive(Debug)]
pub(super) struct Running {
    measurement: Option<Measurement>,
    watched: WatchedRun,
    /// Of the flag; known where the run is watched.
    slow_after: Duration,
    /// When a run began that is watched and not measured.
    started: Option<Instant>,
}

impl Running {
    #[inline]
    fn new(branch: Option<&Branch>, watched: WatchedRun) -> Self {
        let (mut slow_after, mut started) = (SLOW_AFTER, None);
        if watched.is_open() {
            match branch {
                Some(branch) => slow_after = branch.slow_after(),
                None => started = Some(Instant::now()),
            }
        }
        Self { measurement: branch.map(Branch::start), watched, slow_after, started }
    }

    /// The run has ended, well or not.
    pub(super) fn end(mut self, succeeded: bool) {
        self.tell(succeeded);
        match self.measurement.take() {
            Some(measurement) if succeeded => measurement.success(),
            Some(measurement) => measurement.failure(),
            None => {}
        }
    }

    /// The run does not count.
    pub(super) fn discard(mut self) {
        self.watched.discard();
        if let Some(measurement) = self.measurement.take() {
            measurement.discard();
        }
    }

    /// Tells those who watch the run how it has ended, once.
    #[inline]
    fn tell(&mut self, succeeded: bool) {
        if self.watched.is_open() {
            let elapsed = match (&self.measurement, self.started) {
                (Some(measurement), _) => measurement.elapsed(),
                (None, started) => started.map_or(Duration::ZERO, |started| started.elapsed()),
            };
            self.watched.end(succeeded, elapsed, self.slow_after);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A measurement that is left counts as an error by itself.
        self.tell(false);
    }
}
