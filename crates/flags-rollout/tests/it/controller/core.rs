//! Looks: what is advanced, what is taken back, and what is done after a restart.

use std::time::Duration;

use flags_core::Timestamp;
use flags_rollout::{
    controller::MemoryJournal,
    guardrail::{Reading, Rule, RuleLook},
    machine::{Command, ControlsInForce, Event, Judgement, Pause, Status, Step, Verdict, replay},
    plan::{GuardMetric, GuardrailDefinition, OnBreach, RolloutDefinition},
};

use super::{
    watched::{Fuse, watched},
    world::{World, command, history, look, start, state},
};
use crate::rig::{check, guarded, minutes, percent, stage, unguarded};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Has a healthy rollout go on for that many minutes, with a look each.
fn go_on(world: &World, controller: &flags_rollout::controller::Controller, flag: &str, minutes_: u64) {
    for _ in 0..minutes_ {
        world.pass(minutes(1));
        world.runs(flag, 200, 2, 2);
        look(controller);
    }
}

// E1, E3
#[test]
fn a_healthy_rollout_goes_through_its_stages() {
    let world = World::with("checkout", &guarded());
    let controller = world.controller(MemoryJournal::new());
    look(&controller);
    assert_eq!(state(&controller, "checkout").status, Status::Planned);
    let state_ = start(&controller, "checkout");
    assert_eq!(state_.status, Status::Running(Step::Baking), "it has been read back already");
    go_on(&world, &controller, "checkout", 40);
    assert_eq!(state(&controller, "checkout").status, Status::Complete);
    assert_eq!(world.share("checkout"), "100");
    insta::assert_snapshot!(history(&controller, "checkout"));
    insta::assert_snapshot!("the_controls_change_with_each_stage", world.changes().join("\n"));
}

// E4, E7
#[test]
fn a_branch_that_fails_is_taken_back() {
    let world = World::with("checkout", &guarded());
    let before = ControlsInForce { percentage: Some(percent(0.5)), killed: false };
    world.inner().controls.insert("checkout".into(), before);
    let controller = world.controller(MemoryJournal::new());
    start(&controller, "checkout");
    look(&controller);
    assert_eq!(world.share("checkout"), "1");
    world.pass(seconds(1));
    world.runs("checkout", 100, 1, 60);
    look(&controller);
    assert_eq!(world.share("checkout"), "0.5");
    assert!(matches!(state(&controller, "checkout").status, Status::RolledBack { .. }));
    insta::assert_snapshot!(world.told());
    // At rest nothing is looked at any more.
    go_on(&world, &controller, "checkout", 100);
    assert_eq!(world.told(), "");
}

#[test]
fn a_look_that_changes_nothing_writes_nothing() {
    let world = World::with("checkout", &guarded());
    let controller = world.controller(MemoryJournal::new());
    look(&controller);
    assert_eq!(controller.history("checkout").unwrap(), []);
    start(&controller, "checkout");
    let written = controller.history("checkout").unwrap().len();
    assert_eq!(written, 2, "the start, and that it is in force");
    go_on(&world, &controller, "checkout", 9);
    assert_eq!(controller.history("checkout").unwrap().len(), written);
}

#[test]
fn what_was_counted_before_a_stage_does_not_count_in_it() {
    let world = World::with("checkout", &guarded());
    world.runs("checkout", 1_000, 0, 900);
    let controller = world.controller(MemoryJournal::new());
    start(&controller, "checkout");
    go_on(&world, &controller, "checkout", 5);
    assert_eq!(state(&controller, "checkout").status, Status::Running(Step::Baking));
    let seen = controller.view("checkout").unwrap().observation.unwrap();
    assert_eq!(seen.samples, 1_000);
}

// G3
#[test]
fn after_a_restart_what_was_not_read_back_is_asked_for_again() {
    let world = World::with("checkout", &guarded());
    let journal = MemoryJournal::new();
    let controller = world.controller(journal.clone());
    world.inner().broken.insert("set");
    assert_eq!(start(&controller, "checkout").status, Status::Running(Step::Settling));
    drop(controller);
    world.inner().broken.clear();
    assert_eq!(world.share("checkout"), "none");
    let controller = world.controller(journal.clone());
    look(&controller);
    assert_eq!(world.share("checkout"), "1");
    assert_eq!(state(&controller, "checkout").status, Status::Running(Step::Baking));

    world.inner().broken.insert("restore");
    command(&controller, "checkout", Command::RollBack);
    drop(controller);
    world.inner().broken.clear();
    world.told();
    let controller = world.controller(journal);
    look(&controller);
    assert_eq!(world.share("checkout"), "none");
    assert!(matches!(state(&controller, "checkout").status, Status::RolledBack { .. }));
    assert!(world.told().contains("alert: rolling back"), "whether somebody was told is not known, so he is");
}

