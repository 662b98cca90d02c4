//! The robust z score of each day of a series.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::summary::Day;

/// How a series is judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AnomalyOptions {
    /// The absolute score above which a day is out of the ordinary; 3.5 unless said, as Iglewicz and Hoaglin recommend. Of
    /// ordinary days of a normal distribution one in 2 000 is beyond it.
    pub threshold: f64,
    /// Whether days of the week differ, as they do where people are the units. Then three weeks are needed, else
    /// [`MINIMUM_DAYS`](Self::MINIMUM_DAYS).
    pub weekdays: bool,
}

impl AnomalyOptions {
    /// The days that have to be known for any score.
    pub const MINIMUM_DAYS: usize = 8;

    /// How often each day of the week has to be known for its effect: of two days neither is the ordinary one.
    pub const MINIMUM_WEEKS: usize = 3;
}

impl Default for AnomalyOptions {
    fn default() -> Self {
        Self { threshold: 3.5, weekdays: true }
    }
}

/// The days of a series, each with its score.
#[derive(Clone, Debug, PartialEq)]
pub struct Anomalies {
    /// Each day that is known, in order.
    pub days: Vec<DayScore>,
    /// The days between the first and the last that are not known, in order; the first
    /// [`MAXIMUM_MISSING`](Self::MAXIMUM_MISSING) of them. Nothing is made up for them.
    pub missing: Vec<Day>,
    /// What deviations are measured by.
    pub scale: Scale,
    /// The absolute score above which a day is out of the ordinary.
    pub threshold: f64,
}

/// A day and how far it is out of the ordinary.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DayScore {
    /// The day.
    pub day: Day,
    /// What was measured.
    pub value: f64,
    /// What would have been ordinary.
    pub expected: f64,
    /// The robust z score: the deviation in robust standard deviations. 0 in a constant series.
    pub score: f64,
    /// Whether the score is beyond the threshold.
    pub unusual: bool,
}

/// What deviations from the ordinary are measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scale {
    /// The median of the absolute deviations.
    MedianDeviation,
    /// Their mean, since more than half of them are zero.
    MeanDeviation,
    /// Nothing: every day is exactly as expected.
    Constant,
}

/// Why days have no scores.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum NoScores {
    /// Too few days are known.
    #[error("{days} days are known, and at least {needed} are needed to tell what is ordinary")]
    TooFewDays {
        /// How many are known.
        days: usize,
        /// How many have to be.
        needed: usize,
    },
    /// Some day of the week is known too seldom.
    #[error(
        "{weekday} is known {times} times, and each day of the week is needed {needed} times to tell what is ordinary for it"
    )]
    TooFewWeeks {
        /// The day of the week that is known least.
        weekday: &'static str,
        /// How often.
        times: usize,
        /// How often it has to be.
        needed: usize,
    },
    /// A value or the threshold is not a finite number.
    #[error("a value of the series, or the threshold, is not a finite number")]
    NotFinite,
}

impl Anomalies {
    /// The most missing days that are listed.
    pub const MAXIMUM_MISSING: usize = 366;

    /// The days that are out of the ordinary.
    pub fn unusual(&self) -> impl Iterator<Item = &DayScore> {
        self.days.iter().filter(|day| day.unusual)
    }
}

/// Scores each day of a series by how far it is from what is ordinary at that time and on that day of the week.
///
/// ```text
/// trend b      the median of (x_u − x_t)/(u − t) over all pairs of days that are whole weeks apart
/// level l_t    the median of x_u − b u over the 15 known days u around t (at the ends, the first or the last 15)
/// weekday w    the median of x_t − b t − l_t over the days of that weekday
/// residual     r_t = x_t − b t − l_t − w
/// score        z_t = 0.6745 (r_t − median r)/MAD,     MAD = the median of the n − p largest |r_t − median r|
///              if MAD is 0, z_t = (r_t − median r)/(1.2533 · the mean of |r_t − median r|)
/// ```
///
/// p is what was fitted: the trend, a level for every 15 days, and 7 weekdays. A fit by medians meets so many days exactly, and
/// they say nothing about how far the others are off.
///
/// Medians throughout, so that the days that are looked for do not hide each other, and a slow rise or fall is no anomaly. What
/// is smaller than 1e-9 of the largest value is rounding. Days that are not known are left out and named.
///
/// Sources: Iglewicz and Hoaglin, How to Detect and Handle Outliers, ASQC 1993, chapter 3, for the score and its threshold;
/// Sen, JASA 63, 1968, for the trend, here over weeks so that the weekday takes no part in it; Maronna, Martin and Yohai, Robust
/// Statistics, Wiley 2006, section 4.4, for leaving out what is met exactly. 0.6745 and 1.2533 make both scales
/// estimate the standard deviation of a normal distribution.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use flags_ab::{
///     analytics::{AnomalyOptions, anomalies},
///     summary::Day,
/// };
///
/// let monday = Day::parse("2026-11-02").expect("a day");
/// let visits = |day: i64| if day == 24 { 12.0 } else { 100.0 + (day * 7 % 5) as f64 };
/// let series: BTreeMap<Day, f64> =
///     (0..28).map(|day| (Day::from_number(monday.number() + day), visits(day))).collect();
/// let found = anomalies(&series, &AnomalyOptions::default())?;
/// let unusual: Vec<String> = found.unusual().map(|day| day.day.to_string()).collect();
/// assert_eq!(unusual, ["2026-11-26"]);
/// # Ok::<(), flags_ab::analytics::NoScores>(())
/// ```
///
/// # Errors
///
/// [`NoScores`] if too few days are known, or a value is not finite.
pub fn anomalies(series: &BTreeMap<Day, f64>, options: &AnomalyOptions) -> Result<Anomalies, NoScores> {
    let values: Vec<f64> = series.values().copied().collect();
    // Half of the largest double leaves room for any difference of two.
    if !options.threshold.is_finite()
        || values.iter().any(|value| value.abs().partial_cmp(&(f64::MAX / 8.0)).is_none_or(std::cmp::Ordering::is_gt))
    {
        return Err(NoScores::NotFinite);
    }
    if values.len() < AnomalyOptions::MINIMUM_DAYS {
        return Err(NoScores::TooFewDays { days: values.len(), needed: AnomalyOptions::MINIMUM_DAYS });
    }
    let trend = trend(series);
    let first = series.keys().next().map_or(0, |day| day.number());
    let mut residuals: Vec<f64> =
        series.iter().map(|(day, value)| value - trend * (day.number() - first) as f64).collect();
    residuals = without_level(&residuals);
    if options.weekdays {
        remove_weekdays(series, &mut residuals)?;
    }
    let center = median(&residuals);
    residuals.iter_mut().for_each(|residual| *residual -= center);
    let rounding = 1e-9 * values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let fitted = 1 + values.len().div_ceil(LEVEL_DAYS) + if options.weekdays { 7 } else { 0 };
    let (scale, unit) = scale(&residuals, fitted, rounding);
    let days = series.iter().zip(&residuals).map(|((day, value), residual)| {
        let score = if unit > 0.0 { residual / unit } else { 0.0 };
        DayScore {
            day: *day,
            value: *value,
            expected: value - residual,
            score,
            unusual: score.abs() > options.threshold,
        }
    });
    Ok(Anomalies { days: days.collect(), missing: missing(series), scale, threshold: options.threshold })
}

