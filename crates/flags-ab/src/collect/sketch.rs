//! A quantile of many values in little memory: exact for few, close for many.

use std::collections::BTreeMap;

/// The positive values that are kept one by one.
const EXACT: usize = 65_536;

/// The ratio of the ends of a bucket, by which the quantile of more values may be too large.
const GROWTH: f64 = 1.001;

/// Values whose quantile is asked for. Only positive ones are told apart, as a limit to cut at is positive.
///
/// The result does not depend on the order of the values.
///
/// Source: the buckets are those of Masson, Rim and Lee, `DDSketch`, VLDB 2019.
#[derive(Debug, Default)]
pub(super) struct Sketch {
    /// Values of 0 and below, and the largest of them.
    others: u64,
    largest_other: Option<f64>,
    exact: Vec<f64>,
    /// The number of values in the bucket that ends with a power of [`GROWTH`]; used once there are too many.
    buckets: BTreeMap<i32, u64>,
    positive: u64,
}

impl Sketch {
    pub(super) fn push(&mut self, value: f64) {
        if value <= 0.0 {
            self.others += 1;
            self.largest_other = Some(self.largest_other.map_or(value, |largest| largest.max(value)));
            return;
        }
        self.positive += 1;
        if self.buckets.is_empty() && self.exact.len() < EXACT {
            self.exact.push(value);
            return;
        }
        for value in std::mem::take(&mut self.exact).into_iter().chain([value]) {
            *self.buckets.entry(bucket(value)).or_default() += 1;
        }
    }

    /// The q-quantile of type 7, if it is positive; in buckets, between their upper ends.
    pub(super) fn positive_quantile(mut self, q: f64) -> Option<f64> {
        let size = self.others + self.positive;
        let last = size.checked_sub(1)?;
        let place = last as f64 * q.clamp(0.0, 1.0);
        let (rank, share) = (place.floor() as u64, place.fract());
        self.exact.sort_by(f64::total_cmp);
        let low = self.at(rank)?;
        let quantile = if share == 0.0 { low } else { low * (1.0 - share) + self.at(rank + 1)? * share };
        (quantile > 0.0).then_some(quantile)
    }

    /// The value of that rank, from 0.
    fn at(&self, rank: u64) -> Option<f64> {
        let Some(among_positive) = rank.checked_sub(self.others) else { return self.largest_other };
        if self.buckets.is_empty() {
            return self.exact.get(usize::try_from(among_positive).ok()?).copied();
        }
        let mut below = 0;
        let (bucket, _) = self.buckets.iter().find(|(_, count)| {
            below += **count;
            below > among_positive
        })?;
        Some(libm::exp(f64::from(*bucket) * GROWTH.ln()))
    }
}

/// The smallest power of [`GROWTH`] that is not below the value.
fn bucket(value: f64) -> i32 {
    // Within ±1.5 million for every double.
    (libm::log(value) / GROWTH.ln()).ceil() as i32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::statistics::quantile;

    proptest! {
        #[test]
        fn few_values_have_an_exact_quantile(
            values in proptest::collection::vec(prop_oneof![Just(0.0), -5.0..50.0f64], 1..200),
            q in 0.0..=1.0f64,
        ) {
            let mut sketch = Sketch::default();
            values.iter().for_each(|value| sketch.push(*value));
            let exact = quantile(&values, q).unwrap();
            match sketch.positive_quantile(q) {
                Some(found) => prop_assert!((found - exact).abs() <= 1e-12 * exact.abs(), "{found} {exact}"),
                // Below zero only the largest value is known, so the quantile may be between it and a positive one.
                None => prop_assert!(exact <= 0.0, "{exact}"),
            }
        }
    }

    #[test]
    fn many_values_have_a_close_one_in_any_order() {
        let values: Vec<f64> = (1..=300_000u32).map(|n| f64::from(n).powf(1.5)).collect();
        let of = |values: &mut dyn Iterator<Item = &f64>, q: f64| {
            let mut sketch = Sketch::default();
            values.for_each(|value| sketch.push(*value));
            sketch.positive_quantile(q).unwrap()
        };
        for q in [0.01, 0.5, 0.99, 0.999, 1.0] {
            let (found, exact) = (of(&mut values.iter(), q), quantile(&values, q).unwrap());
            assert!(found >= exact * (1.0 - 1e-9) && found <= exact * (GROWTH + 1e-9), "{q}: {found} for {exact}");
            assert_eq!(found, of(&mut values.iter().rev(), q));
        }
    }

    #[test]
    fn without_positive_values_there_is_nothing_to_cut_at() {
        let mut sketch = Sketch::default();
        assert_eq!(Sketch::default().positive_quantile(0.99), None);
        [0.0, 0.0, -3.0].into_iter().for_each(|value| sketch.push(value));
        assert_eq!(sketch.positive_quantile(0.99), None);
    }
}
