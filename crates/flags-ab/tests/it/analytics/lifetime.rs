//! Lifetime value: cohorts, ages, and what is not known yet. // F10

use flags_ab::{
    Event,
    analytics::{Cohort, Judgement, Lifetime, LifetimeAge, LifetimeCounts, LifetimePlan, LifetimeResult, Looks},
    statistics::{Arm, Undefined},
    store::Query,
};
use proptest::prelude::*;

use super::events::{DAY, MONDAY, arms, at, exposure, pass, tracked};

const WEEK: i64 = 7 * DAY;

fn count(plan: &LifetimePlan, events: &[Event], now: i64) -> LifetimeCounts {
    let mut counts = LifetimeCounts::new(plan.clone(), &arms(), at(now));
    let query = plan.wanting(Query::experiment("button").until(at(now)));
    pass(events, &query, &mut |participant| counts.record(participant));
    counts
}

fn result(plan: &LifetimePlan, events: &[Event], now: i64) -> LifetimeResult {
    count(plan, events, now).result(&Judgement::default())
}

fn complete(age: &LifetimeAge) -> Lifetime {
    let LifetimeAge::Complete(lifetime) = age else { unreachable!("{age:?}") };
    *lifetime
}

fn purchases() -> LifetimePlan {
    LifetimePlan::new("pay", 3).unwrap()
}

#[test]
fn cohorts_begin_on_mondays_and_ages_at_the_exposure() {
    assert_eq!(at(MONDAY).to_string(), "2025-12-01T00:00:00Z");
    let events = [
        exposure(MONDAY - 1, "sunday", "control"),
        exposure(MONDAY, "monday", "control"),
        exposure(MONDAY + WEEK - 1, "late", "control"),
        // The last instant of the first week of its age, and the first of the second.
        tracked(MONDAY + WEEK - 1, "monday", "pay", 2.0),
        tracked(MONDAY + WEEK, "monday", "pay", 3.0),
        tracked(MONDAY + WEEK - 1, "late", "pay", 10.0),
        tracked(MONDAY + 5 * WEEK, "late", "pay", 1_000.0),
    ];
    let result = result(&purchases(), &events, MONDAY + 8 * WEEK);
    let [before, monday] = &result.arms[0].cohorts[..] else { panic!("two cohorts") };
    assert_eq!((before.start, before.users), (at(MONDAY - WEEK), 1));
    assert_eq!((monday.start, monday.users), (at(MONDAY), 2));
    let values: Vec<f64> = monday.ages.iter().map(|age| complete(age).value.unwrap()).collect();
    assert_eq!(values, [6.0, 7.5, 7.5], "what each came to until then");
    let retention: Vec<f64> = monday.ages.iter().map(|age| complete(age).retention.unwrap().rate).collect();
    assert_eq!(retention, [1.0, 0.5, 0.0], "who was active in that week");
    assert_eq!(complete(&before.ages[0]).value, Ok(0.0), "old enough and worth nothing is a zero");
}

#[test]
fn a_cohort_that_is_too_young_says_when_it_will_be_known() {
    let events = [exposure(MONDAY, "a", "control"), tracked(MONDAY + 1, "a", "pay", 5.0)];
    // The unit itself has had a week; one of the last day of its week has not.
    let early = result(&purchases(), &events, MONDAY + 2 * WEEK - 1);
    assert_eq!(early.arms[0].cohorts[0].ages[0], LifetimeAge::TooYoung { complete: at(MONDAY + 2 * WEEK) });
    assert_eq!(early.arms[0].ages[0].lifetime, LifetimeAge::TooYoung { complete: at(MONDAY + 2 * WEEK) });
    let later = result(&purchases(), &events, MONDAY + 2 * WEEK);
    let Cohort { ages, .. } = &later.arms[0].cohorts[0];
    assert_eq!(complete(&ages[0]).value, Ok(5.0));
    assert_eq!(ages[1], LifetimeAge::TooYoung { complete: at(MONDAY + 3 * WEEK) });
    assert_eq!((later.arms[0].ages[0].cohorts, later.arms[0].ages[1].cohorts), (1, 0));
    assert_eq!(later.comparisons, 0, "nobody is in the treatment");
}

