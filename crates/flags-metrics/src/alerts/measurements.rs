//! What is measured, as the rules ask for it.

use std::{sync::Arc, time::Duration};

use crate::HistogramSnapshot;

/// What was measured, for [`Alerts::tick`](super::Alerts::tick).
pub trait Measurements {
    /// The sampled evaluation times since the program started; `None` where they are not measured.
    fn evaluation_times(&self) -> Option<EvaluationTimes>;

    /// The outcomes of the last `over`, of every flag that had one; a flag that is left out had none.
    fn outcomes(&self, over: Duration) -> Vec<FlagOutcomes>;

    /// Whether a flag of that key is defined.
    fn has_flag(&self, key: &str) -> bool;
}

/// The outcomes of a flag's branches, all variants together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlagOutcomes {
    /// The flag.
    pub flag: Box<str>,
    /// How many there were.
    pub count: u64,
    /// How many of them were errors; not more than `count`.
    pub errors: u64,
}

/// A histogram of evaluation times that only ever grows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvaluationTimes {
    /// The upper bounds of the buckets in nanoseconds, ascending. Shared, as they do not change.
    pub bounds: Arc<[u64]>,
    /// How many fell into each bucket and not into an earlier one; one more than there are bounds, the last for what is above
    /// all of them.
    pub counts: Vec<u64>,
}

impl From<&HistogramSnapshot> for EvaluationTimes {
    fn from(histogram: &HistogramSnapshot) -> Self {
        let nanos = |bound: Duration| u64::try_from(bound.as_nanos()).unwrap_or(u64::MAX);
        Self {
            bounds: histogram.buckets().filter_map(|(bound, _)| bound.map(nanos)).collect(),
            counts: histogram.buckets().map(|(_, count)| count).collect(),
        }
    }
}

/// A quantile as far as a histogram can tell it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Quantile {
    /// About that many nanoseconds.
    At(f64),
    /// More than that many nanoseconds, the highest bound.
    Beyond(f64),
}

impl EvaluationTimes {
    /// How many there are.
    pub(super) fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Those that came after `earlier`; `None` if that is no earlier state of the same histogram.
    pub(super) fn since(&self, earlier: &Self) -> Option<Self> {
        if self.bounds != earlier.bounds || self.counts.len() != earlier.counts.len() {
            return None;
        }
        let counts = self.counts.iter().zip(&earlier.counts).map(|(now, then)| now.checked_sub(*then));
        Some(Self { bounds: Arc::clone(&self.bounds), counts: counts.collect::<Option<_>>()? })
    }

    /// The `q`-quantile, taking what is in a bucket as spread evenly over it, as Prometheus does; `None` of nothing.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a quantile of a histogram is an estimate; 2^53 samples are far away"
    )]
    pub(super) fn quantile(&self, q: f64) -> Option<Quantile> {
        let total = self.total();
        let rank = q * total as f64;
        let (mut before, mut low) = (0, 0);
        for (at, &count) in self.counts.iter().enumerate().filter(|_| total > 0) {
            let Some(&high) = self.bounds.get(at) else { break };
            if count > 0 && (before + count) as f64 >= rank {
                let part = ((rank - before as f64) / count as f64).clamp(0.0, 1.0);
                return Some(Quantile::At(low as f64 + (high - low) as f64 * part));
            }
            before += count;
            low = high;
        }
        (total > 0).then_some(Quantile::Beyond(low as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(counts: &[u64]) -> EvaluationTimes {
        EvaluationTimes { bounds: [100, 200, 400].into(), counts: counts.into() }
    }

    #[test]
    fn quantiles_are_interpolated() {
        for (counts, q, expected) in [
            ([0, 0, 0, 0], 0.5, None),
            ([10, 0, 0, 0], 0.5, Some(Quantile::At(50.0))),
            ([10, 10, 0, 0], 0.5, Some(Quantile::At(100.0))),
            ([10, 10, 0, 0], 0.75, Some(Quantile::At(150.0))),
            ([0, 0, 4, 0], 0.25, Some(Quantile::At(250.0))),
            ([98, 0, 0, 2], 0.99, Some(Quantile::Beyond(400.0))),
            ([98, 0, 0, 2], 0.98, Some(Quantile::At(100.0))),
            ([0, 5, 0, 0], 0.000_1, Some(Quantile::At(100.01))),
        ] {
            assert_eq!(times(&counts).quantile(q), expected, "{counts:?} {q}");
        }
    }

    #[test]
    fn what_is_no_earlier_state_is_not_subtracted() {
        let now = times(&[5, 5, 5, 5]);
        assert_eq!(now.since(&times(&[1, 2, 3, 4])), Some(times(&[4, 3, 2, 1])));
        assert_eq!(now.since(&times(&[6, 0, 0, 0])), None);
        let other = EvaluationTimes { bounds: [100, 200, 500].into(), counts: vec![0; 4] };
        assert_eq!(now.since(&other), None);
    }
}
