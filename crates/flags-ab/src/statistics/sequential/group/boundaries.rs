//! Boundaries that have been computed, and what follows from them: crossing, power, repeated intervals.

use crate::statistics::{Estimate, Interval, Sides, Undefined, outcome::argument, special::solve};

use super::GroupSequential;
use super::recursion::{Crossing, FARTHEST, Region, crossings, floor};

/// One look of a group-sequential design.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// The share of the planned information at this look.
    pub information_fraction: f64,
    /// Stop when Z (or |Z|, if two-sided) is at least this; `None` when there is nothing to spend at this look, so that no
    /// result, however strong, stops here.
    pub boundary: Option<f64>,
    /// The p-value of a fixed test at the boundary; zero when there is none.
    pub nominal_level: f64,
    /// The probability under no effect to have stopped by this look, both sides together.
    pub cumulative_alpha: f64,
}

/// The side on which a result crosses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// An effect above zero.
    Upper,
    /// An effect below zero.
    Lower,
}

/// The boundaries of a plan at given looks. Looks are numbered from zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Boundaries {
    pub(super) plan: GroupSequential,
    pub(super) looks: Vec<Look>,
    pub(super) constant: Option<f64>,
    /// By what the error was spent, if not by information.
    pub(super) times: Option<Vec<f64>>,
}

impl Boundaries {
    /// The looks, in order of information.
    pub fn looks(&self) -> &[Look] {
        &self.looks
    }

    /// The plan they come from.
    pub fn plan(&self) -> GroupSequential {
        self.plan
    }

    /// The constant C of O'Brien and Fleming, Pocock, and Wang and Tsiatis; none for spending functions.
    pub fn constant(&self) -> Option<f64> {
        self.constant
    }

    /// Whether the statistic `z` at a look stops, and on which side.
    ///
    /// # Errors
    ///
    /// [`Undefined::OutOfDomain`] when there is no such look, or `z` is not a finite number.
    pub fn crossing(&self, look: usize, z: f64) -> Estimate<Option<Side>> {
        statistic(z)?;
        let Some(boundary) = self.look(look)?.boundary else { return Ok(None) };
        Ok(match self.plan.sides() {
            _ if z >= boundary => Some(Side::Upper),
            Sides::Two if z <= -boundary => Some(Side::Lower),
            _ => None,
        })
    }

    /// The repeated confidence interval `effect` ∓ boundary · `se` at a look: all of them together cover the effect with
    /// probability 1 − alpha, whether or not, and for whatever reason, one stops (Jennison and Turnbull, JRSS B 1989).
    ///
    /// For a one-sided design it holds with probability 1 − alpha on each side, so 1 − 2 alpha together.
    ///
    /// # Errors
    ///
    /// [`Undefined::NoBoundary`] when nothing is spent at the look, [`Undefined::ZeroVariance`] when `se` is zero,
    /// [`Undefined::OutOfDomain`] when there is no such look, or a number is not finite or `se` is negative.
    pub fn repeated_interval(&self, look: usize, effect: f64, se: f64) -> Estimate<Interval> {
        let boundary = self.look(look)?.boundary.ok_or(Undefined::NoBoundary { look: look as u64 + 1 })?;
        Interval::around(check_effect(effect, se)?, boundary * se)
    }

    /// The probability to stop at each look when the effect is `drift` standard errors at full information: a statistic
    /// at the information share t has the mean `drift` √t. Zero drift gives the error spent.
    ///
    /// # Errors
    ///
    /// [`Undefined::OutOfDomain`] when |`drift`| √t at the last look exceeds 20 or is not a number: the answer would be 0 or
    /// 1 to the last digit.
    pub fn crossing_probabilities(&self, drift: f64) -> Estimate<Vec<Crossing>> {
        let information = self.information();
        let end = information.last().copied().unwrap_or(1.0);
        argument("the drift", drift, "at most 20 standard errors in either direction at the last look", |drift| {
            drift.abs() * libm::sqrt(end) <= 20.0
        })?;
        Ok(crossings(&information, &self.regions(), drift, self.floor(drift)))
    }

