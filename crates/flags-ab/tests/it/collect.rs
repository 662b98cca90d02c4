//! Attribution: what counts for whom, against a naive oracle that goes through all events for every unit and metric.

use std::{collections::BTreeSet, time::Duration};

use flags_ab::{
    Event, EventKind, Exposure,
    analysis::AnalysisOptions,
    collect::{CollectOptions, collect},
    statistics::{JointMoments, Moments},
    store::{EventStore, MemoryStore},
    summary::{ExperimentSummary, MetricSum, OTHER, Slice},
};
use flags_core::{
    Timestamp,
    definition::{
        AnalysisDefinition, AnalysisMethod, ArmDefinition, ExperimentDefinition, MetricDefinition, MetricKind,
    },
};
use proptest::prelude::*;

const START: i64 = 1_795_000_000_000;

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(START + second * 1000)
}

fn exposure(second: i64, unit: &str, arm: &str) -> Event {
    with_country(second, unit, arm, "a=1,b=1", None)
}

fn with_country(second: i64, unit: &str, arm: &str, split: &str, country: Option<&str>) -> Event {
    let dimensions = country.map(|country| ("country".into(), country.into())).into_iter().collect();
    let kind =
        EventKind::Exposure(Exposure { experiment: "e".into(), arm: arm.into(), split: split.into(), dimensions });
    Event { at: at(second), unit_kind: "".into(), unit: unit.into(), kind }
}

fn tracked(second: i64, unit: &str, event: &str, value: f64) -> Event {
    let kind = EventKind::Tracked { event: event.into(), value };
    Event { at: at(second), unit_kind: "".into(), unit: unit.into(), kind }
}

fn stored(events: &[Event]) -> MemoryStore {
    let store = MemoryStore::new();
    store.append(events).unwrap();
    store
}

fn experiment(metrics: impl IntoIterator<Item = MetricDefinition>) -> ExperimentDefinition {
    let arms = ExperimentDefinition::new("e").arm(ArmDefinition::control("a")).arm(ArmDefinition::new("b"));
    metrics.into_iter().fold(arms, ExperimentDefinition::metric)
}

fn of_kind(kind: MetricKind) -> MetricDefinition {
    match kind {
        MetricKind::Ratio => MetricDefinition::ratio("ratio", "buy", "view"),
        kind => MetricDefinition::new(kind.name(), kind, "buy"),
    }
}

fn converted(metric: MetricDefinition, events: &[Event]) -> (u64, u64) {
    let name = metric.name.clone();
    let summary = collect(&stored(events), &experiment([metric]), &CollectOptions::until(at(1000))).unwrap();
    let sum = summary.overall().unwrap().metric("a", &name).unwrap().sum.conversions().unwrap();
    (sum.conversions(), sum.users())
}

/// Conversions count from the first exposure's instant on, up to the window's end, which is not included (trap 19).
#[test]
fn an_event_counts_from_the_first_exposure_to_the_end_of_the_window() {
    let metric = || MetricDefinition::conversion("conversion", "buy").window(Duration::from_secs(10));
    for (second, counts) in [(99, 0), (100, 1), (109, 1), (110, 0), (150, 0)] {
        // A second exposure does not move the window.
        let events = [
            tracked(second, "u", "buy", 1.0),
            exposure(100, "u", "a"),
            exposure(105, "u", "a"),
            exposure(145, "u", "a"),
        ];
        assert_eq!(converted(metric(), &events), (counts, 1), "after {second} seconds");
    }
    let late = [exposure(100, "u", "a"), tracked(999, "u", "buy", 1.0), tracked(1000, "v", "buy", 1.0)];
    assert_eq!(converted(MetricDefinition::conversion("conversion", "buy"), &late), (1, 1), "without a window");
    let cut = [exposure(100, "u", "a"), tracked(1000, "u", "buy", 1.0)];
    assert_eq!(converted(MetricDefinition::conversion("conversion", "buy"), &cut), (0, 1), "at the cut");
}

