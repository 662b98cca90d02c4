//! Differences of elementary functions that lose their digits when written down plainly.

/// ln(1 + x) − x for x > −1, to 4 units in the last place.
///
/// Source: with r = x/(2 + x), ln(1 + x) = 2 atanh r; the linear term is cancelled by hand (Loader 2000; R's `log1pmx`).
pub(crate) fn ln_1p_minus(x: f64) -> f64 {
    if !(-0.5..=1.0).contains(&x) {
        return libm::log1p(x) - x;
    }
    let ratio = x / (2.0 + x);
    let square = ratio * ratio;
    // |ratio| is at most 1/3 here, so a term is at most a ninth of the one before it.
    let (mut power, mut sum) = (1.0, 0.0);
    for k in 0..30 {
        let term = power / f64::from(2 * k + 3);
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
        power *= square;
    }
    ratio * (2.0 * square * sum - x)
}

/// e^x − 1 − x, to 4 units in the last place.
pub(crate) fn exp_m1_minus(x: f64) -> f64 {
    if !(-0.5..=0.5).contains(&x) {
        return libm::expm1(x) - x;
    }
    let (mut term, mut sum) = (x * x / 2.0, 0.0);
    for k in 3..30 {
        sum += term;
        if term.abs() < sum.abs() * 1e-17 {
            break;
        }
        term *= x / f64::from(k);
    }
    sum
}

/// (1 + e) ln(1 + e) − e for e ≥ −1, to 8 units in the last place.
///
/// n times this is Loader's deviance of an observed count from its expectation n, where e is the relative difference. It is
/// never negative, and e²/2 near zero.
pub(crate) fn deviance(e: f64) -> f64 {
    if e <= -1.0 {
        1.0
    } else if (-0.5..=1.0).contains(&e) {
        (1.0 + e) * ln_1p_minus(e) + e * e
    } else {
        (1.0 + e) * libm::log1p(e) - e
    }
}