#[test]
fn other_events_can_say_who_is_still_there() {
    let plan = purchases().active("visit").active("login");
    let events = [
        exposure(MONDAY, "a", "control"),
        tracked(MONDAY, "a", "pay", 5.0),
        tracked(MONDAY + WEEK, "a", "login", 700.0),
    ];
    let result = result(&plan, &events, MONDAY + 8 * WEEK);
    let ages: Vec<Lifetime> = result.arms[0].ages.iter().map(|age| complete(&age.lifetime)).collect();
    let rates: Vec<f64> = ages.iter().map(|age| age.retention.unwrap().rate).collect();
    assert_eq!(rates, [0.0, 1.0, 0.0]);
    assert_eq!(ages[2].value, Ok(5.0), "only the values of the one event add up");
    assert_eq!(ages[0].interval, Err(Undefined::TooFewUsers { arm: Arm::Control, users: 1, needed: 2 }));
    assert_eq!(result.active.len(), 2);
}

#[test]
fn arms_are_compared_age_by_age_over_all_cohorts_that_are_old_enough() {
    let mut events = vec![];
    for unit in 0..400_i64 {
        let (arm, worth) = if unit % 2 == 0 { ("control", 10.0) } else { ("treatment", 14.0) };
        let exposed = MONDAY + unit / 2 % 2 * WEEK;
        let name = unit.to_string();
        events.push(exposure(exposed, &name, arm));
        events.push(tracked(exposed + DAY, &name, "pay", worth + (unit / 4 % 5) as f64));
    }
    let (plan, now) = (purchases(), MONDAY + 4 * WEEK);
    let result = result(&plan, &events, now);
    let [first, second, third] = &result.arms[1].ages[..] else { panic!("three ages") };
    assert_eq!((first.cohorts, second.cohorts, third.cohorts), (2, 2, 1));
    let effect = first.effect.unwrap().unwrap();
    assert!((effect.difference - 4.0).abs() < 1e-12, "{effect:?}");
    assert!(effect.interval.unwrap().lower > 0.0 && effect.adjusted_p.unwrap() < 1e-6);
    assert!((effect.lift.unwrap() - 4.0 / 12.0).abs() < 1e-12);
    assert_eq!(result.comparisons, 3);
    assert!(result.arms[0].ages.iter().all(|age| age.effect.is_none()));
    let own = complete(&third.lifetime);
    assert_eq!((own.users, own.value.unwrap()), (100, 16.0));
    assert!(own.interval.unwrap().contains(16.0));

    let once = Judgement { looks: Looks::Once, ..Judgement::default() };
    let once = count(&plan, &events, now).result(&once).arms[1].ages[0].effect.unwrap().unwrap();
    assert!(once.interval.unwrap().half_width() < effect.interval.unwrap().half_width());
}

#[test]
fn units_of_another_decade_are_left_out_and_counted() {
    let events = [exposure(-400_000 * DAY, "a", "control"), exposure(MONDAY, "b", "control")];
    let result = result(&purchases(), &events, MONDAY + WEEK);
    assert_eq!((result.left_out, result.arms[0].cohorts.len()), (1, 1));
}

#[test]
fn values_beyond_the_doubles_have_a_reason() {
    let events = [
        exposure(MONDAY, "a", "control"),
        tracked(MONDAY, "a", "pay", 1e308),
        exposure(MONDAY, "b", "control"),
        tracked(MONDAY, "b", "pay", -1e308),
        exposure(MONDAY, "c", "control"),
        tracked(MONDAY, "c", "pay", f64::MAX),
        tracked(MONDAY, "c", "pay", f64::MAX),
    ];
    let result = result(&purchases(), &events, MONDAY + 8 * WEEK);
    let age = complete(&result.arms[0].ages[0].lifetime);
    assert!(matches!(age.value, Err(Undefined::Overflow { .. } | Undefined::OutOfDomain { .. })), "{age:?}");
}

