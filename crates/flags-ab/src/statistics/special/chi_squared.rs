//! The chi-squared distribution's tail.

use super::gamma;

/// The mass above x for a chi-squared distribution with `df` degrees of freedom, df > 0, x ≥ 0.
///
/// Q(df/2, x/2); relative error below 1e-13 (1 + its logarithm/100) up to 2e6 degrees of freedom.
///
/// ```
/// use flags_ab::statistics::special::chi_squared;
///
/// assert!((chi_squared::sf(4.0, 2.0) / (-2.0f64).exp() - 1.0).abs() < 1e-14);
/// ```
pub fn sf(x: f64, df: f64) -> f64 {
    libm::exp(ln_sf(x, df))
}

/// The logarithm of [`sf`], also where that underflows; −∞ only at x = ∞.
pub fn ln_sf(x: f64, df: f64) -> f64 {
    gamma::ln_upper(df / 2.0, x / 2.0)
}
