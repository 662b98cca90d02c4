//! What a run has to do with the circuit breaker of its flag.

use flags_core::Outcome;

use crate::live::Live;

/// The breaker of one flag, as the runs of one set see it.
#[derive(Debug)]
pub(super) struct WatchedBreaker;

impl WatchedBreaker {
    /// Whether a run with that outcome may go ahead, and on which pass.
    pub(super) fn admit(&self, _live: &Live, outcome: Outcome) -> (Outcome, Pass) {
        (outcome, Pass::NONE)
    }
}

/// The right of a run to go ahead. Dropped without an outcome it comes back.
#[derive(Debug)]
pub(super) struct Pass;

impl Pass {
    /// Nobody asks.
    pub(super) const NONE: Self = Self;

    /// Whether the breaker waits for the outcome.
    #[inline]
    pub(super) fn is_open(&self) -> bool {
        false
    }

    /// Tells the breaker how the run has ended.
    pub(super) fn record(self, _succeeded: bool) {}
}
