//! A thread's own hold on the cells it counts in.

use std::{fmt, marker::PhantomData, sync::Arc, time::Instant};

use flags_core::{ErrorCode, FlagId, Outcome, Reason};

use super::{
    Layout,
    slab::{DURATIONS, ERRORS, Slab, UNKNOWN, UNTIMED},
};
use crate::histogram::{BUCKETS, EVALUATION_BOUNDS, bucket, nanos};

/// The cells a thread counts evaluations in, from [`CounterLayout::attach`](super::CounterLayout::attach).
///
/// It stays on its thread: nobody else writes these cells while it exists. What it has counted is kept when it is dropped.
///
/// ```
/// use flags_core::{CompileOptions, Context, Definitions, FlagDefinition, FlagSet, Timestamp};
/// use flags_metrics::Metrics;
///
/// let definitions = Definitions { flags: vec![FlagDefinition::new("cart")], ..Definitions::default() };
/// let set = FlagSet::compile(&definitions.check()?, &CompileOptions::new("production"));
/// let metrics = Metrics::new();
/// let counts = metrics.layout(&set).attach();
///
/// let cart = set.find("cart").expect("because it was just defined");
/// let sample = counts.begin();
/// let outcome = set.decide(cart, &Context::new("user-42"), &Timestamp::default());
/// counts.finish(sample, outcome);
/// assert_eq!(metrics.summary("cart").map(|summary| summary.evaluations), Some(1));
/// # Ok::<(), flags_core::DefinitionErrors>(())
/// ```
pub struct ThreadCounts {
    layout: Arc<Layout>,
    slab: Arc<Slab>,
    /// One writer: it must not be shared or sent, or two threads might write the same cells.
    stays: PhantomData<*const ()>,
}

/// Whether an evaluation is being timed, and since when.
#[must_use = "an evaluation that was begun is counted when it is finished"]
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// When the evaluation began, moved on by what reading the clock costs.
    began: Option<Instant>,
}

impl Sample {
    #[inline]
    pub(super) const fn untimed() -> Self {
        Self { began: None }
    }
}

impl Layout {
    #[cold]
    pub(super) fn begin_timed(&self) -> Sample {
        // Evaluations take about as long as reading the clock; what that costs just now is taken off.
        let (before, after) = (self.clock.now(), self.clock.now());
        Sample { began: Some(after + after.saturating_duration_since(before)) }
    }
}

impl ThreadCounts {
    pub(super) fn new(layout: Arc<Layout>) -> Self {
        let slab = layout.pool.lend();
        Self { layout, slab, stays: PhantomData }
    }

    pub(super) fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// Begins an evaluation, and takes the time if it is this one's turn.
    #[inline]
    pub fn begin(&self) -> Sample {
        let untimed = self.slab.own(UNTIMED) + 1;
        if untimed >= self.layout.time_every {
            self.slab.set_own(UNTIMED, 0);
            return self.layout.begin_timed();
        }
        self.slab.set_own(UNTIMED, untimed);
        Sample::untimed()
    }

    /// Finishes an evaluation: counts its outcome, and records how long it took if it was timed.
    #[inline]
    pub fn finish(&self, sample: Sample, outcome: Outcome) {
        if let Some(began) = sample.began {
            self.finish_timed(began);
        }
        self.count(outcome);
    }

    #[cold]
    fn finish_timed(&self, began: Instant) {
        let took = nanos(self.layout.clock.now().saturating_duration_since(began));
        self.slab.add_own(DURATIONS.start + bucket(&EVALUATION_BOUNDS, took), 1);
        self.slab.add_own(DURATIONS.start + BUCKETS, took);
    }

    /// Counts the outcome of an evaluation against the set of this layout. An unknown flag counts without its name.
    #[inline]
    pub fn count(&self, outcome: Outcome) {
        let reason = outcome.reason();
        match self.layout.slot(outcome) {
            Some(slot) => self.slab.count(reason as usize, slot),
            None => self.slab.add_own(UNKNOWN, 1),
        }
        if reason == Reason::Error {
            self.count_failure(outcome);
        }
    }

    #[cold]
    fn count_failure(&self, outcome: Outcome) {
        if let (Some(flag), Some(error)) = (outcome.flag(), outcome.error()) {
            self.count_error(flag, error);
        }
    }

    /// Counts an error beside an evaluation that is counted already: its value was of another type than the caller asked for,
    /// say. The errors of outcomes are counted with them.
    pub fn count_error(&self, flag: FlagId, error: ErrorCode) {
        self.slab.count(ERRORS, Layout::error(flag, error));
    }

    /// Whether units are told apart; if not, [`count_unit`](Self::count_unit) does nothing.
    #[must_use]
    #[inline]
    pub fn counts_units(&self) -> bool {
        self.layout.units.is_some()
    }

    /// Counts the unit a flag was evaluated for, unless it has been seen before. See
    /// [`CounterLayout::count_unit`](super::CounterLayout::count_unit).
    pub fn count_unit(&self, flag: FlagId, unit: &str) {
        self.layout.count_unit(flag, unit);
    }
}

impl Drop for ThreadCounts {
    fn drop(&mut self) {
        self.layout.pool.give_back(Arc::clone(&self.slab));
    }
}

impl fmt::Debug for ThreadCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadCounts").finish_non_exhaustive()
    }
}