#[test]
fn after_a_restart_the_time_of_the_stage_goes_on() {
    let world = World::with("checkout", &unguarded());
    let journal = MemoryJournal::new();
    let controller = world.controller(journal.clone());
    start(&controller, "checkout");
    world.pass(minutes(6));
    look(&controller);
    // The program ends, and somebody sets the clock back by an hour before it starts again.
    drop(controller);
    world.inner().wall = Timestamp::parse("2026-11-20T08:06:00Z").unwrap();
    let controller = world.controller(journal);
    look(&controller);
    world.pass(minutes(6));
    look(&controller);
    assert_eq!(world.share("checkout"), "1", "what is not known to have passed has not");
    world.pass(minutes(4));
    look(&controller);
    assert_eq!(world.share("checkout"), "25");
    // While it runs, the wall clock can be set as anybody likes.
    world.inner().wall = Timestamp::parse("2030-01-01T00:00:00Z").unwrap();
    look(&controller);
    assert_eq!(world.share("checkout"), "25");
}

// E7: the definition changes under a rollout
#[test]
fn a_plan_that_changes_pauses_and_goes_on_by_the_new_one() {
    let world = World::with("checkout", &guarded());
    let controller = world.controller(MemoryJournal::new());
    start(&controller, "checkout");
    look(&controller);
    world.define("checkout", &RolloutDefinition::custom([stage(1.0), stage(50.0)]));
    look(&controller);
    assert_eq!(state(&controller, "checkout").status, Status::Paused(Pause::DefinitionChanged));
    command(&controller, "checkout", Command::Resume);
    world.pass(minutes(11));
    world.runs("checkout", 2_000, 0, 0);
    look(&controller);
    assert_eq!(world.share("checkout"), "50");
}

#[test]
fn a_plan_that_is_gone_pauses_and_can_only_be_taken_back() {
    let world = World::with("checkout", &guarded());
    let journal = MemoryJournal::new();
    let controller = world.controller(journal.clone());
    start(&controller, "checkout");
    world.inner().plans.clear();
    world.told();
    look(&controller);
    assert_eq!(state(&controller, "checkout").status, Status::Paused(Pause::DefinitionChanged));
    insta::assert_snapshot!(world.told());
    look(&controller);
    assert_eq!(world.told(), "");
    let refused = controller.command("checkout", Command::Resume, "ada", "").unwrap_err();
    insta::assert_snapshot!("nobody_resumes_without_a_plan", refused.to_string());
    // Nor does it need the plan for that after a restart.
    let controller = world.controller(journal);
    command(&controller, "checkout", Command::RollBack);
    assert_eq!(world.share("checkout"), "none");
    let refused = controller.command("checkout", Command::Rearm, "ada", "").unwrap_err();
    insta::assert_snapshot!("nobody_rearms_without_a_plan", refused.to_string());
}

// E7
#[test]
fn what_hangs_on_a_flag_is_taken_back_before_it() {
    let world = World::new();
    let flags = ["checkout", "express", "gift", "search"];
    for flag in flags {
        world.define(flag, &guarded());
    }
    let edge = |dependant: &str, on: &str| (dependant.into(), on.into());
    world.inner().edges = vec![edge("express", "checkout"), edge("gift", "express"), edge("wrap", "checkout")];
    let controller = world.controller(MemoryJournal::new());
    for flag in flags {
        start(&controller, flag);
    }
    world.changes();
    world.pass(seconds(1));
    look(&controller);
    world.runs("checkout", 100, 1, 60);
    look(&controller);
    insta::assert_snapshot!(world.changes().join("\n"));
    assert_eq!(world.share("search"), "1");
    // It says nothing against those that had to go along: they may be armed again at once.
    command(&controller, "gift", Command::Rearm);
    assert!(controller.command("checkout", Command::Rearm, "ada", "").is_err());
}

