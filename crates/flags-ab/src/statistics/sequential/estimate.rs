//! The estimated effect that sequential methods look at: a difference, its standard error, and the users behind it.

use crate::statistics::{
    Estimate, Proportion, Undefined,
    outcome::{argument, finite},
    sample::TwoProportions,
};

use super::VarianceInflation;

/// An estimated effect, treatment minus control, at one look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EffectEstimate {
    effect: f64,
    se: f64,
    users: f64,
}

impl EffectEstimate {
    /// The estimate `effect` with the standard error `se`, from the users of both arms so far.
    ///
    /// # Errors
    ///
    /// [`Undefined::ZeroVariance`] when `se` is zero, [`Undefined::NoTraffic`] when there is no user,
    /// [`Undefined::OutOfDomain`] when a number is not finite or `se` is negative.
    pub fn new(effect: f64, se: f64, users_control: u64, users_treatment: u64) -> Estimate<Self> {
        let effect = argument("the effect", effect, "a finite number", |_| true)?;
        let se = argument("the standard error", se, "a finite number of at least 0", |se| se >= 0.0)?;
        // As floats: the sum of two counts need not fit an integer.
        let users = users_control as f64 + users_treatment as f64;
        if users == 0.0 {
            return Err(Undefined::NoTraffic);
        }
        if se == 0.0 {
            return Err(Undefined::ZeroVariance);
        }
        Ok(Self { effect, se, users })
    }

    /// The difference of two rates, for tests that begin with the first user.
    ///
    /// The effect is the plain difference. Its variance takes each rate as (x + ½) / (n + 1), so that it is defined and
    /// not zero before the first conversion, where the sequential methods would otherwise have to wait or, worse, take
    /// a rate of zero for certain; the difference to the plain variance vanishes with 1/n.
    ///
    /// # Errors
    ///
    /// [`Undefined::NoUsers`] when an arm is empty.
    pub fn between(control: Proportion, treatment: Proportion) -> Estimate<Self> {
        let both = TwoProportions::new(control, treatment)?;
        let variance = |arm: Proportion| {
            let users = arm.users() as f64;
            let rate = |count: u64| (count as f64 + 0.5) / (users + 1.0);
            rate(arm.conversions()) * rate(arm.failures()) / users
        };
        let se = libm::sqrt(variance(control) + variance(treatment));
        Self::new(both.difference, se, control.users(), treatment.users())
    }

    /// The same estimate with a variance that allows for outcomes that vary more between batches than chance explains.
    ///
    /// The number of users stays: a sum whose variance is φ times larger behaves like one whose terms are √φ times larger.
    ///
    /// # Errors
    ///
    /// [`Undefined::Overflow`] when the standard error leaves the range of a double.
    pub fn inflated(self, inflation: VarianceInflation) -> Estimate<Self> {
        let se = finite("the inflated standard error", self.se * libm::sqrt(inflation.factor()))?;
        Ok(Self { se, ..self })
    }

    /// The distance of the effect from `margin`, for tests of another hypothesis than "no effect": with a margin of −0.01 an
    /// effect above zero of the result says that the treatment is less than one point worse.
    ///
    /// # Errors
    ///
    /// [`Undefined::OutOfDomain`] when the margin is not finite, [`Undefined::Overflow`] when the distance is not.
    pub fn relative_to(self, margin: f64) -> Estimate<Self> {
        argument("the margin", margin, "a finite number", |_| true)?;
        let effect = finite("the distance from the margin", self.effect - margin)?;
        Ok(Self { effect, ..self })
    }

    /// Treatment minus control.
    pub fn effect(&self) -> f64 {
        self.effect
    }

    /// Its standard error, above zero.
    pub fn se(&self) -> f64 {
        self.se
    }

    /// The users of both arms, above zero; exact up to 2⁵³.
    pub fn users(&self) -> f64 {
        self.users
    }

    /// Half of the squared z-statistic, at most a quarter of the largest double.
    pub(super) fn half_z_squared(&self) -> f64 {
        let z = self.effect / self.se;
        (0.5 * z * z).min(0.25 * f64::MAX)
    }
}
