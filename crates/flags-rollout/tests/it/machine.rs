//! What the machine does, step by step.

use flags_core::{Percentage, Timestamp};
use flags_rollout::{
    machine::{
        Action, Alert, Command, ControlsInForce, Estimate, Event, Observation, Pause, Rejection, Status, Step,
        StormBrake, StormChange, StormState, Verdict,
    },
    plan::{Freeze, GuardMetric, GuardrailDefinition, OnBreach, OnMissing, OnRollback},
};

use crate::rig::{Rig, check, guarded, minutes, percent, stage, unguarded};

// E2, E3
#[test]
fn a_healthy_rollout_goes_through_its_stages_and_completes() {
    let mut rig = Rig::started(&guarded());
    assert_eq!((rig.share().as_str(), rig.phase()), ("1", "canary"));
    rig.tick(minutes(9), Verdict::Pass);
    assert_eq!(rig.share(), "1", "the hold is not over");
    rig.tick(minutes(1), Verdict::Pass);
    assert_eq!((rig.share().as_str(), rig.phase()), ("25", "gradual"));
    rig.look(minutes(10), &[Verdict::Pass], 99);
    assert_eq!(rig.share(), "25", "a sample is missing");
    rig.look(minutes(1), &[Verdict::Pass], 100);
    assert_eq!((rig.share().as_str(), rig.phase()), ("100", "majority"));
    rig.tick(minutes(10), Verdict::Pass);
    assert_eq!(rig.phase(), "complete");
    insta::assert_snapshot!(rig.history());
}

// E3
#[test]
fn too_few_samples_keep_from_advancing_and_not_from_protecting() {
    let mut rig = Rig::started(&guarded());
    rig.look(minutes(0), &[Verdict::Fail], 3);
    assert_eq!((rig.share().as_str(), rig.phase()), ("none", "rolled_back"));
    insta::assert_snapshot!(rig.history());
}

#[test]
fn a_rollback_restores_what_was_in_force_and_never_revives_a_flag() {
    for (before, on_rollback, expected) in [
        ((Some(0.5), false), OnRollback::Previous, (Some(0.5), false)),
        // The first stage is 1 percent: what fails for those is not given to more.
        ((Some(5.0), false), OnRollback::Previous, (Some(0.0), false)),
        ((None, true), OnRollback::Previous, (None, true)),
        ((Some(5.0), false), OnRollback::Zero, (Some(0.0), false)),
        ((Some(5.0), false), OnRollback::Kill, (Some(5.0), true)),
    ] {
        let controls =
            |(share, killed): (Option<f64>, bool)| ControlsInForce { percentage: share.map(percent), killed };
        let mut definition = guarded();
        definition.on_rollback = on_rollback;
        let mut rig = Rig::new(&definition);
        rig.controls = controls(before);
        rig.start();
        rig.tick(minutes(1), Verdict::Fail);
        assert_eq!(rig.controls, controls(expected), "{on_rollback:?}");
        assert_eq!(rig.phase(), "rolled_back");
    }
    // Somebody kills the flag while it is rolled back: that stands.
    let mut rig = Rig::started(&guarded());
    rig.obeys = false;
    rig.tick(minutes(1), Verdict::Fail);
    rig.tell(&Event::ReadBack(ControlsInForce { percentage: None, killed: true }));
    assert_eq!(rig.phase(), "rolled_back");
}

// E7
#[test]
fn a_rollback_that_is_not_in_force_is_asked_for_again_and_told() {
    let mut rig = Rig::started(&guarded());
    rig.obeys = false;
    rig.tick(minutes(1), Verdict::Fail);
    assert_eq!(rig.phase(), "rolling_back");
    rig.actions.clear();
    for _ in 0..4 {
        rig.tick(minutes(1), Verdict::NoData);
        rig.tell(&Event::ReadBack(rig.controls));
    }
    let asked = rig.actions.iter().filter(|action| matches!(action, Action::Restore { .. })).count();
    assert_eq!(asked, 4);
    assert!(rig.actions.contains(&Action::Alert(Alert::RollbackUnconfirmed { attempts: 3 })));
    rig.obeys = true;
    rig.tick(minutes(1), Verdict::NoData);
    assert_eq!((rig.share().as_str(), rig.phase()), ("none", "rolled_back"));
}

