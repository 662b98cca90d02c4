//! The arms of a rollout: every run is counted in the arm it was decided in, however it ends. // E4

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use flags::{
    ArmRuns, Cause, Context, ErrorCode, FlagDefinition, Flags, Percentage, RuleDefinition, ScheduleStep, Timestamp,
    metrics::{Metrics, MetricsOptions},
    rollout::{
        guardrail::Arms,
        plan::{RolloutDefinition, Strategy as PlanStrategy},
    },
};
use flags_testkit::ManualClock;
use proptest::{prelude::*, strategy::Strategy as Generator};

fn percent(thousandths: u32) -> Percentage {
    Percentage::from_thousandths(thousandths).unwrap()
}

fn canary() -> RolloutDefinition {
    RolloutDefinition::new(PlanStrategy::Canary)
}

fn search() -> FlagDefinition {
    FlagDefinition::new("search").enabled(true)
}

fn client() -> Flags {
    Flags::builder().flag(search()).rollout_plan("search", canary()).build().unwrap()
}

fn set(flags: &Flags, thousandths: u32) {
    flags.control().by("ada").unwrap().percentage("search", percent(thousandths)).unwrap();
}

fn user(number: u32) -> Context {
    Context::new(format!("user-{number}"))
}

fn runs(flags: &Flags) -> Arms<(u64, u64, u64)> {
    let of = |arm: ArmRuns| (arm.runs, arm.errors, arm.units);
    let arms = flags.rollouts().runs("search").unwrap();
    Arms::new(of(arms.control), of(arms.treatment))
}

/// How a run ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Ok,
    Err,
    Panic,
    Dropped,
    Discarded,
}

fn run(flags: &Flags, context: &Context, end: End) {
    let guard = flags.branch("search", context);
    match end {
        End::Ok => guard.success(),
        End::Err => guard.failure(),
        End::Panic => {
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                let _guard = guard;
                std::panic::resume_unwind(Box::new("on purpose"));
            }));
            assert!(panicked.is_err());
        }
        End::Dropped => drop(guard),
        End::Discarded => guard.discard(),
    }
}

/// What happens to a client.
#[derive(Clone, Debug)]
enum Step {
    Percentage(u32),
    Run(u32, End),
    Kill,
    Revive,
}

fn step() -> impl Generator<Value = Step> {
    let ends = prop_oneof![
        4 => Just(End::Ok),
        3 => Just(End::Err),
        1 => Just(End::Panic),
        1 => Just(End::Dropped),
        1 => Just(End::Discarded),
    ];
    let shares = prop_oneof![Just(0), Just(100_000), Just(50_000), Just(50_001), 0_u32..=100_000];
    prop_oneof![
        20 => (0_u32..300, ends).prop_map(|(user, end)| Step::Run(user, end)),
        3 => shares.prop_map(Step::Percentage),
        1 => Just(Step::Kill),
        1 => Just(Step::Revive),
    ]
}

/// One arm of the oracle.
#[derive(Clone, Debug, Default)]
struct Naive {
    runs: u64,
    errors: u64,
    units: u64,
    met: BTreeSet<u32>,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// An oracle that knows the buckets and nothing else.
    #[test]
    fn every_run_is_in_the_arm_of_its_bucket_by_the_percentage_of_its_moment(
        steps in proptest::collection::vec(step(), 1..250)
    ) {
        let flags = client();
        // What half of everybody get tells each bucket, whatever is in force where the runs are.
        let buckets = Flags::builder().flag(search().rollout(percent(50_000))).build().unwrap();
        let (mut share, mut killed) = (100_000, false);
        let [mut control, mut treatment] = [Naive::default(), Naive::default()];
        for step in steps {
            match step {
                Step::Percentage(thousandths) => {
                    set(&flags, thousandths);
                    if thousandths != share {
                        control.met.clear();
                        treatment.met.clear();
                    }
                    share = thousandths;
                }
                Step::Kill => {
                    flags.control().by("ada").unwrap().kill("search").unwrap();
                    killed = true;
                }
                Step::Revive => {
                    flags.control().by("ada").unwrap().revive("search").unwrap();
                    killed = false;
                }
                Step::Run(number, end) => {
                    run(&flags, &user(number), end);
                    let bucket = buckets.evaluate("search", &user(number)).bucket().unwrap();
                    let arm = if killed {
                        None
                    } else if bucket < share {
                        Some(&mut treatment)
                    } else {
                        // As many as have the flag, or whoever is left: those that get it last.
                        let first = 100_000 - share.min(100_000 - share);
                        (share > 0 && bucket >= first).then_some(&mut control)
                    };
                    if let Some(arm) = arm {
                        arm.units += u64::from(arm.met.insert(number));
                        if !matches!(end, End::Discarded) {
                            arm.runs += 1;
                            arm.errors += u64::from(!matches!(end, End::Ok));
                        }
                    }
                }
            }
        }
        let expected = Arms::new((control.runs, control.errors, control.units), (treatment.runs, treatment.errors, treatment.units));
        prop_assert_eq!(runs(&flags), expected);
    }
}