/// The median slope, a day, between days that are whole weeks apart; 0 where there are none.
fn trend(series: &BTreeMap<Day, f64>) -> f64 {
    let mut by_weekday: [Vec<(i64, f64)>; 7] = Default::default();
    for (day, value) in series {
        by_weekday[weekday(*day)].push((day.number(), *value));
    }
    let slopes = by_weekday.iter().flat_map(|days| {
        days.iter().enumerate().flat_map(|(index, (later, high))| {
            days[..index].iter().map(move |(earlier, low)| (high - low) / (later - earlier) as f64)
        })
    });
    median(&slopes.collect::<Vec<f64>>())
}

/// How many days a level is the median of: every weekday twice, and one three times.
const LEVEL_DAYS: usize = 15;

fn without_level(values: &[f64]) -> Vec<f64> {
    let width = LEVEL_DAYS.min(values.len());
    let around = |index: usize| {
        let from = index.saturating_sub(width / 2).min(values.len() - width);
        median(&values[from..from + width])
    };
    values.iter().enumerate().map(|(index, value)| value - around(index)).collect()
}

fn remove_weekdays(series: &BTreeMap<Day, f64>, residuals: &mut [f64]) -> Result<(), NoScores> {
    let mut by_weekday: [Vec<f64>; 7] = Default::default();
    for (day, residual) in series.keys().zip(residuals.iter()) {
        by_weekday[weekday(*day)].push(*residual);
    }
    let rarest = (0..7).min_by_key(|weekday| by_weekday[*weekday].len()).unwrap_or(0);
    let (times, needed) = (by_weekday[rarest].len(), AnomalyOptions::MINIMUM_WEEKS);
    if times < needed {
        return Err(NoScores::TooFewWeeks { weekday: WEEKDAYS[rarest], times, needed });
    }
    let effects = by_weekday.map(|residuals| median(&residuals));
    for (day, residual) in series.keys().zip(residuals.iter_mut()) {
        *residual -= effects[weekday(*day)];
    }
    Ok(())
}

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// The day of the week, from 0 for Monday: 1970 began on a Thursday.
fn weekday(day: Day) -> usize {
    (day.number() + 3).rem_euclid(7) as usize
}

/// What deviations are measured by, and one robust standard deviation; 0 if there is none.
fn scale(residuals: &[f64], fitted: usize, rounding: f64) -> (Scale, f64) {
    let mut deviations: Vec<f64> = residuals.iter().map(|residual| residual.abs()).collect();
    deviations.sort_by(f64::total_cmp);
    let middle = median(&deviations[fitted.min(deviations.len())..]);
    if middle > rounding {
        return (Scale::MedianDeviation, middle / 0.674_489_750_196_081_7);
    }
    let count = deviations.len() as f64;
    let mean: f64 = deviations.iter().map(|deviation| deviation / count).sum();
    if mean > rounding { (Scale::MeanDeviation, mean * 1.253_314_137_315_500_3) } else { (Scale::Constant, 0.0) }
}

/// The middle value, or the mean of the two in the middle; 0 of none.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => sorted[odd / 2],
        even => sorted[even / 2 - 1] / 2.0 + sorted[even / 2] / 2.0,
    }
}

fn missing(series: &BTreeMap<Day, f64>) -> Vec<Day> {
    let days = series.keys().zip(series.keys().skip(1));
    let gaps = days.flat_map(|(before, after)| (before.number() + 1..after.number()).map(Day::from_number));
    gaps.take(Anomalies::MAXIMUM_MISSING).collect()
}
