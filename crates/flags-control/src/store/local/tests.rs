//! The program ends at every step of every kind of change, and of making good after that: nothing that was promised is
//! lost, nothing is half there, and every change has its entry.

use std::{fs, path::Path};

use flags_core::Timestamp;

use super::{LocalOptions, LocalStore, step::tests::crash_at};
use crate::{
    Action, Actor, Change, Command, ControlState, ControlStore as _, Controls, Decision, Origin, Protection, Receipt,
    Request, Rules, StoreError, Target, Urgency,
    audit::{Draft, Filter},
    check_log, decide,
};

const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

fn options() -> LocalOptions {
    // Segments so small that every few entries begin another.
    LocalOptions::default().clock(NOW).reserve_bytes(4_096).segment_bytes(3_000)
}

/// A folder in memory where there is one: thousands of flushes to a disk take long, and say nothing about what is asked here.
fn fresh_folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn open(folder: &Path) -> Controls {
    Controls::open(folder, options(), Rules::default()).unwrap()
}

fn request(actor: &str, command: Command) -> Request {
    Request::new(Actor::new(actor).unwrap(), Origin::Cli, command).because("a test")
}

fn set(flag: &str, action: Action) -> Command {
    Command::Change(Change::Set { target: Target::flag(flag).unwrap(), action, expires_at: None })
}

fn set_variant(flag: &str, variant: &str) -> Command {
    set(flag, Action::Override { variant: variant.into() })
}

fn apply(controls: &Controls, actor: &str, command: Command) -> Receipt {
    controls.apply(&request(actor, command), &|_| Protection::Open, NOW).unwrap()
}

/// Everything that has to hold of a folder at rest: the log is whole, and tells the state.
fn check(folder: &Path) -> ControlState {
    let store = LocalStore::open(folder, options()).unwrap();
    let state = store.read().unwrap();
    let log_check = check_log(folder, options().lock_wait).unwrap();
    assert!(log_check.is_intact(), "{log_check:?}");
    let log = store.audit().unwrap();
    let replay = log.replay().unwrap();
    assert_eq!(ControlState::replay(replay.checkpoint.as_ref(), &replay.changes).unwrap(), state.settled());
    let entries: Vec<_> = log.entries(Filter::default()).unwrap().map(Result::unwrap).collect();
    let revisions: Vec<_> = entries.iter().filter_map(|entry| entry.revision).collect();
    assert_eq!(revisions, (1..=state.revision().get()).collect::<Vec<_>>(), "each change has one entry");
    assert!(!folder.join("controls.json.new").exists(), "opening clears away what was half written");
    state.settled()
}

/// Ends the program at each step of `work` on a fresh copy of what `before` made; returns how many steps there are.
///
/// After each crash the state is the one before or the one after, and the one after if the change was acknowledged.
fn crash_everywhere(before: impl Fn(&Controls), work: impl Fn(&Controls)) -> usize {
    let whole = fresh_folder();
    let controls = open(whole.path());
    before(&controls);
    let former = check(whole.path());
    work(&controls);
    let latter = check(whole.path());
    assert_ne!(former, latter, "the work changes something");
    for number in 0.. {
        let folder = fresh_folder();
        let controls = open(folder.path());
        before(&controls);
        let acknowledged = crash_at(number, || work(&controls)).is_some();
        drop(controls);
        let found = check(folder.path());
        if acknowledged {
            assert_eq!(found, latter, "acknowledged");
            return number;
        }
        assert!(found == former || found == latter, "step {number}: {found:?}");
        // Whoever comes next can go on.
        let controls = open(folder.path());
        apply(&controls, "eve", set("another", Action::Kill));
        check(folder.path());
    }
    unreachable!("a change has an end")
}

// A16, D3
#[test]
fn a_change_survives_a_crash_at_every_step() {
    let steps = crash_everywhere(
        |controls| {
            apply(controls, "ada", set_variant("checkout", "express"));
        },
        |controls| {
            apply(controls, "bob", set("checkout", Action::Kill));
        },
    );
    assert!(steps >= 8, "{steps}");
}

// A16, D3
#[test]
fn a_change_that_begins_a_segment_survives_a_crash_at_every_step() {
    for changes in 4..8 {
        crash_everywhere(
            |controls| {
                for number in 0..changes {
                    apply(controls, "ada", set_variant("checkout", &format!("v{number}")));
                }
            },
            |controls| {
                apply(
                    controls,
                    "bob",
                    Command::Change(Change::Clear { target: Target::flag("checkout").unwrap(), slot: None }),
                );
            },
        );
    }
}

// D4
#[test]
fn an_approval_takes_its_proposal_away_and_lays_its_control_at_once() {
    crash_everywhere(
        |controls| {
            let Command::Change(change) = set_variant("checkout", "express") else { unreachable!() };
            apply(controls, "ada", Command::Propose(change));
        },
        |controls| {
            let id = controls.state().proposals().next().unwrap().id;
            apply(controls, "bob", Command::Approve(id));
        },
    );
}

