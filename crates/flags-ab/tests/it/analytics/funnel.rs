//! Funnels: who takes which step, by hand and against an obvious search. // F10

use std::time::Duration;

use flags_ab::{
    Event,
    analytics::{Arms, Funnel, FunnelCounts, FunnelError, FunnelResult, Judgement, Looks, for_each_participant},
    statistics::{Alpha, Correction, Proportion, Undefined, wilson_interval},
    store::{EventStore, MemoryStore, Query},
};
use proptest::prelude::*;

use super::events::{arms, at, exposure, pass, tracked};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn count(funnel: &Funnel, events: &[Event], now: i64) -> FunnelCounts {
    let mut counts = FunnelCounts::new(funnel.clone(), &arms(), at(now));
    let query = funnel.wanting(Query::experiment("button").until(at(now)));
    pass(events, &query, &mut |participant| counts.record(participant));
    counts
}

/// How many of the control came to each step.
fn reached(funnel: &Funnel, events: &[Event]) -> Vec<u64> {
    let result = count(funnel, events, 1_000_000).result(&Judgement::default());
    result.arms[0].steps.iter().map(|step| step.reached).collect()
}

fn checkout() -> Funnel {
    Funnel::new("checkout", ["cart", "address", "pay"]).unwrap()
}

#[test]
fn steps_count_in_order_from_the_exposure_on() {
    let unit = |events: &[(i64, &str)]| {
        let tracked = events.iter().map(|(second, event)| tracked(*second, "a", event, 1.0));
        let events: Vec<Event> = tracked.chain([exposure(100, "a", "control")]).collect();
        reached(&checkout(), &events)
    };
    assert_eq!(unit(&[(100, "cart"), (101, "address"), (102, "pay")]), [1, 1, 1], "the instant of exposure counts");
    assert_eq!(unit(&[(99, "cart"), (101, "address"), (102, "pay")]), [0, 0, 0], "before it nothing does");
    assert_eq!(unit(&[(101, "cart"), (103, "pay"), (104, "address")]), [1, 1, 0], "in the wrong order");
    assert_eq!(unit(&[(101, "cart"), (102, "help"), (103, "address"), (104, "cart"), (105, "pay")]), [1, 1, 1]);
    assert_eq!(unit(&[(101, "address"), (102, "pay")]), [0, 0, 0], "without the first step");
    assert_eq!(unit(&[]), [0, 0, 0]);
}

#[test]
fn two_steps_by_one_event_take_two_of_it() {
    let funnel = Funnel::new("again", ["pay", "pay"]).unwrap();
    let once = [exposure(1, "a", "control"), tracked(2, "a", "pay", 1.0)];
    assert_eq!(reached(&funnel, &once), [1, 0]);
    let twice = [once.to_vec(), vec![tracked(2, "a", "pay", 1.0)]].concat();
    assert_eq!(reached(&funnel, &twice), [1, 1], "also at one instant");
}

#[test]
fn a_window_ends_before_its_end() {
    let events =
        |second| [exposure(0, "a", "control"), tracked(5, "a", "cart", 1.0), tracked(second, "a", "address", 1.0)];
    let funnel = checkout().window(seconds(60)).unwrap();
    assert_eq!(reached(&funnel, &events(59)), [1, 1, 0]);
    assert_eq!(reached(&funnel, &events(60)), [1, 0, 0]);
    let later = funnel.clone().step_window(1, seconds(61)).unwrap();
    assert_eq!(reached(&later, &events(60)), [1, 1, 0], "a step's own window is the one that counts");
    let from_first = funnel.from_first_step();
    assert_eq!(reached(&from_first, &events(64)), [1, 1, 0]);
    assert_eq!(reached(&from_first, &events(65)), [1, 0, 0]);
}

