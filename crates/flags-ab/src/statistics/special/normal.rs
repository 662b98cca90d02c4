//! The standard normal distribution.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use statrs::distribution::{ContinuousCDF, Normal};

/// ½ ln 2π.
pub(super) const HALF_LN_TWO_PI: f64 = 0.918_938_533_204_672_8;

/// The density φ(z) = exp(−z²/2)/√(2π), to 1e-13 relative up to |z| = 38.
pub fn pdf(z: f64) -> f64 {
    libm::exp(-z * z / 2.0) / (2.0 * PI).sqrt()
}

/// The distribution function Φ(z), the mass below z.
///
/// Source: Φ(z) = erfc(−z/√2)/2 with `libm`'s erfc. Relative error below 3e-13, also far in the lower tail, where it goes
/// down to the smallest double at z = −38.5.
pub fn cdf(z: f64) -> f64 {
    sf(-z)
}

/// The survival function, the mass above z; relative error below 3e-13 until it underflows at z = 38.5.
///
/// ```
/// use flags_ab::statistics::special::normal;
///
/// assert!((normal::sf(10.0) / 7.619853024160527e-24 - 1.0).abs() < 1e-12);
/// ```
pub fn sf(z: f64) -> f64 {
    0.5 * libm::erfc(z * FRAC_1_SQRT_2)
}

/// The logarithm of Φ(z); see [`ln_sf`].
pub fn ln_cdf(z: f64) -> f64 {
    ln_sf(-z)
}

/// The logarithm of the mass above z, for every finite z; relative error below 3e-14, or 1e-300 absolute near zero.
///
/// Source: from z = 25 on the asymptotic series of Mills' ratio (Abramowitz and Stegun, 26.2.12), whose 20th term is below
/// 1e-30 there. −∞ where z²/2 is beyond the doubles, at 1.9e154.
pub fn ln_sf(z: f64) -> f64 {
    if z < 0.0 {
        return libm::log1p(-sf(-z));
    }
    if z < 25.0 {
        return libm::log(sf(z));
    }
    let inverse_square = 1.0 / (z * z);
    let (mut term, mut sum) = (1.0, 0.0);
    for k in 0..20 {
        term *= -inverse_square * f64::from(2 * k + 1);
        sum += term;
    }
    -z * z / 2.0 - libm::log(z) - HALF_LN_TWO_PI + libm::log1p(sum)
}

/// The z with mass p below it, for 0 < p < 1; relative error below 1e-14, ∓∞ at 0 and 1, NaN outside.
///
/// Source: `statrs`, whose inverse error function is a rational approximation without a loop.
pub fn quantile(p: f64) -> f64 {
    if (0.0..=1.0).contains(&p) { Normal::standard().inverse_cdf(p) } else { f64::NAN }
}

/// The z with mass q above it; the way to a critical value that never computes 1 − q.
pub fn upper_quantile(q: f64) -> f64 {
    -quantile(q)
}
