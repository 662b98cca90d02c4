//! What is said before an experiment is changed to no avail, or to the harm of another. // F1, F3

use flags_control::{Action, Change, Command, Obstacle, Slot, Target};
use flags_core::{
    CompileOptions, Definitions, ExperimentDefinition, FlagDefinition, FlagSet, Percentage,
    definition::{ArmDefinition, ExperimentStatus, LayerDefinition},
};

use crate::support::{Desk, NOW, hours};

fn experiment(key: &str, status: ExperimentStatus, flag: &str) -> ExperimentDefinition {
    let control = ArmDefinition::control("plain").overrides(flag, "off");
    ExperimentDefinition::new(key).status(status).arm(control).arm(ArmDefinition::new("bold").overrides(flag, "on"))
}

fn half(experiment: ExperimentDefinition) -> ExperimentDefinition {
    experiment.layer("page").traffic(Percentage::new(50.0).unwrap())
}

/// One running on `button`; of the others each is something that may be in its way, or not.
fn definitions() -> FlagSet {
    use ExperimentStatus::{Draft, Paused, Running, Stopped};
    let definitions = Definitions {
        flags: ["button", "banner", "search"].map(FlagDefinition::new).into(),
        layers: vec![LayerDefinition::new("page")],
        experiments: vec![
            experiment("open-running", Running, "button").end(hours(10)),
            experiment("open-draft", Draft, "button"),
            experiment("open-later", Draft, "button").start(hours(20)),
            experiment("open-paused", Paused, "banner"),
            experiment("open-banner", Draft, "banner"),
            half(experiment("open-left", Running, "search")),
            half(experiment("open-right", Draft, "search")),
            experiment("open-over", Stopped, "search").start(hours(-20)).end(hours(-10)),
            experiment("open-written", Stopped, "search").winner("bold"),
        ],
        ..Definitions::default()
    };
    FlagSet::compile(&definitions.check().unwrap(), &CompileOptions::new("production"))
}

fn set(key: &str, action: Action) -> Change {
    Change::Set { target: Target::experiment(key).unwrap(), action, expires_at: None }
}

/// The obstacles to a change, after others have been made.
fn obstacles(before: &[Change], change: &Change) -> Vec<Obstacle> {
    let mut desk = Desk::new();
    for change in before {
        desk.ask("ada", Command::Change(change.clone())).unwrap();
    }
    Obstacle::of(change, &definitions(), &desk.state, NOW)
}

fn rivals(before: &[Change], change: &Change) -> Vec<String> {
    let found = obstacles(before, change);
    let rivals = found.into_iter().find_map(|obstacle| match obstacle {
        Obstacle::Rivals { rivals, .. } => Some(rivals),
        _ => None,
    });
    rivals.unwrap_or_default().iter().map(ToString::to_string).collect()
}

#[test]
fn experiments_in_each_others_way() {
    let start = |key: &str| set(key, Action::Start);
    let extend = |key: &str, hour| set(key, Action::Extend { end: hours(hour) });
    let clear = |key: &str, slot| Change::Clear { target: Target::experiment(key).unwrap(), slot };
    let winner = |key: &str| set(key, Action::Winner { arm: "bold".into() });
    for (before, change, expected) in [
        (vec![], start("open-draft"), vec!["open-running"]),
        // Its start is lifted by starting it.
        (vec![], start("open-later"), vec!["open-running"]),
        (vec![], start("open-paused"), vec![]),
        (vec![start("open-paused")], start("open-banner"), vec!["open-paused"]),
        // One layer, no unit in both; a rival outside of it is one.
        (vec![], start("open-right"), vec![]),
        (vec![extend("open-over", 5)], start("open-over"), vec!["open-left"]),
        (vec![extend("open-over", 5), start("open-right")], start("open-over"), vec!["open-left", "open-right"]),
        // What is held, over or decided enrols nobody.
        (vec![set("open-running", Action::Stop)], start("open-draft"), vec![]),
        (vec![set("open-running", Action::Pause)], start("open-draft"), vec![]),
        (vec![winner("open-running")], start("open-draft"), vec![]),
        // Whoever takes back what held it starts it.
        (
            vec![set("open-running", Action::Pause), start("open-draft")],
            clear("open-running", Some(Slot::Status)),
            vec!["open-draft"],
        ),
        (vec![winner("open-running"), start("open-draft")], clear("open-running", None), vec!["open-draft"]),
        // So does whoever extends it, if the other begins after its end.
        (vec![], extend("open-running", 30), vec![]),
        // What was so before is nothing new.
        (vec![start("open-draft")], extend("open-running", 30), vec![]),
        (vec![start("open-draft")], start("open-running"), vec![]),
        (vec![], set("open-draft", Action::Pause), vec![]),
        (vec![], start("gone"), vec![]),
    ] {
        let before: Vec<Change> = before;
        assert_eq!(rivals(&before, &change), expected, "{before:?}, then {change}");
    }
    // Of those that meet in time only.
    let definitions = {
        let first = experiment("open-first", ExperimentStatus::Running, "button").end(hours(10));
        let second = experiment("open-second", ExperimentStatus::Running, "button").start(hours(10)).end(hours(20));
        let all = Definitions {
            flags: vec![FlagDefinition::new("button")],
            experiments: vec![first, second],
            ..Definitions::default()
        };
        FlagSet::compile(&all.check().unwrap(), &CompileOptions::new("production"))
    };
    let of = |change| Obstacle::of(&change, &definitions, &Desk::new().state, NOW).len();
    assert_eq!((of(extend("open-first", 9)), of(extend("open-first", 11)), of(start("open-second"))), (0, 1, 1));
}

#[test]
fn what_would_be_to_no_avail() {
    let first = |before: &[Change], change: Change| {
        let found = obstacles(before, &change);
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].to_string()
    };
    let winner = || set("open-paused", Action::Winner { arm: "plain".into() });
    insta::assert_snapshot!(
        [
            first(&[], set("open-draft", Action::Start)),
            first(&[winner()], set("open-paused", Action::Start)),
            first(&[], set("open-written", Action::Extend { end: hours(5) })),
            first(&[], set("open-over", Action::Start)),
            first(&[], set("open-later", Action::Extend { end: hours(20) })),
            first(&[], set("open-draft", Action::Winner { arm: "bold".into() })),
        ]
        .join("\n\n")
    );
    // What is fine, and what is never held up.
    for (before, change) in [
        (vec![], set("open-later", Action::Extend { end: hours(21) })),
        (vec![set("open-later", Action::Start)], set("open-later", Action::Extend { end: hours(20) })),
        (vec![], set("open-running", Action::Winner { arm: "bold".into() })),
        (vec![], winner()),
        (vec![winner()], set("open-paused", Action::Stop)),
        (vec![], set("open-draft", Action::Stop)),
        (vec![], set("open-over", Action::Pause)),
    ] {
        assert_eq!(obstacles(&before, &change), [], "{change}");
    }
}