#[test]
fn a_percentage_that_is_not_in_force_is_asked_for_again_and_does_not_bake() {
    let mut rig = Rig::new(&unguarded());
    rig.obeys = false;
    rig.start();
    rig.tick(minutes(1), Verdict::Pass);
    assert!(rig.actions.contains(&Action::Alert(Alert::ChangeUnconfirmed { percentage: percent(1.0) })));
    rig.tick(minutes(60), Verdict::Pass);
    assert_eq!(rig.state.status, Status::Running(Step::Settling));
    rig.obeys = true;
    rig.tick(minutes(1), Verdict::Pass);
    assert_eq!(rig.state.status, Status::Running(Step::Baking));
    rig.tick(minutes(9), Verdict::Pass);
    assert_eq!(rig.share(), "1", "the hold counts from when it was in force");
    rig.tick(minutes(1), Verdict::Pass);
    assert_eq!(rig.share(), "25");
}

#[test]
fn overdue_stages_fold_into_one_advance_but_never_past_an_approval() {
    let shares = [1.0, 5.0, 10.0, 25.0, 100.0];
    let mut definition = unguarded();
    definition.stages = shares.map(|share| stage(share).min_samples(0)).to_vec();
    let mut rig = Rig::started(&definition);
    rig.tick(minutes(25), Verdict::Pass);
    assert_eq!(rig.share(), "10", "nobody looked for two and a half stages");
    rig.tick(minutes(5), Verdict::Pass);
    assert_eq!(rig.share(), "25", "half of the stage had passed");

    definition.stages[2] = definition.stages[2].approval();
    let mut rig = Rig::started(&definition);
    rig.tick(minutes(24 * 60), Verdict::Pass);
    assert_eq!(rig.share(), "10");
    rig.tick(minutes(24 * 60), Verdict::Pass);
    assert_eq!((rig.share().as_str(), rig.state.status), ("10", Status::Running(Step::AwaitingApproval)));
    assert_eq!(rig.command(Command::Approve), None);
    rig.tick(minutes(0), Verdict::Pass);
    assert_ne!(rig.share(), "10");

    // What is measured is measured, however long nobody looked.
    let mut rig = Rig::started(&guarded());
    rig.tick(minutes(24 * 60), Verdict::Pass);
    assert_eq!(rig.share(), "25");
}

#[test]
fn a_stage_that_needs_approval_waits_for_it_and_for_everything_else() {
    let mut definition = guarded();
    definition.stages[0] = definition.stages[0].approval();
    let mut rig = Rig::started(&definition);
    assert_eq!(rig.command(Command::Approve), None);
    assert_eq!(rig.command(Command::Approve), Some(Rejection::NoApprovalNeeded));
    rig.tick(minutes(5), Verdict::Pass);
    assert_eq!(rig.share(), "1", "an approval does not shorten the hold");
    rig.tick(minutes(5), Verdict::Inconclusive);
    assert_eq!(rig.share(), "1", "nor does it settle a guardrail");
    rig.tick(minutes(1), Verdict::Pass);
    assert_eq!(rig.share(), "25");
    assert_eq!(rig.command(Command::Approve), Some(Rejection::NoApprovalNeeded));
}

#[test]
fn without_auto_advance_a_person_lets_each_stage_go_on() {
    let mut definition = guarded();
    definition.auto_advance = false;
    let mut rig = Rig::started(&definition);
    rig.tick(minutes(60), Verdict::Pass);
    assert_eq!((rig.share().as_str(), rig.state.status), ("1", Status::Running(Step::AwaitingApproval)));
    assert_eq!(rig.command(Command::Promote), None);
    assert_eq!(rig.share(), "25");
}

#[test]
fn a_freeze_keeps_from_advancing_and_not_from_protecting() {
    let mut definition = guarded();
    let at = |text| Timestamp::parse(text).unwrap();
    definition.freezes = vec![Freeze::Between { from: at("2026-11-20T09:05:00Z"), until: at("2026-11-20T10:00:00Z") }];
    let mut rig = Rig::started(&definition);
    rig.tick(minutes(20), Verdict::Pass);
    assert_eq!(rig.share(), "1");
    let mut other = Rig::started(&definition);
    other.tick(minutes(20), Verdict::Fail);
    assert_eq!(other.phase(), "rolled_back");
    rig.tick(minutes(40), Verdict::Pass);
    assert_eq!(rig.share(), "25");
}

