//! Student's t distribution, from one degree of freedom to more than there are users.

use super::{beta::Point, normal, solve};

/// The mass above t with `df` > 0 degrees of freedom (any real number, ∞ for the normal distribution).
///
/// Source: half of the mass of the beta distribution (df/2, ½) below x, with x = df/(df + t²) (Abramowitz and Stegun, 26.7.1), by the continued fraction of
/// [`super::beta`] with x, 1 − x and their distance from the mean each computed from t, so that nothing is lost at large df.
/// Relative error below 1e-12 down to 1e-300.
///
/// ```
/// use flags_ab::statistics::special::student_t;
///
/// assert!((student_t::sf(1.0, 1.0) - 0.25).abs() < 1e-15);
/// ```
pub fn sf(t: f64, df: f64) -> f64 {
    if t < 0.0 {
        return 1.0 - sf(-t, df);
    }
    match place(t, df) {
        Place::Invalid => f64::NAN,
        Place::Normal => normal::sf(t),
        Place::Beta(point) => 0.5 * point.lower(),
        Place::Far => libm::exp(ln_sf(t, df)),
    }
}

/// The mass below t; see [`sf`].
pub fn cdf(t: f64, df: f64) -> f64 {
    sf(-t, df)
}

/// The logarithm of the mass above t, also where that underflows; absolute error below 1e-12 plus 4e-16 times the result.
pub fn ln_sf(t: f64, df: f64) -> f64 {
    if t < 0.0 {
        return libm::log1p(-sf(-t, df));
    }
    match place(t, df) {
        Place::Invalid => f64::NAN,
        Place::Normal => normal::ln_sf(t),
        Place::Beta(point) => point.ln_lower() - std::f64::consts::LN_2,
        // The tail is a power of t by now.
        Place::Far => {
            let near = FAR / 2.0;
            ln_sf(near * df.sqrt(), df) - df * (libm::log(t / near) - 0.5 * libm::log(df))
        }
    }
}

/// The t with mass q above it, for 0 < q < 1 and df > 0: the critical value; ±∞ at 0 and 1, or where it is beyond the doubles.
///
/// Source: Brent's method on the logarithm of the tail over the logarithm of t, from the normal quantile upwards. Relative
/// error below 1e-12 where q is below 0.4; near ½, where t passes zero, below 1e-15 absolute. At most some 1300 evaluations,
/// usually 15.
pub fn upper_quantile(q: f64, df: f64) -> f64 {
    if q.is_nan() || df.is_nan() || !(0.0..=1.0).contains(&q) || df <= 0.0 {
        f64::NAN
    } else if q > 0.5 {
        -upper_quantile(1.0 - q, df)
    } else if q == 0.5 {
        0.0
    } else if q == 0.0 {
        f64::INFINITY
    } else {
        let ln_q = libm::log(q);
        let excess = |ln_t: f64| ln_sf(libm::exp(ln_t), df) - ln_q;
        // The t distribution has the longer tail, so its quantile is not below the normal one.
        let mut low = libm::log(normal::upper_quantile(q));
        if df.is_infinite() || excess(low) <= 0.0 {
            return normal::upper_quantile(q);
        }
        let mut step = 1e-3;
        while low < 709.0 {
            let high = (low + step).min(709.0);
            if excess(high) <= 0.0 {
                return libm::exp(solve::root(excess, low, high).unwrap_or(high));
            }
            low = high;
            step *= 2.0;
        }
        f64::INFINITY
    }
}

/// From this many √df on the tail is the power law to the last digit, and t² would soon leave the doubles.
const FAR: f64 = 1e100;

enum Place {
    Invalid,
    Normal,
    Beta(Point),
    Far,
}

fn place(t: f64, df: f64) -> Place {
    if t.is_nan() || df.is_nan() || df <= 0.0 {
        return Place::Invalid;
    }
    if df.is_infinite() || df > 1e300 {
        return Place::Normal;
    }
    let ratio = t / df.sqrt();
    if ratio > FAR {
        return Place::Far;
    }
    let square = ratio * ratio;
    let x = 1.0 / (1.0 + square);
    // df (t² − 1) / (2 (df + t²)).
    let distance = 0.5 * (df * square - 1.0) * x;
    Place::Beta(Point::with_distance(x, square * x, df / 2.0, 0.5, distance))
}
