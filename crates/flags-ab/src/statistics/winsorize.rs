//! Outliers: values beyond a limit are moved to it.

use super::outcome::{Estimate, Undefined, argument};

/// The q-quantile of the values, with linear interpolation between order statistics (type 7 of Hyndman and Fan, the default
/// of R and NumPy): at h = (n − 1) q, between the values of rank ⌊h⌋ and ⌊h⌋ + 1, counted from 0.
///
/// ```
/// use flags_ab::statistics::quantile;
///
/// assert_eq!(quantile(&[4.0, 1.0, 2.0, 3.0], 0.5), Ok(2.5));
/// ```
///
/// # Errors
///
/// `NoValues` without values, `OutOfDomain` for a q outside of 0 to 1 and for a value that is not finite.
pub fn quantile(values: &[f64], q: f64) -> Estimate {
    argument("q", q, "between 0 and 1", |q| (0.0..=1.0).contains(&q))?;
    let sorted = sorted(values)?;
    let last = sorted.len() - 1;
    let place = last as f64 * q;
    // Within 0 to `last`, so the conversion is exact.
    let index = (place as usize).min(last);
    let (low, high) = (sorted[index], sorted[(index + 1).min(last)]);
    let share = place - index as f64;
    // From the nearer end, and without the difference, which may leave the doubles.
    Ok(if share == 0.0 { low } else { low * (1.0 - share) + high * share })
}

/// Values after winsorising.
#[derive(Clone, Debug, PartialEq)]
pub struct Winsorized {
    /// The values, in the order they came in.
    pub values: Vec<f64>,
    /// How many were raised.
    pub replaced_low: usize,
    /// How many were lowered.
    pub replaced_high: usize,
}

/// Moves the ⌊lower n⌋ smallest values up to the next one and the ⌊upper n⌋ largest down to the next one.
///
/// Take the values of both arms together, so that one limit holds for both, and users' totals, never single events. Not for
/// metrics that are 0 or 1. Where several values tie at the edge, those that came first count as the smaller ones; the values
/// after winsorising are the same either way. Source: Dixon, Annals of Mathematical Statistics 31, 1960; as
/// `scipy.stats.mstats.winsorize`.
///
/// # Errors
///
/// `OutOfDomain` unless the fractions are at least 0 and below 1 together, or for a value that is not finite; `NoValues`
/// without values.
pub fn winsorize(values: &[f64], lower: f64, upper: f64) -> Estimate<Winsorized> {
    fraction("the lower fraction", lower)?;
    fraction("the upper fraction", upper)?;
    argument("the sum of both fractions", lower + upper, "below 1", |sum| sum < 1.0)?;
    let sorted = sorted(values)?;
    let size = sorted.len();
    let count = |fraction: f64| ((fraction * size as f64) as usize).min(size - 1);
    let (replaced_low, replaced_high) = (count(lower), count(upper));
    let replaced_high = replaced_high.min(size - 1 - replaced_low);
    let (floor, ceiling) = (sorted[replaced_low], sorted[size - 1 - replaced_high]);
    let values = values.iter().map(|value| value.clamp(floor, ceiling)).collect();
    Ok(Winsorized { values, replaced_low, replaced_high })
}

/// Which values a cap is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CapOver {
    /// All of them.
    All,
    /// Those that are not zero: for metrics most users have none of.
    NonZero,
}

/// The (1 − upper) quantile of the values, above which they are to be capped with `f64::min`.
///
/// As with [`winsorize`], of both arms together and over users' totals. The quantile is of type 7, see [`quantile`].
///
/// # Errors
///
/// `OutOfDomain` unless the fraction is at least 0 and below 1, or for a value that is not finite; `NoValues` if none count.
pub fn upper_cap(values: &[f64], upper: f64, over: CapOver) -> Estimate {
    fraction("the upper fraction", upper)?;
    match over {
        CapOver::All => quantile(values, 1.0 - upper),
        CapOver::NonZero => {
            let present: Vec<f64> = values.iter().copied().filter(|value| *value != 0.0).collect();
            quantile(&present, 1.0 - upper)
        }
    }
}

fn fraction(what: &'static str, value: f64) -> Estimate {
    argument(what, value, "at least 0 and below 1", |value| (0.0..1.0).contains(&value))
}

fn sorted(values: &[f64]) -> Estimate<Vec<f64>> {
    if values.is_empty() {
        return Err(Undefined::NoValues);
    }
    for value in values {
        argument("a value", *value, "a finite number", |_| true)?;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    Ok(sorted)
}
