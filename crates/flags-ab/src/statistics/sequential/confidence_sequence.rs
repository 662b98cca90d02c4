//! The asymptotic confidence sequence: an interval for every look, all of which together cover the effect.

use crate::statistics::{
    Alpha, Estimate, Interval, PValue,
    outcome::{argument, finite},
};

use super::EffectEstimate;

/// What an always-valid method says at one look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlwaysValid {
    /// Contains the effect, at all looks together, with probability 1 − alpha.
    pub interval: Interval,
    /// Half the width of the interval.
    pub half_width: f64,
    /// The logarithm of the e-value: the evidence against "no effect" as a likelihood ratio. Without an effect its
    /// expectation is at most one at every look, and it ever exceeds 1/alpha with at most the probability alpha.
    pub ln_e_value: f64,
    /// The p-value of this look, min(1, 1/e). It is at most alpha exactly when the interval excludes zero. The smallest so
    /// far is as valid; [`Running`](super::Running) keeps it.
    pub p_value: PValue,
}

/// A two-sided asymptotic confidence sequence with a Gaussian mixture.
///
/// Whoever looks after every user, and stops when the interval excludes zero, errs with probability alpha at most, where a
/// fixed 95 % test looked at 600 times errs in two of three cases. The price is width: about 1.5 times the fixed interval's
/// where it is tightest.
///
/// Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, *Time-uniform central limit theory and asymptotic confidence
/// sequences*, arXiv 2103.06476v7, equations 9 (interval), 155 (e-value) and 161 (ρ); the same as the normal mixture of
/// Howard et al., arXiv 1810.08240, equation 14, with 1/ρ² for its parameter:
///
/// ```text
/// effect ∓ se √( 2 (N ρ² + 1) / (N ρ²) · ln( √(N ρ² + 1) / alpha ) ),     N users in both arms
/// ```
///
/// Domain: enough users for the central limit theorem at the first look (as for any z-test; 500 per arm is plenty for rates
/// above 1 %), and ρ, with it `tightest_at`, fixed before the first look. Relative error below 1e-13.
///
/// ```
/// use flags_ab::statistics::Alpha;
/// use flags_ab::statistics::sequential::{ConfidenceSequence, EffectEstimate};
///
/// let sequence = ConfidenceSequence::new(Alpha::new(0.05)?, 5000.0)?;
/// let look = sequence.look(&EffectEstimate::new(0.05, 0.012, 2500, 2500)?)?;
/// assert!(look.interval.lower > 0.0 && look.p_value.value() < 0.05);
/// # Ok::<(), flags_ab::statistics::Undefined>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConfidenceSequence {
    alpha: Alpha,
    rho: f64,
}

impl ConfidenceSequence {
    /// The sequence that is tightest when `tightest_at` users, in both arms together, have been seen.
    ///
    /// Half of the users one expects in the end is a good choice. At ten times as many the interval is 7 % wider than the
    /// best one there, at a tenth of them 27 %: rather choose it too small than too large.
    ///
    /// # Errors
    ///
    /// [`Undefined::OutOfDomain`](crate::statistics::Undefined::OutOfDomain) when `tightest_at` is not between 1 and 1e18.
    pub fn new(alpha: Alpha, tightest_at: f64) -> Estimate<Self> {
        Ok(Self { alpha, rho: rho(alpha.value(), tightest_at)? })
    }

    /// The level that all looks together keep.
    pub fn alpha(&self) -> Alpha {
        self.alpha
    }

    /// The mixing parameter ρ, which has to stay the same over all looks.
    pub fn rho(&self) -> f64 {
        self.rho
    }

    /// Interval, e-value and p-value at a look.
    ///
    /// # Errors
    ///
    /// [`Undefined::Overflow`](crate::statistics::Undefined::Overflow) when a limit leaves the range of a double.
    pub fn look(&self, estimate: &EffectEstimate) -> Estimate<AlwaysValid> {
        let scaled = estimate.users() * self.rho * self.rho;
        let half_ln = 0.5 * libm::log1p(scaled);
        let radicand = 2.0 * (1.0 + 1.0 / scaled) * (half_ln - libm::log(self.alpha.value()));
        let half_width = finite("the half-width", estimate.se() * libm::sqrt(radicand))?;
        let ln_e_value = estimate.half_z_squared() * (scaled / (scaled + 1.0)) - half_ln;
        Ok(AlwaysValid {
            interval: Interval::around(estimate.effect(), half_width)?,
            half_width,
            ln_e_value,
            p_value: PValue::from_ln(-ln_e_value),
        })
    }
}

/// The ρ that makes the sequence at level `alpha` tightest at `users` (equation 161).
pub(super) fn rho(alpha: f64, users: f64) -> Estimate {
    argument("the number of users at which the sequence is tightest", users, "from 1 to 1e18", |users| {
        (1.0..=1e18).contains(&users)
    })?;
    let twice = -2.0 * libm::log(alpha);
    Ok(libm::sqrt((twice + libm::log1p(twice)) / users))
}
