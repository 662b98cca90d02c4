//! What users of other systems complain about, each as a test that it does not happen here.

use flags_core::Percentage;
use flags_rollout::{
    machine::{Command, ControlsInForce, Event, Observation, Pause, Status, Step, Verdict, transition},
    plan::{GuardMetric, GuardrailDefinition, OnBreach, Surroundings},
};

use crate::rig::{Rig, check, guarded, minutes, percent, stage};

/// The pause a rollout is in.
fn pause(rig: &Rig) -> Option<Pause> {
    match rig.state.status {
        Status::Paused(reason) => Some(reason),
        _ => None,
    }
}

/// argo-rollouts 3850: an inconclusive run was promoted. It stays a reason to be paused until a person decides.
#[test]
fn argo_3850_inconclusive_is_not_promoted() {
    let mut rig = Rig::started(&guarded());
    for _ in 0..60 {
        rig.tick(minutes(1), Verdict::Inconclusive);
        assert_eq!(rig.share(), "1");
    }
    assert_eq!(pause(&rig), Some(Pause::Inconclusive));
    rig.tick(minutes(60), Verdict::Pass);
    assert_eq!(pause(&rig), Some(Pause::Inconclusive));
}

/// argo-rollouts 180, 1466, 3503, 1905: no value is neither good nor bad. It pauses, and goes on when data are back.
#[test]
fn argo_180_1466_3503_1905_missing_data_pause_and_resume_by_themselves() {
    for verdict in [Verdict::NoData, Verdict::Error] {
        let mut rig = Rig::started(&guarded());
        for _ in 0..=15 {
            rig.tick(minutes(1), verdict);
        }
        let expected = if verdict == Verdict::Error { Pause::Unreadable } else { Pause::NoData };
        assert_eq!((rig.share().as_str(), pause(&rig)), ("1", Some(expected)));
        rig.tick(minutes(1), Verdict::Pass);
        assert!(matches!(rig.state.status, Status::Running(_)));
        rig.tell(&Event::ReadBack(rig.controls));
        rig.tick(minutes(10), Verdict::Pass);
        assert_eq!(rig.share(), "25");
    }
}

/// argo-rollouts 261, 3015: resuming after an inconclusive verdict paused again at once. A resumed stage has the whole
/// grace again and data of its own, and a promoted one is over.
#[test]
fn argo_261_3015_resume_after_inconclusive_does_not_loop() {
    let mut rig = Rig::started(&guarded());
    for _ in 0..30 {
        rig.tick(minutes(1), Verdict::Inconclusive);
    }
    let epoch = rig.state.epoch;
    assert_eq!(rig.command(Command::Resume), None);
    assert!(rig.state.epoch > epoch, "the data that did not settle it are not asked again");
    for _ in 0..14 {
        rig.tick(minutes(1), Verdict::Inconclusive);
        assert_eq!(pause(&rig), None);
    }
    rig.tick(minutes(10), Verdict::Inconclusive);
    assert_eq!(pause(&rig), Some(Pause::Inconclusive));
    assert_eq!(rig.command(Command::Promote), None);
    assert_eq!((rig.share().as_str(), pause(&rig)), ("25", None));
}

/// argo-rollouts 841, 2897: a retry after an abort failed on the old evidence.
#[test]
fn argo_841_2897_a_retry_starts_with_fresh_evidence() {
    let mut rig = Rig::started(&guarded());
    let old = rig.state.epoch;
    rig.tick(minutes(1), Verdict::Fail);
    rig.now = rig.now.saturating_add(minutes(60));
    assert_eq!(rig.command(Command::Rearm), None);
    rig.start();
    let stale = Observation {
        judgements: vec![flags_rollout::machine::Judgement::new(Verdict::Fail, "old").relative()],
        catastrophe: Some("old".into()),
        mismatch: Some("old".into()),
        ..Observation::nothing(old)
    };
    rig.tell(&Event::Tick(stale));
    assert_eq!(rig.state.status, Status::Running(Step::Baking));
}

