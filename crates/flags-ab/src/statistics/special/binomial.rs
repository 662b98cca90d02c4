//! The binomial distribution.

use super::{beta, elementary::deviance, gamma::stirling_correction, normal::HALF_LN_TWO_PI};

/// The probability of exactly `k` successes in `n` trials with success probability p in [0, 1].
///
/// Source: Loader, Fast and Accurate Computation of Binomial Probabilities, 2000. Relative error below 1e-13 (1 + the
/// deviance/100), for every n.
///
/// ```
/// use flags_ab::statistics::special::binomial;
///
/// assert!((binomial::pmf(2, 4, 0.5) - 0.375).abs() < 1e-15);
/// ```
pub fn pmf(k: u64, n: u64, p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    libm::exp(ln_pmf_between(k, n, p, 1.0 - p))
}

/// The logarithm of the probability, from p and 1 − p; −∞ where it is impossible.
pub(super) fn ln_pmf_between(k: u64, n: u64, p: f64, q: f64) -> f64 {
    if k > n {
        return f64::NEG_INFINITY;
    }
    if n == 0 {
        return 0.0;
    }
    let (successes, failures, trials) = (k as f64, (n - k) as f64, n as f64);
    if k == 0 {
        return if p == 1.0 { f64::NEG_INFINITY } else { trials * ln_complement(p, q) };
    }
    if k == n {
        return if p == 0.0 { f64::NEG_INFINITY } else { trials * ln_complement(q, p) };
    }
    if p == 0.0 || q == 0.0 {
        return f64::NEG_INFINITY;
    }
    let (expected_successes, expected_failures) = (trials * p, trials * q);
    // k − n p, from the side that subtracts less.
    let distance = if p <= q { successes - expected_successes } else { expected_failures - failures };
    stirling_correction(trials)
        - stirling_correction(successes)
        - stirling_correction(failures)
        - expected_successes * deviance(distance / expected_successes)
        - expected_failures * deviance(-distance / expected_failures)
        - HALF_LN_TWO_PI
        - 0.5 * (libm::log(successes) + libm::log(failures / trials))
}

/// ln(1 − p) = ln q, from the smaller of the two.
fn ln_complement(p: f64, q: f64) -> f64 {
    if p < 0.5 { libm::log1p(-p) } else { libm::log(q) }
}

/// The probability of at most `k` successes; relative error as of [`beta::cdf`].
pub fn cdf(k: u64, n: u64, p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        f64::NAN
    } else if k >= n {
        1.0
    } else {
        beta::sf(p, k as f64 + 1.0, (n - k) as f64)
    }
}

/// The probability of more than `k` successes; relative error as of [`beta::cdf`].
pub fn sf(k: u64, n: u64, p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        f64::NAN
    } else if k >= n {
        0.0
    } else {
        beta::cdf(p, k as f64 + 1.0, (n - k) as f64)
    }
}