// E6: too many at once
#[test]
fn in_a_storm_absolute_bounds_pause_and_comparisons_roll_back() {
    let world = World::new();
    let signal = GuardrailDefinition::new(GuardMetric::from_name("checkout_5xx")).max(0.1);
    let flags = ["a", "b", "c", "d", "e", "f"];
    for flag in flags {
        world.define(flag, &guarded().guardrail(signal.clone()));
    }
    let controller = world.controller(MemoryJournal::new());
    world.inner().signals.insert("checkout_5xx".into(), Reading::Value(0.5));
    for flag in flags {
        start(&controller, flag);
    }
    for _ in 0..6 {
        look(&controller);
        world.pass(minutes(1));
        for flag in flags {
            world.runs(flag, 10, 0, 0);
        }
    }
    let statuses = |controller| flags.map(|flag| state(controller, flag).status.name());
    assert_eq!(statuses(&controller), ["rolled_back", "rolled_back", "rolled_back", "paused", "paused", "paused"]);
    assert_eq!(state(&controller, "d").status, Status::Paused(Pause::Storm));
    insta::assert_snapshot!(world.told().lines().filter(|line| !line.contains("entry")).collect::<Vec<_>>().join("\n"));
    // What is worse than its control is taken back all the same.
    world.runs("e", 200, 0, 100);
    look(&controller);
    assert!(matches!(state(&controller, "e").status, Status::RolledBack { .. }));
    // The storm is not over by a restart, and goes on until it has been calm.
    world.inner().signals.insert("checkout_5xx".into(), Reading::Value(0.0));
    for _ in 0..12 {
        world.pass(minutes(1));
        look(&controller);
    }
    assert_eq!(state(&controller, "d").status, Status::Running(Step::Baking));
    assert!(world.told().contains("the storm of rollbacks is over"));
}

#[test]
fn a_storm_outlasts_a_restart() {
    let world = World::new();
    let flags = ["a", "b", "c", "d", "e"];
    let signal = GuardrailDefinition::new(GuardMetric::from_name("checkout_5xx")).max(0.1);
    for flag in flags {
        world.define(flag, &guarded().guardrail(signal.clone()));
    }
    let journal = MemoryJournal::new();
    let controller = world.controller(journal.clone());
    world.inner().signals.insert("checkout_5xx".into(), Reading::Value(0.5));
    for flag in flags {
        start(&controller, flag);
    }
    for _ in 0..6 {
        look(&controller);
        world.pass(minutes(1));
    }
    assert_eq!(state(&controller, "e").status, Status::Paused(Pause::Storm));
    let controller = world.controller(journal);
    for _ in 0..6 {
        look(&controller);
        world.pass(minutes(1));
    }
    assert_eq!(state(&controller, "e").status, Status::Paused(Pause::Storm));
}

// E7: a disk that is full for an hour
#[test]
fn a_rollback_that_fails_for_an_hour_is_tried_for_an_hour() {
    let world = World::with("checkout", &guarded());
    let controller = world.controller(MemoryJournal::new());
    start(&controller, "checkout");
    look(&controller);
    world.inner().broken.insert("restore");
    world.runs("checkout", 100, 1, 60);
    world.changes();
    world.told();
    for _ in 0..3_600 {
        world.pass(seconds(1));
        look(&controller);
    }
    assert!(matches!(state(&controller, "checkout").status, Status::RollingBack { .. }));
    let attempts = world.changes().len();
    assert!(
        (110..130).contains(&attempts),
        "{attempts}: never longer than half a minute apart, once it has failed often"
    );
    insta::assert_snapshot!(world.told());
    assert!(controller.history("checkout").unwrap().len() < 150);
    world.inner().broken.clear();
    for _ in 0..31 {
        world.pass(seconds(1));
        look(&controller);
    }
    assert_eq!(world.share("checkout"), "none");
    assert!(matches!(state(&controller, "checkout").status, Status::RolledBack { .. }));
}

#[test]
fn a_change_that_is_not_in_force_is_held_and_told() {
    let world = World::with("checkout", &guarded());
    let controller = world.controller(MemoryJournal::new());
    world.inner().broken.insert("set");
    start(&controller, "checkout");
    go_on(&world, &controller, "checkout", 30);
    assert_eq!(state(&controller, "checkout").status, Status::Running(Step::Settling));
    insta::assert_snapshot!(world.told().lines().take(4).collect::<Vec<_>>().join("\n"));
    world.inner().broken.clear();
    go_on(&world, &controller, "checkout", 2);
    assert_eq!(world.share("checkout"), "1");
}

#[test]
fn controls_that_cannot_be_read_hold_everything_but_protection() {
    let world = World::with("checkout", &guarded());
    let controller = world.controller(MemoryJournal::new());
    start(&controller, "checkout");
    look(&controller);
    world.inner().broken.insert("controls");
    world.runs("checkout", 100, 1, 60);
    look(&controller);
    assert_eq!(world.share("checkout"), "none", "it is taken back");
    assert!(matches!(state(&controller, "checkout").status, Status::RollingBack { .. }), "nobody can say that it is");
    assert!(world.told().contains("cannot be read back: the file cannot be read"));
    world.inner().broken.clear();
    look(&controller);
    assert!(matches!(state(&controller, "checkout").status, Status::RolledBack { .. }));
}

