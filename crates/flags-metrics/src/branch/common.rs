//! What the branches of one flag have in common: the limit of slow runs, fall-backs, and comparisons.

use std::{
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use super::outcomes::{BranchOutcomes, RunOutcome};
use crate::histogram::nanos;

/// How a comparison of two branches ended, one of which was run only to be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ShadowResult {
    /// Both came to the same.
    Match,
    /// They came to something different.
    Mismatch,
    /// There was nothing to compare: the branch that was run for that alone panicked or was dropped.
    Error,
}

impl ShadowResult {
    /// All of them, in the order of their totals.
    pub const ALL: [Self; 3] = [Self::Match, Self::Mismatch, Self::Error];

    /// The word on metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Mismatch => "mismatch",
            Self::Error => "error",
        }
    }
}

/// How comparisons of two branches ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShadowCounts {
    /// Both came to the same.
    pub matches: u64,
    /// They came to something different.
    pub mismatches: u64,
    /// The branch that was run only to be compared panicked or was dropped.
    pub errors: u64,
}

impl ShadowCounts {
    /// How many comparisons there were.
    #[must_use]
    pub fn total(self) -> u64 {
        self.matches + self.mismatches + self.errors
    }
}

/// Comparisons, counted by how they ended.
#[derive(Debug, Default)]
pub struct ShadowCounter {
    counts: [AtomicU64; ShadowResult::ALL.len()],
}

impl ShadowCounter {
    /// Counts a comparison.
    pub fn count(&self, result: ShadowResult) {
        self.counts[result as usize].fetch_add(1, Relaxed);
    }

    /// The comparisons so far.
    #[must_use]
    pub fn counts(&self) -> ShadowCounts {
        let [matches, mismatches, errors] = self.counts.each_ref().map(|count| count.load(Relaxed));
        ShadowCounts { matches, mismatches, errors }
    }
}

/// What the branches of one flag have in common.
pub(crate) struct Common {
    /// In nanoseconds.
    slow_after: AtomicU64,
    /// Runs of the old branch after the new one had failed; there from the first run that could have led to one.
    ///
    /// One lock will do: each of them comes after a failure.
    fall_backs: OnceLock<Mutex<BranchOutcomes>>,
    /// There from the first comparison.
    shadows: OnceLock<ShadowCounter>,
}

impl Common {
    pub(crate) fn new(slow_after: Duration) -> Self {
        Self { slow_after: AtomicU64::new(nanos(slow_after)), fall_backs: OnceLock::new(), shadows: OnceLock::new() }
    }

    pub(crate) fn slow_after(&self) -> u64 {
        self.slow_after.load(Relaxed)
    }

    pub(crate) fn set_slow_after(&self, slow_after: Duration) {
        self.slow_after.store(nanos(slow_after), Relaxed);
    }

    /// Shows fall-backs from now on, at zero until there is one.
    pub(super) fn open_fall_backs(&self) {
        self.fall_backs.get_or_init(Mutex::default);
    }

    pub(super) fn record_fall_back(&self, outcome: RunOutcome, nanos: u64) {
        locked(self.fall_backs.get_or_init(Mutex::default)).record(outcome, nanos);
    }

    /// How runs that fell back ended; `None` if none could have.
    pub(crate) fn fall_backs(&self) -> Option<BranchOutcomes> {
        self.fall_backs.get().map(|outcomes| locked(outcomes).clone())
    }

    pub(super) fn count_shadow(&self, result: ShadowResult) {
        self.shadows.get_or_init(ShadowCounter::default).count(result);
    }

    /// How comparisons ended; `None` if there were none.
    pub(crate) fn shadows(&self) -> Option<ShadowCounts> {
        self.shadows.get().map(ShadowCounter::counts)
    }
}

fn locked(outcomes: &Mutex<BranchOutcomes>) -> MutexGuard<'_, BranchOutcomes> {
    // Nothing that happens under the lock panics; numbers would be whole if it did.
    outcomes.lock().unwrap_or_else(PoisonError::into_inner)
}
