//! Sample size, power and minimum detectable effect for conversion rates.

use super::{check_power, check_rate, check_ratio, inverse_sizes, power_of_shift, shift_for_power};
use crate::statistics::{
    level::{Alpha, Sides},
    outcome::{Estimate, Undefined, finite},
    special::{normal, solve},
};

/// How many users it takes to tell two rates apart, by four formulas that differ by a few percent. Not rounded: round up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProportionsSize {
    /// Cohen's effect size h, the difference of the angles 2 asin √p.
    pub cohens_h: f64,
    /// The control's users by the arcsine approximation, both tails counted.
    pub control_cohens_h: f64,
    /// The control's users for the z-test with pooled variance: the one to plan with.
    pub control_pooled: f64,
    /// The control's users for the z-test with unpooled variance.
    pub control_unpooled: f64,
    /// The treatment's users for the z-test with unpooled variance.
    pub treatment_unpooled: f64,
    /// The users of each arm with the variance under the null hypothesis taken at the control's rate, as popular calculators
    /// do. Only for arms of one size.
    pub each_baseline_null: Option<f64>,
}

/// How many users tell a rate of `rate_a` from one of `rate_b` with this power.
///
/// With k = `ratio`, the treatment's users over the control's, q = 1 − p, z(α) the critical value of the test (of α/2 for two
/// sides) and z(β) the quantile of the power:
///
/// ```text
/// P = (p_a + k p_b)/(1 + k)
/// Cohen's h  smallest n with power(|h|, n, k n) as asked for, h = 2 asin √p_b − 2 asin √p_a
/// pooled     ((z(α) √(P (1 − P)(1 + 1/k)) + z(β) √(p_a q_a + p_b q_b/k))/(p_b − p_a))²
/// unpooled   (z(α) + z(β))² (p_a q_a + p_b q_b/k)/(p_b − p_a)²
/// baseline   ((z(α) √(2 p_a q_a) + z(β) √(p_a q_a + p_b q_b))/(p_b − p_a))²
/// ```
///
/// Relative error below 1e-10. Sources: Cohen, Statistical Power Analysis, 2nd edition, chapter 6; Fleiss, Levin and Paik,
/// chapter 4, without continuity correction.
///
/// ```
/// use flags_ab::statistics::{Alpha, Sides, sample_size_two_proportions};
///
/// let size = sample_size_two_proportions(0.10, 0.12, 1.0, 0.8, Alpha::FIVE_PERCENT, Sides::Two)?;
/// assert_eq!(size.control_pooled.ceil(), 3841.0);
/// # Ok::<(), flags_ab::statistics::Undefined>(())
/// ```
///
/// # Errors
///
/// `OutOfDomain` for a rate outside of 0 to 1, a power that is not between α and 1, or a ratio that is not positive;
/// `NoEffect` if the rates are the same; `Overflow` if the size leaves the doubles.
pub fn sample_size_two_proportions(
    rate_a: f64,
    rate_b: f64,
    ratio: f64,
    power: f64,
    alpha: Alpha,
    sides: Sides,
) -> Estimate<ProportionsSize> {
    check_rate("the rate of the control", rate_a)?;
    check_rate("the rate of the treatment", rate_b)?;
    check_ratio(ratio)?;
    let shift = shift_for_power(power, alpha, sides)?;
    let difference = rate_b - rate_a;
    if difference == 0.0 {
        return Err(Undefined::NoEffect);
    }
    let (z_alpha, z_beta) = (sides.z(alpha), normal::quantile(power));
    let (variance_a, variance_b) = (rate_a * (1.0 - rate_a), rate_b * (1.0 - rate_b));
    let average = (rate_a + ratio * rate_b) / (1.0 + ratio);
    let spread = variance_a + variance_b / ratio;
    let size = |numerator: f64| finite("the sample size", numerator / difference * (numerator / difference));
    let pooled = z_alpha * (average * (1.0 - average) * (1.0 + 1.0 / ratio)).sqrt() + z_beta * spread.sqrt();
    let control_unpooled = size((z_alpha + z_beta) * spread.sqrt())?;
    let baseline = z_alpha * (2.0 * variance_a).sqrt() + z_beta * (variance_a + variance_b).sqrt();
    let h = cohens_h(rate_a, rate_b);
    Ok(ProportionsSize {
        cohens_h: h,
        control_cohens_h: finite("the sample size", (shift / h) * (shift / h) * (1.0 + 1.0 / ratio))?,
        control_pooled: size(pooled)?,
        control_unpooled,
        treatment_unpooled: finite("the sample size", control_unpooled * ratio)?,
        each_baseline_null: if ratio == 1.0 { Some(size(baseline)?) } else { None },
    })
}

/// The chance to find a difference, by two formulas.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProportionsPower {
    /// By the arcsine approximation.
    pub cohens_h: f64,
    /// Of the z-test with pooled variance, which is `ZeroVariance` if neither rate leaves anything to chance.
    pub pooled: Estimate,
}