/// argo-rollouts 222: it advanced while a metric was getting worse.
#[test]
fn argo_222_does_not_advance_while_a_guardrail_is_trending_bad() {
    let second = GuardrailDefinition::new(GuardMetric::Latency(flags_rollout::plan::LatencyQuantile::P95)).max(0.5);
    let mut rig = Rig::started(&guarded().guardrail(second));
    rig.look(minutes(10), &[Verdict::Pass, Verdict::Inconclusive], 1_000);
    assert_eq!(rig.share(), "1");
    rig.look(minutes(1), &[Verdict::Pass, Verdict::Pass], 1_000);
    assert_eq!(rig.share(), "25");
}

/// argo-rollouts 2866: a failure could only abort, never pause.
#[test]
fn argo_2866_a_failure_can_pause_or_only_tell() {
    for (on_breach, share, paused) in [(OnBreach::Pause, "1", true), (OnBreach::Notify, "25", false)] {
        let mut definition = guarded();
        definition.guardrails[0].on_breach = on_breach;
        let mut rig = Rig::started(&definition);
        rig.tick(minutes(10), Verdict::Fail);
        assert_eq!((rig.share().as_str(), pause(&rig).is_some()), (share, paused));
    }
}

/// argo-rollouts 2087, 2276: nobody could see what was measured. Each verdict has a name and its evidence in words, and what
/// was decided on is in the history.
#[test]
fn argo_2087_2276_verdicts_and_evidence_can_be_shown() {
    assert_eq!(Verdict::ALL.map(Verdict::name), ["pass", "fail", "inconclusive", "no_data", "error"]);
    for verdict in Verdict::ALL {
        assert_eq!(Verdict::from_name(verdict.name()), Some(verdict));
    }
    let mut rig = Rig::started(&guarded());
    rig.tick(minutes(1), Verdict::Fail);
    assert!(rig.history().contains("error_rate: fail"), "{}", rig.history());
}

/// flagger 1035, 1689, 1501: a quiet service was rolled back.
#[test]
fn flagger_1035_1689_1501_low_traffic_is_no_failure() {
    let mut rig = Rig::started(&guarded());
    for _ in 0..500 {
        rig.look(minutes(1), &[Verdict::Pass], 3);
    }
    assert_eq!((rig.share().as_str(), rig.phase()), ("1", "canary"));
    for _ in 0..500 {
        rig.look(minutes(1), &[], 0);
    }
    assert_eq!((rig.share().as_str(), pause(&rig)), ("1", Some(Pause::NoData)));
}

/// flagger 1098, 1095, 1011: no data counted as 0, or did not keep it from advancing.
#[test]
fn flagger_1098_1095_1011_no_data_is_not_zero() {
    let mut rig = Rig::started(&guarded());
    for _ in 0..100 {
        rig.look(minutes(1), &[], 1_000_000);
        assert_eq!(rig.share(), "1");
    }
}

/// flagger 1581: a metric with a wrong name passed. It is an error of the definition.
#[test]
fn flagger_1581_an_unknown_metric_is_refused() {
    let definition = guarded().guardrail(GuardrailDefinition::new(GuardMetric::from_name("eror_rate")).max(0.1));
    let problems = definition.check(&Surroundings::default()).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0].to_string().starts_with("guardrails[1].metric: there is no signal `eror_rate`"),
        "{problems:?}"
    );
}

/// flagger 1801: while it waited at a gate nothing was looked at.
#[test]
fn flagger_1801_guardrails_act_while_it_waits_at_a_gate() {
    let mut definition = guarded();
    definition.stages[0] = definition.stages[0].approval();
    let mut waiting = Rig::started(&definition);
    waiting.tick(minutes(10), Verdict::Pass);
    assert_eq!(waiting.state.status, Status::Running(Step::AwaitingApproval));
    waiting.tick(minutes(1), Verdict::Fail);
    assert_eq!(waiting.phase(), "rolled_back");

    let mut paused = Rig::started(&guarded());
    assert_eq!(paused.command(Command::Pause), None);
    paused.tick(minutes(1), Verdict::Fail);
    assert_eq!(paused.phase(), "rolled_back");
}

