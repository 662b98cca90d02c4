//! Sample size, power and minimum detectable effect for means.

use super::{check_ratio, inverse_sizes, power_of_shift, shift_for_power};
use crate::statistics::{
    level::{Alpha, Sides},
    outcome::{Estimate, Undefined, argument, finite},
    special::{noncentral_t, student_t},
};

/// From this many degrees of freedom on the t-test's power is that of the z-test to 1e-5, and is not computed.
const LARGEST_DF: u64 = 50_000;

/// What is to be found, and how variable the metric is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeansDesign {
    /// The difference of the means.
    pub difference: f64,
    /// The standard deviation of the metric, the same in both arms; above 0.
    pub standard_deviation: f64,
    /// The level of the test.
    pub alpha: Alpha,
    /// Its sides; one-sided is meant in the direction of a positive difference.
    pub sides: Sides,
}

impl MeansDesign {
    /// The difference in standard deviations.
    fn effect_size(&self) -> Estimate {
        argument("the difference", self.difference, "a finite number", |_| true)?;
        let deviation = self.standard_deviation;
        argument("the standard deviation", deviation, "a finite number above 0", |deviation| deviation > 0.0)?;
        finite("the effect size", self.difference / deviation)
    }
}

/// The chance to find a difference of means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeansPower {
    /// Of a z-test, which knows the standard deviation.
    pub z: f64,
    /// Of a two-sample t-test; `TooLarge` above 50 000 degrees of freedom, where `z` is the same to 1e-5.
    pub t: Estimate,
}

/// The chance that a test finds a difference of means with so many users.
///
/// ```text
/// s = d/(σ √(1/n_a + 1/n_b))
/// z  SF(z_{1−α/2} − s) + SF(z_{1−α/2} + s)             one-sided SF(z_{1−α} − s)
/// t  P(T > t_{1−α/2}) + P(T < −t_{1−α/2})              one-sided P(T > t_{1−α})
/// ```
///
/// where T is non-central with n − 2 degrees of freedom and non-centrality s, for n users in both arms. Relative error below
/// 1e-10 for z, absolute error below 1e-11 for t. It is Student's test that has this power; Welch's, which does not assume
/// equal variances, falls short of it by some two points with 5 users in each arm and by less than one from 12 on. Source:
/// Cohen, chapter 2; the non-central t by quadrature.
///
/// # Errors
///
/// `OutOfDomain` for a design with a standard deviation that is not positive, `NoUsers` for an empty arm. The t-test needs
/// three users: `OutOfDomain` without them.
pub fn power_means(design: MeansDesign, users_a: u64, users_b: u64) -> Estimate<MeansPower> {
    let shift = finite("the effect size", design.effect_size()? / inverse_sizes(users_a, users_b)?.sqrt())?;
    let MeansDesign { alpha, sides, .. } = design;
    let df = u128::from(users_a) + u128::from(users_b) - 2;
    Ok(MeansPower { z: power_of_shift(shift, alpha, sides).min(1.0), t: power_t(shift, df, alpha, sides) })
}

fn power_t(shift: f64, df: u128, alpha: Alpha, sides: Sides) -> Estimate {
    let df = match u64::try_from(df) {
        Ok(0) => {
            let what = "the degrees of freedom";
            return Err(Undefined::OutOfDomain { what, value: 0.0, expected: "at least 1, so at least three users" });
        }
        Ok(df) if df <= LARGEST_DF => df,
        _ => {
            let instead = "use that of the z-test, which is the same to five digits";
            return Err(Undefined::TooLarge { method: "the power of the t-test", instead });
        }
    };
    let critical = student_t::upper_quantile(sides.tail(alpha), df as f64);
    let above = noncentral_t::sf(critical, df, shift);
    let power = match sides {
        Sides::One => above,
        Sides::Two => above + noncentral_t::cdf(-critical, df, shift),
    };
    Ok(power.clamp(0.0, 1.0))
}

/// How many users the control needs to find a difference of means; the treatment has `ratio` times as many. Not rounded.
///
/// (s σ/d)² (1 + 1/k), where s is the mean a z statistic needs for the power, both tails counted, and k the ratio. For fewer
/// than 30 users add the two or so that estimating the deviation costs, and check with [`power_means`]. Relative error below
/// 1e-12.
///
/// ```
/// use flags_ab::statistics::{Alpha, MeansDesign, Sides, sample_size_means};
///
/// let design =
///     MeansDesign { difference: 0.1, standard_deviation: 1.0, alpha: Alpha::FIVE_PERCENT, sides: Sides::Two };
/// assert_eq!(sample_size_means(design, 1.0, 0.8)?.ceil(), 1570.0);
/// # Ok::<(), flags_ab::statistics::Undefined>(())
/// ```
///
/// # Errors
///
/// `OutOfDomain` for a standard deviation or ratio that is not positive or a power that is not between α and 1; `NoEffect` for
/// a difference of 0, or one in the wrong direction of a one-sided test; `Overflow` if the size leaves the doubles.
pub fn sample_size_means(design: MeansDesign, ratio: f64, power: f64) -> Estimate {
    let effect = design.effect_size()?;
    check_ratio(ratio)?;
    let shift = shift_for_power(power, design.alpha, design.sides)?;
    if effect == 0.0 || (design.sides == Sides::One && effect < 0.0) {
        return Err(Undefined::NoEffect);
    }
    finite("the sample size", (shift / effect) * (shift / effect) * (1.0 + 1.0 / ratio))
}

/// The smallest difference of means that so many users can find with this power, by the z-test; `design.difference` is not
/// read.
///
/// s σ times the root of the sum of the inverse sizes, with s as in [`sample_size_means`]; relative error below 1e-12.
///
/// # Errors
///
/// `OutOfDomain` for a standard deviation that is not positive or a power that is not between α and 1, `NoUsers` for an empty
/// arm.
pub fn minimum_detectable_mean(design: MeansDesign, users_a: u64, users_b: u64, power: f64) -> Estimate {
    MeansDesign { difference: 0.0, ..design }.effect_size()?;
    let shift = shift_for_power(power, design.alpha, design.sides)?;
    let difference = shift * design.standard_deviation * inverse_sizes(users_a, users_b)?.sqrt();
    finite("the difference", difference)
}
