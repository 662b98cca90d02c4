//! Intervals for a conversion rate and for the difference of two.

use super::{
    level::{Alpha, Interval},
    outcome::{Estimate, Undefined},
    sample::{Proportion, TwoProportions},
};

/// Wilson's score interval for a conversion rate, which stays within 0 and 1 and is right for zero conversions.
///
/// With z the normal quantile of 1 − α/2:
///
/// ```text
/// center = (p + z²/2n)/(1 + z²/n)        half width = z/(1 + z²/n) √(p (1 − p)/n + z²/4n²)
/// ```
///
/// The lower end is exactly 0 without conversions, the upper one exactly 1 if all converted. Relative error of each end below
/// 1e-14: the lower one is found from the product of the two roots. Source: Wilson, JASA 22, 1927.
///
/// ```
/// use flags_ab::statistics::{Alpha, Proportion, wilson_interval};
///
/// let interval = wilson_interval(Proportion::new(0, 1)?, Alpha::FIVE_PERCENT)?;
/// assert_eq!(interval.lower, 0.0);
/// assert!((interval.upper - 0.7934506856227626).abs() < 1e-12);
/// # Ok::<(), flags_ab::statistics::Undefined>(())
/// ```
///
/// # Errors
///
/// `NoValues` without users.
pub fn wilson_interval(arm: Proportion, alpha: Alpha) -> Estimate<Interval> {
    if arm.users() == 0 {
        return Err(Undefined::NoValues);
    }
    Ok(wilson(arm, alpha.z_two_sided()))
}

/// Intervals for the difference of two conversion rates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DifferenceIntervals {
    /// The rate of the treatment minus the rate of the control.
    pub difference: f64,
    /// Newcombe's hybrid score interval: the one to report.
    pub newcombe: Interval,
    /// Agresti and Caffo's: Wald after adding one conversion and one failure to each arm.
    pub agresti_caffo: Interval,
    /// Wald's: the unpooled z-test turned round. Too narrow for small counts, without width where all or none converted.
    pub wald: Interval,
}

/// Intervals for the difference of two conversion rates by three methods.
///
/// With δ the difference, q = 1 − p, and l and u Wilson's limits of each arm:
///
/// ```text
/// Newcombe           δ − √((p_b − l_b)² + (u_a − p_a)²)  to  δ + √((u_b − p_b)² + (p_a − l_a)²)
/// Agresti and Caffo  Wald with (x + 1)/(n + 2) in place of x/n
/// Wald               δ ∓ z √(p_a q_a/n_a + p_b q_b/n_b)
/// ```
///
/// Absolute error below 1e-14 times the interval's width. Only Newcombe's stays within −1 and 1 by construction.
///
/// Sources: Newcombe, Statistics in Medicine 17, 1998, method 10; Agresti and Caffo, The American Statistician 54, 2000.
///
/// # Errors
///
/// `NoUsers` if an arm is empty.
pub fn difference_intervals(control: Proportion, treatment: Proportion, alpha: Alpha) -> Estimate<DifferenceIntervals> {
    let arms = TwoProportions::new(control, treatment)?;
    let z = alpha.z_two_sided();
    Ok(DifferenceIntervals {
        difference: arms.difference,
        newcombe: newcombe(&arms, z),
        agresti_caffo: agresti_caffo(&arms, z)?,
        wald: Interval::around(arms.difference, z * arms.variance_of_difference().sqrt())?,
    })
}

fn wilson(arm: Proportion, z: f64) -> Interval {
    let (_, above) = wilson_distances(arm, z);
    let rate = arm.conversions() as f64 / arm.users() as f64;
    let lower = if arm.conversions() == 0 { 0.0 } else { lower_root(arm, z) };
    let upper = if arm.failures() == 0 { 1.0 } else { rate + above };
    // Where z is next to nothing, so that rounding alone decides, the rate itself is an end.
    Interval { lower: lower.min(rate), upper: upper.clamp(rate, 1.0) }
}

/// The lower limit as the product of the two roots, p²/(1 + z²/n), over the larger one.
fn lower_root(arm: Proportion, z: f64) -> f64 {
    let users = arm.users() as f64;
    let rate = arm.conversions() as f64 / users;
    let square = z * z / users;
    let root = z * (arm.variance() / users + square / (4.0 * users)).sqrt();
    rate * rate / (rate + square / 2.0 + root)
}

/// How far below and above the rate the limits are: p − l and u − p, without subtracting them.
fn wilson_distances(arm: Proportion, z: f64) -> (f64, f64) {
    let users = arm.users() as f64;
    let (rate, failure) = (arm.conversions() as f64 / users, arm.failures() as f64 / users);
    let square = z * z / users;
    let root = z * (arm.variance() / users + square / (4.0 * users)).sqrt();
    // u − p = (root + z²/n (½ − p))/(1 + z²/n), and ½ − p = (q − p)/2.
    let shift = square * (failure - rate) / 2.0;
    let scale = 1.0 + square;
    let below = if arm.conversions() == 0 { 0.0 } else { (root - shift) / scale };
    let above = if arm.failures() == 0 { 0.0 } else { (root + shift) / scale };
    (below, above)
}

fn newcombe(arms: &TwoProportions, z: f64) -> Interval {
    let (below_a, above_a) = wilson_distances(arms.control, z);
    let (below_b, above_b) = wilson_distances(arms.treatment, z);
    Interval {
        lower: (arms.difference - libm::hypot(below_b, above_a)).max(-1.0),
        upper: (arms.difference + libm::hypot(above_b, below_a)).min(1.0),
    }
}

fn agresti_caffo(arms: &TwoProportions, z: f64) -> Estimate<Interval> {
    let TwoProportions { control, treatment, .. } = *arms;
    let part = |arm: Proportion| {
        let users = arm.users() as f64 + 2.0;
        let (rate, failure) = ((arm.conversions() as f64 + 1.0) / users, (arm.failures() as f64 + 1.0) / users);
        (rate, rate * failure / users)
    };
    let ((rate_a, variance_a), (rate_b, variance_b)) = (part(control), part(treatment));
    // The difference of the shifted rates, from integers where they fit: at 1e12 users the rates share most digits.
    let shifted = shifted_difference(control, treatment).unwrap_or(rate_b - rate_a);
    Interval::around(shifted, z * (variance_a + variance_b).sqrt())
}

/// The difference of (x + 1)/(n + 2), where its products fit into 128 bits.
fn shifted_difference(control: Proportion, treatment: Proportion) -> Option<f64> {
    let conversions = |arm: Proportion| u128::from(arm.conversions()) + 1;
    let users = |arm: Proportion| u128::from(arm.users()) + 2;
    let treated = conversions(treatment).checked_mul(users(control))?;
    let controlled = conversions(control).checked_mul(users(treatment))?;
    let size = treated.abs_diff(controlled) as f64 / (users(control) as f64 * users(treatment) as f64);
    Some(if treated < controlled { -size } else { size })
}