/// flagger 1591: the deadline did not hold in every phase.
#[test]
fn flagger_1591_the_deadline_holds_in_every_phase() {
    let mut definition = guarded();
    definition.deadline = Some(minutes(60));
    definition.stages[0] = definition.stages[0].approval();
    type BringAbout = fn(&mut Rig);
    let situations: [(&str, BringAbout); 4] = [
        ("settling", |rig| rig.obeys = false),
        ("baking", |_| {}),
        ("too few samples", |rig| rig.look(minutes(10), &[Verdict::Pass], 1)),
        ("awaiting approval", |rig| rig.tick(minutes(10), Verdict::Pass)),
    ];
    for (situation, bring_about) in situations {
        let mut rig = Rig::new(&definition);
        if situation == "settling" {
            bring_about(&mut rig);
        }
        rig.start();
        bring_about(&mut rig);
        rig.look(minutes(60), &[Verdict::Pass], 1);
        assert_eq!(pause(&rig), Some(Pause::Deadline), "{situation}");
    }
}

/// flagger 30: a new revision in the middle of a rollout. It is paused, and resumed by the new plan.
#[test]
fn flagger_30_a_changed_definition_pauses_and_is_followed_when_resumed() {
    let mut rig = Rig::started(&guarded());
    rig.tick(minutes(10), Verdict::Pass);
    assert_eq!(rig.share(), "25");
    let mut changed = guarded();
    changed.stages = vec![stage(10.0), stage(20.0), stage(50.0), stage(100.0)];
    rig.plan = check(&changed);
    rig.tick(minutes(10), Verdict::Pass);
    assert_eq!((rig.share().as_str(), pause(&rig)), ("25", Some(Pause::DefinitionChanged)));
    assert!(rig.command(Command::Promote).is_some());
    assert_eq!(rig.command(Command::Resume), None);
    assert_eq!(rig.share(), "20", "the highest stage that is not above what units have");
    rig.tick(minutes(10), Verdict::Pass);
    assert_eq!(rig.share(), "50");
    assert_eq!(rig.command(Command::RollBack), None);
    assert_eq!(rig.share(), "none", "back to what was before the first start");
}

/// kortix 3403: an error rate over next to no traffic aborted releases. What has no verdict yet is inconclusive, and that
/// never rolls back.
#[test]
fn kortix_3403_near_zero_traffic_does_not_abort() {
    let mut rig = Rig::started(&guarded());
    for _ in 0..1_000 {
        rig.look(minutes(1), &[Verdict::Inconclusive], 1);
        assert_eq!((rig.share().as_str(), rig.phase()), ("1", "canary"));
    }
}

/// GrowthBook's silent no-op: a rollback that wrote nothing counted as done.
#[test]
fn growthbook_a_rollback_counts_only_when_it_is_read_back() {
    let mut rig = Rig::started(&guarded());
    rig.obeys = false;
    rig.tick(minutes(1), Verdict::Fail);
    rig.tell(&Event::ReadBack(ControlsInForce { percentage: Some(percent(1.0)), killed: false }));
    assert_eq!(rig.phase(), "rolling_back");
    assert_eq!(rig.state.asked, Some(Percentage::new(1.0).unwrap()));
}

/// An observation of nothing at all is never a reason to change anything at once.
#[test]
fn an_empty_look_changes_nothing_but_the_wait() {
    let rig = Rig::started(&guarded());
    let tick = Event::Tick(Observation::nothing(rig.state.epoch));
    let (state, actions) = transition(&rig.plan, &rig.state, &tick, rig.now);
    assert_eq!(actions, []);
    assert_eq!(state.status, rig.state.status);
}
