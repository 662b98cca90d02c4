//! How much data it takes to see the effect that is looked for, and how long that is at the traffic so far.

use std::time::Duration;

use flags_core::{
    Timestamp,
    definition::{ExperimentDefinition, Goal, MetricDefinition},
};

use super::{Plan, Shortfall, judge::inflation, pair::Pair};
use crate::{
    statistics::{
        Alpha, MeansDesign, Sides, minimum_detectable_mean, minimum_detectable_rate, sample_size_means,
        sample_size_two_proportions,
    },
    summary::{Day, ExperimentSummary, Slice},
};

/// The days that the traffic is taken from.
const RECENT_DAYS: i64 = 14;

/// What a sample size is computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Basis {
    /// What the control shows: the best guess of how long it takes.
    Data,
    /// What the definition says of the control, where it does: the plan, which data do not move.
    Baseline,
}

/// How much data there is of a pair and how much it takes; `None` where nobody has said which effect is looked for, or
/// where no size would do, as for a share of zero.
///
/// The size is the textbook's for the test with one look, at the level of each comparison, times what the method costs.
pub(super) fn shortfall(
    plan: &Plan,
    metric: &MetricDefinition,
    pair: &Pair,
    level: Alpha,
    per_day: Option<f64>,
    basis: Basis,
) -> Option<Shortfall> {
    let effect = metric.minimum_detectable_effect?;
    let (control, arm) = (pair.control, pair.arm);
    let ratio = arm.users() as f64 / control.users() as f64;
    let sign = match metric.goal {
        Goal::Increase => 1.0,
        Goal::Decrease => -1.0,
    };
    let planned = |written: Option<f64>| written.filter(|_| basis == Basis::Baseline);
    let deviation = planned(metric.deviation).unwrap_or_else(|| {
        let squares = control.variance() * control.users() as f64 + arm.variance() * arm.users() as f64;
        (squares / pair.units() as f64).sqrt()
    });
    let mean = planned(metric.baseline).unwrap_or(control.mean());
    let design = |alpha: Alpha| MeansDesign {
        difference: effect * mean.abs(),
        standard_deviation: deviation,
        alpha,
        sides: Sides::Two,
    };
    let alpha = plan.alpha_each;
    let control_needed = match pair.conversions {
        Some((rate, _)) => {
            let rate = planned(metric.baseline).or(rate.rate())?;
            let sought = (rate * (1.0 + sign * effect)).clamp(0.0, 1.0);
            sample_size_two_proportions(rate, sought, ratio, plan.power, alpha, Sides::Two).ok()?.control_pooled
        }
        None => sample_size_means(design(alpha), ratio, plan.power).ok()?,
    };
    let one_look = control_needed * (1.0 + ratio);
    let needed = one_look * inflation(plan, one_look)?;
    let detectable = match pair.conversions {
        Some((rate, _)) => {
            let (users, others, rate) = (control.users(), arm.users(), rate.rate()?);
            let found = minimum_detectable_rate(rate, users, others, plan.power, level, Sides::Two).ok();
            let found =
                found.and_then(|found| if sign > 0.0 { found.above_pooled.ok() } else { found.below_cohens_h.ok() });
            found.map(|found| (found - rate).abs() / rate)
        }
        None => minimum_detectable_mean(design(level), control.users(), arm.users(), plan.power)
            .ok()
            .map(|difference| difference / control.mean().abs()),
    };
    let units = pair.units();
    // Beyond this nothing is counted, and nobody waits.
    let needed = needed.ceil().min(1e18) as u64;
    let missing = needed.saturating_sub(units) as f64;
    let days = per_day.filter(|per_day| *per_day > 0.0).map(|per_day| (missing / per_day).ceil().min(1e9) as u64);
    Some(Shortfall { effect, units, needed, days, detectable: detectable.filter(|share| share.is_finite()) })
}

/// The units a day of the control and an arm: of the last complete days where they are known, else of all the time there was.
pub(super) fn per_day(
    definition: &ExperimentDefinition,
    summary: &ExperimentSummary,
    now: Timestamp,
    control: &str,
    arm: &str,
) -> Option<f64> {
    let units = |slice: &Slice| slice.users(control).saturating_add(slice.users(arm)) as f64;
    let until = definition.end.map_or(now, |end| end.min(now));
    let today = Day::of(until).number();
    let first = summary.days.keys().next().map_or(today, |day| day.number()).max(today - RECENT_DAYS);
    if first < today {
        let recent = summary.days.range(Day::from_number(first)..Day::from_number(today));
        return Some(recent.map(|(_, slice)| units(slice)).sum::<f64>() / (today - first) as f64);
    }
    let start = definition.start.or_else(|| summary.days.keys().next().map(|day| day.start()))?;
    let time = until.saturating_since(start);
    let all: f64 = summary.phases.values().map(units).sum();
    (time >= Duration::from_secs(3600)).then(|| all / (time.as_secs_f64() / 86_400.0))
}
