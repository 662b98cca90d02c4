//! Days out of the ordinary are found, and ordinary ones are not. // F10

use std::collections::BTreeMap;

use flags_ab::{
    Event,
    analytics::{Anomalies, AnomalyOptions, DailyActivity, Measured, NoScores, Scale, anomalies},
    statistics::special::normal,
    store::Query,
    summary::Day,
};
use proptest::prelude::*;

use super::events::{DAY, MONDAY, arms, at, exposure, pass, tracked};

fn monday() -> Day {
    Day::of(at(MONDAY))
}

fn series(days: i64, value: impl Fn(i64) -> f64) -> BTreeMap<Day, f64> {
    (0..days).map(|day| (Day::from_number(monday().number() + day), value(day))).collect()
}

/// Which days of the series, counted from its first, are unusual.
fn unusual(found: &Anomalies) -> Vec<i64> {
    found.unusual().map(|day| day.day.number() - monday().number()).collect()
}

fn found(series: &BTreeMap<Day, f64>) -> Anomalies {
    anomalies(series, &AnomalyOptions::default()).unwrap()
}

/// An ordinary deviation of a day, the same in each run.
fn noise(day: i64) -> f64 {
    let mut random = fastrand::Rng::with_seed(day.unsigned_abs());
    normal::quantile(random.f64().clamp(1e-9, 1.0 - 1e-9))
}

#[test]
fn an_ordinary_weekend_is_no_anomaly_and_an_ordinary_workday_on_a_weekend_is() {
    let visits = |day: i64| if day % 7 >= 5 { 400.0 } else { 1_000.0 } + 20.0 * noise(day);
    assert_eq!(unusual(&found(&series(56, visits))), Vec::<i64>::new());
    let busy_saturday = series(56, |day| if day == 33 { 1_000.0 } else { visits(day) });
    assert_eq!(unusual(&found(&busy_saturday)), [33]);
    let outage = series(56, |day| if (38..=40).contains(&day) { 0.0 } else { visits(day) });
    assert_eq!(unusual(&found(&outage)), [38, 39, 40], "three days together do not hide each other");
    let found = found(&outage);
    let day = found.days[38];
    assert!(day.score < -20.0 && (day.expected - 1_000.0).abs() < 60.0, "{day:?}");
}

#[test]
fn growth_is_no_anomaly() {
    let growing = |day: i64| 500.0 + 30.0 * day as f64 + 25.0 * noise(day);
    assert_eq!(unusual(&found(&series(70, growing))), Vec::<i64>::new());
    let gap = series(70, |day| if day == 50 { growing(day) - 600.0 } else { growing(day) });
    assert_eq!(unusual(&found(&gap)), [50]);
}

#[test]
fn ordinary_days_are_seldom_flagged() {
    // Seeded: of a normal distribution, 0.047 % are beyond 3.5 standard deviations.
    for (days, expected) in [(60, 2.8), (21, 1.0)] {
        let of_series = |seed: i64| unusual(&found(&series(days, |day| noise(seed * 1_000 + day)))).len();
        let flagged: usize = (0..100).map(of_series).sum();
        assert!((flagged as f64) < expected + 8.0, "{flagged} in 100 series of {days} ordinary days");
    }
}

#[test]
fn a_constant_series_has_no_anomalies_and_one_change_in_it_is_one() {
    let constant = found(&series(30, |_| 0.1));
    assert_eq!((constant.scale, unusual(&constant)), (Scale::Constant, vec![]));
    assert!(constant.days.iter().all(|day| day.score == 0.0 && day.expected == 0.1));
    let once = found(&series(30, |day| if day == 10 { 0.3 } else { 0.1 }));
    assert_eq!((once.scale, unusual(&once)), (Scale::MeanDeviation, vec![10]));
    let rounding = found(&series(30, |day| 1.0 + 1e-15 * noise(day)));
    assert_eq!((rounding.scale, unusual(&rounding)), (Scale::Constant, vec![]), "rounding is no event");
}

#[test]
fn missing_days_are_named_and_not_made_up() {
    let mut gappy = series(40, |day| 100.0 + noise(day));
    for day in [9, 20, 21] {
        gappy.remove(&Day::from_number(monday().number() + day));
    }
    let found = found(&gappy);
    assert_eq!(found.missing.iter().map(|day| day.number() - monday().number()).collect::<Vec<_>>(), [9, 20, 21]);
    assert_eq!((found.days.len(), unusual(&found)), (37, vec![]));
}

#[test]
fn too_little_history_is_said() {
    let judge =
        |days, weekdays| anomalies(&series(days, |_| 1.0), &AnomalyOptions { weekdays, ..AnomalyOptions::default() });
    assert_eq!(judge(7, false).unwrap_err(), NoScores::TooFewDays { days: 7, needed: 8 });
    assert!(judge(8, false).is_ok());
    let weeks = judge(20, true).unwrap_err();
    assert_eq!(
        weeks.to_string(),
        "Sunday is known 2 times, and each day of the week is needed 3 times to tell what is ordinary for it"
    );
    assert!(judge(21, true).is_ok());
    assert_eq!(anomalies(&series(30, |_| f64::NAN), &AnomalyOptions::default()), Err(NoScores::NotFinite));
    assert_eq!(anomalies(&series(30, |_| f64::MAX), &AnomalyOptions::default()), Err(NoScores::NotFinite));
}