#[test]
fn breaches_do_what_they_are_told_to() {
    let mut definition = guarded();
    definition.guardrails[0].on_breach = OnBreach::Pause;
    let mut rig = Rig::started(&definition);
    rig.tick(minutes(1), Verdict::Fail);
    assert_eq!((rig.share().as_str(), rig.state.status), ("1", Status::Paused(Pause::Breach(0))));
    rig.tick(minutes(60), Verdict::Pass);
    assert_eq!(rig.state.status, Status::Paused(Pause::Breach(0)), "a person decides");

    definition.guardrails[0].on_breach = OnBreach::Notify;
    let mut rig = Rig::started(&definition);
    rig.tick(minutes(1), Verdict::Fail);
    rig.tick(minutes(1), Verdict::Fail);
    let told = rig.actions.iter().filter(|action| matches!(action, Action::Alert(Alert::GuardrailFailed { .. })));
    assert_eq!(told.count(), 1);
    rig.tick(minutes(10), Verdict::Fail);
    assert_eq!(rig.share(), "25", "it tells, and does nothing");
}

#[test]
fn a_guardrail_that_rolls_back_goes_before_one_that_pauses() {
    let pausing = GuardrailDefinition::new(GuardMetric::ErrorRate).max(0.1).on_breach(OnBreach::Pause);
    let mut definition = guarded();
    definition.guardrails.insert(0, pausing);
    let mut rig = Rig::started(&definition);
    rig.tick(minutes(1), Verdict::Fail);
    assert_eq!(rig.phase(), "rolled_back");
}

// E6
#[test]
fn missing_data_do_what_they_are_told_to_and_only_after_the_grace() {
    for verdict in [Verdict::NoData, Verdict::Error] {
        for (on_missing, expected) in
            [(OnMissing::Hold, "paused"), (OnMissing::Rollback, "rolled_back"), (OnMissing::Ignore, "gradual")]
        {
            let mut definition = guarded();
            definition.guardrails[0].on_missing = on_missing;
            let mut rig = Rig::started(&definition);
            for minute in 0..=15 {
                if minute < 15 && on_missing != OnMissing::Ignore {
                    assert_eq!(rig.phase(), "canary", "{verdict} {on_missing:?} after {minute} minutes");
                }
                rig.tick(minutes(1), verdict);
            }
            assert_eq!(rig.phase(), expected, "{verdict} {on_missing:?}");
        }
    }
}

#[test]
fn arms_without_their_shares_pause_a_rollout() {
    let mut rig = Rig::started(&guarded());
    let observation =
        Observation { mismatch: Some("1000 units to 800".into()), ..Observation::nothing(rig.state.epoch) };
    rig.tell(&Event::Tick(observation));
    assert_eq!(rig.state.status, Status::Paused(Pause::Mismatch));
}

#[test]
fn a_catastrophe_rolls_back_whatever_the_guardrails_say() {
    let mut definition = guarded();
    definition.guardrails[0].on_breach = OnBreach::Notify;
    let mut rig = Rig::started(&definition);
    let observation =
        Observation { catastrophe: Some("20 of 20 runs failed".into()), ..Observation::nothing(rig.state.epoch) };
    rig.tell(&Event::Tick(observation));
    assert_eq!(rig.phase(), "rolled_back");
}

#[test]
fn somebody_else_who_changes_the_percentage_pauses_it() {
    let mut rig = Rig::started(&guarded());
    rig.tell(&Event::ReadBack(ControlsInForce { percentage: Some(percent(40.0)), killed: false }));
    assert_eq!(rig.state.status, Status::Paused(Pause::Interference));
    insta::assert_snapshot!(rig.state.because);
    assert_eq!(rig.command(Command::Resume), None);
    assert_eq!(rig.share(), "1");
    rig.tell(&Event::ReadBack(ControlsInForce { percentage: Some(percent(1.0)), killed: true }));
    assert_eq!(rig.state.status, Status::Paused(Pause::Interference));
}

