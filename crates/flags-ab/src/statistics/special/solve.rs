//! Roots of functions of one variable.

/// How often a function is evaluated at most.
const MOST_EVALUATIONS: u32 = 200;

/// The place between `low` and `high` where `f` is zero, by Brent's method.
///
/// `f` must be continuous and of different signs at the two ends (or zero at one of them), else the answer is `None`; it is
/// `None` as well if `f` is NaN somewhere on the way. The root is exact to 4 units in its last place or to the place where the
/// sign of `f` as computed changes. At most 200 evaluations; the usual number is 10. Source: Brent, Algorithms for
/// Minimization without Derivatives, 1973, chapter 4.
///
/// ```
/// use flags_ab::statistics::special::solve::root;
///
/// let two = root(|x| x * x - 4.0, 0.0, 10.0);
/// assert!(two.is_some_and(|two| (two - 2.0).abs() < 1e-15));
/// assert_eq!(root(|x| x * x + 4.0, 0.0, 10.0), None);
/// ```
pub fn root(f: impl Fn(f64) -> f64, low: f64, high: f64) -> Option<f64> {
    let (mut a, mut b) = (low, high);
    let (mut at_a, mut at_b) = (f(a), f(b));
    if at_a == 0.0 {
        return Some(a);
    }
    if at_b == 0.0 {
        return Some(b);
    }
    if at_a.is_nan() || at_b.is_nan() || (at_a < 0.0) == (at_b < 0.0) {
        return None;
    }
    // b is the best guess, c the other end of the bracket, a the guess before.
    let (mut c, mut at_c) = (a, at_a);
    let mut step = b - a;
    let mut step_before = step;
    for _ in 0..MOST_EVALUATIONS {
        if (at_b < 0.0) == (at_c < 0.0) {
            (c, at_c) = (a, at_a);
            step = b - a;
            step_before = step;
        }
        if at_c.abs() < at_b.abs() {
            (a, at_a) = (b, at_b);
            (b, at_b) = (c, at_c);
            (c, at_c) = (a, at_a);
        }
        let tolerance = 2.0 * f64::EPSILON * b.abs() + f64::MIN_POSITIVE;
        let middle = (c - b) / 2.0;
        if at_b == 0.0 || middle.abs() <= tolerance {
            return Some(b);
        }
        match interpolate([(a, at_a), (b, at_b), (c, at_c)]) {
            Some(next) if step_before.abs() >= tolerance && next_is_good(next, middle, tolerance, step_before) => {
                step_before = step;
                step = next;
            }
            _ => {
                step = middle;
                step_before = middle;
            }
        }
        (a, at_a) = (b, at_b);
        b += if step.abs() > tolerance { step } else { tolerance.copysign(middle) };
        at_b = f(b);
        if at_b.is_nan() {
            return None;
        }
    }
    Some(b)
}

/// The step from b to where a line through two or a sideways parabola through three points crosses zero.
fn interpolate([(a, at_a), (b, at_b), (c, at_c)]: [(f64, f64); 3]) -> Option<f64> {
    if at_a.abs() <= at_b.abs() {
        return None;
    }
    let s = at_b / at_a;
    let (p, q) = if a == c {
        ((c - b) * s, 1.0 - s)
    } else {
        let (q, r) = (at_a / at_c, at_b / at_c);
        (s * ((c - b) * q * (q - r) - (b - a) * (r - 1.0)), (q - 1.0) * (r - 1.0) * (s - 1.0))
    };
    let q = if a == c { q } else { -q };
    let step = p / q;
    step.is_finite().then_some(step)
}

/// Whether a step stays well inside of the bracket and halves what the step before the last did.
fn next_is_good(step: f64, middle: f64, tolerance: f64, step_before: f64) -> bool {
    let toward = step * middle.signum();
    toward > 0.0 && 2.0 * toward < 3.0 * middle.abs() - tolerance && 2.0 * step.abs() < step_before.abs()
}
