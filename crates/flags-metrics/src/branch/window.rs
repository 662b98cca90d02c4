//! Outcomes of the recent past: a ring of buckets, each for an equal stretch of time.

use std::time::{Duration, Instant};

use super::outcomes::{RunOutcome, rate};
use crate::{WindowOptions, histogram::nanos};

/// How the runs of a stretch of time ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WindowCounts {
    /// All runs.
    pub count: u64,
    /// Those that failed, panicked or were dropped.
    pub errors: u64,
    /// Those that succeeded, but took longer than the flag's limit.
    pub slow: u64,
}

impl WindowCounts {
    /// The share of runs that were errors, from 0 to 1; `None` if there were no runs.
    #[must_use]
    pub fn error_rate(&self) -> Option<f64> {
        rate(self.errors, self.count)
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.errors += other.errors;
        self.slow += other.slow;
    }
}

/// How time is divided into buckets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timeline {
    start: Instant,
    /// In nanoseconds.
    resolution: u64,
    buckets: usize,
}

impl Timeline {
    pub(super) fn new(start: Instant, options: WindowOptions) -> Self {
        let resolution = nanos(options.resolution.clamp(Duration::from_millis(1), Duration::from_secs(3_600)));
        let buckets = nanos(options.length).div_ceil(resolution).clamp(1, 10_000);
        Self { start, resolution, buckets: usize::try_from(buckets).unwrap_or(1) }
    }

    /// Which stretch of time an instant lies in, counted from 0. Instants before the start lie in the first.
    pub(super) fn epoch(self, now: Instant) -> u64 {
        nanos(now.saturating_duration_since(self.start)) / self.resolution
    }

    /// How many buckets make up a stretch of time: one at least, all at most.
    pub(super) fn buckets(self, over: Duration) -> usize {
        usize::try_from(nanos(over).div_ceil(self.resolution)).unwrap_or(usize::MAX).clamp(1, self.buckets)
    }
}

/// A ring of buckets, empty until something is recorded.
#[derive(Debug, Default)]
pub(super) struct Ring {
    buckets: Box<[Bucket]>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    epoch: u64,
    count: u32,
    errors: u32,
    slow: u32,
}

impl Ring {
    pub(super) fn record(&mut self, outcome: RunOutcome, timeline: Timeline, epoch: u64) {
        if self.buckets.is_empty() {
            self.buckets = vec![Bucket::default(); timeline.buckets].into();
        }
        let at = usize::try_from(epoch % self.buckets.len() as u64).unwrap_or_default();
        let bucket = &mut self.buckets[at];
        if bucket.epoch < epoch {
            *bucket = Bucket { epoch, ..Bucket::default() };
        } else if bucket.epoch > epoch {
            // A thread that has slept through a whole turn of the ring: too late for any window.
            return;
        }
        bucket.count = bucket.count.saturating_add(1);
        match outcome {
            RunOutcome::Ok => {}
            RunOutcome::Error => bucket.errors = bucket.errors.saturating_add(1),
            RunOutcome::Slow => bucket.slow = bucket.slow.saturating_add(1),
        }
    }

    /// The last `buckets` up to and with the one of `epoch`.
    pub(super) fn window(&self, epoch: u64, buckets: usize) -> WindowCounts {
        let oldest = epoch.saturating_add(1).saturating_sub(buckets as u64);
        let mut counts = WindowCounts::default();
        for bucket in &self.buckets {
            if (oldest..=epoch).contains(&bucket.epoch) {
                counts.merge(WindowCounts {
                    count: u64::from(bucket.count),
                    errors: u64::from(bucket.errors),
                    slow: u64::from(bucket.slow),
                });
            }
        }
        counts
    }
}
