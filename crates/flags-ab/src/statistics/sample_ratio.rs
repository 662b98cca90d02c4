//! Sample-ratio mismatch: do the arms have the shares of users they were meant to have?

use super::{
    level::PValue,
    outcome::{Estimate, Undefined, argument, finite},
    special::chi_squared,
};

/// What the check of the shares says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SampleRatio {
    /// Pearson's statistic.
    pub chi_squared: f64,
    /// The number of arms with a positive weight, minus one.
    pub degrees_of_freedom: u64,
    /// The p-value of shares this far off or further.
    pub p: PValue,
    /// The smallest expected number of users; the distribution is not to be trusted below 5.
    pub smallest_expected: f64,
}

impl SampleRatio {
    /// The level at which a mismatch is alarming: it is looked at daily, and any real one is found at this level.
    pub const THRESHOLD: f64 = 0.001;

    /// Whether the shares are off at [`SampleRatio::THRESHOLD`] and there are enough users to say so.
    pub fn is_mismatch(&self) -> bool {
        self.smallest_expected >= 5.0 && self.p.value() < Self::THRESHOLD
    }
}

/// Pearson's chi-squared test of the users in each arm against the weights of the arms.
///
/// ```text
/// e_i = N w_i/Σw        χ² = Σ (o_i − e_i)²/e_i over arms with w_i > 0        df = their number − 1
/// ```
///
/// The weights must be those in force when the users were assigned; after a change of weights test each phase by itself.
/// Relative error of p below 1e-12 (1 + its logarithm/100).
///
/// Source: Fabijan et al., Diagnosing Sample Ratio Mismatch, KDD 2019; Pearson 1900.
///
/// ```
/// use flags_ab::statistics::sample_ratio;
///
/// assert!(sample_ratio(&[821_588, 815_482], &[0.5, 0.5])?.is_mismatch());
/// assert!(!sample_ratio(&[5000, 5200], &[0.5, 0.5])?.is_mismatch());
/// # Ok::<(), flags_ab::statistics::Undefined>(())
/// ```
///
/// # Errors
///
/// `LengthMismatch` unless there is a weight for each arm, `OutOfDomain` for a negative weight, `OneArm` with fewer than two
/// positive weights, `TrafficWithoutWeight` if somebody is in an arm of weight 0 (a mismatch by itself), `NoTraffic` if
/// nobody is anywhere.
pub fn sample_ratio(users: &[u64], weights: &[f64]) -> Estimate<SampleRatio> {
    if users.len() != weights.len() {
        return Err(Undefined::LengthMismatch { what: "weights", found: weights.len(), expected: users.len() });
    }
    for weight in weights {
        argument("a weight", *weight, "a finite number of at least 0", |weight| weight >= 0.0)?;
    }
    let arms = || users.iter().zip(weights);
    if let Some((arm, (users, _))) = arms().enumerate().find(|(_, (users, weight))| **weight == 0.0 && **users > 0) {
        return Err(Undefined::TrafficWithoutWeight { arm, users: *users });
    }
    let in_force = weights.iter().filter(|weight| **weight > 0.0).count() as u64;
    if in_force < 2 {
        return Err(Undefined::OneArm);
    }
    let total = users.iter().map(|users| u128::from(*users)).sum::<u128>() as f64;
    if total == 0.0 {
        return Err(Undefined::NoTraffic);
    }
    let weight = finite("the sum of the weights", weights.iter().sum())?;
    let (mut statistic, mut smallest_expected) = (0.0, f64::INFINITY);
    for (users, share) in arms().filter(|(_, weight)| **weight > 0.0) {
        let expected = total * (share / weight);
        let distance = *users as f64 - expected;
        statistic += distance / expected * distance;
        smallest_expected = expected.min(smallest_expected);
    }
    let statistic = finite("the chi-squared statistic", statistic)?;
    let df = in_force - 1;
    let ln = chi_squared::ln_sf(statistic, df as f64);
    Ok(SampleRatio {
        chi_squared: statistic,
        degrees_of_freedom: df,
        p: PValue::new(libm::exp(ln), ln),
        smallest_expected,
    })
}
