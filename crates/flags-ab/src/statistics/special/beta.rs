//! The beta distribution: the regularised incomplete beta function, its logarithm and its inverse.
//!
//! Good for parameters from 1e-3 to 1e15, where library implementations stop being right around 1e4: posteriors of a metric
//! with 1e12 users are an ordinary case here.

use super::{
    elementary::{deviance, exp_m1_minus, ln_1p_minus},
    gamma::stirling_correction,
    normal::HALF_LN_TWO_PI,
    quadrature::integrate,
    solve,
};

/// Where both parameters are larger than this the integral is done by quadrature; the continued fraction would need
/// a number of terms like the root of the smaller one.
const LARGE: f64 = 10_000.0;

/// ln B(a, b) for a, b > 0; absolute error below 1e-14 plus 4e-16 times the result.
pub fn ln_beta(a: f64, b: f64) -> f64 {
    if !valid(a, b) {
        return f64::NAN;
    }
    let (a, b) = if a < b { (a, b) } else { (b, a) };
    let total = a + b;
    HALF_LN_TWO_PI - 0.5 * libm::log(b) + (a - 0.5) * libm::log(a / total) - b * libm::log1p(a / b)
        + stirling_correction(a)
        + stirling_correction(b)
        - stirling_correction(total)
}

/// The logarithm of the density at x.
///
/// Source: Loader's saddle-point form, which subtracts no large logarithms. Absolute error below 1e-13 plus 4e-16 times the
/// result, plus what the rounding of x itself does. −∞ at 0 and 1 where the density vanishes, ∞ where it is unbounded.
pub fn ln_pdf(x: f64, a: f64, b: f64) -> f64 {
    if !(valid(a, b) && (0.0..=1.0).contains(&x)) {
        return f64::NAN;
    }
    if x == 0.0 || x == 1.0 {
        let (here, other) = if x == 0.0 { (a, b) } else { (b, a) };
        return match here.partial_cmp(&1.0) {
            Some(std::cmp::Ordering::Less) => f64::INFINITY,
            Some(std::cmp::Ordering::Equal) => libm::log(other),
            _ => f64::NEG_INFINITY,
        };
    }
    let y = 1.0 - x;
    Point::new(x, y, a, b).ln_term() - libm::log(x) - libm::log(y)
}

/// The mass below x: the regularised incomplete beta function.
///
/// Relative error below 1e-12 for parameters from 1e-3 to 1e15 and masses down to 1e-300, beyond what rounding x itself
/// does (which near the mean is 1e-16·√(a+b) standard deviations). It is a complement only where it is the larger part.
///
/// Sources: the even part of the continued fraction (Didonato and Morris, ACM TOMS 708, 1992, eq. 9; Boost's
/// `ibeta_fraction2`); for both parameters above 1e4 Gauss-Legendre quadrature of the density in the log-odds.
///
/// ```
/// use flags_ab::statistics::special::beta;
///
/// assert!((beta::cdf(0.25, 2.0, 1.0) - 0.0625).abs() < 1e-15);
/// assert!((beta::cdf(1e-12, 1.0, 1e12) / 0.6321205588287417 - 1.0).abs() < 1e-12);
/// ```
pub fn cdf(x: f64, a: f64, b: f64) -> f64 {
    checked(x, a, b).map_or(f64::NAN, Point::lower)
}

/// The mass above x; see [`cdf`].
pub fn sf(x: f64, a: f64, b: f64) -> f64 {
    checked(x, a, b).map_or(f64::NAN, |point| point.mirrored().lower())
}

/// The logarithm of the mass below x, also where that underflows; −∞ at 0.
pub fn ln_cdf(x: f64, a: f64, b: f64) -> f64 {
    checked(x, a, b).map_or(f64::NAN, Point::ln_lower)
}

/// The logarithm of the mass above x, also where that underflows; −∞ at 1.
pub fn ln_sf(x: f64, a: f64, b: f64) -> f64 {
    checked(x, a, b).map_or(f64::NAN, |point| point.mirrored().ln_lower())
}

/// The x with mass p below it, for 0 ≤ p ≤ 1; relative error below 1e-11 for parameters from 1e-3 to 1e15.
///
/// Source: Brent's method on the logarithm of the smaller tail, over the log-odds of x. At most some 300 evaluations.
pub fn quantile(p: f64, a: f64, b: f64) -> f64 {
    if !(valid(a, b) && (0.0..=1.0).contains(&p)) {
        f64::NAN
    } else if p == 0.0 || p == 1.0 {
        p
    } else if p <= 0.5 {
        logistic(log_odds(libm::log(p), a, b))
    } else {
        logistic(-log_odds(libm::log1p(-p), b, a))
    }
}

/// The x with mass q above it; the way to an upper limit that never computes 1 − q.
pub fn upper_quantile(q: f64, a: f64, b: f64) -> f64 {
    if !(valid(a, b) && (0.0..=1.0).contains(&q)) {
        f64::NAN
    } else if q == 0.0 || q == 1.0 {
        1.0 - q
    } else if q <= 0.5 {
        logistic(-log_odds(libm::log(q), b, a))
    } else {
        logistic(log_odds(libm::log1p(-q), a, b))
    }
}

fn valid(a: f64, b: f64) -> bool {
    a > 0.0 && b > 0.0 && (a + b).is_finite()
}

fn checked(x: f64, a: f64, b: f64) -> Option<Point> {
    (valid(a, b) && (0.0..=1.0).contains(&x)).then(|| Point::new(x, 1.0 - x, a, b))
}

fn logistic(log_odds: f64) -> f64 {
    // Written with the exponential of a negative number, so that it neither overflows nor cancels.
    let small = libm::exp(-log_odds.abs());
    if log_odds < 0.0 { small / (1.0 + small) } else { 1.0 / (1.0 + small) }
}