#[test]
fn weeks_have_a_limit() {
    let none = LifetimePlan::new("pay", 0).unwrap_err();
    assert_eq!(none.to_string(), "lifetime value over 0 weeks: ask for 1 to 104");
    assert!(LifetimePlan::new("pay", 105).is_err() && LifetimePlan::new("pay", 104).is_ok());
}

/// Retention and mean value of the control at an age, from the events alone.
fn obvious(events: &[(i64, i64, f64)], units: &[(i64, bool)], age: i64, now: i64) -> Option<(f64, f64)> {
    let monday = |second: i64| (second - MONDAY).div_euclid(WEEK);
    let old_enough = |exposed: i64| MONDAY + (monday(exposed) + age + 2) * WEEK <= now;
    let of: Vec<usize> = (0..units.len()).filter(|unit| !units[*unit].1 && old_enough(units[*unit].0)).collect();
    let (mut active, mut total) = (0.0, 0.0);
    for unit in &of {
        let own = |from: i64| {
            let (start, end) = (units[*unit].0 + from * WEEK, units[*unit].0 + (age + 1) * WEEK);
            events.iter().filter(move |(of, at, _)| *of == *unit as i64 && (start..end).contains(at))
        };
        active += f64::from(u8::from(own(age).next().is_some()));
        total += own(0).map(|(_, _, value)| value).sum::<f64>();
    }
    (!of.is_empty()).then(|| (active / of.len() as f64, total / of.len() as f64))
}

proptest! {
    #[test]
    fn the_numbers_are_those_of_an_obvious_count_however_units_are_parted(
        units in prop::collection::vec((0_i64..4 * WEEK, any::<bool>()), 1..20),
        paid in prop::collection::vec((0_i64..20, 0_i64..8 * WEEK, -5.0_f64..50.0), 0..60),
        now in 0_i64..8 * WEEK,
        cut in 0_usize..20,
    ) {
        let units: Vec<(i64, bool)> = units.into_iter().map(|(from, treated)| (MONDAY + from, treated)).collect();
        let now = MONDAY + now;
        let paid: Vec<(i64, i64, f64)> = paid.into_iter()
            .map(|(unit, from, value)| (unit % units.len() as i64, MONDAY + from, value))
            .filter(|(_, at, _)| *at < now)
            .collect();
        let of_unit = |unit: usize| {
            let arm = if units[unit].1 { "treatment" } else { "control" };
            let name = unit.to_string();
            let own = paid.iter().filter(move |(of, _, _)| *of == unit as i64);
            let own: Vec<Event> = own.map(|(_, at, value)| tracked(*at, &name, "pay", *value)).collect();
            [vec![exposure(units[unit].0, &unit.to_string(), arm)], own].concat()
        };
        let events = |range: std::ops::Range<usize>| range.flat_map(of_unit).collect::<Vec<Event>>();
        let cut = cut.min(units.len());
        let mut merged = count(&purchases(), &events(cut..units.len()), now);
        merged.merge(&count(&purchases(), &events(0..cut), now));
        let result = merged.result(&Judgement::default());
        for age in 0..3 {
            match (&result.arms[0].ages[age].lifetime, obvious(&paid, &units, age as i64, now)) {
                (LifetimeAge::Complete(found), Some((retention, value))) => {
                    prop_assert!((found.retention.unwrap().rate - retention).abs() < 1e-12);
                    prop_assert!((found.value.unwrap() - value).abs() < 1e-9, "{} for {}", found.value.unwrap(), value);
                }
                (LifetimeAge::TooYoung { complete }, None) => prop_assert!(at(now) < *complete || result.arms[0].cohorts.is_empty()),
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }
}
