//! Starting, pausing, stopping, extending and deciding experiments: by one person and by two, by automation, over time.
// F1, F3, D1, D4

use flags_control::{
    Action, Change, Command, ControlState, Origin, Protection, Receipt, Refusal, Slot, Standing, Target, audit::Draft,
};
use flags_core::{
    ArmView, CompileOptions, Definitions, ExperimentAction, ExperimentDefinition, ExperimentView, FlagDefinition,
    FlagSet, Overlay, Timestamp,
    definition::{ArmDefinition, ExperimentStatus},
};
use proptest::{prelude::*, test_runner::RngSeed};

use crate::support::{Desk, NOW, actor, hours, id, set as set_flag};

fn experiment(key: &str) -> Target {
    Target::experiment(key).unwrap()
}

fn set(key: &str, action: Action) -> Change {
    Change::Set { target: experiment(key), action, expires_at: None }
}

fn set_until(key: &str, action: Action, expires_at: Timestamp) -> Change {
    Change::Set { target: experiment(key), action, expires_at: Some(expires_at) }
}

fn clear(key: &str, slot: Option<Slot>) -> Change {
    Change::Clear { target: experiment(key), slot }
}

fn winner(arm: &str) -> Action {
    Action::Winner { arm: arm.into() }
}

fn extend(end: Timestamp) -> Action {
    Action::Extend { end }
}

/// An experiment on an open flag and one on a protected flag, each written as running until the tenth hour.
fn definitions() -> FlagSet {
    let experiment = |key: &str, flag: &str| {
        ExperimentDefinition::new(key)
            .status(ExperimentStatus::Running)
            .start(hours(-5))
            .end(hours(10))
            .arm(ArmDefinition::control("plain").overrides(flag, "off"))
            .arm(ArmDefinition::new("bold").overrides(flag, "on"))
    };
    let definitions = Definitions {
        flags: vec![FlagDefinition::new("open"), FlagDefinition { protected: true, ..FlagDefinition::new("checkout") }],
        experiments: vec![experiment("open-button", "open"), experiment("button", "checkout")],
        ..Definitions::default()
    };
    FlagSet::compile(&definitions.check().unwrap(), &CompileOptions::new("production"))
}

/// Where an experiment stands under controls: status, start, end, winner.
type Standing4 = (ExperimentStatus, Option<Timestamp>, Option<Timestamp>, Option<String>);

fn stands(set: &FlagSet, overlay: &Overlay, key: &str) -> Standing4 {
    let set = set.with_overlay(overlay);
    let view: ExperimentView<'_> = set.experiment(key).unwrap();
    let winner = view.winner().map(ArmView::name).map(str::to_owned);
    (view.status(), view.start(), view.end(), winner)
}

#[test]
fn each_takes_its_place_and_clearing_gives_back_what_is_written() {
    let (mut desk, set_of_flags) = (Desk::new(), definitions());
    let (start, end) = (Some(hours(-5)), Some(hours(10)));
    let won = || Some("bold".to_owned());
    for (action, words, expected) in [
        (Action::Pause, "pause", (ExperimentStatus::Paused, start, end, None)),
        (Action::Stop, "stop", (ExperimentStatus::Stopped, start, end, None)),
        (Action::Start, "start", (ExperimentStatus::Running, None, end, None)),
        (extend(hours(20)), "extend to 2026-09-22T10:13:20Z", (ExperimentStatus::Running, None, Some(hours(20)), None)),
        (winner("bold"), "winner bold", (ExperimentStatus::Running, None, Some(hours(20)), won())),
    ] {
        let receipt = desk.change("ada", set("open-button", action.clone())).unwrap();
        assert_eq!(receipt.to_string(), format!("experiment open-button: {words} is in force"));
        assert_eq!(stands(&set_of_flags, &desk.state.overlay(NOW), "open-button"), expected, "{words}");
        assert_eq!(desk.change("bob", set("open-button", action)), Ok(Receipt::Unchanged), "{words}");
    }
    let overlay = Overlay::new()
        .with_experiment("open-button", ExperimentAction::Start)
        .with_experiment("open-button", ExperimentAction::Extend { end: hours(20) })
        .with_experiment("open-button", ExperimentAction::Winner { arm: "bold".into() });
    assert_eq!(desk.state.overlay(NOW), overlay);

    // One by one, and all at once.
    desk.change("ada", clear("open-button", Some(Slot::Winner))).unwrap();
    let running = (ExperimentStatus::Running, None, Some(hours(20)), None);
    assert_eq!(stands(&set_of_flags, &desk.state.overlay(NOW), "open-button"), running);
    let Receipt::Cleared { controls, .. } = desk.change("ada", clear("open-button", None)).unwrap() else { panic!() };
    assert_eq!(controls.len(), 2);
    let written = (ExperimentStatus::Running, start, end, None);
    assert_eq!(stands(&set_of_flags, &desk.state.overlay(NOW), "open-button"), written);
    let entry = desk.state.outbox().unwrap();
    assert_eq!((&*entry.action, entry.target.as_deref()), ("clear", Some("experiment open-button")));
}

