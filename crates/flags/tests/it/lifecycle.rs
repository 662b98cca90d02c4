//! Experiments while they run: started, paused, stopped, extended and decided, and told of (F1, F9, A16, A17).

use std::{fs, sync::mpsc, time::Duration};

use flags::{
    ChangeKind, ChangeSource, Context, ExperimentPhase, Flags, OperateError, Timestamp,
    control::{Action, ControlError, Obstacle, Receipt, Refusal},
};
use flags_testkit::ManualClock;

const TEXT: &str = "
[features.button]
enabled = true
variants = { blue = 'b', red = 'r' }
serve = 'blue'
[features.guarded]
enabled = true
protected = true

[experiments.colour]
status = 'running'
start = 2026-11-01T00:00:00Z
end = 2026-12-01T00:00:00Z
arms = [{ name = 'plain', control = true, weight = 0 }, { name = 'bold', overrides = { button = 'red' } }]

[experiments.shade]
arms = [{ name = 'plain', control = true }, { name = 'dark', overrides = { button = 'red' } }]

[experiments.careful]
status = 'running'
arms = [{ name = 'with', control = true, weight = 0 }, { name = 'without', overrides = { guarded = 'off' } }]
";

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn client() -> (Flags, ManualClock) {
    let clock = ManualClock::new(at("2026-11-20T12:00:00Z"));
    (Flags::builder().toml(TEXT).clock(clock.clone()).build().unwrap(), clock)
}

fn button(flags: &Flags) -> String {
    flags.variant("button", &Context::new("user-42")).unwrap().to_string()
}

fn phase(flags: &Flags, key: &str) -> ExperimentPhase {
    flags.experiment(key).unwrap().phase
}

// F1
#[test]
fn an_experiment_is_held_ended_extended_and_decided() {
    let (flags, clock) = client();
    let ada = flags.control().by("ada").unwrap().because("complaints");
    assert_eq!((button(&flags), phase(&flags, "colour")), ("red".into(), ExperimentPhase::Running));
    ada.pause_experiment("colour").unwrap();
    assert_eq!((button(&flags), phase(&flags, "colour")), ("blue".into(), ExperimentPhase::Paused));
    ada.start_experiment("colour").unwrap();
    assert_eq!((button(&flags), phase(&flags, "colour")), ("red".into(), ExperimentPhase::Running));
    ada.stop_experiment("colour").unwrap();
    assert_eq!((button(&flags), phase(&flags, "colour")), ("blue".into(), ExperimentPhase::Stopped));
    ada.clear_experiment("colour").unwrap();
    assert_eq!((button(&flags), phase(&flags, "colour")), ("red".into(), ExperimentPhase::Running));

    ada.extend_experiment("colour", at("2026-12-24T00:00:00Z")).unwrap();
    clock.set(at("2026-12-23T23:59:59Z"));
    assert_eq!((button(&flags), phase(&flags, "colour")), ("red".into(), ExperimentPhase::Running));
    clock.set(at("2026-12-24T00:00:00Z"));
    assert_eq!((button(&flags), phase(&flags, "colour")), ("blue".into(), ExperimentPhase::Ended));
    ada.declare_winner("colour", "bold").unwrap();
    assert_eq!((button(&flags), phase(&flags, "colour")), ("red".into(), ExperimentPhase::Decided));

    let colour = flags.experiment("colour").unwrap();
    assert_eq!((colour.winner.as_deref(), colour.end), (Some("bold"), Some(at("2026-12-24T00:00:00Z"))));
    let words: Vec<String> = colour.controls.iter().map(ToString::to_string).collect();
    let end = "experiment colour: extend to 2026-12-24T00:00:00Z by ada: complaints";
    assert_eq!(words, [end, "experiment colour: winner bold by ada: complaints"]);
    let history = flags.control().audit().unwrap().history("experiment colour").unwrap();
    let actions: Vec<_> = history.map(|entry| entry.unwrap().action).collect();
    assert_eq!(actions, ["pause", "start", "stop", "clear", "extend", "winner"].map(Box::from));
}

