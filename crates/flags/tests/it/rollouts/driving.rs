//! A client drives a plan: it advances on evidence, rolls back on evidence, and does what people want.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use flags::{
    FlagDefinition, Flags, RolloutError,
    control::{Action, Origin},
    metrics::{Metrics, MetricsOptions},
    rollout::{
        controller::Outcome,
        machine::{Author, Estimate, Pause, Status, Verdict},
        plan::{GuardMetric, GuardrailDefinition, LatencyQuantile, OnRollback, Phase},
    },
};

use super::rig::{Rig, careful, percent, start_of_time};

fn rig() -> Rig {
    Rig::new(
        Flags::builder()
            .flag(FlagDefinition::new("search").enabled(true).rollout(percent(0.0)))
            .rollout_plan("search", careful()),
    )
}

// E1, E2
#[test]
fn a_healthy_branch_goes_all_the_way() {
    let mut rig = rig();
    assert_eq!((rig.phase(), rig.view().stage, rig.view().stages, rig.on()), (Phase::Planned, 0, 3, 0));
    rig.start();
    assert!((60..140).contains(&rig.on()), "{}", rig.on());
    rig.pass(300, |_| false);
    let view = rig.view();
    assert_eq!((view.phase, view.stage, view.percentage), (Phase::Gradual, 1, Some(percent(10.0))));
    assert!((0.15..0.18).contains(&view.progress), "{}", view.progress);
    let Estimate::NotBefore(end) = view.estimate else { panic!("{:?}", view.estimate) };
    assert_eq!(end, start_of_time().saturating_add(Duration::from_secs(1_800)));
    let [guardrail] = &view.guardrails[..] else { panic!("{:?}", view.guardrails) };
    assert_eq!(guardrail.verdict, Some(Verdict::Pass), "{}", guardrail.text);
    assert_eq!(view.by, Author::Person("ada".into()));
    rig.pass(400, |_| false);
    assert_eq!((rig.phase(), rig.view().stage), (Phase::Majority, 2));
    rig.pass(1_200, |_| false);
    let view = rig.view();
    assert_eq!((view.phase, view.estimate), (Phase::Complete, Estimate::Over));
    assert!((view.progress - 1.0).abs() < 1e-9 && rig.on() == 1_000);
    let texts: Vec<_> =
        rig.flags.rollouts().history("search").unwrap().into_iter().filter_map(|record| record.entry).collect();
    assert_eq!(texts.first().map(|entry| &*entry.text), Some("started at 10 %: the launch"));
    assert_eq!(texts.last().map(|entry| entry.to), Some(Phase::Complete));
}

// E5: back to what was in force before, as any evaluation reads it.
#[test]
fn a_branch_that_fails_is_rolled_back_to_the_percentage_before() {
    let mut rig = rig();
    rig.flags.control().by("ada").unwrap().percentage("search", percent(2.0)).unwrap();
    let before = rig.on();
    rig.start();
    rig.pass(200, |_| false);
    assert_eq!(rig.phase(), Phase::Gradual);
    rig.pass(120, |unit| unit % 2 == 0);
    assert_eq!(rig.phase(), Phase::RolledBack);
    assert_eq!(rig.on(), before);
    let [control] = &rig.flags.control().of("search")[..] else { panic!() };
    assert_eq!((&control.action, control.origin), (&Action::Percentage(percent(2.0)), Origin::Rollout));
    assert!(control.reason.as_deref().is_some_and(|reason| reason.contains("error_rate")), "{:?}", control.reason);
    assert!(rig.view().because.contains("error_rate"), "{}", rig.view().because);
    // And there it stays.
    rig.pass(1_200, |_| false);
    assert_eq!((rig.phase(), rig.on()), (Phase::RolledBack, before));
}

#[test]
fn where_there_was_no_control_before_there_is_none_after() {
    let mut rig = rig();
    rig.start();
    assert_eq!(rig.flags.control().of("search").len(), 1);
    rig.pass(60, |_| true);
    assert_eq!(rig.phase(), Phase::RolledBack);
    assert!(rig.flags.control().of("search").is_empty() && rig.on() == 0);
    let error = rig.flags.rollouts().by("ada").unwrap().start("search").unwrap_err();
    assert_eq!(error.to_string(), "the rollout of `search` cannot do that: it is rolled back: arm it again first");
}