#[test]
fn a_protected_experiment_takes_two_but_for_its_brakes() {
    let mut desk = Desk::new();
    let needs_approval = Err(Refusal::NeedsApproval { target: experiment("button") });
    for change in [
        set("button", Action::Start),
        set("button", extend(hours(20))),
        set("button", winner("bold")),
        set_until("button", Action::Pause, hours(1)),
    ] {
        assert_eq!(desk.change("ada", change.clone()), needs_approval, "{change}");
    }
    for brake in [Action::Pause, Action::Stop] {
        let mut desk = Desk { state: desk.state.clone(), ..Desk::new() };
        let Receipt::Unconfirmed { control, .. } = desk.change("ada", set("button", brake.clone())).unwrap() else {
            panic!("{brake}")
        };
        // One person does not undo it, nor puts something in its place that ends by itself.
        for undoing in [
            clear("button", None),
            clear("button", Some(Slot::Status)),
            set("button", Action::Start),
            set_until("button", Action::Pause, hours(1)),
        ] {
            assert_eq!(desk.change("bob", undoing.clone()), needs_approval, "{brake}, then {undoing}");
        }
        for by_another_way in [
            Command::Approve(control.id),
            Command::Confirm(experiment("button")),
            Command::Change(set("button", brake.clone())),
        ] {
            let mut desk = Desk { state: desk.state.clone(), ..Desk::new() };
            assert!(matches!(desk.ask("bob", by_another_way), Ok(Receipt::Confirmed { .. })));
            assert_eq!(desk.in_force(), [format!("experiment button: {brake} by ada (confirmed by bob)")]);
        }
        let own =
            Refusal::OwnControl { target: experiment("button"), what: brake.to_string().into(), actor: actor("ada") };
        assert_eq!(desk.ask("Ada", Command::Confirm(experiment("button"))), Err(own));
    }
    let Receipt::Applied { control, .. } = desk.agree(set("button", Action::Start)) else { panic!() };
    assert_eq!(control.standing, Standing::Confirmed { by: actor("bob"), at: NOW });
}

#[test]
fn words_for_what_takes_two() {
    let mut desk = Desk::new();
    let refused = desk.change("ada", set("button", Action::Start)).unwrap_err();
    insta::assert_snapshot!(refused, @"experiment button is protected: one person may pause it without an end or stop it, every other change needs two; propose it, for somebody else to approve");
    desk.protection.insert("button", Protection::Unreadable);
    let refused = desk.change("ada", set("button", Action::Start)).unwrap_err();
    insta::assert_snapshot!(refused, @"no definitions can be read, so experiment button may be protected: one person may pause it without an end or stop it, every other change needs two; repair the definitions, or propose the change for somebody else to approve");
    assert!(matches!(desk.change("ada", set("button", Action::Stop)), Ok(Receipt::Unconfirmed { .. })));
}

#[test]
fn only_a_pause_ends_by_itself() {
    let mut desk = Desk::new();
    for action in [Action::Start, Action::Stop, extend(hours(20)), winner("bold")] {
        let kind = action.kind();
        let refused = desk.change("ada", set_until("open-button", action, hours(1)));
        assert_eq!(refused, Err(Refusal::NeverExpires { target: experiment("open-button"), action: kind }));
    }
    desk.change("ada", set_until("open-button", Action::Pause, hours(2))).unwrap();
    let set = definitions();
    let status = |desk: &Desk, hour| stands(&set, &desk.state.overlay(hours(hour)), "open-button").0;
    assert_eq!(status(&desk, 1), ExperimentStatus::Paused);
    assert_eq!(status(&desk, 2), ExperimentStatus::Running);
    desk.now.set(hours(2));
    assert_eq!(desk.sweep(), 1);
    let entry = desk.state.outbox().unwrap();
    assert_eq!((&*entry.action, entry.target.as_deref()), ("expire", Some("experiment open-button")));
}

#[test]
fn an_end_lies_ahead() {
    let mut desk = Desk::new();
    for end in [hours(-1), NOW] {
        let refused = desk.change("ada", set("open-button", extend(end)));
        assert_eq!(refused, Err(Refusal::EndInThePast { target: experiment("open-button"), end, now: NOW }));
    }
    let far = desk.change("ada", set("open-button", extend(hours(100_000_000))));
    assert_eq!(far, Err(Refusal::EndTooFar { target: experiment("open-button") }));
    // What was ahead when it was proposed may be behind when it is approved.
    desk.ask("ada", Command::Propose(set("button", extend(hours(3))))).unwrap();
    desk.now.set(hours(3));
    let late = desk.ask("bob", Command::Approve(id(1)));
    assert_eq!(late, Err(Refusal::EndInThePast { target: experiment("button"), end: hours(3), now: hours(3) }));
}

