//! One client: what runs do to a breaker, and a breaker to runs.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use flags::{
    Cause, Context, FlagDefinition, Flags, Percentage,
    metrics::Metrics,
    rollout::breaker::{BreakerOptions, BreakerPhase},
};

use super::{anybody, builder, client, control, look, noon, open, options, phase, run, wait};

// E5
#[test]
fn too_many_errors_switch_the_flag_off_and_trials_that_go_well_switch_it_on() {
    let clock = noon();
    let flags = client(&clock);
    for succeeds in [true, false, false] {
        assert!(run(&flags, succeeds));
    }
    assert_eq!((phase(&flags), flags.is_enabled("search", &anybody())), (BreakerPhase::Closed, true));
    assert!(run(&flags, false));
    assert!(!run(&flags, true), "from the next run on, whether the control is written yet or not");
    flags.breakers().look();
    assert_eq!(flags.evaluate("search", &anybody()).cause(), Cause::Breaker);
    assert_control(
        &control(&flags),
        "flag search: breaker open by breaker: 3 of 4 runs failed (until 2026-11-20T12:05:00Z)",
    );

    wait(&clock, 59);
    assert!(!run(&flags, true));
    wait(&clock, 1);
    assert!(!flags.is_enabled("search", &anybody()));
    assert!(run(&flags, true), "the first trial");
    flags.breakers().look();
    assert!(!flags.is_enabled("search", &anybody()), "half open is for those who are measured");
    assert_control(
        &control(&flags),
        "flag search: breaker half open by breaker: the cool-down is over (until 2026-11-20T12:06:00Z)",
    );
    let view = flags.breakers().view("search").unwrap();
    assert_eq!((view.phase, view.errors, view.runs, view.is_own), (BreakerPhase::HalfOpen, 0, 1, true));
    assert!(run(&flags, true) && run(&flags, true));
    flags.breakers().look();
    assert!(flags.is_enabled("search", &anybody()));
    assert_eq!((phase(&flags), control(&flags)), (BreakerPhase::Closed, None));
    assert!(run(&flags, false), "what was seen before is forgotten");
    assert_eq!(flags.breakers().view("search").map(|view| (view.errors, view.runs)), Some((1, 1)));
}

fn assert_control(control: &Option<String>, expected: &str) {
    assert_eq!(control.as_deref(), Some(expected));
}

/// resilience4j 544, 903, 935, 1568: an outcome that was ignored did not give its permit back: half-open for ever.
#[test]
fn resilience4j_544_903_935_1568_every_way_to_end_a_run_gives_its_permit_back() {
    let clock = noon();
    let flags = client(&clock);
    open(&flags);
    wait(&clock, 60);
    let trial = || flags.branch("search", &anybody());
    for _ in 0..100 {
        let guard = trial();
        assert!(guard.is_on());
        guard.discard();
        // Decided and never run.
        drop(flags.run("search", &anybody()));
        drop(flags.run_async("search", &anybody()));
    }
    // A panic, a guard and a future that are dropped: each is one error.
    let panics = || flags.run("search", &anybody()).on(|| panic!("the new branch is broken")).off(|| ());
    assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
    let seen = || flags.breakers().view("search").map(|view| (view.phase, view.errors, view.runs)).unwrap();
    assert_eq!(seen(), (BreakerPhase::HalfOpen, 1, 1));
    drop(trial());
    assert_eq!(seen(), (BreakerPhase::Open, 0, 0), "two of three: it is decided");

    wait(&clock, 60);
    let mut future = Box::pin(flags.run_async("search", &anybody()).on(std::future::pending::<()>).off(async || ()));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_pending());
    assert_eq!(seen(), (BreakerPhase::HalfOpen, 0, 0));
    drop(future);
    assert_eq!(seen(), (BreakerPhase::HalfOpen, 1, 1));
    assert!(run(&flags, true) && run(&flags, true));
    assert_eq!(seen().0, BreakerPhase::Closed);
}

/// A trial that hangs keeps the breaker half open for its greatest age, and no longer.
#[test]
fn trials_that_hang_open_it_again() {
    let clock = noon();
    let flags = client(&clock);
    open(&flags);
    wait(&clock, 60);
    let hang: Vec<_> = (0..3).map(|_| flags.branch("search", &anybody())).collect();
    assert!(hang.iter().all(flags::BranchGuard::is_on));
    assert!(!run(&flags, true), "all permits are out");
    wait(&clock, 60);
    look(&flags);
    assert_eq!(phase(&flags), BreakerPhase::Open);
    hang.into_iter().for_each(flags::BranchGuard::success);
    assert_eq!(phase(&flags), BreakerPhase::Open, "they come too late");
}

