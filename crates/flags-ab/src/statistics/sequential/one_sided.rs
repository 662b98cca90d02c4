//! The one-sided confidence sequence: for guardrails and non-inferiority, where only one direction matters.

use crate::statistics::{
    Alpha, Estimate, Interval, PValue,
    outcome::{argument, finite},
};

use super::EffectEstimate;
use super::confidence_sequence::rho;

/// What a one-sided sequence says at one look. Each of the two bounds holds by itself with probability 1 − alpha over all
/// looks; a guardrail uses one of them, chosen in advance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OneSidedBounds {
    /// The effect is above this.
    pub lower: f64,
    /// The effect is below this.
    pub upper: f64,
    /// The p-value of "the effect is not above zero": at most alpha exactly when `lower` is zero or more.
    pub p_above_zero: PValue,
    /// The p-value of "the effect is not below zero": at most alpha exactly when `upper` is zero or less.
    pub p_below_zero: PValue,
}

/// A one-sided asymptotic confidence sequence.
///
/// Source: Waudby-Smith et al., arXiv 2103.06476v7, equation 134, with the ρ of equation 161 at 2 alpha (as in GrowthBook's
/// gbstats); the p-value is the alpha at which the bound at this ρ reaches zero:
///
/// ```text
/// effect ∓ se √( 2 (N ρ² + 1) / (N ρ²) · ln( 1 + √(N ρ² + 1) / (2 alpha) ) )
/// ```
///
/// Domain: as for [`ConfidenceSequence`](super::ConfidenceSequence), alpha below a half. Relative error below 1e-13. For
/// outcomes that come in batches (nodes, minutes) see [`Dispersion`](super::Dispersion).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OneSidedConfidenceSequence {
    alpha: Alpha,
    rho: f64,
}

impl OneSidedConfidenceSequence {
    /// The sequence that is tightest when `tightest_at` users, in both arms together, have been seen.
    ///
    /// # Errors
    ///
    /// [`Undefined::OutOfDomain`](crate::statistics::Undefined::OutOfDomain) when `alpha` is a half or more, or `tightest_at` is not between 1 and 1e18.
    pub fn new(alpha: Alpha, tightest_at: f64) -> Estimate<Self> {
        argument("alpha of a one-sided sequence", alpha.value(), "below 0.5", |alpha| alpha < 0.5)?;
        Ok(Self { alpha, rho: rho(2.0 * alpha.value(), tightest_at)? })
    }

    /// The level that all looks together keep.
    pub fn alpha(&self) -> Alpha {
        self.alpha
    }

    /// The mixing parameter ρ, which has to stay the same over all looks.
    pub fn rho(&self) -> f64 {
        self.rho
    }

    /// The bounds and p-values at a look.
    ///
    /// # Errors
    ///
    /// [`Undefined::Overflow`](crate::statistics::Undefined::Overflow) when a bound leaves the range of a double.
    pub fn look(&self, estimate: &EffectEstimate) -> Estimate<OneSidedBounds> {
        let scaled = estimate.users() * self.rho * self.rho;
        let half_ln = 0.5 * libm::log1p(scaled);
        let odds = libm::exp(half_ln) / (2.0 * self.alpha.value());
        let radicand = 2.0 * (1.0 + 1.0 / scaled) * libm::log1p(odds);
        let half_width = finite("the half-width", estimate.se() * libm::sqrt(radicand))?;

        let evidence = estimate.half_z_squared() * (scaled / (scaled + 1.0));
        let against = PValue::from_ln(half_ln - std::f64::consts::LN_2 - ln_expm1(evidence));
        let interval = Interval::around(estimate.effect(), half_width)?;
        Ok(OneSidedBounds {
            lower: interval.lower,
            upper: interval.upper,
            p_above_zero: if estimate.effect() > 0.0 { against } else { PValue::ONE },
            p_below_zero: if estimate.effect() < 0.0 { against } else { PValue::ONE },
        })
    }
}

/// ln(eˣ − 1) for x ≥ 0; the lowest double for zero.
fn ln_expm1(x: f64) -> f64 {
    if x > 1.0 { x + libm::log1p(-libm::exp(-x)) } else { libm::log(libm::expm1(x)).max(f64::MIN) }
}