// E1: who is in at 10 % stays in, and is the one who remains.
#[test]
fn a_unit_of_the_first_tenth_stays_in_and_exactly_those_remain_after_a_rollback() {
    let flags = client();
    let on = |flags: &Flags| -> BTreeSet<u32> {
        (0..5_000).filter(|number| flags.is_enabled("search", &user(*number))).collect()
    };
    set(&flags, 10_000);
    let tenth = on(&flags);
    assert!((400..600).contains(&tenth.len()), "{}", tenth.len());
    let mut before = tenth.clone();
    for share in [25_000, 50_000, 100_000] {
        set(&flags, share);
        let now = on(&flags);
        assert!(before.is_subset(&now) && before.len() < now.len(), "nobody loses the flag at {share}");
        before = now;
    }
    assert_eq!(before.len(), 5_000);
    set(&flags, 10_000);
    assert_eq!(on(&flags), tenth);
}

#[test]
fn who_is_let_in_by_anything_but_the_rollout_is_in_neither_arm() {
    let flag = search()
        .rule(RuleDefinition::new().when(flags::Condition::attribute("plan").equals("gold")))
        .rollout(percent(50_000));
    let flags = Flags::builder().flag(flag).rollout_plan("search", canary()).build().unwrap();
    for number in 0..50 {
        run(&flags, &user(number).set("plan", "gold"), End::Err);
    }
    let nobody = flags.evaluate("search", &Context::anonymous());
    assert_eq!((nobody.cause(), nobody.error()), (Cause::Error, Some(ErrorCode::TargetingKeyMissing)));
    run(&flags, &Context::anonymous(), End::Err);
    assert_eq!(runs(&flags), Arms::default());
    run(&flags, &user(1), End::Ok);
    let arms = runs(&flags);
    assert_eq!(arms.control.0 + arms.treatment.0, 1);
}

#[test]
fn numbers_outlive_reloads_of_definitions_and_are_those_of_the_name() {
    let flags = client();
    run(&flags, &user(1), End::Err);
    flags.update("search", |flag| flag.rollout(percent(100_000)).description("another form of it")).unwrap();
    flags.create(FlagDefinition::new("aaa")).unwrap();
    run(&flags, &user(1), End::Err);
    let arms = runs(&flags);
    assert_eq!((arms.treatment.0, arms.treatment.1), (2, 2));
    assert_eq!(flags.rollouts().runs("aaa"), None, "it has no plan");
    assert_eq!(flags.rollouts().runs("unknown"), None);
}

#[test]
fn the_percentage_of_a_schedule_counts_where_no_control_is() {
    let clock = ManualClock::new(Timestamp::from_millis(0));
    let at = |seconds: i64| Timestamp::from_millis(seconds * 1_000);
    let flag = search()
        .rollout(percent(0))
        .schedule(ScheduleStep::at(at(20)).rollout(percent(50_000)))
        .schedule(ScheduleStep::at(at(10)).rollout(percent(1_000)));
    let flags = Flags::builder().flag(flag).rollout_plan("search", canary()).clock(clock.clone()).build().unwrap();
    let measure = |second| {
        clock.set(at(second));
        let before = runs(&flags);
        for number in 0..1_000 {
            run(&flags, &user(number), End::Ok);
        }
        let after = runs(&flags);
        (after.control.0 - before.control.0, after.treatment.0 - before.treatment.0)
    };
    assert_eq!(measure(0), (0, 0));
    let (control, treatment) = measure(10);
    assert!((1..30).contains(&control) && (1..30).contains(&treatment), "one percent each: {control}, {treatment}");
    let (control, treatment) = measure(20);
    assert_eq!(control + treatment, 1_000);
}