#[test]
fn without_traffic_it_neither_advances_nor_goes_back() {
    let mut rig = rig();
    rig.start();
    for _ in 0..200 {
        rig.clock.advance(Duration::from_secs(10));
        rig.flags.rollouts().look().unwrap();
    }
    assert_eq!(rig.view().status, Status::Paused(Pause::NoData));
    assert_eq!(rig.view().percentage, Some(percent(10.0)));
    rig.pass(300, |_| false);
    assert_eq!(rig.view().stage, 2, "it goes on by itself when data are back");
}

#[test]
fn people_pause_promote_approve_and_roll_back() {
    let mut rig = rig();
    let flags = rig.flags.clone();
    let ada = || flags.rollouts().by("ada").unwrap().because("as agreed");
    rig.start();
    assert!(matches!(ada().pause("search"), Ok(Outcome::Done { .. })));
    rig.pass(1_000, |_| false);
    assert_eq!((rig.view().status, rig.view().stage), (Status::Paused(Pause::Manual), 1));
    ada().resume("search").unwrap();
    ada().promote("search").unwrap();
    assert_eq!((rig.view().stage, rig.view().because.as_ref()), (2, "from 10 % to 50 %: promoted: as agreed"));
    assert!((440..560).contains(&rig.on()));
    assert!(ada().approve("search").is_err());
    ada().roll_back("search").unwrap();
    assert_eq!((rig.phase(), rig.on()), (Phase::RolledBack, 0));
    // Who has taken it back by hand need not wait until it has cooled down.
    ada().rearm("search").unwrap();
    assert_eq!(rig.phase(), Phase::Planned);
}

#[test]
fn what_makes_no_sense_says_so() {
    let rig = rig();
    let desk = rig.flags.rollouts();
    let error = desk.by("ada").unwrap().start("serach").unwrap_err();
    assert_eq!(error.to_string(), "there is no flag `serach`, so there is nothing to roll out");
    rig.flags.create(FlagDefinition::new("plain")).unwrap();
    let error = desk.by("ada").unwrap().start("plain").unwrap_err();
    assert!(error.to_string().starts_with("flag `plain` has no rollout plan"), "{error}");
    assert!(desk.by("").is_err());
    assert!(desk.view("plain").unwrap().is_none());
    let bystander =
        Flags::builder().flag(FlagDefinition::new("search")).rollout_plan("search", careful()).build().unwrap();
    assert_eq!(bystander.rollouts().look(), Err(RolloutError::NotDriving));
    assert!(!bystander.rollouts().is_driving());
}

#[test]
fn a_plan_that_is_not_sound_or_of_no_flag_builds_no_client() {
    let build =
        |flag: &str, plan| Flags::builder().flag(FlagDefinition::new("search")).rollout_plan(flag, plan).build();
    let error = build("serach", careful()).unwrap_err();
    assert!(error.to_string().contains("flag `serach`, which is not defined"), "{error}");
    let mut plan = careful();
    plan.alpha = 0.7;
    let error = build("search", plan).unwrap_err();
    assert!(error.to_string().contains("the rollout plan of flag `search` is not sound"), "{error}");
}

// E4: latency as the share of runs that take longer than a bound.
#[test]
fn a_branch_that_becomes_slow_is_rolled_back() {
    let time = Arc::new(Mutex::new(Instant::now()));
    let monotonic = Arc::clone(&time);
    let metrics = Metrics::with_clock(MetricsOptions::default(), Arc::new(move || *monotonic.lock().unwrap()));
    let mut plan = careful();
    plan.guardrails = vec![GuardrailDefinition::new(GuardMetric::Latency(LatencyQuantile::P99)).max(0.25)];
    let flag = FlagDefinition::new("search").enabled(true).rollout(percent(0.0));
    let mut rig = Rig::new(Flags::builder().flag(flag).rollout_plan("search", plan).metrics(metrics));
    rig.start();
    let takes = |millis: u64| *time.lock().unwrap() += Duration::from_millis(millis);
    rig.pass(300, |unit| {
        takes(if unit % 500 == 0 { 300 } else { 20 });
        false
    });
    assert_eq!(rig.phase(), Phase::Gradual, "two runs in a thousand may take that long: {}", rig.view().because);
    rig.pass(300, |unit| {
        takes(if unit % 10 == 0 { 300 } else { 20 });
        false
    });
    assert_eq!(rig.phase(), Phase::RolledBack);
    assert!(rig.view().because.contains("took longer than 0.25 s"), "{}", rig.view().because);
}

