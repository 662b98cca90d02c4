//! Operating flags while the program runs (D1, D2, D4).

use std::{fs, path::Path, sync::mpsc, time::Duration};

use flags::{
    BuildError, ChangeSet, ChangeSource, Context, Flags, OperateError, Percentage, Subscription, Timestamp,
    control::{Action, Change, ControlError, Origin, Receipt, Refusal, Standing, Target},
};
use flags_testkit::ManualClock;

const TEXT: &str = "
[features.shop]
enabled = true
[features.checkout]
enabled = true
parent = 'shop'
variants = { classic = 1, express = 2 }
serve = 'classic'
off = 'classic'
[features.guarded]
enabled = true
protected = true
";

fn in_memory() -> Flags {
    Flags::builder().toml(TEXT).build().unwrap()
}

fn in_folder(folder: &Path) -> Flags {
    let file = folder.join("flags.toml");
    if !file.exists() {
        fs::write(&file, TEXT).unwrap();
    }
    Flags::builder().file(file).state_dir(folder.join("state")).build().unwrap()
}

fn anybody() -> Context {
    Context::new("user-42")
}

/// Hears of every change of a client's flags.
fn changes(flags: &Flags) -> (Subscription, mpsc::Receiver<ChangeSource>) {
    let (tell, hear) = mpsc::channel();
    // Nobody may be left to hear it at the end of a test.
    let told = move |changes: &ChangeSet| {
        let _ = tell.send(changes.source);
    };
    (flags.on_change(told), hear)
}

fn next(changes: &mpsc::Receiver<ChangeSource>) -> ChangeSource {
    changes.recv_timeout(Duration::from_secs(30)).expect("a change is on its way")
}

// D1
#[test]
fn a_kill_is_in_force_when_the_call_returns_and_takes_the_subtree() {
    let flags = in_memory();
    let (_subscription, told) = changes(&flags);
    let receipt = flags.control().by("ada").unwrap().because("payments fail").kill("shop").unwrap();
    assert!(matches!(receipt, Receipt::Applied { .. }), "{receipt:?}");
    assert!(!flags.is_enabled("shop", &anybody()));
    assert!(!flags.is_enabled("checkout", &anybody()), "it is below the shop");
    assert_eq!(flags.evaluate("checkout", &anybody()).cause(), flags::Cause::Kill);
    let [kill] = &flags.control().of("shop")[..] else { panic!("one control") };
    assert_eq!((kill.author.name(), kill.reason.as_deref()), ("ada", Some("payments fail")));
    assert_eq!(flags.history("shop").last().unwrap().source, ChangeSource::Control);

    flags.control().by("bob").unwrap().revive("shop").unwrap();
    assert!(flags.is_enabled("checkout", &anybody()));
    assert_eq!([next(&told), next(&told)], [ChangeSource::Control; 2]);
}

// D2
#[test]
fn overrides_and_percentages_hold_until_they_expire() {
    let clock = ManualClock::new(Timestamp::parse("2026-11-20T12:00:00Z").unwrap());
    let flags = Flags::builder().toml(TEXT).clock(clock.clone()).build().unwrap();
    let ada = flags.control().by("ada").unwrap();
    ada.clone().lasting(Duration::from_secs(3600)).override_all("checkout", "express").unwrap();
    ada.override_unit("checkout", "user-13", "classic").unwrap();
    let variant = |user: &str| flags.variant("checkout", &Context::new(user)).unwrap().to_string();
    assert_eq!((variant("user-42"), variant("user-13")), ("express".into(), "express".into()), "for all goes first");
    ada.percentage("shop", Percentage::ZERO).unwrap();
    assert!(!flags.is_enabled("shop", &anybody()));
    ada.clear("shop").unwrap();

    clock.advance(Duration::from_secs(3601));
    assert!(flags.control().refresh().unwrap(), "the time has changed something");
    assert_eq!((variant("user-42"), variant("user-13")), ("classic".into(), "classic".into()));
    assert_eq!(flags.control().of("checkout").len(), 1, "what expired is gone");
    let expiry = flags.control().audit().unwrap().history("checkout").unwrap().last().unwrap().unwrap();
    assert_eq!((&*expiry.action, expiry.origin), ("expire", Origin::System));
}

#[test]
fn a_control_that_would_do_nothing_is_refused_unless_it_is_meant() {
    let flags = in_memory();
    let ada = flags.control().by("ada").unwrap();
    assert_eq!(ada.kill("chekout"), Err(OperateError::UnknownFlag { key: "chekout".into() }));
    let error = ada.override_all("checkout", "fancy").unwrap_err();
    assert_eq!(error.to_string(), "flag `checkout` has no variant `fancy`; it has classic, express");
    ada.clone().even_if_unknown().kill("later").unwrap();
    assert_eq!(flags.control().orphaned().len(), 1);
    assert_eq!(flags.status().controls.orphaned, 1);
}

