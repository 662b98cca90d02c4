//! Counts of durations by size, and quantiles of them.

use std::time::Duration;

/// One more than the number of bounds: the last bucket is for everything above.
pub(crate) const BUCKETS: usize = 20;

/// The upper bounds, inclusive, for evaluations: 10 ns to 10 ms, in nanoseconds.
pub(crate) const EVALUATION_BOUNDS: [u64; BUCKETS - 1] = steps(10);

/// The upper bounds, inclusive, for branches: 10 µs to 10 s, in nanoseconds.
pub(crate) const LATENCY_BOUNDS: [u64; BUCKETS - 1] = steps(10_000);

/// 1, 2.5, 5, 10, 25 ... times the first.
const fn steps(first: u64) -> [u64; BUCKETS - 1] {
    let mut bounds = [0; BUCKETS - 1];
    let (mut at, mut decade) = (0, first);
    while at < bounds.len() {
        bounds[at] = match at % 3 {
            0 => decade,
            1 => decade / 10 * 25,
            _ => decade * 5,
        };
        if at % 3 == 2 {
            decade *= 10;
        }
        at += 1;
    }
    bounds
}

/// The bucket of a duration in nanoseconds.
#[inline]
pub(crate) fn bucket(bounds: &[u64; BUCKETS - 1], nanos: u64) -> usize {
    bounds.partition_point(|bound| *bound < nanos)
}

/// A duration in nanoseconds; beyond five hundred years, the most there is.
#[inline]
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// How many durations were how long, at one moment.
///
/// Counts only rise, so what two snapshots differ by happened between them: [`since`](Self::since).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistogramSnapshot {
    bounds: &'static [u64; BUCKETS - 1],
    counts: [u64; BUCKETS],
    sum: u64,
}

impl HistogramSnapshot {
    pub(crate) const fn new(bounds: &'static [u64; BUCKETS - 1]) -> Self {
        Self { bounds, counts: [0; BUCKETS], sum: 0 }
    }

    pub(crate) fn record(&mut self, nanos: u64) {
        self.counts[bucket(self.bounds, nanos)] += 1;
        self.sum = self.sum.wrapping_add(nanos);
    }

    /// Adds counts of one bucket, or, past the last, to the sum.
    pub(crate) fn add_cell(&mut self, at: usize, more: u64) {
        match self.counts.get_mut(at) {
            Some(count) => *count += more,
            None => self.sum = self.sum.wrapping_add(more),
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count += more;
        }
        self.sum = self.sum.wrapping_add(other.sum);
    }

    /// How many durations were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// All durations together.
    #[must_use]
    pub fn sum(&self) -> Duration {
        Duration::from_nanos(self.sum)
    }

    /// The upper bound of each bucket, inclusive, with the count of that bucket alone; the last has no bound.
    pub fn buckets(&self) -> impl Iterator<Item = (Option<Duration>, u64)> {
        let bounds = self.bounds.iter().map(|bound| Some(Duration::from_nanos(*bound))).chain([None]);
        bounds.zip(self.counts)
    }

