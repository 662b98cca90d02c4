//! Measured branches: what becomes of the code that a flag's variant leads to.

mod common;
mod measurement;
mod outcomes;
mod shard;
mod window;

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

pub(crate) use self::{common::Common, outcomes::rate};
pub use self::{
    common::{ShadowCounter, ShadowCounts, ShadowResult},
    measurement::Measurement,
    outcomes::BranchOutcomes,
    window::WindowCounts,
};
use self::{outcomes::RunOutcome, shard::Shards, window::Timeline};
use crate::{MonotonicClock, WindowOptions, histogram::nanos};

/// What all branches have in common.
pub(crate) struct BranchSetup {
    clock: Arc<dyn MonotonicClock>,
    timeline: Timeline,
}

impl BranchSetup {
    pub(crate) fn new(clock: Arc<dyn MonotonicClock>, window: WindowOptions) -> Self {
        let timeline = Timeline::new(clock.now(), window);
        Self { clock, timeline }
    }
}

/// One branch of the program: the code that one variant of one flag leads to.
///
/// Cheap to clone; clones are one branch. It comes from [`CounterLayout::branch`](crate::CounterLayout::branch) or
/// [`Metrics::branch`](crate::Metrics::branch).
///
/// A run ends in one of three ways: **ok**, **error**, or **slow**, which is a success that took longer than the flag's limit.
/// A run that fails counts as an error, once, however long it took.
///
/// ```
/// use flags_metrics::Metrics;
///
/// # let metrics = Metrics::new();
/// # let definitions = flags_core::Definitions { flags: vec![flags_core::FlagDefinition::new("cart")], ..Default::default() };
/// # metrics.layout(&flags_core::FlagSet::compile(&definitions.check()?, &flags_core::CompileOptions::new("production")));
/// let Some(branch) = metrics.branch("cart", Some("on")) else { return Ok(()) };
/// let run = branch.start();
/// // ... the code of the branch ...
/// run.success();
/// assert_eq!(branch.outcomes().ok, 1);
/// # Ok::<(), flags_core::DefinitionErrors>(())
/// ```
#[derive(Clone)]
pub struct Branch {
    inner: Arc<Inner>,
}

struct Inner {
    setup: Arc<BranchSetup>,
    common: Arc<Common>,
    shards: Shards,
}

impl Branch {
    pub(crate) fn new(setup: Arc<BranchSetup>, common: Arc<Common>) -> Self {
        Self { inner: Arc::new(Inner { setup, common, shards: Shards::default() }) }
    }

    /// Starts a run of the branch. Whatever becomes of the measurement, it counts once.
    pub fn start(&self) -> Measurement {
        Measurement::new(self.clone(), self.now(), false)
    }

    /// Starts a run of the flag's old branch that takes the place of one of this branch, which has failed.
    ///
    /// It counts as a fall-back of the flag, and not as a run of the variant whose code it runs: that ran for others and was
    /// not chosen here, and what makes the new code fail may make the old one fail, too. So the branches of two variants stay
    /// comparable.
    pub fn start_fall_back(&self) -> Measurement {
        Measurement::new(self.clone(), self.now(), true)
    }

    /// Shows the flag's fall-backs from now on, at zero until there is one.
    pub fn open_fall_backs(&self) {
        self.inner.common.open_fall_backs();
    }

    /// How the flag's runs of the old branch ended that took the place of failed ones, whichever its branches.
    #[must_use]
    pub fn fall_backs(&self) -> BranchOutcomes {
        self.inner.common.fall_backs().unwrap_or_default()
    }

    /// Counts a comparison of two branches of the flag.
    pub fn count_shadow(&self, result: ShadowResult) {
        self.inner.common.count_shadow(result);
    }

    /// How comparisons of two branches of the flag ended.
    #[must_use]
    pub fn shadows(&self) -> ShadowCounts {
        self.inner.common.shadows().unwrap_or_default()
    }

    /// Records a run that somebody else has timed, as ending at this moment.
    pub fn record(&self, succeeded: bool, latency: Duration) {
        self.record_at(succeeded, latency, self.inner.setup.clock.now());
    }

    /// Records a run that ended at an instant.
    pub(crate) fn record_at(&self, succeeded: bool, latency: Duration, now: Instant) {
        let (outcome, latency) = self.outcome(succeeded, latency);
        let timeline = self.inner.setup.timeline;
        self.inner.shards.record(outcome, latency, timeline, timeline.epoch(now));
    }

    /// Records a fall-back.
    fn record_fall_back(&self, succeeded: bool, latency: Duration) {
        let (outcome, latency) = self.outcome(succeeded, latency);
        self.inner.common.record_fall_back(outcome, latency);
    }

    /// How a run ended, and how long it took in nanoseconds.
    fn outcome(&self, succeeded: bool, latency: Duration) -> (RunOutcome, u64) {
        let latency = nanos(latency);
        let outcome = match succeeded {
            false => RunOutcome::Error,
            true if latency > self.inner.common.slow_after() => RunOutcome::Slow,
            true => RunOutcome::Ok,
        };
        (outcome, latency)
    }

    /// How all runs so far ended, and how long they took.
    #[must_use]
    pub fn outcomes(&self) -> BranchOutcomes {
        self.inner.shards.outcomes()
    }

    /// How the runs of the last `over` ended.
    ///
    /// Time is told in buckets of [`WindowOptions::resolution`], and `over` is rounded up to whole ones. The one under way is
    /// among them: so the window reaches back `over` at most, and `over` less one bucket at least. It never reaches further
    /// than [`WindowOptions::length`].
    #[must_use]
    pub fn window(&self, over: Duration) -> WindowCounts {
        self.window_at(over, self.inner.setup.clock.now())
    }

    /// The window as of an instant.
    #[must_use]
    pub fn window_at(&self, over: Duration, now: Instant) -> WindowCounts {
        let timeline = self.inner.setup.timeline;
        self.inner.shards.window(timeline.epoch(now), timeline.buckets(over))
    }

    /// How long a run may take before its success counts as slow.
    #[must_use]
    pub fn slow_after(&self) -> Duration {
        Duration::from_nanos(self.inner.common.slow_after())
    }

    fn now(&self) -> Instant {
        self.inner.setup.clock.now()
    }
}

impl fmt::Debug for Branch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Branch").field("outcomes", &self.outcomes()).finish_non_exhaustive()
    }
}
