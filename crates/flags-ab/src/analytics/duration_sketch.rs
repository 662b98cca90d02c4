//! Quantiles of durations in bounded memory.

use std::{collections::BTreeMap, time::Duration};

/// Durations, counted in buckets each 2 % wider than the one before; mergeable, and of at most some 2 200 buckets.
///
/// A quantile is the middle of its bucket, off by less than 1 % of itself, whatever the durations are; one of zero is
/// exact. Merging adds counts, so that order makes no difference at all.
///
/// Source: Masson, Rim and Lee, `DDSketch`, PVLDB 12, 2019, with γ = 1.02: the middle 2γ^(i+1)/(1 + γ) of the bucket from γ^i
/// to γ^(i+1) is within (γ − 1)/(γ + 1) = 0.0099 of everything in it.
///
/// ```
/// use std::time::Duration;
///
/// use flags_ab::analytics::DurationSketch;
///
/// let mut sketch = DurationSketch::default();
/// for seconds in [1, 60, 3600] {
///     sketch.record(Duration::from_secs(seconds));
/// }
/// let median = sketch.quantile(0.5).unwrap().as_secs_f64();
/// assert!((median / 60.0 - 1.0).abs() < 0.01);
/// assert_eq!(DurationSketch::default().quantile(0.5), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DurationSketch {
    zeros: u64,
    buckets: BTreeMap<u16, u64>,
    count: u64,
}

const GROWTH: f64 = 1.02;

impl DurationSketch {
    /// Counts a duration, to the microsecond.
    pub fn record(&mut self, duration: Duration) {
        let micros = duration.as_micros();
        self.count += 1;
        if micros == 0 {
            self.zeros += 1;
        } else {
            *self.buckets.entry(bucket(micros as f64)).or_default() += 1;
        }
    }

    /// Takes in what another sketch has counted.
    pub fn merge(&mut self, other: &Self) {
        self.zeros += other.zeros;
        self.count += other.count;
        for (bucket, count) in &other.buckets {
            *self.buckets.entry(*bucket).or_default() += count;
        }
    }

    /// How many durations were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The duration that the share `q` of all do not exceed, `q` from 0 to 1: the one of rank ⌈q n⌉, and the smallest for 0.
    /// `None` without durations.
    #[must_use]
    pub fn quantile(&self, q: f64) -> Option<Duration> {
        if self.count == 0 {
            return None;
        }
        let rank = (libm::ceil(q.clamp(0.0, 1.0) * self.count as f64) as u64).clamp(1, self.count);
        let mut below = self.zeros;
        if rank <= below {
            return Some(Duration::ZERO);
        }
        let reached = self.buckets.iter().find(|(_, count)| {
            below += **count;
            rank <= below
        });
        reached.map(|(bucket, _)| middle(*bucket))
    }
}

/// The whole part of the logarithm to the base γ, for a time of at least one microsecond. No [`Duration`] reaches 3 000.
fn bucket(micros: f64) -> u16 {
    libm::floor(libm::log(micros) / libm::log(GROWTH)).clamp(0.0, 3_000.0) as u16
}

fn middle(bucket: u16) -> Duration {
    let lower = libm::pow(GROWTH, f64::from(bucket));
    let seconds = lower * (2.0 * GROWTH / (1.0 + GROWTH)) / 1e6;
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_within_one_percent_of_the_sorted_one() {
        let mut random = fastrand::Rng::with_seed(7);
        let mut sketch = DurationSketch::default();
        let mut all: Vec<u64> = (0..5_000).map(|_| (random.f64() * 30.0).exp() as u64).collect();
        for micros in &all {
            sketch.record(Duration::from_micros(*micros));
        }
        all.sort_unstable();
        for (q, index) in [(0.0, 0), (0.1, 499), (0.5, 2_499), (0.99, 4_949), (1.0, 4_999)] {
            let found = sketch.quantile(q).unwrap().as_secs_f64() * 1e6;
            let exact = all[index] as f64;
            assert!((found - exact).abs() <= 0.0101 * exact + 1e-3, "{q}: {found} for {exact}");
        }
    }

    #[test]
    fn the_longest_and_the_shortest_times_are_counted() {
        let mut sketch = DurationSketch::default();
        sketch.record(Duration::ZERO);
        assert_eq!(sketch.quantile(1.0), Some(Duration::ZERO));
        sketch.record(Duration::MAX);
        assert!(sketch.quantile(1.0).unwrap() > Duration::from_secs(1 << 60));
        assert_eq!((sketch.count(), sketch.quantile(0.5)), (2, Some(Duration::ZERO)));
    }

    #[test]
    fn parts_are_merged_without_a_trace() {
        let times = [0, 3, 3, 70, 1_000_000];
        let of = |micros: &[u64]| {
            let mut sketch = DurationSketch::default();
            micros.iter().for_each(|micros| sketch.record(Duration::from_micros(*micros)));
            sketch
        };
        for cut in 0..=times.len() {
            let mut merged = of(&times[cut..]);
            merged.merge(&of(&times[..cut]));
            assert_eq!(merged, of(&times));
        }
    }
}