#[test]
fn a_second_attempt_counts_if_windows_begin_at_the_first_step() {
    let tracked = |second, event| tracked(second, "a", event, 1.0);
    let events = [
        exposure(0, "a", "control"),
        tracked(1, "cart"),
        tracked(2, "address"),
        tracked(100, "cart"),
        tracked(101, "address"),
        tracked(102, "pay"),
    ];
    let funnel = checkout().window(seconds(10)).unwrap().from_first_step();
    let result = count(&funnel, &events, 1_000).result(&Judgement::default());
    let steps = &result.arms[0].steps;
    assert_eq!(steps.iter().map(|step| step.reached).collect::<Vec<_>>(), [1, 1, 1]);
    let median = steps[0].median_time.unwrap().as_secs_f64();
    assert!((median / 100.0 - 1.0).abs() < 0.01, "the way that came deepest is the one that is timed: {median}");
}

#[test]
fn units_in_two_arms_are_left_out_and_counted() {
    let events = [
        exposure(0, "a", "control"),
        exposure(9, "a", "treatment"),
        exposure(0, "b", "control"),
        exposure(1, "b", "control"),
        exposure(0, "c", "former"),
        tracked(3, "b", "cart", 1.0),
    ];
    let mut counts = FunnelCounts::new(checkout(), &arms(), at(100));
    let query = checkout().wanting(Query::experiment("button"));
    let left_out = pass(&events, &query, &mut |participant| counts.record(participant));
    assert_eq!((left_out.in_two_arms, left_out.in_unknown_arm), (1, 1));
    let result = counts.result(&Judgement::default());
    assert_eq!((result.arms[0].users, result.arms[1].users, result.arms[0].steps[0].reached), (1, 0, 1));
}

#[test]
fn units_with_an_open_window_are_counted_apart_and_left_out_if_asked() {
    let funnel = checkout().window(seconds(50)).unwrap();
    let events = [exposure(50, "a", "control"), exposure(51, "b", "control"), tracked(60, "b", "cart", 1.0)];
    let all = count(&funnel, &events, 100).result(&Judgement::default());
    assert_eq!((all.arms[0].users, all.arms[0].window_open, all.arms[0].steps[0].reached), (2, 1, 1));
    let complete = count(&funnel.complete_windows_only(), &events, 100).result(&Judgement::default());
    assert_eq!((complete.arms[0].users, complete.arms[0].window_open, complete.arms[0].steps[0].reached), (1, 1, 0));
    let endless = count(&checkout().complete_windows_only(), &events, 100).result(&Judgement::default());
    assert_eq!((endless.arms[0].users, endless.arms[0].window_open), (2, 0), "without a window none is open");
}

/// 1 000 units in each arm; all take the first step, the given numbers the second.
fn of_two_arms(control: usize, treatment: usize, judgement: &Judgement) -> FunnelResult {
    let funnel = Funnel::new("checkout", ["cart", "pay"]).unwrap();
    let mut events = vec![];
    for (arm, paying) in [("control", control), ("treatment", treatment)] {
        for unit in 0..1_000 {
            let name = format!("{arm}-{unit}");
            events.push(exposure(0, &name, arm));
            events.push(tracked(10, &name, "cart", 1.0));
            if unit < paying {
                events.push(tracked(40, &name, "pay", 1.0));
            }
        }
    }
    count(&funnel, &events, 1_000).result(judgement)
}

