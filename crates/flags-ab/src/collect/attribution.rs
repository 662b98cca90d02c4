//! One unit: its arm, and what of its events counts for each metric.

use std::time::Duration;

use flags_core::{
    Timestamp,
    definition::{ExperimentDefinition, MetricDefinition, MetricKind},
};

use super::CollectOptions;
use crate::{EventKind, Exposure, Name, Occurrence, store::UnitEvents};

/// The rules by which events count.
#[derive(Debug)]
pub(super) struct Attribution {
    experiment: Name,
    until: Timestamp,
    complete_windows_only: bool,
    before: Option<Duration>,
    metrics: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    measure: Measure,
    window: Option<Duration>,
    cap: Option<f64>,
}

#[derive(Debug)]
enum Measure {
    Conversion(Name),
    Total(Name),
    Count(Name),
    PerEvent(Name),
    Ratio(Name, Name),
    Last(Name),
    /// A definition without the event that its kind needs.
    Nothing,
}

/// A unit and its arm.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attributed<'a> {
    /// When it was exposed first.
    pub(super) first: Timestamp,
    /// What it was exposed to then.
    pub(super) exposure: &'a Exposure,
    /// Whether it was seen in another arm as well.
    pub(super) in_two_arms: bool,
    events: &'a [Occurrence],
}

/// What a metric takes from a unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Taken {
    /// The unit says nothing about the metric.
    LeftOut,
    /// Its window is open, and only complete ones are asked for.
    Open,
    /// Whether it had the event.
    Conversion(bool),
    /// Its value.
    Value(f64),
    /// Its value from before the exposure, and the one that counts.
    WithBefore(f64, f64),
    /// Its numerator and its denominator.
    Ratio(f64, f64),
}

impl Attribution {
    pub(super) fn new(definition: &ExperimentDefinition, options: &CollectOptions) -> Self {
        let rule = |metric: &MetricDefinition| Rule { measure: measure(metric), window: metric.window, cap: None };
        Self {
            experiment: Name::from(&*definition.key),
            until: options.until,
            complete_windows_only: options.complete_windows_only,
            before: options.before,
            metrics: definition.metrics.iter().map(rule).collect(),
        }
    }

    /// Cuts the values of each metric at its cap, where it has one.
    pub(super) fn cap_at(&mut self, caps: impl IntoIterator<Item = Option<f64>>) {
        for (rule, cap) in self.metrics.iter_mut().zip(caps) {
            rule.cap = cap;
        }
    }

