//! Inference after a group-sequential design has stopped, and at any look.
//!
//! Stopping early for a large effect biases the naive estimate away from zero and makes its interval too narrow. The
//! stage-wise ordering repairs both: an outcome is more extreme the earlier it crosses, and at the same look the larger its
//! statistic is (Tsiatis, Rosner and Mehta, Biometrics 1984; Jennison and Turnbull 2000, section 8.4). It depends on no look
//! after the one that stopped.

use crate::statistics::{
    Alpha, Estimate, Interval, PValue, PValues, Sides, Undefined,
    outcome::{argument, finite},
    special::{normal, solve},
};

use super::boundaries::{check_effect, statistic};
use super::design::count;
use super::recursion::{FARTHEST, Paths, floor, reaching};
use super::{Boundaries, GroupSequential};

/// The largest |Z| after the first look that is adjusted for; the paths are followed to 36.
const LARGEST: f64 = 24.0;

/// The result of a group-sequential experiment, corrected for having looked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdjustedResult {
    /// Stage-wise p-value: two-sided for a two-sided design, of an effect above zero for a one-sided one.
    pub p_value: PValue,
    /// The median-unbiased estimate of the effect.
    pub estimate: f64,
    /// Covers the effect with probability 1 − alpha, for a one-sided design with 1 − 2 alpha (1 − alpha on each side).
    pub interval: Interval,
}

impl Boundaries {
    /// The result of an experiment that stopped at `look` with the estimated `effect` and its standard error.
    ///
    /// The probabilities are integrated to 1e-10 relative; estimate and limits are roots within 1e-9 `se`.
    ///
    /// # Errors
    ///
    /// [`Undefined::NotStopped`] when the design goes on there (neither a crossing nor the last look),
    /// [`Undefined::ZeroVariance`] when `se` is zero, [`Undefined::OutOfDomain`] when there is no such look, a number is not
    /// finite, `se` is negative, or |effect / se| exceeds 24 after the first look.
    pub fn stopped_at(&self, look: usize, effect: f64, se: f64) -> Estimate<AdjustedResult> {
        let z = statistic(check_effect(effect, se)? / se)?;
        if self.crossing(look, z)?.is_none() && look + 1 != self.looks.len() {
            return Err(Undefined::NotStopped { look: look as u64 + 1 });
        }
        let plan = self.plan();
        let level = plan.sides().tail(plan.alpha());
        if look == 0 {
            let p_values = PValues::normal(z);
            return Ok(AdjustedResult {
                p_value: match plan.sides() {
                    Sides::One => p_values.greater,
                    Sides::Two => p_values.two_sided,
                },
                estimate: effect,
                interval: Interval::around(effect, normal::upper_quantile(level) * se)?,
            });
        }
        let expected = "at most 24 in either direction; a larger one needs no adjustment to be believed";
        argument("the statistic after the first look", z, expected, |z| z.abs() <= LARGEST)?;

        let outcome = Outcome::new(self, look, z);
        let upper_tail = outcome.tail(0.0, true);
        let lower_tail = outcome.tail(0.0, false);
        let p: f64 = match plan.sides() {
            Sides::One => upper_tail.min(1.0),
            Sides::Two => (2.0 * upper_tail.min(lower_tail)).min(1.0),
        };
        let effect_of = |drift: Option<f64>| {
            let drift = drift.ok_or(Undefined::OutOfDomain {
                what: "alpha of an adjusted interval",
                value: plan.alpha().value(),
                expected: "above 1e-20, as its limits lie beyond what is followed",
            })?;
            finite("the adjusted effect", drift * outcome.root_information * se)
        };
        Ok(AdjustedResult {
            p_value: PValue::new(p, libm::log(p)),
            estimate: effect_of(outcome.drift(0.5, true))?,
            interval: Interval {
                lower: effect_of(outcome.drift(level, true))?,
                upper: effect_of(outcome.drift(level, false))?,
            },
        })
    }

    /// The repeated p-value of the statistic `z` at a look: the smallest alpha at which the same kind of design would stop
    /// there (Jennison and Turnbull, JRSS B 1989). Valid at every look and however one stops; 1 where it would exceed a half.
    ///
    /// One-sided designs count only `z` above zero. It takes about a dozen computations of the boundaries. Relative error
    /// below 1e-8.
    ///
    /// # Errors
    ///
    /// [`Undefined::OutOfDomain`] when there is no such look, or `z` is not a finite number.
    pub fn repeated_p_value(&self, look: usize, z: f64) -> Estimate<PValue> {
        self.look(look)?;
        let plan = self.plan();
        let z = match plan.sides() {
            Sides::One => statistic(z)?,
            Sides::Two => statistic(z)?.abs(),
        };
        let information = self.information();
        // No look looks at less than a fixed test would; 37 is where that one's p-value leaves the doubles.
        let least = count(plan.sides()) * normal::sf(z.min(37.0));
        let excess = |ln_alpha: f64| {
            let boundary = Alpha::new(libm::exp(ln_alpha))
                .and_then(|alpha| GroupSequential::new(plan.shape(), alpha, plan.sides()))
                .and_then(|plan| match &self.times {
                    Some(times) => plan.boundaries_spent_at(&information, times),
                    None => plan.boundaries(&information),
                })
                .ok()
                .and_then(|boundaries| boundaries.looks[look].boundary);
            boundary.map_or(f64::MAX, |boundary| boundary - z)
        };
        let half = libm::log(0.5) - 1e-9;
        if least >= 0.5 || excess(half) > 0.0 {
            return Ok(PValue::ONE);
        }
        Ok(PValue::from_ln(solve::root(excess, libm::log(least), half).unwrap_or(half)))
    }
}

/// A result, and the looks that led to it.
struct Outcome<'a> {
    boundaries: &'a Boundaries,
    information: Vec<f64>,
    /// The paths that reach each look, up to the one that stopped.
    reaching: Vec<Paths>,
    z: f64,
    root_information: f64,
}

impl<'a> Outcome<'a> {
    fn new(boundaries: &'a Boundaries, look: usize, z: f64) -> Self {
        let mut information = boundaries.information();
        information.truncate(look + 1);
        let root_information = libm::sqrt(information.last().copied().unwrap_or(1.0));
        let floor = match boundaries.plan().sides() {
            Sides::One => floor(1.0, z.min(0.0) - 12.0),
            Sides::Two => -FARTHEST,
        };
        let reaching = reaching(&information, &boundaries.regions(), floor);
        Self { boundaries, information, reaching, z, root_information }
    }

    /// The probability under `drift` of an outcome at least as far up, or down, as this one.
    fn tail(&self, drift: f64, up: bool) -> f64 {
        let regions = self.boundaries.regions();
        let mut total = 0.0;
        for ((paths, &now), region) in self.reaching.iter().zip(&self.information).zip(regions) {
            let last = now == self.information.last().copied().unwrap_or(now);
            total += match (last, up) {
                (true, true) => paths.above(now, self.z, drift),
                (true, false) => paths.below(now, self.z, drift),
                (false, true) => paths.crossing(now, region, drift).upper,
                (false, false) => paths.crossing(now, region, drift).lower,
            };
        }
        total
    }

    /// The drift under which that probability is `level`.
    fn drift(&self, level: f64, up: bool) -> Option<f64> {
        // Zero lies between: after a look that nearly crossed, a later one far away says less than its statistic.
        let low = (self.z.min(0.0) - 12.0) / self.root_information;
        let high = (self.z.max(0.0) + 12.0) / self.root_information;
        solve::root(|drift| self.tail(drift, up) - level, low, high)
    }
}