#[test]
fn a_unit_that_is_off_anyway_takes_no_permit_and_does_not_begin_the_trials() {
    let clock = noon();
    let flags = Flags::builder()
        .flag(FlagDefinition::new("search").enabled(true).rollout(Percentage::new(50.0).unwrap()))
        .breaker("search", options())
        .clock(clock.clone())
        .build()
        .unwrap();
    let user = |wanted: bool| {
        let mut users = (0..).map(|number| Context::new(format!("user-{number}")));
        users.find(|user| flags.is_enabled("search", user) == wanted).unwrap()
    };
    let (on, off) = (user(true), user(false));
    let fails = |user: &Context| flags.try_run("search", user).on(|| Err("new")).off(|| Ok("old"));
    for _ in 0..100 {
        assert_eq!(fails(&off), Ok("old"), "the old branch says nothing about the new one");
    }
    for _ in 0..4 {
        assert_eq!(fails(&on), Err("new"));
    }
    look(&flags);
    wait(&clock, 60);
    assert_eq!(fails(&off), Ok("old"));
    assert_eq!(phase(&flags), BreakerPhase::Open);
    assert_eq!(fails(&on), Err("new"));
    assert_eq!(phase(&flags), BreakerPhase::HalfOpen);
}

// Step 3 comes before step 4, and step 2 before that.
#[test]
fn what_an_operator_serves_is_neither_counted_nor_refused() {
    let clock = noon();
    let flags = client(&clock);
    let ada = flags.control().by("ada").unwrap();
    ada.override_unit("search", "user-42", "on").unwrap();
    for _ in 0..100 {
        assert!(run(&flags, false));
    }
    assert_eq!(phase(&flags), BreakerPhase::Closed);
    ada.clear("search").unwrap();
    open(&flags);
    ada.override_all("search", "on").unwrap();
    assert!(run(&flags, false), "the operator wants it");
    ada.kill("search").unwrap();
    assert!(!run(&flags, true));
    ada.revive("search").unwrap();
    ada.clear_one("search", flags::control::Slot::Override).unwrap();
    wait(&clock, 60);
    ada.kill("search").unwrap();
    assert!(!run(&flags, true), "a trial is no way around a kill");
    assert_eq!(phase(&flags), BreakerPhase::Open);
}

#[test]
fn trials_are_measured_as_runs_of_the_new_branch() {
    let clock = noon();
    let flags = builder(&clock).metrics(Metrics::new()).build().unwrap();
    open(&flags);
    wait(&clock, 60);
    assert!(run(&flags, true));
    let on = flags.metrics().unwrap().branch("search", Some("on")).unwrap();
    assert_eq!((on.outcomes().ok, on.outcomes().errors), (1, 4));
    let guard = flags.branch("search", &anybody());
    assert_eq!((guard.is_on(), guard.variant()), (true, Some("on")));
    guard.success();
}

#[test]
fn a_breaker_that_nobody_has_written_yet_serves_the_off_variant_at_once() {
    let clock = noon();
    let modes = FlagDefinition::new("search").enabled(true).variant("old", "slow").variant("new", "fast");
    let flags = Flags::builder()
        .flag(modes.serve("new").off("old"))
        .breaker("search", options())
        .clock(clock.clone())
        .build()
        .unwrap();
    for _ in 0..4 {
        let guard = flags.branch("search", &anybody());
        assert_eq!(guard.variant(), Some("new"));
        guard.failure();
    }
    let guard = flags.branch("search", &anybody());
    assert_eq!((guard.is_on(), guard.variant()), (false, Some("old")));
    guard.discard();
}

/// The few who have the flag at 1 % make one run a minute: ten trials within a minute are never to be had.
#[test]
fn a_flag_with_few_runs_comes_back() {
    let clock = noon();
    let flags =
        builder(&clock).breaker("search", BreakerOptions { min_samples: 3, ..BreakerOptions::new(0.5) }).build();
    let flags = flags.unwrap();
    for _ in 0..3 {
        wait(&clock, 60);
        assert!(run(&flags, false));
    }
    look(&flags);
    wait(&clock, 60);
    assert!(!flags.is_enabled("search", &anybody()));
    assert!(run(&flags, true));
    wait(&clock, 60);
    look(&flags);
    assert!(flags.is_enabled("search", &anybody()));
}

#[test]
fn a_snapshot_of_before_minds_the_breaker_of_now() {
    let clock = noon();
    let flags = client(&clock);
    let before = flags.snapshot();
    open(&flags);
    assert!(before.is_enabled("search", &anybody()), "it is as it was");
    assert!(!before.run("search", &anybody()).on(|| true).off(|| false), "but nothing broken is run");
}

#[test]
fn a_client_without_runs_has_nothing_to_do() {
    let clock = noon();
    let flags = client(&clock);
    for _ in 0..100 {
        assert!(flags.is_enabled("search", &anybody()));
        wait(&clock, 600);
        flags.breakers().look();
    }
    assert_eq!(flags.control().state().revision().get(), 0);
    assert!(flags.breakers().view("nothing").is_none());
    assert_eq!(flags.breakers().list().len(), 1);
    assert_eq!(Duration::from_secs(60), flags.breakers().list()[0].options.cooldown);
}
