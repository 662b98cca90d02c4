//! The z-test of two conversion rates.

use super::{
    level::PValues,
    outcome::{Estimate, Undefined, finite},
    sample::{Proportion, TwoProportions},
};

/// What the z-test says about two conversion rates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TwoProportionZ {
    /// The rate of the treatment minus the rate of the control.
    pub difference: f64,
    /// With the variance at the pooled rate, as it is if there is no difference: the test to report.
    pub pooled: Estimate<ZTest>,
    /// With the variance of each arm: the test that belongs to the Wald interval.
    pub unpooled: Estimate<ZTest>,
}

/// A z statistic and what follows from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ZTest {
    /// The statistic: the effect over its standard error.
    pub z: f64,
    /// Its p-values.
    pub p: PValues,
}

impl ZTest {
    /// From a statistic that is a number.
    ///
    /// # Errors
    ///
    /// `Overflow` if it is none.
    pub(crate) fn new(z: f64) -> Estimate<Self> {
        let z = finite("the z statistic", z)?;
        Ok(Self { z, p: PValues::normal(z) })
    }
}

/// Tests whether the rates of two arms are the same, without continuity correction.
///
/// ```text
/// p = (x_a + x_b)/(n_a + n_b)
/// pooled    z = (p_b − p_a)/√(p (1 − p)(1/n_a + 1/n_b))
/// unpooled  z = (p_b − p_a)/√(p_a (1 − p_a)/n_a + p_b (1 − p_b)/n_b)
/// ```
///
/// The difference is formed in 128-bit integers and 1 − p from the
/// failures, so the statistic is right to 1e-14 relative for up to 2^64 − 1 users. The normal distribution is close where at
/// least five conversions and five failures are expected in each arm; below that an exact test is the one to use.
///
/// Source: Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions, 3rd edition, section 3.2.
///
/// ```
/// use flags_ab::statistics::{Proportion, two_proportion_z};
///
/// let test = two_proportion_z(Proportion::new(500, 10_000)?, Proportion::new(700, 10_000)?)?;
/// assert!((test.difference - 0.02).abs() < 1e-15);
/// assert!(test.pooled?.p.two_sided.value() < 1e-8);
/// # Ok::<(), flags_ab::statistics::Undefined>(())
/// ```
///
/// # Errors
///
/// `NoUsers` if an arm is empty. The tests are `ZeroVariance` where all or none converted: of both arms together for the
/// pooled one, of each arm by itself for the unpooled one.
pub fn two_proportion_z(control: Proportion, treatment: Proportion) -> Estimate<TwoProportionZ> {
    let arms = TwoProportions::new(control, treatment)?;
    Ok(TwoProportionZ {
        difference: arms.difference,
        pooled: test(arms.difference, pooled_variance(control, treatment)),
        unpooled: test(arms.difference, arms.variance_of_difference()),
    })
}

fn test(difference: f64, variance: f64) -> Estimate<ZTest> {
    if variance == 0.0 { Err(Undefined::ZeroVariance) } else { ZTest::new(difference / variance.sqrt()) }
}

/// The variance of the difference if both arms convert at the pooled rate.
fn pooled_variance(control: Proportion, treatment: Proportion) -> f64 {
    let sum = |part: fn(Proportion) -> u64| (u128::from(part(control)) + u128::from(part(treatment))) as f64;
    let (conversions, failures, users) =
        (sum(Proportion::conversions), sum(Proportion::failures), sum(Proportion::users));
    (conversions / users) * (failures / users) * (1.0 / control.users() as f64 + 1.0 / treatment.users() as f64)
}