#[test]
fn a_run_that_falls_back_counts_once_as_an_error_of_the_treatment() {
    let flags = client();
    let context = user(1);
    let fell_back = flags.try_run("search", &context).on(|| Err::<u8, ()>(())).fall_back().off(|| Ok(7));
    assert_eq!(fell_back, Ok(7));
    assert_eq!(runs(&flags), Arms::new((0, 0, 0), (1, 1, 1)));
    // A future that is never polled is no run; one that is dropped is an error.
    drop(flags.run_async("search", &context).on(|| async {}).off(|| async {}));
    assert_eq!(runs(&flags).treatment.0, 1);
}

// E4: latency as the share of runs slower than a bound.
#[test]
fn a_success_is_slow_by_the_limit_of_the_flags_branches() {
    let clock = Arc::new(Mutex::new(Instant::now()));
    let time = Arc::clone(&clock);
    let metrics = Metrics::with_clock(MetricsOptions::default(), Arc::new(move || *time.lock().unwrap()));
    let flags =
        Flags::builder().flag(search()).rollout_plan("search", canary()).metrics(metrics.clone()).build().unwrap();
    let run = |seconds: f64, succeeds: bool| {
        let guard = flags.branch("search", &user(1));
        *clock.lock().unwrap() += Duration::from_secs_f64(seconds);
        if succeeds { guard.success() } else { guard.failure() }
    };
    run(0.9, true);
    run(1.1, true);
    run(1.1, false);
    assert!(metrics.set_slow_after("search", Duration::from_millis(500)));
    run(0.9, true);
    let treatment = flags.rollouts().runs("search").unwrap().treatment;
    assert_eq!((treatment.runs, treatment.errors, treatment.slow), (4, 1, 2));
}

#[test]
fn what_a_test_forces_is_not_measured() {
    let flags = client();
    flags::testing::Forces::new().on("search").run(|| run(&flags, &user(1), End::Err));
    assert_eq!(runs(&flags), Arms::default());
}

#[test]
fn many_threads_lose_no_run() {
    let flags = client();
    set(&flags, 50_000);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let flags = &flags;
            scope.spawn(move || {
                for number in 0..1_000 {
                    run(flags, &user(number), if thread % 2 == 0 { End::Ok } else { End::Err });
                }
            });
        }
    });
    let arms = runs(&flags);
    assert_eq!(arms.control.0 + arms.treatment.0, 8_000);
    assert_eq!(arms.control.1 + arms.treatment.1, 4_000);
    assert_eq!(arms.control.2 + arms.treatment.2, 1_000, "each unit was seen for the first time once");
}

#[test]
fn no_more_than_a_hundred_thousand_units_are_told_apart_and_neither_arm_is_favoured() {
    let flags = client();
    set(&flags, 50_000);
    let meet = |units: std::ops::Range<u32>| {
        for unit in units {
            run(&flags, &user(unit), End::Ok);
        }
        runs(&flags)
    };
    let first = meet(0..130_000);
    assert_eq!(first.control.0 + first.treatment.0, 130_000, "runs are counted all the same");
    assert_eq!(first.control.2 + first.treatment.2, 100_000);
    assert!(first.control.2.abs_diff(first.treatment.2) < 1_500, "{first:?}");
    assert_eq!(meet(0..1_000).treatment.2, first.treatment.2);
    // Another percentage begins anew, and goes on from there.
    set(&flags, 40_000);
    let then = meet(0..1_000);
    assert!((700..900).contains(&(then.control.2 + then.treatment.2 - 100_000)), "40 % and 40 %: {then:?}");
}