// E5: what hangs on a flag goes before it.
#[test]
fn flags_that_hang_on_it_are_rolled_back_first() {
    let flag = |key: &str| FlagDefinition::new(key).enabled(true).rollout(percent(0.0));
    let builder = Flags::builder()
        .flag(flag("search"))
        .flag(flag("suggestions").parent("search"))
        .flag(flag("ranking").requires("suggestions"))
        .flag(flag("cart"))
        .rollout_plan("search", careful())
        .rollout_plan("suggestions", careful())
        .rollout_plan("ranking", careful())
        .rollout_plan("cart", careful());
    let mut rig = Rig::new(builder);
    for key in ["search", "suggestions", "ranking", "cart"] {
        rig.flags.rollouts().by("ada").unwrap().start(key).unwrap();
    }
    rig.pass(60, |_| true);
    let phases: Vec<_> = rig.flags.rollouts().list().unwrap().into_iter().map(|view| (view.flag, view.phase)).collect();
    let expected = [
        ("cart".into(), Phase::Gradual),
        ("ranking".into(), Phase::RolledBack),
        ("search".into(), Phase::RolledBack),
        ("suggestions".into(), Phase::RolledBack),
    ];
    assert_eq!(phases, expected);
    let ranking = rig.flags.rollouts().view("ranking").unwrap().unwrap();
    assert!(ranking.because.contains("which it hangs on"), "{}", ranking.because);
    let controlled: Vec<_> = rig.flags.control().state().controls().map(|control| control.target.to_string()).collect();
    assert_eq!(controlled, ["flag cart"]);
}

#[test]
fn a_rollback_may_be_a_kill() {
    let mut plan = careful();
    plan.on_rollback = OnRollback::Kill;
    let flag = FlagDefinition::new("search").enabled(true).rollout(percent(50.0));
    let mut rig = Rig::new(Flags::builder().flag(flag).rollout_plan("search", plan));
    rig.start();
    rig.pass(60, |_| true);
    assert_eq!((rig.phase(), rig.on()), (Phase::RolledBack, 0));
    let [control] = &rig.flags.control().of("search")[..] else { panic!() };
    assert_eq!((&control.action, control.origin), (&Action::Kill, Origin::Rollout));
}

// What somebody else changes under a rollout is neither overruled nor passed over.
#[test]
fn a_percentage_or_a_kill_by_hand_pauses_it() {
    let mut rig = rig();
    rig.start();
    rig.flags.control().by("eve").unwrap().percentage("search", percent(3.0)).unwrap();
    rig.pass(10, |_| false);
    assert_eq!(rig.view().status, Status::Paused(Pause::Interference));
    assert!(rig.view().because.contains("3 % is in force, and it asked for 10 %"), "{}", rig.view().because);
    rig.flags.rollouts().by("ada").unwrap().resume("search").unwrap();
    assert_eq!(rig.flags.control().of("search")[0].action, Action::Percentage(percent(10.0)));
    rig.pass(10, |_| false);
    rig.flags.control().by("eve").unwrap().kill("search").unwrap();
    rig.pass(10, |_| false);
    assert_eq!((rig.view().status, rig.on()), (Status::Paused(Pause::Interference), 0));
}

#[test]
fn a_dry_run_judges_and_changes_nothing() {
    let mut plan = careful();
    plan.dry_run = true;
    let flag = FlagDefinition::new("search").enabled(true).rollout(percent(10.0));
    let mut rig = Rig::new(Flags::builder().flag(flag).rollout_plan("search", plan));
    rig.start();
    rig.pass(60, |unit| unit % 2 == 0);
    assert_eq!((rig.phase(), rig.flags.control().of("search").len()), (Phase::RolledBack, 0));
    assert!(rig.on() > 50);
}