// E4
#[test]
fn commands_that_make_no_sense_are_refused_with_the_reason() {
    let mut rig = Rig::new(&guarded());
    let mut told = String::new();
    let start = Command::Start { before: ControlsInForce::default() };
    let mut ask = |rig: &mut Rig, command: Command| {
        let state = rig.state.status.name();
        let refusal = rig.command(command).map_or_else(|| "done".into(), |refusal| refusal.to_string());
        told.push_str(&format!("{state}: {}: {refusal}\n", command.name()));
    };
    for command in [Command::Pause, Command::Resume, Command::Promote, Command::Approve, Command::Rearm, start, start] {
        ask(&mut rig, command);
    }
    for command in
        [Command::Resume, Command::Rearm, Command::Pause, Command::Pause, Command::RollBack, Command::Promote]
    {
        ask(&mut rig, command);
    }
    rig.tell(&Event::Tick(Observation::nothing(rig.state.epoch)));
    assert_eq!(rig.command(Command::Rearm), None, "a person rolled it back: nothing to cool down from");
    rig.start();
    rig.tick(minutes(1), Verdict::Fail);
    ask(&mut rig, start);
    ask(&mut rig, Command::Rearm);
    insta::assert_snapshot!(told);
}

#[test]
fn the_cool_down_doubles_with_each_rollback_in_a_row() {
    let mut rig = Rig::new(&guarded());
    for hours in [1, 2, 4] {
        rig.start();
        rig.tick(minutes(1), Verdict::Fail);
        rig.now = rig.now.saturating_add(minutes(hours * 60 - 1));
        assert!(matches!(rig.command(Command::Rearm), Some(Rejection::CoolingDown { .. })));
        rig.now = rig.now.saturating_add(minutes(1));
        assert_eq!(rig.command(Command::Rearm), None);
    }
}

#[test]
fn the_time_paused_does_not_count_as_baked() {
    let mut rig = Rig::started(&guarded());
    rig.tick(minutes(6), Verdict::Pass);
    assert_eq!(rig.command(Command::Pause), None);
    rig.tick(minutes(600), Verdict::Pass);
    assert_eq!(rig.share(), "1");
    assert_eq!(rig.command(Command::Resume), None);
    rig.tick(minutes(3), Verdict::Pass);
    assert_eq!(rig.share(), "1");
    rig.tick(minutes(1), Verdict::Pass);
    assert_eq!(rig.share(), "25");
}

#[test]
fn a_clock_that_jumps_back_holds() {
    let mut rig = Rig::started(&guarded());
    rig.tick(minutes(9), Verdict::Pass);
    rig.now = Timestamp::parse("2026-11-19T00:00:00Z").unwrap();
    for _ in 0..100 {
        rig.tick(minutes(1), Verdict::Pass);
        assert_eq!(rig.share(), "1");
    }
}

#[test]
fn a_dry_run_judges_and_touches_nothing() {
    let mut definition = guarded();
    definition.dry_run = true;
    let mut rig = Rig::started(&definition);
    rig.tick(minutes(10), Verdict::Pass);
    assert_eq!(rig.phase(), "gradual");
    rig.tick(minutes(1), Verdict::Fail);
    assert_eq!((rig.share().as_str(), rig.phase()), ("none", "rolled_back"));
    let touched = rig
        .actions
        .iter()
        .any(|action| matches!(action, Action::Set { dry_run: false, .. } | Action::Restore { dry_run: false, .. }));
    assert!(!touched);
}

#[test]
fn a_storm_is_over_although_flags_go_on_failing() {
    let brake = StormBrake::default();
    let (mut storm, mut changes) = (StormState::default(), vec![]);
    for second in 0..700 {
        let now = Timestamp::from_millis(second * 1_000);
        for flag in ["a", "b", "c", "d", "e"] {
            let (next, change) = brake.transition(&storm, Some(flag), now);
            storm = next;
            changes.extend(change.map(|change| (second, change)));
        }
    }
    assert_eq!(changes[..2], [(0, StormChange::Began), (600, StormChange::Over)], "{changes:?}");
}

