//! How the effect on a metric came about, day by day.

use super::{Arms, Effect, Judgement, Looks};
use crate::{
    Name,
    statistics::{Arm, Estimate, Undefined},
    summary::{Day, ExperimentSummary, MetricSum},
};

/// A metric over the days of an experiment, in one arm beside the control.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeSeries {
    /// The metric's name.
    pub metric: Name,
    /// The arm that is compared with the control.
    pub arm: Name,
    /// The days on which somebody was exposed, in order.
    pub days: Vec<TimeSeriesDay>,
}

/// A day of the series.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeSeriesDay {
    /// The day of the first exposure, in UTC.
    pub day: Day,
    /// The units that were exposed on that day, of the control.
    pub control: TimeSeriesValue,
    /// The same of the arm.
    pub treatment: TimeSeriesValue,
    /// The effect over all units exposed on that day or before. The intervals of all days hold together, so that one may stop
    /// on any of them.
    pub cumulative: Estimate<Effect>,
    /// How many units are behind it, of the control and of the arm.
    pub cumulative_users: [u64; 2],
}

/// The units that were exposed on one day in one arm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeSeriesValue {
    /// How many units the metric is known of.
    pub users: u64,
    /// The value per unit; of a ratio, that of the totals.
    pub value: Estimate,
}

/// The effect of each arm on a metric, cumulated by the day of exposure.
///
/// Each unit counts on the day of its first exposure, with everything it has done since within the metric's window. So a unit
/// is counted once, the effect is always of whole units, and as units come one after the other their confidence sequence may
/// be looked at on every day. The last days say less than they will: where a window is open, both arms have part of
/// their units' events only. The intervals hold over all days together, and over `comparisons` such series: as many as there are
/// arms that are tried, times the metrics that are looked at together.
///
/// The days have to be in the summary. The variance is that of the metric alone; what was known before the experiment is not
/// used, since its weight would be fitted anew on each day.
#[must_use]
pub fn time_series(
    summary: &ExperimentSummary,
    arms: &Arms,
    metric: &str,
    judgement: &Judgement,
    comparisons: usize,
) -> Vec<TimeSeries> {
    // By day there are many looks, whatever the experiment's plan is.
    let looks = match judgement.looks {
        Looks::Once => Looks::AnyTime { tightest_at: Looks::TIGHTEST_AT },
        any_time => any_time,
    };
    let each = judgement.each(comparisons);
    let control = &arms.names()[arms.control()];
    let series = arms.treatments().map(|treatment| {
        let treatment = &arms.names()[treatment];
        let mut so_far: [Option<Estimate<MetricSum>>; 2] = [None, None];
        let mut days = vec![];
        for (day, slice) in &summary.days {
            let of = |arm: &Name| slice.metric(arm, metric).map(|metric| metric.sum);
            let (ours, theirs) = (of(control), of(treatment));
            if ours.is_none() && theirs.is_none() {
                continue;
            }
            add(&mut so_far[0], ours);
            add(&mut so_far[1], theirs);
            let cumulative = match &so_far {
                [Some(control), Some(treatment)] => {
                    (*control).and_then(|control| Effect::of_sums(&control, &(*treatment)?, looks, each?))
                }
                [None, _] => Err(Undefined::NoUsers { arm: Arm::Control }),
                [_, None] => Err(Undefined::NoUsers { arm: Arm::Treatment }),
            };
            let users = |sum: &Option<Estimate<MetricSum>>| {
                sum.as_ref().and_then(|sum| sum.as_ref().ok()).map_or(0, MetricSum::units)
            };
            days.push(TimeSeriesDay {
                day: *day,
                control: value(ours, Arm::Control),
                treatment: value(theirs, Arm::Treatment),
                cumulative,
                cumulative_users: [users(&so_far[0]), users(&so_far[1])],
            });
        }
        adjust(&mut days, comparisons, judgement);
        TimeSeries { metric: metric.into(), arm: treatment.clone(), days }
    });
    series.collect()
}

fn add(so_far: &mut Option<Estimate<MetricSum>>, day: Option<MetricSum>) {
    if let Some(day) = day {
        *so_far = Some(match so_far {
            None => Ok(day),
            Some(sum) => sum.and_then(|sum| sum.merge(day)),
        });
    }
}

fn value(sum: Option<MetricSum>, arm: Arm) -> TimeSeriesValue {
    let known = sum.ok_or(Undefined::NoUsers { arm });
    TimeSeriesValue {
        users: sum.map_or(0, |sum| sum.units()),
        value: known.and_then(|sum| sum.summary(arm)).and_then(|summary| {
            if summary.users() == 0 { Err(Undefined::NoUsers { arm }) } else { Ok(summary.mean()) }
        }),
    }
}

/// Bonferroni over the comparisons; over the days there is nothing to adjust.
fn adjust(days: &mut [TimeSeriesDay], comparisons: usize, judgement: &Judgement) {
    if judgement.correction.is_some() {
        for effect in days.iter_mut().filter_map(|day| day.cumulative.as_mut().ok()) {
            effect.adjusted_p = effect.adjusted_p.map(|p| (p * comparisons as f64).min(1.0));
        }
    }
}