#[test]
fn shares_losses_times_and_effects_are_those_of_the_counts() {
    let result = of_two_arms(200, 300, &Judgement::default());
    let [cart, pay] = &result.arms[1].steps[..] else { panic!("two steps") };
    assert_eq!((cart.reached, cart.lost, pay.reached, pay.lost), (1_000, 0, 300, 700));
    let wilson = wilson_interval(Proportion::new(300, 1_000).unwrap(), Alpha::FIVE_PERCENT).unwrap();
    let share = pay.of_all.unwrap();
    assert_eq!((share.rate, share.interval), (0.3, wilson));
    assert_eq!(pay.of_previous, pay.of_all);
    let seconds = |time: Option<Duration>| time.unwrap().as_secs_f64();
    assert!((seconds(cart.median_time) / 10.0 - 1.0).abs() < 0.01);
    assert!((seconds(pay.median_time) / 30.0 - 1.0).abs() < 0.01);
    assert!(result.arms[0].steps[1].effect.is_none(), "the control is not compared with itself");

    let effect = pay.effect.unwrap().unwrap();
    assert!((effect.difference - 0.1).abs() < 1e-15 && (effect.lift.unwrap() - 0.5).abs() < 1e-12);
    assert!(effect.is_significant(Alpha::FIVE_PERCENT));
    assert!(effect.interval.unwrap().lower > 0.0 && effect.lift_interval.unwrap().lower > 0.0);
    // Holm over two comparisons, of which this has the only p-value: all units of both arms took the first step.
    assert_eq!(cart.effect.unwrap().unwrap().p, Err(Undefined::TooFewConversions { expected: 0.0, needed: 5 }));
    assert!((effect.adjusted_p.unwrap() / effect.p.unwrap().value() - 2.0).abs() < 1e-12);
    assert_eq!(result.comparisons, 2);
    assert_eq!(cart.effect.unwrap().unwrap().difference, 0.0);
}

#[test]
fn what_may_be_looked_at_often_needs_more_evidence() {
    let once = Judgement { looks: Looks::Once, correction: Some(Correction::Bonferroni), ..Judgement::default() };
    let (often, once) = (of_two_arms(200, 240, &Judgement::default()), of_two_arms(200, 240, &once));
    let effect = |result: &FunnelResult| result.arms[1].steps[1].effect.unwrap().unwrap();
    let (often, once) = (effect(&often), effect(&once));
    assert!(once.p.unwrap().value() < 0.05 && often.p.unwrap().value() > 0.05);
    assert!(often.interval.unwrap().half_width() > once.interval.unwrap().half_width());
}

#[test]
fn where_there_is_no_number_there_is_a_reason() {
    let result = count(&checkout(), &[exposure(0, "a", "control")], 10).result(&Judgement::default());
    let [cart, address, _] = &result.arms[0].steps[..] else { panic!("three steps") };
    assert_eq!(cart.of_all.unwrap().rate, 0.0);
    assert_eq!(address.of_previous, Err(Undefined::NoValues), "nobody was at the step before");
    assert_eq!(address.median_time, None);
    let empty = &result.arms[1].steps[0];
    assert_eq!(empty.of_all, Err(Undefined::NoValues));
    assert!(matches!(empty.effect, Some(Err(Undefined::NoUsers { .. }))));
}

#[test]
fn a_funnel_that_cannot_be_counted_is_refused_with_words() {
    let none = Funnel::new("f", Vec::<&str>::new()).unwrap_err();
    assert_eq!(none.to_string(), "funnel `f` has 0 steps: name from 1 to 20 events, in order");
    assert!(matches!(Funnel::new("f", vec!["a"; 21]), Err(FunnelError::Steps { steps: 21, .. })));
    let zero = checkout().window(Duration::ZERO).unwrap_err();
    assert_eq!(
        zero.to_string(),
        "a window of funnel `checkout` is zero: give it a length, or leave it out for no limit"
    );
    let no_step = checkout().step_window(3, seconds(1)).unwrap_err();
    assert_eq!(no_step.to_string(), "funnel `checkout` has no step at index 3: it has 3, counted from 0");
}

/// Whether it is treated, when it was exposed, and what it did when.
type Unit = (bool, i64, Vec<(i64, usize)>);

/// The deepest step by trying every choice of events.
fn by_search(events: &[(i64, usize)], steps: &[usize], windows: &[Option<i64>], from_first: bool) -> usize {
    fn deeper(
        events: &[(i64, usize)],
        step: usize,
        anchor: Option<i64>,
        (steps, windows): (&[usize], &[Option<i64>]),
    ) -> usize {
        if step == steps.len() {
            return step;
        }
        let next = events.iter().enumerate().filter(|(_, (_, event))| *event == steps[step]).map(|(index, (at, _))| {
            let anchor = anchor.unwrap_or(*at);
            let in_time = windows[step].is_none_or(|window| at - anchor < window);
            if in_time { deeper(&events[index + 1..], step + 1, Some(anchor), (steps, windows)) } else { step }
        });
        next.max().unwrap_or(step).max(step)
    }
    deeper(events, 0, (!from_first).then_some(0), (steps, windows))
}