/// The log-odds with mass exp(`ln_p`) ≤ ½ below them.
fn log_odds(ln_p: f64, a: f64, b: f64) -> f64 {
    let excess = |u: f64| Point::new(logistic(u), logistic(-u), a, b).ln_lower() - ln_p;
    // From the mean in steps that start as a standard deviation and double, until the root is between two of them.
    let start = libm::log(a) - libm::log(b);
    let mut step = (1.0 / a + 1.0 / b).sqrt();
    let direction = if excess(start) > 0.0 { -1.0 } else { 1.0 };
    let mut near = start;
    for _ in 0..64 {
        let far = near + direction * step;
        if far.abs() > 745.0 {
            // Below the smallest double, or as close to one: the mass is out of reach.
            let end = direction * 745.0;
            return solve::root(excess, near, end).unwrap_or(end);
        }
        if (excess(far) > 0.0) != (direction < 0.0) {
            return solve::root(excess, near.min(far), near.max(far)).unwrap_or(far);
        }
        near = far;
        step *= 2.0;
    }
    near
}

/// A place in a beta distribution, with everything that must not be computed from rounded differences.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    x: f64,
    /// 1 − x.
    y: f64,
    a: f64,
    b: f64,
    /// a − (a + b) x = a y − b x: how far the mean is above x.
    distance: f64,
}

impl Point {
    fn new(x: f64, y: f64, a: f64, b: f64) -> Self {
        Self::with_distance(x, y, a, b, a * y - b * x)
    }

    pub(super) fn with_distance(x: f64, y: f64, a: f64, b: f64, distance: f64) -> Self {
        Self { x, y, a, b, distance }
    }

    fn mirrored(self) -> Self {
        Self { x: self.y, y: self.x, a: self.b, b: self.a, distance: -self.distance }
    }

    pub(super) fn lower(self) -> f64 {
        if self.distance >= 0.0 {
            libm::exp(self.ln_tail()).min(1.0)
        } else {
            1.0 - libm::exp(self.mirrored().ln_tail()).min(1.0)
        }
    }

    pub(super) fn ln_lower(self) -> f64 {
        if self.distance >= 0.0 {
            self.ln_tail().min(0.0)
        } else {
            libm::log1p(-libm::exp(self.mirrored().ln_tail()).min(1.0))
        }
    }

    /// ln(xᵃ yᵇ / B(a, b)): the density over the log-odds.
    fn ln_term(&self) -> f64 {
        let total = self.a + self.b;
        let (expected_a, expected_b) = (total * self.x, total * self.y);
        0.5 * (libm::log(self.a) + libm::log(self.b / total))
            - HALF_LN_TWO_PI
            - expected_a * deviance(self.distance / expected_a)
            - expected_b * deviance(-self.distance / expected_b)
            + stirling_correction(total)
            - stirling_correction(self.a)
            - stirling_correction(self.b)
    }

    /// The logarithm of the mass below x, for x at most the mean.
    fn ln_tail(&self) -> f64 {
        if self.x <= 0.0 {
            return f64::NEG_INFINITY;
        }
        let factor = if self.a.min(self.b) > LARGE { self.integral() } else { self.fraction() };
        self.ln_term() + libm::log(factor)
    }

    fn fraction(&self) -> f64 {
        let Self { x, y: _, a, b, distance } = *self;
        let most = (500.0 + 16.0 * a.min(b).sqrt()).min(1e5) as u32;
        continued_fraction(most, |m| {
            if m == 0 {
                return (0.0, a * (distance + 1.0) / (a + 1.0));
            }
            let m = f64::from(m);
            let denominator = a + 2.0 * m - 1.0;
            let numerator = (m * (a + m - 1.0) / denominator) * ((a + b + m - 1.0) / denominator) * (b - m) * x * x;
            let next =
                m + m * (b - m) * x / denominator + (a + m) * (distance + 1.0 + m * (2.0 - x)) / (a + 2.0 * m + 1.0);
            (numerator, next)
        })
    }

    /// The mass below x over the density at x, by quadrature over the log-odds down to where e⁻⁴² is left.
    fn integral(&self) -> f64 {
        let total = self.a + self.b;
        let curvature = total * self.x * self.y;
        let end = 84.0 / (self.distance + (self.distance * self.distance + 84.0 * curvature).sqrt());
        // The fall of the logarithm of the density, written from the side on which nothing cancels.
        let fall = |s: f64| {
            let (part, sign) = if self.x <= 0.5 { (self.x, -1.0) } else { (self.y, 1.0) };
            let bend = part * exp_m1_minus(sign * s) + ln_1p_minus(part * libm::expm1(sign * s));
            self.distance * s + total * bend
        };
        integrate(|s| libm::exp(-fall(s)), 0.0, end, 6)
    }
}

/// 1/(b₀ + a₁/(b₁ + a₂/(b₂ + …))) with (aₙ, bₙ) = `term(n)`, by the modified Lentz method (Thompson and Barnett 1986).
pub(super) fn continued_fraction(most_terms: u32, term: impl Fn(u32) -> (f64, f64)) -> f64 {
    const TINY: f64 = 1e-290;
    let away_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut value = away_from_zero(term(0).1);
    let (mut c, mut d) = (value, 0.0);
    for n in 1..most_terms {
        let (numerator, next) = term(n);
        d = 1.0 / away_from_zero(next + numerator * d);
        c = away_from_zero(next + numerator / c);
        let factor = c * d;
        value *= factor;
        if (factor - 1.0).abs() < 1e-16 {
            break;
        }
    }
    1.0 / value
}
