//! Commands: one person, and two for a protected flag.

use flags_rollout::{
    controller::{Controller, MemoryJournal, Outcome},
    machine::{Command, Status, Step},
};

use super::world::{World, history, look, start, state};
use crate::rig::{guarded, minutes, stage};

fn say(controller: &Controller, command: &str, by: &str, because: &str) -> String {
    match controller.command("checkout", Command::from_name(command).unwrap(), by, because) {
        Ok(Outcome::Done { state, .. }) => format!("done: {} by {} ({})", state.phase(), state.by, state.because),
        Ok(Outcome::Requested(request)) => format!("requested until {}", request.expires_at),
        Ok(other) => unreachable!("{other:?}"),
        Err(error) => format!("refused: {error}"),
    }
}

// E8
#[test]
fn commands_that_make_no_sense_are_refused_with_the_reason() {
    let world = World::with("checkout", &guarded());
    let controller = world.controller(MemoryJournal::new());
    let mut said = vec![say(&controller, "pause", "ada", "")];
    said.push(say(&controller, "start", " \t", ""));
    said.push(say(&controller, "start", "ada, confirmed by bob", ""));
    start(&controller, "checkout");
    said.push(say(&controller, "start", "ada", ""));
    said.push(say(&controller, "resume", "ada", ""));
    world.inner().broken.insert("set");
    said.push(say(&controller, "promote", "ada", "we are in a hurry"));
    let unknown = controller.command("cart", Command::Pause, "ada", "").unwrap_err();
    said.push(unknown.to_string());
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn a_command_that_is_not_in_force_yet_says_so() {
    let world = World::with("checkout", &guarded());
    let controller = world.controller(MemoryJournal::new());
    world.inner().broken.insert("set");
    let outcome = controller.command("checkout", Command::from_name("start").unwrap(), "ada", "").unwrap();
    let Outcome::Done { state, unconfirmed } = outcome else { unreachable!("{outcome:?}") };
    assert_eq!(state.status, Status::Running(Step::Settling));
    assert_eq!(unconfirmed.as_deref(), Some("no space left on the device"));
}

// D4
#[test]
fn a_protected_flag_takes_two_people_to_go_up_and_one_to_come_down() {
    let world = World::with("checkout", &guarded());
    world.inner().protected.insert("checkout".into());
    let controller = world.controller(MemoryJournal::new());
    let mut said = vec![
        say(&controller, "promote", "ada", ""),
        say(&controller, "start", "ada", "the launch"),
        say(&controller, "start", " ADA", "I am in a hurry"),
    ];
    assert_eq!(world.share("checkout"), "none");
    assert_eq!(controller.requests().unwrap().len(), 1);
    said.push(say(&controller, "start", "bob", "looks good"));
    assert_eq!(world.share("checkout"), "1");
    assert_eq!(controller.requests().unwrap(), []);
    said.push(say(&controller, "pause", "bob", ""));
    said.push(say(&controller, "resume", "bob", ""));
    said.push(say(&controller, "resume", "ada", ""));
    said.push(say(&controller, "roll_back", "ada", "no"));
    assert_eq!(world.share("checkout"), "none");
    insta::assert_snapshot!(said.join("\n"));
    insta::assert_snapshot!("the_history_names_both", history(&controller, "checkout"));
}

#[test]
fn a_request_is_for_one_stage_and_one_week() {
    let definition = flags_rollout::plan::RolloutDefinition::custom(
        [1.0, 10.0, 25.0, 100.0].map(|share| stage(share).min_samples(0)),
    );
    let world = World::with("checkout", &definition);
    world.inner().protected.insert("checkout".into());
    let controller = world.controller(MemoryJournal::new());
    say(&controller, "start", "ada", "");
    world.pass(minutes(7 * 24 * 60));
    assert_eq!(controller.requests().unwrap(), [], "a week is over");
    assert!(say(&controller, "start", "bob", "").starts_with("requested"));
    say(&controller, "start", "ada", "");
    assert_eq!(world.share("checkout"), "1");

    assert!(say(&controller, "promote", "ada", "").starts_with("requested"));
    world.pass(minutes(11));
    look(&controller);
    assert_eq!(world.share("checkout"), "10", "it went on by itself");
    assert!(say(&controller, "promote", "bob", "").starts_with("requested"), "ada has not wanted it to go to 25 %");
    assert_eq!(world.share("checkout"), "10");
    assert!(say(&controller, "promote", "ada", "").starts_with("done"));
    assert_eq!(world.share("checkout"), "25");
}

#[test]
fn a_request_can_be_taken_back_and_outlives_a_restart() {
    let world = World::with("checkout", &guarded());
    world.inner().protected.insert("checkout".into());
    let journal = MemoryJournal::new();
    say(&world.controller(journal.clone()), "start", "ada", "");
    let controller = world.controller(journal);
    assert_eq!(controller.requests().unwrap().len(), 1);
    let start = Command::from_name("start").unwrap();
    assert_eq!(controller.withdraw("checkout", start), Ok(true));
    assert_eq!(controller.withdraw("checkout", start), Ok(false));
    assert!(say(&controller, "start", "bob", "").starts_with("requested"));
    assert_eq!(state(&controller, "checkout").status, Status::Planned);
}