#[test]
fn a_storm_keeps_absolute_bounds_from_rolling_back_and_comparisons_not() {
    let brake = StormBrake::default();
    let mut storm = StormState::default();
    let mut change = None;
    let mut rig = Rig::started(&guarded());
    for flag in ["a", "b", "c", "d"] {
        assert_eq!(change, None);
        (storm, change) = brake.transition(&storm, Some(flag), rig.now);
    }
    rig.tell(&Event::Storm { raging: change.is_some() });
    rig.tick(minutes(10), Verdict::Pass);
    assert_eq!(rig.share(), "1", "nothing advances in a storm");

    let absolute = |rig: &Rig| {
        let judgement = flags_rollout::machine::Judgement::new(Verdict::Fail, "6 % of the runs failed");
        Event::Tick(Observation { judgements: vec![judgement], ..Observation::nothing(rig.state.epoch) })
    };
    let event = absolute(&rig);
    rig.tell(&event);
    rig.tell(&event);
    assert_eq!((rig.share().as_str(), rig.state.status), ("1", Status::Paused(Pause::Storm)));
    let mut other = Rig::started(&guarded());
    other.tell(&Event::Storm { raging: true });
    other.tick(minutes(1), Verdict::Fail);
    assert_eq!(other.phase(), "rolled_back", "against the control group a storm is no excuse");

    let (storm, change) = brake.transition(&storm, None, rig.now.saturating_add(minutes(10)));
    assert!(change.is_some() && !storm.raging);
    rig.tell(&Event::Storm { raging: false });
    assert_eq!(rig.state.status, Status::Running(Step::Baking));
    let event = absolute(&rig);
    rig.tell(&event);
    assert_eq!(rig.phase(), "rolled_back", "it was not the storm");
}

#[test]
fn a_plan_with_a_date_starts_by_itself_and_others_do_not() {
    let due = Event::Due { before: ControlsInForce::default() };
    let mut rig = Rig::new(&guarded());
    rig.tell(&due);
    assert_eq!(rig.phase(), "planned");
    let mut definition = guarded();
    definition.not_before = Some(rig.now.saturating_add(minutes(1)));
    let mut rig = Rig::new(&definition);
    rig.tell(&due);
    assert_eq!(rig.phase(), "planned");
    rig.now = rig.now.saturating_add(minutes(1));
    rig.tell(&due);
    assert_eq!(rig.phase(), "canary");
}

// E4
#[test]
fn it_says_when_it_will_be_complete() {
    let mut definition = guarded();
    let start = Timestamp::parse("2026-11-20T09:00:00Z").unwrap();
    assert_eq!(Estimate::of(&check(&definition), &Rig::new(&definition).state, start), Estimate::Unknown);
    definition.not_before = Some(start.saturating_add(minutes(30)));
    let rig = Rig::new(&definition);
    let then = Estimate::NotBefore(start.saturating_add(minutes(60)));
    assert_eq!(Estimate::of(&rig.plan, &rig.state, start), then);

    let mut rig = Rig::started(&definition);
    rig.look(minutes(14), &[Verdict::Pass], 0);
    let estimate = Estimate::of(&rig.plan, &rig.state, rig.now);
    assert_eq!(estimate, Estimate::NotBefore(start.saturating_add(minutes(34))), "the stage waits for samples");
    rig.command(Command::Pause);
    assert_eq!(Estimate::of(&rig.plan, &rig.state, rig.now), Estimate::Unknown);
    rig.command(Command::RollBack);
    assert_eq!(Estimate::of(&rig.plan, &rig.state, rig.now), Estimate::Over);
    assert_eq!(rig.state.asked, Some(Percentage::new(1.0).unwrap()));
}

#[test]
fn it_is_not_complete_while_its_last_percentage_is_not_in_force() {
    let mut rig = Rig::started(&unguarded());
    assert_eq!(rig.command(Command::Promote), None);
    rig.obeys = false;
    assert_eq!(rig.command(Command::Promote), None);
    assert_eq!((rig.share(), rig.phase()), ("25".into(), "majority"));
    let refused = rig.command(Command::Promote).unwrap();
    assert_eq!(refused.to_string(), "its last percentage is not in force yet: wait until it is, or roll it back");
    // Paused, nobody knows whether it is, so it is asked for again.
    assert_eq!(rig.command(Command::Pause), None);
    rig.obeys = true;
    assert_eq!(rig.command(Command::Promote), None);
    assert_eq!((rig.share(), rig.phase()), ("100".into(), "complete"));
}

#[test]
fn a_plan_that_becomes_a_dry_run_is_taken_back_all_the_same() {
    let mut rig = Rig::started(&guarded());
    rig.obeys = false;
    rig.tick(minutes(1), Verdict::Fail);
    let mut dry = guarded();
    dry.dry_run = true;
    rig.plan = check(&dry);
    rig.obeys = true;
    rig.tick(minutes(1), Verdict::Fail);
    assert_eq!((rig.share(), rig.phase()), ("none".into(), "rolled_back"));
}