/// The chance that a test at level α finds the difference between two rates with so many users.
///
/// With h as in [`sample_size_two_proportions`], P the average rate and d the absolute difference of the rates:
///
/// ```text
/// Cohen's h  SF(z − s) + SF(z + s), s = |h|/√(1/n_a + 1/n_b); one-sided the first term
/// pooled     SF((z s₀ − d)/s₁) + SF((z s₀ + d)/s₁), s₀² = P (1 − P)(1/n_a + 1/n_b), s₁² = p_a q_a/n_a + p_b q_b/n_b
/// ```
///
/// A one-sided test is meant in the direction of the difference. Relative error below 1e-10. For planning; after the
/// experiment the interval says more.
///
/// # Errors
///
/// `OutOfDomain` for a rate outside of 0 to 1, `NoUsers` for an empty arm.
pub fn power_two_proportions(
    rate_a: f64,
    rate_b: f64,
    users_a: u64,
    users_b: u64,
    alpha: Alpha,
    sides: Sides,
) -> Estimate<ProportionsPower> {
    check_rate("the rate of the control", rate_a)?;
    check_rate("the rate of the treatment", rate_b)?;
    let shift = cohens_h(rate_a, rate_b).abs() / inverse_sizes(users_a, users_b)?.sqrt();
    Ok(ProportionsPower {
        cohens_h: power_of_shift(shift, alpha, sides).min(1.0),
        pooled: pooled_power(rate_a, rate_b - rate_a, users_a, users_b, alpha, sides),
    })
}

/// The smallest differences that a sample can find, by three formulas.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DetectableRate {
    /// Cohen's effect size h that has the power.
    pub cohens_h: f64,
    /// The rate above the control's that is h away; `NoDetectableEffect` if that is above 1.
    pub above_cohens_h: Estimate,
    /// The rate below the control's that is h away; `NoDetectableEffect` if that is below 0.
    pub below_cohens_h: Estimate,
    /// The difference with both variances taken at the control's rate: a rule of thumb.
    pub difference_simple: f64,
    /// The rate above the control's at which the z-test with pooled variance has the power; `NoDetectableEffect` if there is
    /// none: the one to report.
    pub above_pooled: Estimate,
}

/// The rates that so many users can tell from the control's with this power.
///
/// The inverse of [`power_two_proportions`], found with a bracket and not by a search that may stop early; relative error
/// below 1e-10. Quote it for the size that was reached, in
/// place of a power after the fact.
///
/// # Errors
///
/// `OutOfDomain` for a rate outside of 0 to 1 or a power that is not between α and 1, `NoUsers` for an empty arm.
pub fn minimum_detectable_rate(
    rate_a: f64,
    users_a: u64,
    users_b: u64,
    power: f64,
    alpha: Alpha,
    sides: Sides,
) -> Estimate<DetectableRate> {
    check_rate("the rate of the control", rate_a)?;
    let inverse = inverse_sizes(users_a, users_b)?;
    let h = shift_for_power(power, alpha, sides)? * inverse.sqrt();
    let angle = libm::asin(rate_a.sqrt());
    let rate_at = |angle: f64| {
        if !(0.0..=std::f64::consts::FRAC_PI_2).contains(&angle) {
            return Err(Undefined::NoDetectableEffect);
        }
        let sine = libm::sin(angle);
        Ok(sine * sine)
    };
    let both = sides.z(alpha) + normal::quantile(power);
    Ok(DetectableRate {
        cohens_h: h,
        above_cohens_h: rate_at(angle + h / 2.0),
        below_cohens_h: rate_at(angle - h / 2.0),
        difference_simple: both * (rate_a * (1.0 - rate_a) * inverse).sqrt(),
        above_pooled: above_pooled(rate_a, users_a, users_b, power, alpha, sides),
    })
}

/// The first rate above the control's with the power, walking away from it.
fn above_pooled(rate_a: f64, users_a: u64, users_b: u64, power: f64, alpha: Alpha, sides: Sides) -> Estimate {
    check_power(power, alpha)?;
    let most = 1.0 - rate_a;
    let missing = |difference: f64| {
        pooled_power(rate_a, difference, users_a, users_b, alpha, sides).map_or(f64::NAN, |reached| reached - power)
    };
    // In steps that double, from where only α is left; from 1e-18 to 1 in 60 steps.
    let mut near = 1e-18_f64.min(most);
    while near < most {
        let far = (near * 2.0).min(most);
        if missing(far) >= 0.0 {
            let difference = solve::root(missing, near, far).unwrap_or(far);
            return Ok(rate_a + difference);
        }
        near = far;
    }
    Err(Undefined::NoDetectableEffect)
}

fn pooled_power(rate_a: f64, difference: f64, users_a: u64, users_b: u64, alpha: Alpha, sides: Sides) -> Estimate {
    let rate_b = rate_a + difference;
    let (n_a, n_b) = (users_a as f64, users_b as f64);
    let average = rate_a * (n_a / (n_a + n_b)) + rate_b * (n_b / (n_a + n_b));
    let null = (average * (1.0 - average) * (1.0 / n_a + 1.0 / n_b)).sqrt();
    let variance = rate_a * (1.0 - rate_a) / n_a + rate_b * (1.0 - rate_b) / n_b;
    // Rates of 0 and 1, with a last rounding on the wrong side of either.
    if variance.is_nan() || variance <= 0.0 {
        return Err(Undefined::ZeroVariance);
    }
    let (z, spread, distance) = (sides.z(alpha), variance.sqrt(), difference.abs());
    let toward = normal::sf((z * null - distance) / spread);
    let away = normal::sf((z * null + distance) / spread);
    Ok(match sides {
        Sides::One => toward,
        Sides::Two => (toward + away).min(1.0),
    })
}

/// Cohen's effect size, from the difference of the rates and not of the angles.
fn cohens_h(rate_a: f64, rate_b: f64) -> f64 {
    let (crossed, other) = ((rate_b * (1.0 - rate_a)).sqrt(), (rate_a * (1.0 - rate_b)).sqrt());
    if crossed + other == 0.0 {
        return 0.0;
    }
    // The sine of the difference of the angles; it is between −1 and 1 but for rounding.
    2.0 * libm::asin(((rate_b - rate_a) / (crossed + other)).clamp(-1.0, 1.0))
}
