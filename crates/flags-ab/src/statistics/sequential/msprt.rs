//! The mixture sequential probability ratio test.

use crate::statistics::{
    Alpha, Estimate, Interval, PValue,
    outcome::{argument, finite},
};

use super::{AlwaysValid, EffectEstimate};

/// The mSPRT: the likelihood ratio of "no effect" against effects drawn from a normal distribution fixed in advance.
///
/// Source: Johari, Pekelis and Walsh, *Always valid inference: continuous monitoring of A/B tests*, arXiv 1512.04922 (KDD
/// 2017), with the normal mixture N(0, τ²) and V = se²:
///
/// ```text
/// ln Λ = ½ ln( V / (V + τ²) ) + τ² effect² / ( 2 V (V + τ²) ),     p = min(1, 1/Λ)
/// effect ∓ √( V (V + τ²) / τ² · ( −2 ln alpha + ln( (V + τ²) / V ) ) )
/// ```
///
/// Domain: as for [`ConfidenceSequence`](super::ConfidenceSequence). τ² is the variance of the effects one expects, in
/// squared units of the effect; chosen from the data, or changed between looks, the test is no longer valid. Relative error
/// below 1e-13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MixtureTest {
    alpha: Alpha,
    mixture_variance: f64,
}

impl MixtureTest {
    /// The test at level `alpha` with the mixture variance τ².
    ///
    /// # Errors
    ///
    /// [`Undefined::OutOfDomain`](crate::statistics::Undefined::OutOfDomain) when `mixture_variance` is not a number between 1e-150 and 1e150.
    pub fn new(alpha: Alpha, mixture_variance: f64) -> Estimate<Self> {
        argument("the mixture variance", mixture_variance, "from 1e-150 to 1e150", |variance| {
            (1e-150..=1e150).contains(&variance)
        })?;
        Ok(Self { alpha, mixture_variance })
    }

    /// The level that all looks together keep.
    pub fn alpha(&self) -> Alpha {
        self.alpha
    }

    /// The mixture variance τ².
    pub fn mixture_variance(&self) -> f64 {
        self.mixture_variance
    }

    /// Interval, likelihood ratio (as the e-value) and p-value at a look.
    ///
    /// # Errors
    ///
    /// [`Undefined::Overflow`](crate::statistics::Undefined::Overflow) when the variance, or a limit, leaves the range of a double.
    pub fn look(&self, estimate: &EffectEstimate) -> Estimate<AlwaysValid> {
        let se = estimate.se();
        // τ²/V; both divisions stay in range where V itself would not.
        let ratio = finite("the ratio of the mixture variance to the variance", self.mixture_variance / se / se)?;
        let half_ln = 0.5 * libm::log1p(ratio);
        let radicand = 2.0 * (1.0 + 1.0 / ratio) * (half_ln - libm::log(self.alpha.value()));
        let half_width = finite("the half-width", se * libm::sqrt(radicand))?;
        let ln_e_value = estimate.half_z_squared() * (ratio / (ratio + 1.0)) - half_ln;
        Ok(AlwaysValid {
            interval: Interval::around(estimate.effect(), half_width)?,
            half_width,
            ln_e_value,
            p_value: PValue::from_ln(-ln_e_value),
        })
    }
}
