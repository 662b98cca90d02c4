//! Many tests at once: p-values adjusted so that the error holds for all of them together.

use super::{
    level::Alpha,
    outcome::{Estimate, argument},
};

/// How p-values are adjusted, and which error is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Correction {
    /// m p. Holds the chance of any false finding, however the tests depend on each other.
    Bonferroni,
    /// 1 − (1 − p)^m. As Bonferroni and a little sharper, for independent or positively dependent tests.
    Sidak,
    /// Bonferroni step by step from the smallest p-value: never weaker, as general.
    Holm,
    /// Step by step from the largest p-value: sharper than Holm, for independent or positively dependent tests.
    Hochberg,
    /// Benjamini and Hochberg. Holds the expected share of false findings among the findings, for independent or positively
    /// dependent tests.
    BenjaminiHochberg,
    /// Benjamini and Yekutieli. The same, however the tests depend on each other.
    BenjaminiYekutieli,
}

/// p-values after a correction, in the order they came in.
#[derive(Clone, Debug, PartialEq)]
pub struct AdjustedPValues {
    values: Vec<f64>,
}

impl AdjustedPValues {
    /// The adjusted p-values, each between its original and 1.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Which hypotheses are rejected at α: those whose adjusted p-value is at most α.
    pub fn rejected(&self, alpha: Alpha) -> Vec<bool> {
        self.values.iter().map(|p| *p <= alpha.value()).collect()
    }
}

/// Adjusts p-values for their number.
///
/// With the m p-values in rising order:
///
/// ```text
/// Holm                    max_{j ≤ i} (m − j + 1) p_(j)        Hochberg               min_{j ≥ i} (m − j + 1) p_(j)
/// Benjamini and Hochberg  min_{j ≥ i} m p_(j)/j                Benjamini, Yekutieli   the same times Σ 1/k
/// ```
///
/// each at most 1. Order in, order out; equal p-values stay equal. Relative error below 1e-15 m. Intervals adjusted by
/// anything but Bonferroni do not exist in simple form: use α/m for them.
///
/// Sources: Holm, Scandinavian Journal of Statistics 6, 1979; Hochberg, Biometrika 75, 1988; Benjamini and Hochberg, JRSS B
/// 57, 1995; Benjamini and Yekutieli, Annals of Statistics 29, 2001.
///
/// ```
/// use flags_ab::statistics::{Alpha, Correction, adjust_p_values};
///
/// let adjusted = adjust_p_values(&[0.01, 0.04], Correction::Holm)?;
/// assert_eq!(adjusted.values(), [0.02, 0.04]);
/// assert_eq!(adjusted.rejected(Alpha::FIVE_PERCENT), [true, true]);
/// # Ok::<(), flags_ab::statistics::Undefined>(())
/// ```
///
/// # Errors
///
/// `OutOfDomain` if one is not between 0 and 1.
pub fn adjust_p_values(p_values: &[f64], correction: Correction) -> Estimate<AdjustedPValues> {
    for p in p_values {
        argument("a p-value", *p, "between 0 and 1", |p| (0.0..=1.0).contains(&p))?;
    }
    let m = p_values.len() as f64;
    let values = match correction {
        Correction::Bonferroni => p_values.iter().map(|p| (p * m).min(1.0)).collect(),
        Correction::Sidak => p_values.iter().map(|p| -libm::expm1(m * libm::log1p(-p))).collect(),
        Correction::Holm => step(p_values, true, |rank| m - rank + 1.0),
        Correction::Hochberg => step(p_values, false, |rank| m - rank + 1.0),
        Correction::BenjaminiHochberg => step(p_values, false, |rank| m / rank),
        Correction::BenjaminiYekutieli => {
            let sum: f64 = (1..=p_values.len()).rev().map(|k| 1.0 / k as f64).sum();
            step(p_values, false, |rank| m / rank * sum)
        }
    };
    Ok(AdjustedPValues { values })
}

/// The p-values times their factor by rank (from 1 for the smallest), kept in order: by a running maximum upwards or by a
/// running minimum downwards.
fn step(p_values: &[f64], upwards: bool, factor: impl Fn(f64) -> f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    let ranked = order.iter().enumerate().map(|(index, place)| (*place, p_values[*place] * factor((index + 1) as f64)));
    let mut adjusted = vec![0.0; p_values.len()];
    if upwards {
        ranked.fold(0.0, |so_far: f64, (place, p)| {
            adjusted[place] = so_far.max(p.min(1.0));
            adjusted[place]
        });
    } else {
        ranked.rev().fold(1.0, |so_far: f64, (place, p)| {
            adjusted[place] = so_far.min(p);
            adjusted[place]
        });
    }
    adjusted
}