proptest! {
    #[test]
    fn one_pass_finds_what_every_choice_of_events_would(
        events in prop::collection::vec((0_i64..30, 0_usize..3), 0..10),
        steps in prop::collection::vec(0_usize..3, 1..5),
        windows in prop::collection::vec(prop::option::of(1_i64..20), 4),
        from_first in any::<bool>(),
    ) {
        let mut sorted = events;
        sorted.sort_by_key(|(at, _)| *at);
        let names = ["a", "b", "c"];
        let mut funnel = Funnel::new("any", steps.iter().map(|step| names[*step])).unwrap();
        for (step, window) in windows.iter().enumerate().take(steps.len()) {
            if let Some(window) = window {
                funnel = funnel.step_window(step, seconds(window.unsigned_abs())).unwrap();
            }
        }
        if from_first {
            funnel = funnel.from_first_step();
        }
        let mut all: Vec<Event> = sorted.iter().map(|(at, event)| tracked(*at, "u", names[*event], 1.0)).collect();
        all.push(exposure(0, "u", "control"));
        let deepest = reached(&funnel, &all).iter().sum::<u64>();
        prop_assert_eq!(deepest, by_search(&sorted, &steps, &windows, from_first) as u64);
    }

    #[test]
    fn parts_of_the_units_add_up_to_the_whole(
        units in prop::collection::vec((any::<bool>(), 0_i64..50, prop::collection::vec((0_i64..100, 0_usize..3), 0..6)), 1..30),
        cut in 0_usize..30,
    ) {
        let names = ["cart", "address", "pay"];
        let events_of = |(index, (treated, exposed, events)): (usize, &Unit)| {
            let unit = index.to_string();
            let arm = if *treated { "treatment" } else { "control" };
            let tracked = events.iter().map(|(at, event)| tracked(*at, &unit, names[*event], 1.0));
            std::iter::once(exposure(*exposed, &unit, arm)).chain(tracked).collect::<Vec<Event>>()
        };
        let by_unit: Vec<Vec<Event>> = units.iter().enumerate().map(events_of).collect();
        let cut = cut.min(by_unit.len());
        let funnel = checkout().window(seconds(40)).unwrap();
        let whole = count(&funnel, &by_unit.concat(), 90).result(&Judgement::default());
        let mut merged = count(&funnel, &by_unit[cut..].concat(), 90);
        merged.merge(&count(&funnel, &by_unit[..cut].concat(), 90));
        prop_assert_eq!(merged.result(&Judgement::default()), whole);
    }
}

#[test]
fn a_definition_names_the_arms() {
    use flags_core::definition::{ArmDefinition, ExperimentDefinition};
    let written =
        ExperimentDefinition::new("button").arm(ArmDefinition::new("red")).arm(ArmDefinition::control("blue"));
    let arms = Arms::of(&written).unwrap();
    assert_eq!((arms.control(), arms.treatments().collect::<Vec<_>>()), (1, vec![0]));
    let none = Arms::of(&ExperimentDefinition::new("button").arm(ArmDefinition::new("red"))).unwrap_err();
    assert_eq!(
        none.to_string(),
        "experiment `button` has no control: write `control = true` in the arm the others are compared with"
    );
    let store = MemoryStore::new();
    store.append(&[exposure(0, "a", "red")]).unwrap();
    let mut seen = vec![];
    let query = Query::experiment("button");
    for_each_participant(&store, &query, &arms, &mut |participant| seen.push(participant.arm)).unwrap();
    assert_eq!(seen, [0]);
}