// E1: a date
#[test]
fn a_rollout_with_a_date_starts_by_itself() {
    let mut definition = guarded();
    definition.not_before = Timestamp::parse("2026-11-20T09:30:00Z");
    let world = World::with("checkout", &definition);
    world.define("guarded", &definition);
    world.inner().protected.insert("guarded".into());
    let controller = world.controller(MemoryJournal::new());
    look(&controller);
    world.pass(minutes(29));
    look(&controller);
    assert_eq!(world.told(), "");
    world.pass(minutes(1));
    look(&controller);
    assert_eq!((world.share("checkout"), world.share("guarded")), ("1".into(), "none".into()));
    insta::assert_snapshot!(world.told());
}

#[test]
fn somebody_else_who_sets_the_percentage_is_noticed_at_the_next_look() {
    let world = World::with("checkout", &guarded());
    let controller = world.controller(MemoryJournal::new());
    start(&controller, "checkout");
    look(&controller);
    world.inner().controls.get_mut("checkout").unwrap().percentage = Some(percent(90.0));
    look(&controller);
    assert_eq!(state(&controller, "checkout").status, Status::Paused(Pause::Interference));
    assert_eq!(world.share("checkout"), "90", "people are not overruled");
}

#[test]
fn a_rule_that_panics_is_one_that_cannot_be_read() {
    struct Wild;
    impl Rule for Wild {
        fn name(&self) -> &str {
            "books"
        }

        fn judge(&self, _: &RuleLook) -> Judgement {
            std::panic::resume_unwind(Box::new("wild"))
        }
    }
    let rule = GuardrailDefinition::new(GuardMetric::Rule("books".into())).on_breach(OnBreach::Rollback);
    let world = World::with("checkout", &unguarded().guardrail(rule));
    world.inner().rules.push(std::sync::Arc::new(Wild));
    let controller = world.controller(MemoryJournal::new());
    start(&controller, "checkout");
    look(&controller);
    let seen = controller.view("checkout").unwrap().observation.unwrap();
    assert_eq!(seen.judgements, [Judgement::new(Verdict::Error, "the rule panicked")]);
}

// G3
#[test]
fn the_journal_comes_to_the_same_as_the_live_state() {
    let world = World::with("checkout", &guarded());
    let controller = world.controller(MemoryJournal::new());
    start(&controller, "checkout");
    go_on(&world, &controller, "checkout", 15);
    command(&controller, "checkout", Command::Pause);
    go_on(&world, &controller, "checkout", 15);
    command(&controller, "checkout", Command::Resume);
    go_on(&world, &controller, "checkout", 30);
    let plan = check(&guarded());
    let planned = flags_rollout::machine::State::planned(&plan, Timestamp::parse("2026-11-20T09:00:00Z").unwrap());
    let records = controller.history("checkout").unwrap();
    let events = records.iter().map(|record| (&record.event, record.now));
    assert_eq!(replay(&plan, &planned, events), state(&controller, "checkout"));
    assert!(records.iter().any(|record| matches!(record.event, Event::ReadBack(_))));
}

// G3: nothing is done that is not journalled
#[test]
fn without_a_journal_nothing_is_done_and_it_is_made_up_for() {
    let world = World::with("checkout", &guarded());
    let journal = MemoryJournal::new();
    let controller = watched(&world, &journal, &Fuse::new(usize::MAX));
    start(&controller, "checkout");
    look(&controller);
    world.inner().broken.insert("append");
    world.runs("checkout", 100, 1, 60);
    world.changes();
    world.told();
    for _ in 0..90 {
        world.pass(seconds(1));
        look(&controller);
    }
    assert_eq!((world.share("checkout"), world.changes().len()), ("1".into(), 0));
    insta::assert_snapshot!(world.told());
    let refused = controller.command("checkout", Command::RollBack, "ada", "").unwrap_err();
    assert!(refused.to_string().contains("no space left on the device"), "{refused}");
    world.inner().broken.clear();
    look(&controller);
    assert_eq!(world.share("checkout"), "none");
}

// G3: that it is to be taken back stands in the journal already
#[test]
fn a_rollback_under_way_needs_no_room_in_the_journal() {
    let world = World::with("checkout", &guarded());
    let journal = MemoryJournal::new();
    let controller = watched(&world, &journal, &Fuse::new(usize::MAX));
    start(&controller, "checkout");
    look(&controller);
    world.inner().broken.insert("restore");
    world.runs("checkout", 100, 1, 60);
    look(&controller);
    assert!(matches!(state(&controller, "checkout").status, Status::RollingBack { .. }));
    world.inner().broken.insert("append");
    world.inner().broken.remove("restore");
    world.pass(seconds(30));
    look(&controller);
    assert_eq!(world.share("checkout"), "none");
    world.inner().broken.clear();
    look(&controller);
    assert!(matches!(state(&controller, "checkout").status, Status::RolledBack { .. }));
}