fn activity(events: &[Event], now: i64) -> DailyActivity {
    let mut activity = DailyActivity::new(["pay", "visit"], &arms(), at(now));
    let query = activity.wanting(Query::experiment("button").until(at(now)));
    pass(events, &query, &mut |participant| activity.record(participant));
    activity
}

/// Ten units a day in each arm for five weeks; each pays on its day. On day 17 paying was broken in the treatment.
fn month() -> Vec<Event> {
    let mut events = vec![];
    for day in 0..35_i64 {
        for unit in 0..20_i64 {
            let (name, at) = (format!("{day}-{unit}"), MONDAY + day * DAY + unit * 60);
            let arm = if unit % 2 == 0 { "control" } else { "treatment" };
            events.push(exposure(at, &name, arm));
            if arm == "control" || day != 17 {
                events.push(tracked(at + 5, &name, "pay", 10.0 + ((day * 3 + unit / 2) % 4) as f64));
            }
        }
    }
    events
}

#[test]
fn a_day_on_which_an_event_is_lost_in_one_arm_is_found() {
    let series = activity(&month(), MONDAY + 35 * DAY + 3_600).series(&AnomalyOptions::default());
    let flagged: Vec<(String, Option<&str>, Vec<i64>)> = series
        .iter()
        .map(|series| {
            (
                series.measured.to_string(),
                series.arm.as_deref(),
                unusual(series.anomalies.as_ref().unwrap_or_else(|_| unreachable!("{series:?}"))),
            )
        })
        .filter(|(.., days)| !days.is_empty())
        .collect();
    let events = "pay events".to_owned();
    assert_eq!(flagged, [(events.clone(), None, vec![17]), (events, Some("treatment"), vec![17])]);
    let new = &series[0];
    assert_eq!((&new.measured, &new.arm), (&Measured::NewUnits, &None));
    let new = new.anomalies.as_ref().unwrap();
    assert_eq!((new.scale, new.days.len()), (Scale::Constant, 34), "without the first day; the last one is whole");
    assert_eq!(new.days[0].value, 20.0);
    // The mean value has no day 17 in the treatment, where nobody paid, and "visit" has no values that differ.
    let mean = |arm: &str| {
        let of = |series: &&flags_ab::analytics::ActivitySeries| {
            series.measured == Measured::MeanValue("pay".into()) && series.arm.as_deref() == Some(arm)
        };
        series.iter().find(of).unwrap().anomalies.as_ref().unwrap().missing.len()
    };
    assert_eq!((mean("control"), mean("treatment")), (0, 1));
    assert!(series.iter().all(|series| series.measured != Measured::MeanValue("visit".into())));
}

#[test]
fn the_day_that_is_not_over_is_left_out() {
    let series = activity(&month(), MONDAY + 34 * DAY + 60).series(&AnomalyOptions::default());
    assert_eq!(series[0].anomalies.as_ref().unwrap().days.len(), 33);
}

proptest! {
    #[test]
    fn scores_do_not_depend_on_the_unit_of_measurement(
        values in prop::collection::vec(-100.0_f64..100.0, 21..60),
        factor in 0.001_f64..1_000.0,
        shift in -1e3_f64..1e3,
    ) {
        let original = found(&series(values.len() as i64, |day| values[day as usize]));
        let scaled = found(&series(values.len() as i64, |day| values[day as usize] * factor + shift * factor));
        for (one, other) in original.days.iter().zip(&scaled.days) {
            prop_assert!((one.score - other.score).abs() <= 1e-6 * one.score.abs() + 1e-6, "{one:?} {other:?}");
        }
    }

    #[test]
    fn any_series_has_scores_or_a_reason(values in prop::collection::vec(any::<f64>(), 0..40), weekdays in any::<bool>()) {
        let series = series(values.len() as i64, |day| values[day as usize]);
        if let Ok(found) = anomalies(&series, &AnomalyOptions { weekdays, ..AnomalyOptions::default() }) {
            prop_assert!(found.days.iter().all(|day| day.score.is_finite() && day.expected.is_finite()));
        }
    }

    #[test]
    fn activity_adds_up_however_units_are_parted(cut in 0_usize..700) {
        let (events, now) = (month(), MONDAY + 35 * DAY);
        let (first, second): (Vec<Event>, Vec<Event>) = events.into_iter().partition(|event| {
            let (day, unit) = event.unit.split_once('-').unwrap();
            day.parse::<usize>().unwrap() * 20 + unit.parse::<usize>().unwrap() < cut
        });
        let mut merged = activity(&second, now);
        merged.merge(&activity(&first, now));
        let whole = activity(&month(), now).series(&AnomalyOptions::default());
        for (one, other) in merged.series(&AnomalyOptions::default()).iter().zip(&whole) {
            prop_assert_eq!(&one.measured, &other.measured);
            let (one, other) = (one.anomalies.as_ref().unwrap(), other.anomalies.as_ref().unwrap());
            for (one, other) in one.days.iter().zip(&other.days) {
                prop_assert!((one.value - other.value).abs() < 1e-9 && one.unusual == other.unusual);
            }
        }
    }
}