// A16
#[test]
fn experiments_are_listed_with_where_they_stand() {
    let (flags, clock) = client();
    let list = |flags: &Flags| {
        let of = |info: flags::ExperimentInfo| format!("{} {}", info.definition.key, info.phase);
        flags.experiments().into_iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(list(&flags), ["careful running", "colour running", "shade draft"]);
    assert_eq!(flags.status().experiments, 3);
    clock.set(at("2026-10-20T12:00:00Z"));
    assert_eq!(list(&flags), ["careful running", "colour scheduled", "shade draft"]);
    assert_eq!(flags.experiment("colour").unwrap().start, Some(at("2026-11-01T00:00:00Z")));
    flags.control().by("ada").unwrap().start_experiment("colour").unwrap();
    assert_eq!((phase(&flags, "colour"), flags.experiment("colour").unwrap().start), (ExperimentPhase::Running, None));
    assert_eq!(flags.experiment("gone"), None);
}

// F1
#[test]
fn a_pause_may_end_by_itself() {
    let (flags, clock) = client();
    let ada = flags.control().by("ada").unwrap().lasting(Duration::from_secs(3600));
    ada.pause_experiment("colour").unwrap();
    assert_eq!(button(&flags), "blue");
    clock.advance(Duration::from_secs(3600));
    assert!(flags.control().refresh().unwrap());
    assert_eq!(button(&flags), "red");
    let refused = ada.stop_experiment("colour").unwrap_err();
    assert!(matches!(refused, OperateError::Control(ControlError::Refused(Refusal::NeverExpires { .. }))), "{refused}");
}

#[test]
fn a_slip_is_refused_unless_it_is_meant() {
    let (flags, _) = client();
    let ada = flags.control().by("ada").unwrap();
    assert_eq!(ada.stop_experiment("color"), Err(OperateError::UnknownExperiment { key: "color".into() }));
    let error = ada.declare_winner("colour", "bald").unwrap_err();
    assert_eq!(error.to_string(), "experiment `colour` has no arm `bald`; it has plain, bold");
    ada.clone().even_if_unknown().stop_experiment("to_come").unwrap();
    assert_eq!(flags.control().orphaned().len(), 1);

    // F1: two on one flag, which the file could not say.
    let Err(OperateError::InTheWay(obstacles)) = ada.start_experiment("shade") else { panic!("colour is running") };
    let [Obstacle::Rivals { rivals, .. }] = &obstacles[..] else { panic!("{obstacles:?}") };
    assert_eq!(rivals[..], ["colour".into()]);
    assert_eq!(phase(&flags, "shade"), ExperimentPhase::Draft);
    ada.clone().anyway().start_experiment("shade").unwrap();
    assert_eq!(phase(&flags, "shade"), ExperimentPhase::Running);
    let proposed =
        ada.propose(ada.setting_experiment("shade", Action::Extend { end: at("2027-01-01T00:00:00Z") }).unwrap());
    assert!(matches!(proposed, Ok(Receipt::Proposed { .. })), "{proposed:?}");
}

// D4
#[test]
fn an_experiment_on_a_protected_flag_takes_two_but_for_a_pause() {
    let (flags, _) = client();
    let (ada, bob) = (flags.control().by("ada").unwrap(), flags.control().by("bob").unwrap());
    let refused = ada.declare_winner("careful", "without").unwrap_err();
    assert!(
        matches!(refused, OperateError::Control(ControlError::Refused(Refusal::NeedsApproval { .. }))),
        "{refused}"
    );
    let is_on = || flags.is_enabled("guarded", &Context::new("user-42"));
    assert!(!is_on());
    assert!(matches!(ada.pause_experiment("careful"), Ok(Receipt::Unconfirmed { .. })));
    assert!(is_on(), "at once");
    assert_eq!(flags.status().controls.unconfirmed, 1);
    assert!(ada.confirm_experiment("careful").is_err());
    bob.confirm_experiment("careful").unwrap();
    assert_eq!(flags.status().controls.unconfirmed, 0);
    assert!(bob.clear_experiment("careful").is_err(), "what took one is undone by two");
    let winner = ada.setting_experiment("careful", Action::Winner { arm: "with".into() }).unwrap();
    let Receipt::Proposed { proposal, .. } = ada.propose(winner).unwrap() else { panic!("it waits") };
    bob.approve(proposal.id).unwrap();
    assert_eq!(phase(&flags, "careful"), ExperimentPhase::Decided);
}

// D1, F1
#[test]
fn what_is_stopped_stays_so_and_the_log_tells_who_and_what_the_file_became() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("flags.toml");
    fs::write(&file, TEXT).unwrap();
    let open = || Flags::builder().file(&file).state_dir(folder.path().join("state")).build().unwrap();
    let (flags, other) = (open(), open());
    let (tell, hear) = mpsc::channel();
    let _subscription = other.on_experiment_change("careful", move |change, set| {
        let _ = tell.send((change.kind, set.source));
    });
    flags.control().by("ada").unwrap().stop_experiment("careful").unwrap();
    let told = hear.recv_timeout(Duration::from_secs(30)).expect("it is on its way to the other program");
    assert_eq!(told, (ChangeKind::Changed, ChangeSource::Control));
    drop((flags, other));

    let flags = open();
    assert_eq!(phase(&flags, "careful"), ExperimentPhase::Stopped, "after a restart");
    fs::write(&file, TEXT.replace("[experiments.careful]", "[experiments.careful]\nhypothesis = 'less is more'"))
        .unwrap();
    flags.reload().unwrap();
    assert_eq!(phase(&flags, "careful"), ExperimentPhase::Stopped, "after a reload that says `running`");
    let history = flags.control().audit().unwrap().history("experiment careful").unwrap();
    let entries: Vec<_> = history.map(Result::unwrap).collect();
    let actions: Vec<&str> = entries.iter().map(|entry| &*entry.action).collect();
    assert_eq!(actions, ["stop", "definition_changed"]);
    assert_eq!(entries[1].after.as_ref().unwrap()["hypothesis"], "\"less is more\"");
}