    /// The arm of a unit; `None` if it was never exposed.
    pub(super) fn unit<'a>(&self, unit: UnitEvents<'a>) -> Option<Attributed<'a>> {
        let mut exposures = unit.events.iter().filter_map(|event| match &event.kind {
            EventKind::Exposure(exposure) if exposure.experiment == self.experiment => Some((event.at, exposure)),
            _ => None,
        });
        let (first, exposure) = exposures.next()?;
        let in_two_arms = exposures.any(|(_, other)| other.arm != exposure.arm);
        Some(Attributed { first, exposure, in_two_arms, events: unit.events })
    }

    /// What each metric takes from a unit, and whether it was cut.
    pub(super) fn take(&self, unit: Attributed<'_>, metric: usize) -> (Taken, bool) {
        let Some(rule) = self.metrics.get(metric) else { return (Taken::LeftOut, false) };
        let end = rule.window.map(|window| unit.first.saturating_add(window));
        if self.complete_windows_only && end.is_some_and(|end| end > self.until) {
            return (Taken::Open, false);
        }
        let after = Span { events: unit.events, from: unit.first, until: end };
        let cut = |value: f64| match rule.cap {
            Some(cap) if value > cap => (cap, true),
            _ => (value, false),
        };
        match &rule.measure {
            Measure::Nothing => (Taken::LeftOut, false),
            Measure::Conversion(event) => (Taken::Conversion(after.values(event).next().is_some()), false),
            Measure::Total(event) => {
                let (value, was_cut) = cut(after.values(event).sum::<f64>() + 0.0);
                let before = || cut(self.before(unit).values(event).sum::<f64>() + 0.0).0;
                (self.with_before(value, before), was_cut)
            }
            Measure::Count(event) => {
                let (value, was_cut) = cut(after.values(event).count() as f64);
                let before = || cut(self.before(unit).values(event).count() as f64).0;
                (self.with_before(value, before), was_cut)
            }
            Measure::PerEvent(event) => {
                let (total, count) =
                    after.values(event).fold((0.0, 0.0), |(total, count), value| (total + value, count + 1.0));
                cut_ratio(total, count, cut)
            }
            Measure::Ratio(numerator, denominator) => {
                let total = |event: &Name| after.values(event).sum::<f64>() + 0.0;
                cut_ratio(total(numerator), total(denominator), cut)
            }
            Measure::Last(event) => match after.values(event).last() {
                None => (Taken::LeftOut, false),
                Some(value) => {
                    let (value, was_cut) = cut(value);
                    (Taken::Value(value), was_cut)
                }
            },
        }
    }

    /// The time before the first exposure that is looked at.
    fn before<'a>(&self, unit: Attributed<'a>) -> Span<'a> {
        let time = i64::try_from(self.before.unwrap_or_default().as_micros()).unwrap_or(i64::MAX);
        let from = Timestamp::from_micros(unit.first.as_micros().saturating_sub(time));
        Span { events: unit.events, from, until: Some(unit.first) }
    }

    fn with_before(&self, value: f64, before: impl FnOnce() -> f64) -> Taken {
        if self.before.is_some() { Taken::WithBefore(before(), value) } else { Taken::Value(value) }
    }
}

/// Cuts the unit's own ratio, where it has one.
fn cut_ratio(numerator: f64, denominator: f64, cut: impl Fn(f64) -> (f64, bool)) -> (Taken, bool) {
    if denominator > 0.0 {
        let (ratio, was_cut) = cut(numerator / denominator);
        if was_cut {
            return (Taken::Ratio(ratio * denominator, denominator), true);
        }
    }
    (Taken::Ratio(numerator, denominator), false)
}

/// The events of a unit in some time, the end not included.
#[derive(Clone, Copy, Debug)]
struct Span<'a> {
    events: &'a [Occurrence],
    from: Timestamp,
    until: Option<Timestamp>,
}

impl Span<'_> {
    /// The values of an event, in the order of time.
    fn values(&self, event: &Name) -> impl Iterator<Item = f64> {
        let counts = |at: Timestamp| at >= self.from && self.until.is_none_or(|until| at < until);
        self.events.iter().filter_map(move |occurrence| match &occurrence.kind {
            EventKind::Tracked { event: name, value } if name == event && counts(occurrence.at) => Some(*value),
            _ => None,
        })
    }
}

/// The event that carries the values of a custom metric: its own name, where the definition names none.
pub(super) fn custom_event(metric: &MetricDefinition) -> &str {
    metric.event.as_deref().unwrap_or(&metric.name)
}

fn measure(metric: &MetricDefinition) -> Measure {
    let name = |event: &Option<Box<str>>| event.as_deref().map(Name::from);
    let of_event = |measure: fn(Name) -> Measure| name(&metric.event).map_or(Measure::Nothing, measure);
    match metric.kind {
        MetricKind::Conversion => of_event(Measure::Conversion),
        MetricKind::Mean => of_event(Measure::Total),
        MetricKind::Count => of_event(Measure::Count),
        MetricKind::Duration => of_event(Measure::PerEvent),
        MetricKind::Custom => Measure::Last(Name::from(custom_event(metric))),
        MetricKind::Ratio => match (name(&metric.numerator), name(&metric.denominator)) {
            (Some(numerator), Some(denominator)) => Measure::Ratio(numerator, denominator),
            _ => Measure::Nothing,
        },
    }
}