#[test]
fn what_is_for_flags_is_not_for_experiments() {
    let mut desk = Desk::new();
    for action in [Action::Start, Action::Pause, Action::Stop, extend(hours(1)), winner("bold")] {
        let kind = action.kind();
        let refused = desk.change("ada", set_flag("open", action));
        assert_eq!(refused, Err(Refusal::WrongTarget { target: Target::flag("open").unwrap(), action: kind }));
    }
    for action in [Action::Kill, Action::Override { variant: "on".into() }] {
        let kind = action.kind();
        let refused = desk.change("ada", set("open-button", action));
        assert_eq!(refused, Err(Refusal::WrongTarget { target: experiment("open-button"), action: kind }));
    }
    let unfit = desk.change("ada", set("open-button", winner("a\nb")));
    assert_eq!(unfit, Err(Refusal::UnfitName { what: "arm" }));
}

// F8
#[test]
fn the_analysis_declares_a_winner_and_does_nothing_else() {
    let by = |desk: &mut Desk, origin: Origin, change| desk.ask_by("analysis", origin, Command::Change(change));
    let won = || set("open-button", winner("bold"));
    let mut desk = Desk::new();
    desk.change("ada", set("open-button", extend(hours(15)))).unwrap();
    for change in [
        set("open-button", Action::Start),
        set("open-button", Action::Pause),
        set("open-button", Action::Stop),
        set("open-button", extend(hours(20))),
        clear("open-button", None),
        set_flag("open", Action::Kill),
    ] {
        let refused = Refusal::OnlyAWinner { target: change.target().clone(), origin: Origin::Experiment };
        assert_eq!(by(&mut desk, Origin::Experiment, change.clone()), Err(refused.clone()), "{change}");
        let proposed = desk.ask_by("analysis", Origin::Experiment, Command::Propose(change.clone()));
        assert_eq!(proposed, Err(refused), "{change}");
    }
    for origin in [Origin::Rollout, Origin::Breaker, Origin::System] {
        let refused = Refusal::OnlyAWinner { target: experiment("open-button"), origin };
        assert_eq!(by(&mut desk, origin, won()), Err(refused));
    }
    // What a person has held or decided is not overruled; what a person has started is what it is for.
    for action in [Action::Pause, Action::Stop, winner("plain")] {
        let mut desk = Desk::new();
        desk.change("ada", set("open-button", action.clone())).unwrap();
        let target = experiment("open-button");
        let held = Refusal::HeldByAPerson { target, what: action.to_string().into(), by: actor("ada") };
        assert_eq!(by(&mut desk, Origin::Experiment, won()), Err(held));
    }
    desk.change("ada", set("open-button", Action::Start)).unwrap();
    assert!(matches!(by(&mut desk, Origin::Experiment, won()), Ok(Receipt::Applied { .. })));
    // A later verdict takes the place of its own, and a person's of either.
    assert!(by(&mut desk, Origin::Experiment, set("open-button", winner("plain"))).is_ok());
    assert!(desk.change("ada", won()).is_ok());

    // Of a protected experiment it proposes it, and a person approves.
    let protected = set("button", winner("bold"));
    let alone = by(&mut desk, Origin::Experiment, protected.clone());
    assert_eq!(alone, Err(Refusal::NeedsApproval { target: experiment("button") }));
    let proposed = desk.ask_by("analysis", Origin::Experiment, Command::Propose(protected)).unwrap();
    let Receipt::Proposed { proposal, .. } = proposed else { panic!() };
    assert!(matches!(desk.ask("ada", Command::Approve(proposal.id)), Ok(Receipt::Applied { .. })));
}

/// The forms on disk are for ever: an older file is read by every later program.
#[test]
fn the_forms_of_the_file() {
    let mut desk = Desk::new();
    for action in [Action::Pause, extend(hours(20)), winner("bold")] {
        desk.change("ada", set("open-button", action)).unwrap();
    }
    for change in [set("button", Action::Start), set("button", Action::Stop)] {
        desk.ask("ada", Command::Propose(change)).unwrap();
    }
    for slot in [Slot::Status, Slot::End, Slot::Winner] {
        desk.ask("ada", Command::Propose(clear("open-button", Some(slot)))).unwrap();
    }
    insta::assert_snapshot!(serde_json::to_string_pretty(&desk.state.to_checkpoint()).unwrap());
    let no_entries: [Draft; 0] = [];
    assert_eq!(ControlState::replay(Some(&desk.state.to_checkpoint()), &no_entries).unwrap(), desk.state.settled());
}

