//! The program is stopped at every point between journal, control and read-back, and goes on from what was written.

use flags_rollout::{
    controller::{Controller, Journal as _, MemoryJournal, Port as _},
    machine::{Command, ControlsInForce, State, Status, Step, replay},
    plan::RolloutDefinition,
};

use super::{
    watched::{Fuse, stopped, watched},
    world::World,
};
use crate::rig::{guarded, minutes, percent, unguarded};

const FOREVER: usize = usize::MAX;

/// One minute of a script.
struct Script {
    flags: &'static [&'static str],
    /// What is done in a minute, before the look; it is done again after a stop in it.
    minute: fn(&World, &Controller, u64),
    minutes: u64,
}

fn world(script: &Script) -> World {
    let world = World::new();
    for flag in script.flags {
        world.define(flag, &if *flag == "timed" { unguarded() } else { guarded() });
        let before = ControlsInForce { percentage: Some(percent(0.5)), killed: false };
        world.inner().controls.insert((*flag).into(), before);
    }
    world
}

/// Gives a command, which may have been carried out before the program stopped.
fn give(controller: &Controller, flag: &str, name: &str, by: &str) {
    let _ = controller.command(flag, Command::from_name(name).unwrap(), by, "");
}

/// What a state wants to be in force.
fn wanted(state: &State) -> ControlsInForce {
    let initially = ControlsInForce { percentage: Some(percent(0.5)), killed: false };
    match state.status {
        Status::Planned | Status::RolledBack { .. } => state.before.unwrap_or(initially),
        Status::RollingBack { to, .. } => to,
        _ => ControlsInForce { percentage: state.asked, killed: false },
    }
}

/// Whether what a state wants has been read back.
fn is_confirmed(state: &State) -> bool {
    !matches!(state.status, Status::Running(Step::Settling) | Status::RollingBack { .. } | Status::Paused(_))
}

/// What is in force is what the last state wants, or what the one wanted before it that was read back, or one in between.
pub(crate) fn explained(world: &World, journal: &MemoryJournal, flag: &str) {
    let history = journal.history(flag).unwrap();
    let mut wishes = vec![];
    for record in history.iter().rev() {
        wishes.push(wanted(&record.state));
        if is_confirmed(&record.state) {
            break;
        }
    }
    if !history.iter().any(|record| is_confirmed(&record.state)) {
        wishes.push(ControlsInForce { percentage: Some(percent(0.5)), killed: false });
    }
    let found = world.controls(flag).unwrap();
    assert!(wishes.contains(&found), "{flag}: {found:?} of {wishes:?}");
}

/// A plan goes on or is taken back, never both, and the journal comes to what is.
fn sound(world: &World, journal: &MemoryJournal, flag: &str) {
    explained(world, journal, flag);
    let history = journal.history(flag).unwrap();
    let turned = history.iter().position(|record| matches!(record.state.status, Status::RollingBack { .. }));
    if let Some(turned) = turned {
        let after = history[turned..].iter().map(|record| record.state.status);
        let is_back = |status| matches!(status, Status::RollingBack { .. } | Status::RolledBack { .. });
        assert!(after.clone().all(is_back), "{flag} went on after its rollback: {:?}", after.collect::<Vec<_>>());
    }
    let plan = world.inner().plans[flag].clone();
    let Some(first) = history.first() else { return };
    let start = State::planned(&plan, first.now);
    let events = history.iter().map(|record| (&record.event, record.now));
    assert_eq!(Some(replay(&plan, &start, events)), journal.last(flag).unwrap());
}

/// Runs the script from a minute on; the minute it was stopped in, if it was.
fn run(script: &Script, world: &World, journal: &MemoryJournal, from: u64, fuse: &Fuse) -> Option<u64> {
    let mut now = from;
    let was_stopped = stopped(|| {
        let controller = watched(world, journal, fuse);
        while now < script.minutes {
            (script.minute)(world, &controller, now);
            controller.look().unwrap();
            world.pass(minutes(1));
            now += 1;
        }
    });
    was_stopped.then_some(now)
}

/// Stops a script at every point, and once more at each of the points that follow; hands every end to a check. How many
/// points there are.
fn at_every_point(script: &Script, check: impl Fn(&World, &MemoryJournal, &str)) -> usize {
    let fuse = Fuse::new(FOREVER);
    run(script, &world(script), &MemoryJournal::new(), 0, &fuse);
    let points = FOREVER - fuse.left();
    for first in 0..points {
        // The points of the first look after the restart, and then some; last, none at all.
        for second in (0..16).chain([FOREVER]) {
            let (world, journal) = (world(script), MemoryJournal::new());
            let mut at = run(script, &world, &journal, 0, &Fuse::new(first)).expect("there is such a point");
            for flag in script.flags {
                explained(&world, &journal, flag);
            }
            if let Some(again) = run(script, &world, &journal, at, &Fuse::new(second)) {
                at = again;
                for flag in script.flags {
                    explained(&world, &journal, flag);
                }
                assert_eq!(run(script, &world, &journal, at, &Fuse::new(FOREVER)), None);
            }
            for flag in script.flags {
                sound(&world, &journal, flag);
                check(&world, &journal, &format!("{first} {second}"));
            }
        }
    }
    points
}

fn status(journal: &MemoryJournal, flag: &str) -> &'static str {
    journal.last(flag).unwrap().map_or("planned", |state| state.status.name())
}

// G3
#[test]
fn stopped_anywhere_a_healthy_rollout_completes() {
    let script = Script {
        flags: &["checkout"],
        minute: |world, controller, minute| {
            if minute == 0 {
                give(controller, "checkout", "start", "ada");
            }
            world.runs("checkout", 200, 2, 2);
        },
        minutes: 60,
    };
    let points = at_every_point(&script, |world, journal, at| {
        assert_eq!((status(journal, "checkout"), &*world.share("checkout")), ("complete", "100"), "{at}");
    });
    assert!(points > 60, "{points}");
}