// A17
#[test]
fn changes_of_experiments_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("flags.toml");
    fs::write(&file, TEXT).unwrap();
    let flags = Flags::builder().file(&file).build().unwrap();
    let (tell, hear) = mpsc::channel();
    let all = flags.on_change(move |changes| {
        let _ = tell.send(changes.clone());
    });
    let (tell_one, hear_one) = mpsc::channel();
    let one = flags.on_experiment_change("colour", move |change, changes| {
        let _ = tell_one.send((change.kind, changes.revision));
    });
    let next = || {
        let told = hear.recv_timeout(Duration::from_secs(30)).expect("a change is on its way");
        let keys = |changes: &[flags::Change]| {
            changes.iter().map(|change| format!("{} {:?}", change.key, change.kind)).collect::<Vec<_>>().join(", ")
        };
        (keys(&told.changes), keys(&told.experiments), told.revision)
    };
    flags.control().by("ada").unwrap().pause_experiment("colour").unwrap();
    let (changed, experiments, first) = next();
    assert_eq!((&*changed, &*experiments), ("button Changed", "colour Changed"), "with the flag that it decides");

    // What describes an experiment decides nothing.
    let described = TEXT.replace("[experiments.colour]", "[experiments.colour]\nhypothesis = 'red sells'");
    fs::write(&file, &described).unwrap();
    flags.reload().unwrap();
    let (changed, experiments, second) = next();
    assert_eq!((&*changed, &*experiments), ("", "colour Changed"));

    let renamed = described.replace("[experiments.shade]", "[experiments.hue]");
    fs::write(&file, renamed).unwrap();
    flags.reload().unwrap();
    let (changed, experiments, _) = next();
    assert_eq!((&*changed, &*experiments), ("button Changed", "hue Added, shade Removed"));
    drop((all, one));
    let told: Vec<_> = std::iter::from_fn(|| hear_one.recv().ok()).collect();
    assert_eq!(told, [(ChangeKind::Changed, first), (ChangeKind::Changed, second)]);
}