/// Units in two arms are excluded, never counted twice, and told (trap 18).
#[test]
fn a_unit_in_two_arms_is_left_out_and_counted() {
    let events = [
        exposure(1, "u", "a"),
        exposure(2, "u", "b"),
        tracked(3, "u", "buy", 1.0),
        exposure(1, "v", "a"),
        exposure(1, "w", "b"),
        exposure(4, "w", "b"),
    ];
    let metric = MetricDefinition::conversion("conversion", "buy");
    let summary = collect(&stored(&events), &experiment([metric]), &CollectOptions::until(at(9)).by_day()).unwrap();
    let overall = summary.overall().unwrap();
    assert_eq!((overall.users("a"), overall.users("b")), (1, 1));
    assert_eq!(["a", "b"].map(|arm| overall.arms[arm].in_two_arms), [1, 0]);
    assert_eq!(overall.metric("a", "conversion").unwrap().sum.units(), 1);
    // Before the second exposure nothing was wrong.
    let earlier = collect(&stored(&events), &experiment([]), &CollectOptions::until(at(2))).unwrap();
    assert_eq!(earlier.overall().unwrap().users("a"), 2);
}

#[test]
fn units_of_two_kinds_are_two_units() {
    let node = |event: Event| Event { unit_kind: "node_id".into(), ..event };
    let events = [exposure(1, "7", "a"), node(exposure(1, "7", "b")), node(tracked(2, "7", "buy", 1.0))];
    let metric = MetricDefinition::conversion("conversion", "buy");
    let summary = collect(&stored(&events), &experiment([metric]), &CollectOptions::until(at(9))).unwrap();
    let overall = summary.overall().unwrap();
    let converted = |arm: &str| overall.metric(arm, "conversion").unwrap().sum.conversions().unwrap().conversions();
    assert_eq!((overall.in_two_arms(), converted("a"), converted("b")), (0, 0, 1));
}

#[test]
fn only_the_largest_values_of_a_dimension_are_kept() {
    let sizes = [("NL", 3), ("DE", 2), ("BE", 2), ("FR", 1)];
    let events: Vec<Event> = sizes
        .iter()
        .flat_map(|(country, size)| {
            (0..*size).map(move |n| with_country(1, &format!("{country}-{n}"), "a", "a=1,b=1", Some(country)))
        })
        .chain([exposure(1, "unknown", "a")])
        .collect();
    let options = CollectOptions { values_per_dimension: 2, ..CollectOptions::until(at(9)).by("country").by("device") };
    let summary = collect(&stored(&events), &experiment([]), &options).unwrap();
    let segments: Vec<_> = summary.segments.iter().map(|((_, value), slice)| (&**value, slice.all_users())).collect();
    assert_eq!(segments, [(OTHER, 3), ("BE", 2), ("NL", 3)]);
}

/// An experiment that is decided at its end is cut there, once the last windows have closed: a later look is the same look.
#[test]
fn what_is_analysed_ends_where_the_method_looks() {
    let window = Duration::from_secs(100);
    let of = |method: AnalysisMethod, now: i64| {
        let metric = MetricDefinition::conversion("conversion", "buy").window(window);
        let rules = AnalysisDefinition { method, ..AnalysisDefinition::default() };
        let definition = experiment([metric]).start(at(0)).end(at(1000)).analysis(rules);
        CollectOptions::for_analysis(&definition, &AnalysisOptions::at(at(now))).until
    };
    for (method, now, until) in [
        (AnalysisMethod::Fixed, 500, 500),
        (AnalysisMethod::Fixed, 1050, 1050),
        (AnalysisMethod::Fixed, 5000, 1100),
        (AnalysisMethod::Bayesian, 5000, 1100),
        (AnalysisMethod::Sequential, 5000, 5000),
        (AnalysisMethod::GroupSequential, 650, 600),
        (AnalysisMethod::GroupSequential, 5000, 1000),
    ] {
        assert_eq!(of(method, now), at(until), "{method:?} at {now}");
    }
}

/// The oracle: everything again for every unit and metric, from the flat list.
mod naive {
    use super::*;