    /// The probability to stop by the last look when the effect is `drift` standard errors at full information.
    ///
    /// # Errors
    ///
    /// As for [`Boundaries::crossing_probabilities`].
    pub fn power(&self, drift: f64) -> Estimate {
        Ok(self
            .crossing_probabilities(drift)?
            .iter()
            .map(|crossing| crossing.upper + crossing.lower)
            .sum::<f64>()
            .min(1.0))
    }

    /// The drift that stops with probability `power` by the last look.
    ///
    /// The information needed is this squared, over the squared effect; compared with the same of the fixed test it tells
    /// what the interim looks cost. Error below 1e-9.
    ///
    /// # Errors
    ///
    /// [`Undefined::OutOfDomain`] when `power` is not between the level of the design and 1 − 1e-12.
    pub fn drift_for_power(&self, power: f64) -> Estimate {
        let expected = "above alpha and at most 1 - 1e-12";
        argument("the power", power, expected, |power| power > self.plan.alpha().value() && power <= 1.0 - 1e-12)?;
        let end = self.information().last().copied().unwrap_or(1.0);
        let limit = 20.0 / libm::sqrt(end);
        let excess = |drift: f64| self.power(drift).map_or(1.0, |reached| reached - power);
        solve::root(excess, 0.0, limit).ok_or(Undefined::OutOfDomain { what: "the power", value: power, expected })
    }

    /// The expected share of the planned information at which one stops, when the effect is `drift` standard errors at full
    /// information; whoever crosses nowhere stops at the last look.
    ///
    /// # Errors
    ///
    /// As for [`Boundaries::crossing_probabilities`].
    pub fn expected_information(&self, drift: f64) -> Estimate {
        let crossings = self.crossing_probabilities(drift)?;
        let mut goes_on = 1.0;
        let mut before = 0.0;
        let mut expected = 0.0;
        for (look, crossing) in self.looks.iter().zip(crossings) {
            // The information between two looks is gathered by those who have not stopped.
            expected += goes_on * (look.information_fraction - before);
            before = look.information_fraction;
            goes_on -= crossing.upper + crossing.lower;
        }
        Ok(expected)
    }

    pub(super) fn look(&self, look: usize) -> Estimate<&Look> {
        self.looks.get(look).ok_or(Undefined::OutOfDomain {
            what: "the number of the look",
            value: look as f64,
            expected: "below the number of looks of the design; looks are numbered from 0",
        })
    }

    pub(super) fn information(&self) -> Vec<f64> {
        self.looks.iter().map(|look| look.information_fraction).collect()
    }

    pub(super) fn regions(&self) -> Vec<Region> {
        self.looks
            .iter()
            .map(|look| {
                let upper = look.boundary.unwrap_or(f64::INFINITY);
                let lower = if self.plan.sides() == Sides::Two { -upper } else { f64::NEG_INFINITY };
                Region { lower, upper }
            })
            .collect()
    }

    pub(super) fn floor(&self, drift: f64) -> f64 {
        match self.plan.sides() {
            Sides::One => floor(self.looks.last().map_or(1.0, |look| look.information_fraction), drift),
            Sides::Two => -FARTHEST,
        }
    }
}

/// The statistic, if it is a number.
pub(super) fn statistic(z: f64) -> Estimate {
    argument("the statistic", z, "a finite number", |_| true)
}

/// The effect, if it and its standard error are numbers and the latter is above zero.
pub(super) fn check_effect(effect: f64, se: f64) -> Estimate {
    argument("the standard error", se, "a finite number of at least 0", |se| se >= 0.0)?;
    if se == 0.0 {
        return Err(Undefined::ZeroVariance);
    }
    argument("the effect", effect, "a finite number", |_| true)
}