    /// What was counted after `earlier`; a snapshot of something else comes to nothing sensible, but not to a panic.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let mut since = Self::new(self.bounds);
        for (at, count) in since.counts.iter_mut().enumerate() {
            *count = self.counts[at].saturating_sub(earlier.counts[at]);
        }
        since.sum = self.sum.wrapping_sub(earlier.sum);
        since
    }

    /// The duration that a share `p` of all durations does not exceed, `p` from 0 to 1; `None` if nothing was counted.
    ///
    /// Within a bucket durations are taken to be spread evenly, as Prometheus does it: the result may be off by the width of
    /// its bucket, which reaches from its lower bound to at most two and a half times that. Above the last bound the last
    /// bound is the result.
    #[must_use]
    pub fn quantile(&self, p: f64) -> Option<Duration> {
        let total = self.count();
        if total == 0 {
            return None;
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "a quantile describes; counts beyond 2^53 may lose their last digits"
        )]
        let share = |count: u64| count as f64 / total as f64;
        let p = if p.is_nan() { 1.0 } else { p.clamp(0.0, 1.0) };
        let mut below = 0;
        for (at, count) in self.counts.iter().enumerate() {
            let reached = below + count;
            if *count > 0 && share(reached) >= p {
                let lower = if at == 0 { 0 } else { self.bounds[at - 1] };
                let Some(upper) = self.bounds.get(at) else { return Some(Duration::from_nanos(lower)) };
                let inside = ((p - share(below)) / share(*count)).clamp(0.0, 1.0);
                let width = Duration::from_nanos(upper - lower);
                return Some(Duration::from_nanos(lower) + width.mul_f64(inside));
            }
            below = reached;
        }
        Some(Duration::from_nanos(self.bounds[BUCKETS - 2]))
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, proptest};

    use super::*;

    #[test]
    fn bounds_are_what_is_said() {
        assert_eq!(EVALUATION_BOUNDS[..6], [10, 25, 50, 100, 250, 500]);
        assert_eq!(EVALUATION_BOUNDS[BUCKETS - 2], 10_000_000);
        assert_eq!(LATENCY_BOUNDS[0], 10_000);
        assert_eq!(LATENCY_BOUNDS[BUCKETS - 2], 10_000_000_000);
        assert!(EVALUATION_BOUNDS.is_sorted() && LATENCY_BOUNDS.is_sorted());
        assert_eq!((bucket(&EVALUATION_BOUNDS, 10), bucket(&EVALUATION_BOUNDS, 11)), (0, 1), "bounds are inclusive");
        assert_eq!(bucket(&EVALUATION_BOUNDS, u64::MAX), BUCKETS - 1);
    }

    /// The example of the documentation of `histogram_quantile`, by hand.
    #[test]
    fn quantiles_are_spread_evenly_in_a_bucket() {
        let mut histogram = HistogramSnapshot::new(&EVALUATION_BOUNDS);
        assert_eq!(histogram.quantile(0.5), None);
        for _ in 0..10 {
            histogram.record(60);
        }
        assert_eq!(histogram.quantile(0.5), Some(Duration::from_nanos(75)), "half of the way from 50 to 100");
        for _ in 0..10 {
            histogram.record(u64::MAX);
        }
        assert_eq!(histogram.quantile(0.99), Some(Duration::from_millis(10)), "the last bound there is");
        assert_eq!(histogram.quantile(f64::NAN), histogram.quantile(1.0));
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            rng_seed: proptest::test_runner::RngSeed::Fixed(0x7175_616e_7469_6c65),
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        /// A quantile lies in the bucket of the duration that has that rank.
        #[test]
        fn quantiles_are_in_the_bucket_of_the_true_one(
            mut durations in prop::collection::vec(0_u64..20_000_000, 1..200),
            p in 0.0..=1.0_f64,
        ) {
            let mut histogram = HistogramSnapshot::new(&EVALUATION_BOUNDS);
            durations.iter().for_each(|nanos| histogram.record(*nanos));
            durations.sort_unstable();
            let rank = ((p * durations.len() as f64).ceil() as usize).clamp(1, durations.len());
            let at = bucket(&EVALUATION_BOUNDS, durations[rank - 1]);
            let lower = if at == 0 { 0 } else { EVALUATION_BOUNDS[at - 1] };
            let upper = EVALUATION_BOUNDS[at.min(BUCKETS - 2)];
            let found = histogram.quantile(p).unwrap().as_nanos() as u64;
            prop_assert!((lower..=upper).contains(&found), "{lower} <= {found} <= {upper}");
            prop_assert_eq!(histogram.count(), durations.len() as u64);
        }

        #[test]
        fn what_two_snapshots_differ_by_is_what_came_between(
            first in prop::collection::vec(0_u64..20_000_000, 0..50),
            second in prop::collection::vec(0_u64..20_000_000, 0..50),
        ) {
            let of = |durations: &[u64]| {
                let mut histogram = HistogramSnapshot::new(&EVALUATION_BOUNDS);
                durations.iter().for_each(|nanos| histogram.record(*nanos));
                histogram
            };
            let (earlier, between) = (of(&first), of(&second));
            let mut later = earlier.clone();
            later.merge(&between);
            prop_assert_eq!(later.since(&earlier), between);
        }
    }
}
