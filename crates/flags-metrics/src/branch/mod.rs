//! Measured branches: what becomes of the code that a flag's variant leads to.

mod measurement;
mod outcomes;
mod shard;
mod window;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

pub(crate) use self::outcomes::rate;
pub use self::{measurement::Measurement, outcomes::BranchOutcomes, window::WindowCounts};
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
    slow_after: Arc<AtomicU64>,
    shards: Shards,
}

impl Branch {
    pub(crate) fn new(setup: Arc<BranchSetup>, slow_after: Arc<AtomicU64>) -> Self {
        Self { inner: Arc::new(Inner { setup, slow_after, shards: Shards::default() }) }
    }

    /// Starts a run of the branch. Whatever becomes of the measurement, it counts once.
    pub fn start(&self) -> Measurement {
        Measurement::new(self.clone(), self.inner.setup.clock.now())
    }

    /// Records a run that somebody else has timed, as ending at this moment.
    pub fn record(&self, succeeded: bool, latency: Duration) {
        self.record_at(succeeded, latency, self.inner.setup.clock.now());
    }

    /// Records a run that ended at an instant.
    pub(crate) fn record_at(&self, succeeded: bool, latency: Duration, now: Instant) {
        let latency = nanos(latency);
        let outcome = match succeeded {
            false => RunOutcome::Error,
            true if latency > self.inner.slow_after.load(Relaxed) => RunOutcome::Slow,
            true => RunOutcome::Ok,
        };
        let timeline = self.inner.setup.timeline;
        self.inner.shards.record(outcome, latency, timeline, timeline.epoch(now));
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
        Duration::from_nanos(self.inner.slow_after.load(Relaxed))
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