// G3
#[test]
fn stopped_anywhere_a_broken_branch_is_taken_back() {
    let script = Script {
        flags: &["checkout"],
        minute: |world, controller, minute| {
            if minute == 0 {
                give(controller, "checkout", "start", "ada");
            }
            world.runs("checkout", 200, 2, if minute < 15 { 2 } else { 120 });
        },
        minutes: 30,
    };
    let points = at_every_point(&script, |world, journal, at| {
        assert_eq!((status(journal, "checkout"), &*world.share("checkout")), ("rolled_back", "0.5"), "{at}");
    });
    assert!(points > 40, "{points}");
}

// G3: what was wrong is gone after the restart, with the evidence of it
#[test]
fn stopped_anywhere_a_passing_failure_leads_to_one_end_and_not_to_both() {
    let script = Script {
        flags: &["checkout"],
        minute: |world, controller, minute| {
            if minute == 0 {
                give(controller, "checkout", "start", "ada");
            }
            world.runs("checkout", 200, 2, if minute == 15 { 120 } else { 2 });
        },
        minutes: 80,
    };
    let ends = std::cell::RefCell::new(std::collections::BTreeSet::new());
    at_every_point(&script, |world, journal, at| {
        let end = (status(journal, "checkout"), world.share("checkout"));
        assert!(end == ("rolled_back", "0.5".into()) || end == ("complete", "100".into()), "{at}: {end:?}");
        ends.borrow_mut().insert(end);
    });
    assert!(ends.borrow().iter().any(|(status, _)| *status == "rolled_back"));
}

// G3, E7
#[test]
fn stopped_anywhere_what_hangs_on_a_flag_is_taken_back_before_it() {
    let script = Script {
        flags: &["checkout", "express", "gift"],
        minute: |world, controller, minute| {
            let edge = |dependant: &str, on: &str| (dependant.into(), on.into());
            world.inner().edges = vec![edge("express", "checkout"), edge("gift", "express")];
            if minute == 0 {
                for flag in ["checkout", "express", "gift"] {
                    give(controller, flag, "start", "ada");
                }
            }
            for flag in ["checkout", "express", "gift"] {
                world.runs(flag, 200, 2, if minute >= 3 && flag == "checkout" { 120 } else { 2 });
            }
        },
        minutes: 8,
    };
    let points = at_every_point(&script, |world, journal, at| {
        for flag in ["checkout", "express", "gift"] {
            assert_eq!((status(journal, flag), &*world.share(flag)), ("rolled_back", "0.5"), "{at} {flag}");
        }
    });
    assert!(points > 60, "{points}");
}

// G3: commands while the percentage has not been read back
#[test]
fn stopped_anywhere_commands_during_a_change_are_kept_or_never_were() {
    for (command, end) in [("pause", "paused"), ("promote", "complete"), ("roll_back", "rolled_back")] {
        let minute: fn(&World, &Controller, u64) = match command {
            "pause" => |world, controller, minute| during(world, controller, minute, "pause"),
            "promote" => |world, controller, minute| during(world, controller, minute, "promote"),
            _ => |world, controller, minute| during(world, controller, minute, "roll_back"),
        };
        let script = Script { flags: &["timed"], minute, minutes: 60 };
        at_every_point(&script, |_, journal, at| assert_eq!(status(journal, "timed"), end, "{command} {at}"));
    }
}

fn during(world: &World, controller: &Controller, minute: u64, command: &str) {
    // Nothing can be set in the first minutes.
    if minute < 4 {
        world.inner().broken.insert("set");
    } else {
        world.inner().broken.clear();
    }
    match minute {
        0 => give(controller, "timed", "start", "ada"),
        2 => give(controller, "timed", command, "ada"),
        _ => {}
    }
}

// D4, G3
#[test]
fn stopped_anywhere_nobody_alone_starts_a_protected_flag() {
    let script = Script {
        flags: &["timed"],
        minute: |world, controller, minute| {
            world.inner().protected.insert("timed".into());
            match minute {
                0 => give(controller, "timed", "start", "ada"),
                1 => {
                    assert_eq!(world.share("timed"), "0.5");
                    assert_eq!(controller.requests().unwrap().len(), 1);
                }
                2 => give(controller, "timed", "start", "bob"),
                _ => {}
            }
        },
        minutes: 5,
    };
    at_every_point(&script, |world, journal, at| {
        assert_eq!((status(journal, "timed"), &*world.share("timed")), ("running", "1"), "{at}");
        let by = journal.history("timed").unwrap()[0].state.by.to_string();
        assert_eq!(by, "ada, confirmed by bob", "{at}");
    });
}

// G3: the plan is followed to its end even if the program stops at every single look
#[test]
fn a_program_that_never_runs_for_long_gets_there_too() {
    let definition = RolloutDefinition::custom([1.0, 25.0, 100.0].map(|share| crate::rig::stage(share).min_samples(0)));
    let world = World::with("timed", &definition);
    let journal = MemoryJournal::new();
    let mut random = fastrand::Rng::with_seed(7);
    for minute in 0..200 {
        let _ = stopped(|| {
            let controller = watched(&world, &journal, &Fuse::new(random.usize(0..8)));
            if minute == 0 || journal.last("timed").unwrap().is_none() {
                give(&controller, "timed", "start", "ada");
            }
            controller.look().unwrap();
        });
        world.pass(minutes(1));
    }
    assert_eq!((status(&journal, "timed"), &*world.share("timed")), ("complete", "100"));
}
