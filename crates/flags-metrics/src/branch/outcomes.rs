//! How the runs of a branch ended, and how long they took.

use crate::histogram::{HistogramSnapshot, LATENCY_BOUNDS};

/// How one run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RunOutcome {
    Ok,
    Error,
    Slow,
}

/// How the runs of a branch ended, and how long they took, since the start. Every number only rises.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BranchOutcomes {
    /// Runs that succeeded in time.
    pub ok: u64,
    /// Runs that failed, panicked or were dropped.
    pub errors: u64,
    /// Runs that succeeded, but took longer than the flag's limit.
    pub slow: u64,
    /// How long the runs took, failed ones included.
    pub latency: HistogramSnapshot,
}

impl BranchOutcomes {
    /// How many runs there were.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.ok + self.errors + self.slow
    }

    /// The share of runs that were errors, from 0 to 1; `None` if there were no runs.
    #[must_use]
    pub fn error_rate(&self) -> Option<f64> {
        rate(self.errors, self.total())
    }

    /// What happened after `earlier`.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            ok: self.ok.saturating_sub(earlier.ok),
            errors: self.errors.saturating_sub(earlier.errors),
            slow: self.slow.saturating_sub(earlier.slow),
            latency: self.latency.since(&earlier.latency),
        }
    }

    pub(super) fn record(&mut self, outcome: RunOutcome, nanos: u64) {
        match outcome {
            RunOutcome::Ok => self.ok += 1,
            RunOutcome::Error => self.errors += 1,
            RunOutcome::Slow => self.slow += 1,
        }
        self.latency.record(nanos);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.ok += other.ok;
        self.errors += other.errors;
        self.slow += other.slow;
        self.latency.merge(&other.latency);
    }
}

impl Default for BranchOutcomes {
    fn default() -> Self {
        Self { ok: 0, errors: 0, slow: 0, latency: HistogramSnapshot::new(&LATENCY_BOUNDS) }
    }
}

/// `part` of `whole`, unless that is nothing.
pub(crate) fn rate(part: u64, whole: u64) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a rate describes; counts beyond 2^53 may lose their last digits")]
    (whole > 0).then(|| part as f64 / whole as f64)
}