    pub(super) struct Oracle<'a> {
        pub(super) events: &'a [Event],
        pub(super) until: i64,
        pub(super) complete: bool,
        pub(super) before: Option<i64>,
    }

    /// What one unit gives: left out, open, or the numbers summed up (one or two).
    #[derive(Clone, Debug, PartialEq)]
    pub(super) enum Given {
        Nothing,
        Open,
        Numbers(Vec<f64>),
    }

    impl Oracle<'_> {
        pub(super) fn units(&self) -> BTreeSet<String> {
            self.events.iter().map(|event| event.unit.to_string()).collect()
        }

        fn of(&self, unit: &str) -> Vec<&Event> {
            let mut own: Vec<&Event> =
                self.events.iter().filter(|event| *event.unit == *unit && event.at < at(self.until)).collect();
            own.sort_by_key(|event| event.at);
            own
        }

        /// Second, arm, split, country and whether it is in one arm only.
        pub(super) fn first(&self, unit: &str) -> Option<(Timestamp, String, String, Option<String>, bool)> {
            let own = self.of(unit);
            let exposures: Vec<(Timestamp, &Exposure)> = own
                .iter()
                .filter_map(|event| match &event.kind {
                    EventKind::Exposure(exposure) => Some((event.at, exposure)),
                    EventKind::Tracked { .. } => None,
                })
                .collect();
            let (when, exposure) = exposures.first()?;
            let arms: BTreeSet<&str> = exposures.iter().map(|(_, exposure)| &*exposure.arm).collect();
            let country = exposure.dimensions.first().map(|(_, value)| value.to_string());
            Some((*when, exposure.arm.to_string(), exposure.split.to_string(), country, arms.len() == 1))
        }

        fn values(&self, unit: &str, event: &str, from: i64, until: i64) -> Vec<f64> {
            let in_time = |event: &&Event| (from..until).contains(&event.at.as_micros());
            let value = |occurred: &Event| match &occurred.kind {
                EventKind::Tracked { event: name, value } if **name == *event => Some(*value),
                _ => None,
            };
            self.of(unit).into_iter().filter(in_time).filter_map(value).collect()
        }

        pub(super) fn given(&self, unit: &str, metric: &MetricDefinition, cap: f64) -> Given {
            let (first, ..) = self.first(unit).unwrap();
            let from = first.as_micros();
            let end = metric.window.map_or(i64::MAX, |window| from + window.as_micros() as i64);
            if self.complete && metric.window.is_some() && end > at(self.until).as_micros() {
                return Given::Open;
            }
            let values = |event: &str| self.values(unit, event, from, end);
            let before = |event: &str| self.values(unit, event, from - self.before.unwrap_or(0) * 1_000_000, from);
            let total = |values: Vec<f64>| values.iter().fold(0.0, |sum, value| sum + value);
            let count = |values: Vec<f64>| values.len() as f64;
            let with_before = |value: f64, before: f64| match self.before {
                Some(_) => vec![before.min(cap), value.min(cap)],
                None => vec![value.min(cap)],
            };
            let ratio = |top: f64, bottom: f64| {
                let top = if bottom > 0.0 && top / bottom > cap { cap * bottom } else { top };
                vec![top, bottom]
            };
            Given::Numbers(match metric.kind {
                MetricKind::Conversion => vec![f64::from(u8::from(!values("buy").is_empty()))],
                MetricKind::Mean => with_before(total(values("buy")), total(before("buy"))),
                MetricKind::Count => with_before(count(values("buy")), count(before("buy"))),
                MetricKind::Duration => ratio(total(values("buy")), count(values("buy"))),
                MetricKind::Ratio => ratio(total(values("buy")), total(values("view"))),
                MetricKind::Custom => match values("buy").last() {
                    Some(last) => vec![last.min(cap)],
                    None => return Given::Nothing,
                },
            })
        }

        /// The limit at which a metric is cut: the type 7 quantile of what it gives, if that is positive.
        pub(super) fn cap(&self, metric: &MetricDefinition) -> f64 {
            let Some(quantile) = metric.winsorize else { return f64::INFINITY };
            let units = self.units();
            let good = units.iter().filter(|unit| self.first(unit).is_some_and(|(.., alone)| alone));
            let mut values: Vec<f64> = good
                .filter_map(|unit| match (self.given(unit, metric, f64::INFINITY), metric.kind) {
                    (Given::Numbers(numbers), MetricKind::Duration | MetricKind::Ratio) => {
                        (numbers[1] > 0.0).then(|| numbers[0] / numbers[1])
                    }
                    (Given::Numbers(numbers), _) => numbers.last().copied(),
                    _ => None,
                })
                .collect();
            values.sort_by(f64::total_cmp);
            let place = values.len().saturating_sub(1) as f64 * quantile;
            let value = |rank: f64| values.get(rank as usize).copied();
            let (Some(low), high) = (value(place.floor()), value(place.ceil())) else { return f64::INFINITY };
            let cap = low + (high.unwrap_or(low) - low) * place.fract();
            if cap > 0.0 { cap } else { f64::INFINITY }
        }
    }
}

