//! The controls of a program: in memory and in a folder they do the same, and what people read of them.

use flags_control::{
    Action, Command, Controls, Origin, Protection, Receipt, Rules, Slot, Target,
    audit::{Draft, Filter},
};

use crate::support::{
    NOW, actor, apply, clear, flag, hours, open, override_to, percentage, request, revive, set, set_until,
};

/// The same story for both; returns what is said and what is recorded.
fn story(controls: &Controls) -> String {
    let protection = |target: &Target| match target.key() {
        "checkout" => Protection::Protected,
        _ => Protection::Open,
    };
    let mut told = String::new();
    let mut ask = |name: &str, command: Command| {
        let request = request(name, Origin::Cli, command).because("the story");
        let said = match controls.apply(&request, &protection, NOW) {
            Ok(receipt) => receipt.to_string(),
            Err(error) => format!("refused: {error}"),
        };
        told.push_str(&format!("{name}: {said}\n"));
    };
    ask("ada", Command::Change(set("banner", override_to("blue"))));
    ask("ada", Command::Change(set("banner", override_to("blue"))));
    ask("ada", Command::Change(set_until("banner", percentage(12.5), hours(1))));
    ask("ada", Command::Change(set("checkout", override_to("express"))));
    ask("ada", Command::Change(set("checkout", Action::Kill)));
    ask("ada", Command::Approve(flags_control::Revision::new(3)));
    ask("ada", Command::Change(revive("checkout")));
    ask("ada", Command::Propose(revive("checkout")));
    ask("Ada", Command::Approve(flags_control::Revision::new(4)));
    ask("bob", Command::Confirm(flag("checkout")));
    ask("bob", Command::Approve(flags_control::Revision::new(4)));
    ask("bob", Command::Approve(flags_control::Revision::new(4)));
    ask("ada", Command::Propose(set("checkout", percentage(50.0))));
    ask("bob", Command::Reject(flags_control::Revision::new(7)));
    ask("ada", Command::Change(clear("banner", Some(Slot::Percentage))));
    ask("ada", Command::Change(set_until("banner", percentage(25.0), hours(1))));
    for receipt in controls.sweep(hours(1)).unwrap() {
        told.push_str(&format!("flags: {receipt}\n"));
    }
    told.push('\n');
    for control in controls.state().controls() {
        told.push_str(&format!("{control}\n"));
    }
    told.push('\n');
    for entry in controls.audit().unwrap().entries(Filter::default()).unwrap() {
        let entry = entry.unwrap();
        let target = entry.target.as_deref().unwrap_or("-");
        let show = |value: &Option<serde_json::Value>| value.as_ref().map_or("-".into(), ToString::to_string);
        told.push_str(&format!(
            "{} {} {} {target} by {} ({})\n  before {}\n  after  {}\n",
            entry.sequence,
            entry.revision.unwrap(),
            entry.action,
            entry.actor,
            entry.origin,
            show(&entry.before),
            show(&entry.after)
        ));
    }
    told
}

// D1, D2, D3, D4
#[test]
fn in_memory_and_in_a_folder_the_same_is_said_and_recorded() {
    let in_memory = story(&Controls::in_memory(Rules::default()));
    let folder = tempfile::tempdir().unwrap();
    let in_folder = story(&open(folder.path()));
    assert_eq!(in_memory, in_folder);
    insta::assert_snapshot!(in_memory);
}

// A16: what is on disk is for people too.
#[test]
fn the_file_of_controls_can_be_read_by_people() {
    let folder = tempfile::tempdir().unwrap();
    let controls = open(folder.path());
    let unit = Action::OverrideUnit { unit: "user-42".into(), variant: "express".into() };
    apply(&controls, "ada", set_until("checkout", unit, hours(1)));
    let protected = |_: &Target| Protection::Protected;
    let proposal = request("ada", Origin::Cli, Command::Propose(set("checkout", percentage(12.5))));
    controls.apply(&proposal.because("the launch"), &protected, NOW).unwrap();
    let text = std::fs::read_to_string(folder.path().join("controls.json")).unwrap();
    insta::assert_snapshot!(text);
}

// D2: expiry is enforced while running and at start.
#[test]
fn what_expired_while_nobody_ran_is_out_of_force_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    apply(&open(folder.path()), "ada", set_until("banner", override_to("blue"), hours(1)));
    let controls = open(folder.path());
    assert_eq!(controls.state().overlay(hours(2)).controls, []);
    let other = open(folder.path());
    assert_eq!(controls.sweep(hours(2)).unwrap().len(), 1);
    assert_eq!(other.sweep(hours(2)).unwrap(), [], "whoever gets there first does it");
    let history: Vec<_> =
        other.audit().unwrap().history("banner").unwrap().map(|entry| entry.unwrap().action).collect();
    assert_eq!(history, ["override".into(), "expire".into()]);
}

// D3
#[test]
fn what_is_no_change_of_controls_is_recorded_too() {
    let folder = tempfile::tempdir().unwrap();
    let controls = open(folder.path());
    let draft = Draft {
        at: NOW,
        actor: actor("ada"),
        origin: Origin::File,
        action: "definition_changed".into(),
        target: Some("banner".into()),
        reason: None,
        before: Some(serde_json::json!({ "enabled": false })),
        after: Some(serde_json::json!({ "enabled": true })),
        revision: None,
    };
    controls.record(&[draft.clone(), draft]).unwrap();
    controls.record(&[]).unwrap();
    assert_eq!(controls.state().revision().get(), 0);
    assert_eq!(open(folder.path()).audit().unwrap().history("banner").unwrap().count(), 2);
}

#[test]
fn clones_are_the_same_controls() {
    let controls = Controls::in_memory(Rules::default());
    let clone = controls.clone();
    let Receipt::Applied { .. } = apply(&controls, "ada", set("checkout", Action::Kill)) else { panic!() };
    assert_eq!(clone.state(), controls.state());
    assert!(!clone.refresh().unwrap());
    fn shareable<T: Send + Sync + 'static>(_: &T) {}
    shareable(&controls);
}
