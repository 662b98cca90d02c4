//! A pair of arms before a method: the estimate, its interval, and how sure it is.
//!
//! Every method comes down to a critical value for the pair at hand: how many standard errors an interval reaches. The
//! intervals of lifts and of single arms are taken at that value too, so that they go with the interval of the effect.

mod guardrail;
mod lift;
mod success;

use flags_core::definition::AnalysisMethod;

pub(super) use self::{
    guardrail::{OneSided, one_sided},
    lift::lift,
    success::{Judged, Sure, judge, mean_interval, twice_the_smaller},
};
use super::{Plan, Unavailable, pair::Pair};
use crate::statistics::{
    Alpha, Estimate, Proportion, Sides, Summary,
    sequential::{Boundaries, GroupSequential, Shape, Spending},
    special::normal,
};

/// The units that the smaller arm has to have before the central limit theorem is relied on at every look.
pub(crate) const MINIMUM_UNITS: u64 = 100;

/// The conversions, or units without, that have to be expected in the smaller arm for the same reason.
pub(crate) const MINIMUM_EXPECTED: u64 = 5;

/// Refuses what is too little for a method that looks from the first user on.
fn enough(pair: &Pair) -> Result<(), Unavailable> {
    let units = pair.control.users().min(pair.arm.users());
    if units < MINIMUM_UNITS {
        return Err(Unavailable::TooFewUnits { units, needed: MINIMUM_UNITS });
    }
    if let Some((control, arm)) = pair.conversions {
        let sum = |part: fn(Proportion) -> u64| part(control) as f64 + part(arm) as f64;
        let rarer = sum(Proportion::conversions).min(sum(Proportion::failures));
        let expected = rarer * units as f64 / pair.units() as f64;
        if expected < MINIMUM_EXPECTED as f64 {
            return Err(Unavailable::TooFewConversions { expected, needed: MINIMUM_EXPECTED });
        }
    }
    Ok(())
}

/// The standard error of the effect.
fn standard_error(pair: &Pair) -> f64 {
    let of = |arm: Summary| arm.variance() / arm.users().max(1) as f64;
    (of(pair.control) + of(pair.arm)).sqrt()
}

/// The level at which the normal distribution has this critical value.
fn level_of(z: f64) -> Alpha {
    // A level below what a double holds is none, and one of 1 neither.
    Alpha::new((2.0 * normal::sf(z)).clamp(1e-300, 0.999)).unwrap_or(Alpha::FIVE_PERCENT)
}

/// How a pair is judged: the plan, and what the data say about how it was followed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Method<'a> {
    pub(super) plan: &'a Plan,
    /// The units that had come in by each of the looks so far, of a group-sequential experiment; empty where it is not known,
    /// and they are taken to have come in evenly.
    pub(super) information: &'a [f64],
}

/// The boundaries of the looks so far: the error is spent by the calendar, whose end is known, and the looks depend on each
/// other by the units that had come in.
///
/// # Errors
///
/// `NoDates` or `BeforeTheFirstLook`, and what the boundaries cannot give.
fn boundaries(method: Method<'_>, alpha: Alpha, sides: Sides) -> Result<(usize, Boundaries), Unavailable> {
    let looks = method.plan.looks.ok_or(Unavailable::NoDates)?;
    let Some(look) = looks.passed.checked_sub(1) else {
        return Err(looks.next.map_or(Unavailable::NoDates, |at| Unavailable::BeforeTheFirstLook { at }));
    };
    let times: Vec<f64> = (1..=looks.passed).map(|look| look as f64 / looks.planned as f64).collect();
    let information = if method.information.len() == times.len() { method.information } else { &times };
    Ok((look, design(alpha, sides)?.boundaries_spent_at(information, &times)?))
}

fn design(alpha: Alpha, sides: Sides) -> Estimate<GroupSequential> {
    GroupSequential::new(Shape::Spending(Spending::ObrienFleming), alpha, sides)
}

/// By how much more units a method needs for the power than a test with one look.
pub(super) fn inflation(plan: &Plan, units: f64) -> Option<f64> {
    let beta = Alpha::new(1.0 - plan.power).ok()?.z_one_sided();
    let fixed = plan.alpha_each.z_two_sided() + beta;
    match plan.method {
        AnalysisMethod::Fixed | AnalysisMethod::Bayesian => Some(1.0),
        AnalysisMethod::GroupSequential => {
            let looks = plan.looks?.planned;
            let shares: Vec<f64> = (1..=looks).map(|look| look as f64 / looks as f64).collect();
            let drift = design(plan.alpha_each, Sides::Two).ok()?.boundaries(&shares).ok()?.drift_for_power(plan.power);
            Some((drift.ok()? / fixed).powi(2))
        }
        AnalysisMethod::Sequential => {
            // The critical value rises with the units, so slowly that this settles within a few rounds.
            let mut factor = 1.0;
            for _ in 0..20 {
                let critical = success::sequence_critical(plan.alpha_each, units * factor).ok()?;
                factor = ((critical + beta) / fixed).powi(2);
            }
            Some(factor)
        }
    }
}