/// A damaged file is rebuilt; the program that does it ends at each step, and so does the one after.
// D1, D3
#[test]
fn rebuilding_survives_a_crash_at_every_step() {
    for number in 0.. {
        let folder = fresh_folder();
        let controls = open(folder.path());
        apply(&controls, "ada", set("checkout", Action::Kill));
        apply(&controls, "ada", set_variant("banner", "blue"));
        drop(controls);
        fs::write(folder.path().join("controls.json"), "{").unwrap();
        let ended = crash_at(number, || drop(LocalStore::open(folder.path(), options()).unwrap())).is_none();
        crash_at(number / 2, || drop(LocalStore::open(folder.path(), options()).unwrap()));
        let found = check(folder.path());
        assert!(found.is_killed(&Target::flag("checkout").unwrap()), "step {number}");
        assert_eq!(found.controls().len(), 2, "step {number}");
        if !ended {
            assert!(number >= 5, "{number}");
            return;
        }
    }
}

// D3
#[test]
fn entries_that_are_no_change_survive_too() {
    let draft = |action: &str| Draft {
        at: NOW,
        actor: Actor::new("ada").unwrap(),
        origin: Origin::File,
        action: action.into(),
        target: Some("checkout".into()),
        reason: None,
        before: None,
        after: None,
        revision: None,
    };
    for number in 0.. {
        let folder = fresh_folder();
        let controls = open(folder.path());
        controls.record(&[draft("first")]).unwrap();
        let recorded = crash_at(number, || controls.record(&[draft("second"), draft("third")]).unwrap()).is_some();
        drop(controls);
        check(folder.path());
        let controls = open(folder.path());
        let entries = controls.audit().unwrap().entries(Filter::default()).unwrap();
        let actions: Vec<_> = entries.map(|entry| entry.unwrap().action).collect();
        assert!(actions.len() == 1 || actions.len() == 3, "{actions:?}");
        if recorded {
            assert_eq!(actions.len(), 3);
            return;
        }
    }
}

/// The entry is cut off at every byte, as by a crash in the middle of appending it.
// D3
#[test]
fn an_entry_that_was_cut_off_anywhere_is_appended_again() {
    let folder = fresh_folder();
    let controls = open(folder.path());
    apply(&controls, "ada", set_variant("checkout", "express"));
    let log = folder.path().join("audit/audit-000001.jsonl");
    let before = fs::read(&log).unwrap();
    apply(&controls, "bob", set("checkout", Action::Kill));
    let after = fs::read(&log).unwrap();
    drop(controls);
    let expected = check(folder.path());
    assert_eq!(after[..before.len()], before);
    for cut in before.len()..after.len() {
        // What cutting leaves is set aside and recorded, which grows the folder: each time from the same beginning.
        let copy = fresh_folder();
        fs::create_dir(copy.path().join("audit")).unwrap();
        fs::write(copy.path().join("audit/audit-000001.jsonl"), &after[..cut]).unwrap();
        fs::copy(folder.path().join("controls.json"), copy.path().join("controls.json")).unwrap();
        let checked = check_log(copy.path(), options().lock_wait).unwrap();
        assert_eq!(checked.owed, Some(expected.revision()), "cut at {cut}");
        assert_eq!(check(copy.path()), expected, "cut at {cut}");
    }
}

#[test]
fn a_reader_sees_an_interrupted_change_and_supplies_its_entry() {
    let folder = fresh_folder();
    let (writer, reader) = (open(folder.path()), open(folder.path()));
    let mut owed = 0;
    for number in 0..20 {
        let command = set_variant("checkout", &format!("v{number}"));
        crash_at(number, || apply(&writer, "ada", command));
        let before = reader.audit().unwrap().last_revision().unwrap().unwrap_or_default();
        reader.refresh().unwrap();
        let after = reader.audit().unwrap().last_revision().unwrap().unwrap_or_default();
        assert_eq!(after, reader.state().revision().get());
        owed += u32::from(before < after);
    }
    assert!(owed > 0, "a crash between the two is among them");
    check(folder.path());
}

/// A store is asked to replace a revision that is no longer there.
#[test]
fn replacing_another_revision_is_a_conflict() {
    let folder = fresh_folder();
    let store = LocalStore::open(folder.path(), options()).unwrap();
    let first = store.read().unwrap();
    let request = request("ada", set("checkout", Action::Kill));
    let Decision::Changed(changed) = decide(&first, &request, &|_| Protection::Open, &Rules::default(), NOW).unwrap()
    else {
        unreachable!()
    };
    store.replace(first.revision(), &changed.state, Urgency::Ordinary).unwrap();
    let again = store.replace(first.revision(), &changed.state, Urgency::Ordinary);
    let expected = StoreError::Conflict { expected: first.revision(), found: changed.state.revision() };
    assert_eq!(again, Err(expected));
    check(folder.path());
}