// D4
#[test]
fn a_protected_flag_takes_two_people_but_for_a_kill() {
    let flags = in_memory();
    let (ada, bob) = (flags.control().by("ada").unwrap(), flags.control().by("Bob").unwrap());
    let refused = ada.override_all("guarded", "off").unwrap_err();
    assert!(
        matches!(refused, OperateError::Control(ControlError::Refused(Refusal::NeedsApproval { .. }))),
        "{refused}"
    );

    let change = ada.setting("guarded", Action::Override { variant: "off".into() }).unwrap();
    let Receipt::Proposed { proposal, .. } = ada.propose(change).unwrap() else { panic!("it waits") };
    assert!(flags.is_enabled("guarded", &anybody()));
    assert!(ada.approve(proposal.id).is_err(), "nobody approves his own");
    assert!(flags.control().by(" ADA ").unwrap().approve(proposal.id).is_err(), "nor in capitals");
    bob.approve(proposal.id).unwrap();
    assert!(!flags.is_enabled("guarded", &anybody()));

    let killed = ada.kill("guarded").unwrap();
    assert!(matches!(killed, Receipt::Unconfirmed { .. }));
    assert_eq!(flags.status().controls.unconfirmed, 1);
    assert!(ada.confirm("guarded").is_err());
    bob.confirm("guarded").unwrap();
    assert_eq!(flags.status().controls.unconfirmed, 0);
    let standing = &flags.control().of("guarded").into_iter().find(|control| control.action == Action::Kill).unwrap();
    assert!(matches!(&standing.standing, Standing::Confirmed { by, .. } if by.name() == "Bob"));
    let revive = Change::Revive { target: Target::flag("guarded").unwrap() };
    assert!(bob.change(revive.clone()).is_err(), "to revive it takes two as well");
    bob.propose(revive).unwrap();
}

// D1
#[test]
fn what_is_killed_stays_so_through_restart_reload_and_a_broken_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("flags.toml");
    let flags = in_folder(folder.path());
    flags.control().by("ada").unwrap().kill("shop").unwrap();
    drop(flags);

    let flags = in_folder(folder.path());
    assert!(!flags.is_enabled("checkout", &anybody()), "after a restart");
    fs::write(&file, TEXT.replace("[features.shop]", "[features.shop]\ndescription = 'mended'")).unwrap();
    flags.reload().unwrap();
    assert!(!flags.is_enabled("checkout", &anybody()), "after a reload that says `enabled = true`");
    fs::write(&file, "[features.shop\n").unwrap();
    assert!(flags.reload().is_err());
    assert!(!flags.is_enabled("checkout", &anybody()), "with a broken file");
    fs::write(&file, TEXT.replace("[features.shop]\nenabled = true", "").replace("parent = 'shop'", "")).unwrap();
    flags.reload().unwrap();
    assert_eq!(flags.control().orphaned().len(), 1, "the flag is gone, its kill is not");
    fs::write(&file, TEXT).unwrap();
    flags.reload().unwrap();
    assert!(!flags.is_enabled("shop", &anybody()), "and it is back with its flag");
}

// D1
#[test]
fn programs_on_one_folder_see_each_others_changes() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (in_folder(folder.path()), in_folder(folder.path()));
    let ((_one, one_hears), (_other, other_hears)) = (changes(&one), changes(&other));
    one.control().by("ada").unwrap().kill("shop").unwrap();
    assert_eq!((next(&one_hears), next(&other_hears)), (ChangeSource::Control, ChangeSource::Control));
    assert!(!other.is_enabled("shop", &anybody()));
    other.control().by("bob").unwrap().revive("shop").unwrap();
    assert_eq!(next(&one_hears), ChangeSource::Control);
    assert!(one.is_enabled("shop", &anybody()));
}

#[test]
fn a_client_that_cannot_read_its_controls_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let flags = in_folder(folder.path());
    flags.control().by("ada").unwrap().kill("shop").unwrap();
    drop(flags);
    let state = folder.path().join("state");
    fs::write(state.join("controls.json"), "{").unwrap();
    assert!(!in_folder(folder.path()).is_enabled("shop", &anybody()), "the audit log knows");
    fs::write(state.join("controls.json"), "{").unwrap();
    fs::remove_dir_all(state.join("audit")).unwrap();
    let failed = Flags::builder().toml(TEXT).state_dir(&state).build().err().unwrap();
    assert!(matches!(failed, BuildError::Controls(_)), "{failed}");
}