fn an_event() -> impl Strategy<Value = Event> {
    let exposed = (0..40i64, 0..6u8, prop::bool::weighted(0.2), any::<bool>(), 0..3usize).prop_map(
        |(second, unit, strays, early, country)| {
            let arm = if (unit % 2 == 0) != strays { "a" } else { "b" };
            let split = if early { "a=1,b=1" } else { "a=1,b=3" };
            with_country(second, &format!("u{unit}"), arm, split, [None, Some("DE"), Some("NL")][country])
        },
    );
    let did = (0..40i64, 0..6u8, prop_oneof![2 => Just("buy"), 1 => Just("view")], 0..8u8)
        .prop_map(|(second, unit, event, value)| tracked(second, &format!("u{unit}"), event, f64::from(value)));
    prop_oneof![1 => exposed, 2 => did]
}

fn assert_sums(sum: MetricSum, given: &[Vec<f64>]) {
    let close = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => assert!((a - b).abs() < 1e-9, "{a} {b}"),
        (a, b) => assert_eq!(a, b),
    };
    assert_eq!(sum.units(), given.len() as u64);
    let mean = |values: &[f64]| (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64);
    let of = |index: usize| given.iter().map(|numbers| numbers[index]).collect::<Vec<f64>>();
    let covariance = |a: &[f64], b: &[f64]| {
        let (mean_a, mean_b) = (mean(a)?, mean(b)?);
        let products: f64 = a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)).sum();
        (a.len() > 1).then(|| products / (a.len() - 1) as f64)
    };
    let moments = |sum: Moments, values: &[f64]| {
        close(sum.mean(), mean(values));
        close(sum.variance(), covariance(values, values));
    };
    let joint = |sum: JointMoments| {
        moments(sum.x(), &of(0));
        moments(sum.y(), &of(1));
        close(sum.covariance(), covariance(&of(0), &of(1)));
    };
    match sum {
        MetricSum::Conversion(sum) => close(sum.rate(), mean(&of(0))),
        MetricSum::Mean(sum) => moments(sum, &of(0)),
        MetricSum::Ratio(sum) | MetricSum::WithBefore(sum) => joint(sum),
    }
}