const PEOPLE: [&str; 3] = ["ada", "ADA", "bob"];
const EXPERIMENTS: [&str; 2] = ["open-button", "button"];

#[derive(Clone, Debug)]
enum Step {
    Ask(&'static str, Command),
    Wait(i64),
    Sweep,
}

fn change() -> impl Strategy<Value = Change> {
    let slots = [None, Some(Slot::Status), Some(Slot::End), Some(Slot::Winner)];
    (prop::sample::select(&EXPERIMENTS[..]), 0..8_usize, 0..60_i64, prop::sample::select(slots.to_vec())).prop_map(
        |(key, kind, hour, slot)| match kind {
            0 => set(key, Action::Start),
            1 => set(key, Action::Pause),
            2 => set_until(key, Action::Pause, hours(hour)),
            3 => set(key, Action::Stop),
            4 => set(key, extend(hours(hour))),
            5 => set(key, winner(if hour % 2 == 0 { "plain" } else { "bold" })),
            _ => clear(key, slot),
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    let command = prop_oneof![
        4 => change().prop_map(Command::Change),
        4 => change().prop_map(Command::Propose),
        4 => (1..20_u64).prop_map(|number| Command::Approve(id(number))),
        1 => (1..20_u64).prop_map(|number| Command::Reject(id(number))),
        1 => prop::sample::select(&EXPERIMENTS[..]).prop_map(|key| Command::Confirm(experiment(key))),
    ];
    prop_oneof![
        12 => (prop::sample::select(&PEOPLE[..]), command).prop_map(|(name, command)| Step::Ask(name, command)),
        2 => (1..20_i64).prop_map(Step::Wait),
        1 => Just(Step::Sweep),
    ]
}

/// The controls in force on the protected experiment.
fn in_force(state: &ControlState, now: Timestamp) -> Vec<(u64, Action, Standing)> {
    let button = experiment("button");
    let controls = state.of(&button).filter(|control| control.is_in_force(now));
    controls.map(|control| (control.id.get(), control.action.clone(), control.standing.clone())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1_500, failure_persistence: None, rng_seed: RngSeed::Fixed(20_261_120), ..ProptestConfig::default()
    })]

    // D4, F3: whatever is asked in whatever order, one person does no more to a protected experiment than to hold it; and
    // time gives back only what two have agreed to hold for so long.
    #[test]
    fn nobody_moves_a_protected_experiment_alone(steps in prop::collection::vec(step(), 1..40)) {
        let set_of_flags = definitions();
        let mut desk = Desk::new();
        let mut hour = 0;
        let mut entries: Vec<Draft> = vec![];
        for step in steps {
            let (former, then) = (desk.state.clone(), desk.now.get());
            let before = stands(&set_of_flags, &former.overlay(then), "button");
            match &step {
                Step::Ask(name, command) => {
                    let by_two = matches!(command, Command::Approve(id) if former.proposal(*id).is_some_and(|proposal| {
                        proposal.author.name().to_lowercase() != name.to_lowercase()
                    }));
                    _ = desk.ask(name, command.clone());
                    let after = stands(&set_of_flags, &desk.state.overlay(then), "button");
                    if before != after && !by_two {
                        prop_assert!(matches!(after.0, ExperimentStatus::Paused | ExperimentStatus::Stopped), "{:?}", step);
                        prop_assert_eq!((before.2, before.3), (after.2, after.3), "{:?}", step);
                    }
                }
                Step::Wait(hours_more) => {
                    hour += hours_more;
                    desk.now.set(hours(hour));
                    for (_, action, standing) in in_force(&former, then) {
                        let is_over = !in_force(&desk.state, hours(hour)).iter().any(|(_, there, _)| *there == action);
                        if is_over {
                            prop_assert!(matches!(standing, Standing::Confirmed { .. }), "{:?} ended by itself", action);
                            prop_assert_eq!(action, Action::Pause);
                        }
                    }
                }
                Step::Sweep => {
                    while let Some(changed) = flags_control::expire(&desk.state, &actor("flags"), desk.now.get()) {
                        entries.extend(changed.state.outbox().cloned());
                        desk.state = changed.state;
                    }
                    prop_assert_eq!(before, stands(&set_of_flags, &desk.state.overlay(then), "button"));
                }
            }
            if former != desk.state && !matches!(step, Step::Sweep) {
                entries.extend(desk.state.outbox().cloned());
            }
        }
        prop_assert_eq!(&ControlState::replay(None, &entries).unwrap(), &desk.state.settled());
        let half = ControlState::replay(None, &entries[..entries.len() / 2]).unwrap();
        let rest = ControlState::replay(Some(&half.to_checkpoint()), &entries).unwrap();
        prop_assert_eq!(rest, desk.state.settled());
    }
}