// D3
#[test]
fn the_log_tells_what_became_of_definitions_and_who_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("flags.toml");
    let flags = in_folder(folder.path());
    let signed =
        TEXT.replace("serve = 'classic'", "serve = 'express'\nupdated_by = 'grace'\nupdated_at = 2026-11-20T09:00:00Z");
    fs::write(&file, &signed).unwrap();
    flags.reload().unwrap();
    let history = |flags: &Flags| {
        let log = flags.control().audit().unwrap();
        log.history("checkout").unwrap().map(Result::unwrap).collect::<Vec<_>>()
    };
    let [entry] = &history(&flags)[..] else { panic!("one change: {:#?}", history(&flags)) };
    assert_eq!((entry.actor.name(), entry.origin, &*entry.action), ("grace", Origin::File, "definition_changed"));
    assert_eq!(entry.before.as_ref().unwrap()["serve"], "\"classic\"");
    assert_eq!(entry.after.as_ref().unwrap()["serve"], "\"express\"");

    // While no program runs, and unsigned: the owner of the file it was.
    drop(flags);
    fs::write(&file, signed.replace("classic = 1", "classic = 3")).unwrap();
    let (flags, _other) = (in_folder(folder.path()), in_folder(folder.path()));
    let entries = history(&flags);
    assert_eq!(entries.len(), 2, "once, though two programs saw it: {entries:#?}");
    assert_ne!(entries[1].actor.name(), "grace", "grace has not signed this one");
    assert!(entries[1].before.as_ref().unwrap().to_string().contains("classic"), "{:?}", entries[1]);
    assert!(flags.control().audit().unwrap().verify(None).unwrap().is_intact());
}

// D3, E1
#[test]
fn the_log_tells_of_what_stands_beside_the_flags() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("flags.toml");
    let beside = |max: &str, cooldown: &str| {
        format!(
            "{TEXT}\n[features.planned]\nenabled = true\nrollout_percentage = 0\n[features.planned.rollout]\nstrategy = 'canary'\n\
             guardrails = [{{ metric = 'error_rate', max = {max} }}]\n[alerts.refused]\nwhen = {{ reload_failed = true }}\n\
             cooldown = '{cooldown}'\n"
        )
    };
    let flags = in_folder(folder.path());
    fs::write(&file, beside("0.05", "1m")).unwrap();
    flags.reload().unwrap();
    fs::write(&file, beside("0.02", "5m")).unwrap();
    flags.reload().unwrap();
    let last = |target: &str| {
        let log = flags.control().audit().unwrap();
        let entry = log.history(target).unwrap().map(Result::unwrap).last().unwrap();
        (entry.before.unwrap().to_string(), entry.after.unwrap().to_string())
    };
    let (before, after) = last("planned");
    assert!(before.contains("max = 0.05") && after.contains("max = 0.02"), "{before} {after}");
    let (before, after) = last("alert refused");
    assert!(before.contains("1m") && after.contains("5m"), "{before} {after}");
}

#[test]
fn a_command_nobody_may_give_is_told_why() {
    let flags = in_memory();
    let breaker = flags.control().automation("breaker", Origin::Breaker).unwrap();
    let error = breaker.approve(flags::control::Revision::new(7)).unwrap_err();
    assert!(error.to_string().contains("only a person"), "{error}");
    assert!(flags.control().by(" ").is_err());
}

// D3
#[test]
fn a_sample_of_evaluations_is_written_down_where_the_settings_want_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("flags.toml");
    fs::write(&file, format!("[settings]\naudit_evaluations = true\n{TEXT}")).unwrap();
    let flags = in_folder(folder.path());
    for unit in 0..2_000 {
        let _ = flags.is_enabled("checkout", &Context::new(format!("user-{unit}")));
    }
    // A client that is gone has written what was queued.
    drop(flags);
    let written = fs::read_to_string(folder.path().join("state/evaluations/evaluations-000001.jsonl")).unwrap();
    assert!(written.lines().filter(|line| line.contains("\"flag\":\"checkout\"")).count() > 2, "{written}");
    assert!(!written.contains("user-"), "units are hashed: {written}");
}

// D1
#[test]
fn a_state_folder_that_vanishes_revives_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let flags = in_folder(folder.path());
    flags.control().by("ada").unwrap().kill("shop").unwrap();
    let (state, moved) = (folder.path().join("state"), folder.path().join("moved"));
    fs::rename(&state, &moved).unwrap();
    let error = flags.control().refresh().unwrap_err();
    assert!(error.to_string().contains("emptied, unmounted"), "{error}");
    assert!(!flags.is_enabled("shop", &anybody()), "what is known stays in force");
    assert!(flags.status().controls.error.is_some());
    assert!(flags.control().by("ada").unwrap().revive("shop").is_err(), "nothing is changed on an empty ground");
    if state.exists() {
        fs::remove_dir_all(&state).unwrap();
    }
    fs::rename(&moved, &state).unwrap();
    flags.control().refresh().unwrap();
    assert_eq!(flags.status().controls.error, None);
}