fn assert_slice(
    slice: &Slice,
    oracle: &naive::Oracle<'_>,
    definition: &ExperimentDefinition,
    belongs: impl Fn(&str) -> bool,
) {
    for arm in ["a", "b"] {
        let of_arm = |alone: bool| -> Vec<String> {
            let fits = |unit: &String| oracle.first(unit).is_some_and(|(_, own, _, _, one)| own == arm && one == alone);
            oracle.units().into_iter().filter(fits).filter(|unit| belongs(unit)).collect()
        };
        let units = of_arm(true);
        assert_eq!(slice.users(arm), units.len() as u64);
        assert_eq!(slice.arms.get(arm).map_or(0, |arm| arm.in_two_arms), of_arm(false).len() as u64);
        for metric in &definition.metrics {
            let cap = oracle.cap(metric);
            let given: Vec<naive::Given> = units.iter().map(|unit| oracle.given(unit, metric, cap)).collect();
            let open = given.iter().filter(|given| **given == naive::Given::Open).count() as u64;
            let numbers: Vec<Vec<f64>> = given
                .into_iter()
                .filter_map(|given| if let naive::Given::Numbers(numbers) = given { Some(numbers) } else { None })
                .collect();
            match slice.metric(arm, &metric.name) {
                Some(found) => {
                    assert_eq!(found.open_windows, open);
                    assert_sums(found.sum, &numbers);
                }
                None => assert!(units.is_empty()),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn collecting_is_what_the_oracle_does(
        events in proptest::collection::vec(an_event(), 0..60),
        until in 20..50i64,
        complete in any::<bool>(),
        before in proptest::option::of(1..20i64),
        window in proptest::option::of(1..30u64),
        winsorize in proptest::option::of(0.3..1.0f64),
    ) {
        let metrics = MetricKind::ALL.map(|kind| MetricDefinition {
            window: window.map(Duration::from_secs),
            winsorize: winsorize.filter(|_| kind != MetricKind::Conversion),
            ..of_kind(kind)
        });
        let definition = experiment(metrics);
        let mut options = CollectOptions::until(at(until)).by_day().by("country");
        options.complete_windows_only = complete;
        options.before = before.map(|seconds| Duration::from_secs(seconds as u64));
        let summary = collect(&stored(&events), &definition, &options).unwrap();

        let oracle = naive::Oracle { events: &events, until, complete, before };
        assert_slice(&summary.overall().unwrap(), &oracle, &definition, |_| true);
        for (split, slice) in &summary.phases {
            assert_slice(slice, &oracle, &definition, |unit| oracle.first(unit).is_some_and(|first| first.2 == **split));
        }
        for ((_, country), slice) in &summary.segments {
            assert_slice(slice, &oracle, &definition, |unit| {
                oracle.first(unit).is_some_and(|first| first.3.as_deref() == Some(country))
            });
        }
        prop_assert_eq!(summary.days.values().map(Slice::all_users).sum::<u64>(), summary.users());
    }

    /// Order of events does not change a result beyond rounding, and here not at all: units come in order, and the values of
    /// one instant are equal or added up exactly.
    #[test]
    fn the_order_in_which_events_were_recorded_is_nothing(
        events in proptest::collection::vec(an_event(), 0..60).prop_shuffle(),
        cut in 0..60usize,
    ) {
        // What was recorded last counts for `custom`, so that kind is left out, and exposures of one instant likewise.
        let kinds = MetricKind::ALL.into_iter().filter(|kind| *kind != MetricKind::Custom);
        let definition = experiment(kinds.map(of_kind));
        let mut seen = BTreeSet::new();
        let mut events = events;
        events.retain(|event| {
            !matches!(event.kind, EventKind::Exposure(_)) || seen.insert((event.unit.clone(), event.at))
        });
        let options = CollectOptions::until(at(100)).by_day().by("country");
        let of = |events: &[Event]| collect(&stored(events), &definition, &options).unwrap();
        let straight = of(&events);
        let mut turned = events.clone();
        turned.rotate_left(cut.min(events.len()));
        turned.reverse();
        prop_assert_eq!(straight, of(&turned));
    }

    /// Summaries of two halves of the units are the summary of all.
    #[test]
    fn parts_merge_to_the_whole(events in proptest::collection::vec(an_event(), 0..60)) {
        let definition = experiment(MetricKind::ALL.map(of_kind));
        let options = CollectOptions::until(at(100)).by_day().by("country");
        let of = |events: &[Event]| collect(&stored(events), &definition, &options).unwrap();
        let (left, right): (Vec<Event>, Vec<Event>) = events.iter().cloned().partition(|event| &*event.unit < "u3");
        let merged: ExperimentSummary = of(&left).merge(&of(&right)).unwrap();
        let whole = of(&events);
        prop_assert_eq!(whole.users(), merged.users());
        for (key, slice) in &whole.segments {
            prop_assert_eq!(slice.all_users(), merged.segments[key].all_users());
        }
        let oracle = naive::Oracle { events: &events, until: 100, complete: false, before: None };
        assert_slice(&merged.overall().unwrap(), &oracle, &definition, |_| true);
    }
}

#[test]
fn values_that_cannot_be_summed_up_name_the_metric_and_the_unit() {
    let metric = MetricDefinition::new("revenue", MetricKind::Mean, "buy");
    let events = [exposure(1, "u", "a"), tracked(2, "u", "buy", f64::MAX), tracked(3, "u", "buy", f64::MAX)];
    let error = collect(&stored(&events), &experiment([metric]), &CollectOptions::until(at(9))).unwrap_err();
    let said = r#"metric "revenue", unit "u": the value is inf, and has to be a finite number"#;
    assert_eq!(error.to_string(), said);
}
