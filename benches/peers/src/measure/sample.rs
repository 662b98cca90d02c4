//! Samples and what is said of them: the median, and the 10th and 90th percentile as the noise.

use serde::Serialize;

/// A median with its spread.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Summary {
    pub(crate) median: f64,
    pub(crate) p10: f64,
    pub(crate) p90: f64,
    pub(crate) samples: usize,
}

impl Summary {
    /// The summary of some samples; of none, it is all zeros.
    pub(crate) fn of(samples: &[f64]) -> Self {
        let mut sorted = samples.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        Self {
            median: quantile(&sorted, 0.5),
            p10: quantile(&sorted, 0.1),
            p90: quantile(&sorted, 0.9),
            samples: sorted.len(),
        }
    }

    /// From the 10th to the 90th percentile, as a part of the median.
    pub(crate) fn spread(&self) -> f64 {
        if self.median > 0.0 { (self.p90 - self.p10) / self.median } else { 0.0 }
    }
}

/// The quantile by linear interpolation between order statistics (Hyndman and Fan, 1996, definition 7).
fn quantile(sorted: &[f64], probability: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return 0.0;
    };
    let position = probability * last as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(last);
    sorted[below] + (sorted[above] - sorted[below]) * position.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_the_order_statistics() {
        // The values R's `quantile(1:10, c(0.1, 0.5, 0.9))` gives.
        let samples: Vec<f64> = (1..=10).rev().map(f64::from).collect();
        let summary = Summary::of(&samples);
        assert!((summary.p10 - 1.9).abs() < 1e-12, "{summary:?}");
        assert!((summary.median - 5.5).abs() < 1e-12, "{summary:?}");
        assert!((summary.p90 - 9.1).abs() < 1e-12, "{summary:?}");
        assert_eq!(summary.samples, 10);
        assert!((summary.spread() - 7.2 / 5.5).abs() < 1e-12);
    }

    #[test]
    fn one_sample_and_none() {
        assert_eq!(Summary::of(&[3.0]), Summary { median: 3.0, p10: 3.0, p90: 3.0, samples: 1 });
        assert_eq!(Summary::of(&[]).samples, 0);
    }
}
