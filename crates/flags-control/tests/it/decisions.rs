//! What a request comes to: of open and protected flags, by people and by automation, before and after it has expired.

use flags_control::{
    Action, BreakerState, Change, Command, ControlState, MAX_CONTROLS, Origin, Protection, Receipt, Refusal, Request,
    Slot, Standing, Target,
};
use flags_core::{
    ArmView, CompileOptions, ControlAction, Definitions, ExperimentDefinition, FlagDefinition, FlagSet, Overlay,
    definition::ArmDefinition,
};

use crate::support::{
    Desk, NOW, actor, breaker, clear, flag, hours, id, override_to, percentage, request, revive, set, set_until,
};

fn needs_approval(key: &str) -> Refusal {
    Refusal::NeedsApproval { target: flag(key) }
}

// D1, D2
#[test]
fn one_person_changes_an_open_flag() {
    let mut desk = Desk::new();
    for (change, words) in [
        (set("open", Action::Kill), "flag open: kill by ada"),
        (set("open", override_to("express")), "flag open: override to express by ada"),
        (set("open", percentage(12.5)), "flag open: percentage 12.5 % by ada"),
        (set("open", breaker(BreakerState::ForcedOpen)), "flag open: breaker forced open by ada"),
        (
            set("open", Action::OverrideUnit { unit: "user-1".into(), variant: "off".into() }),
            "flag open: override user-1 to off by ada",
        ),
    ] {
        let Receipt::Applied { control, .. } = desk.change("ada", change.clone()).unwrap() else { panic!("{words}") };
        assert_eq!((control.to_string().as_str(), &control.standing), (words, &Standing::NotNeeded));
        assert_eq!(desk.change("bob", change), Ok(Receipt::Unchanged), "{words}");
    }
    assert_eq!(desk.in_force().len(), 5);
    assert_eq!(desk.state.revision(), id(5));
}

// D1
#[test]
fn a_kill_is_undone_by_name_only() {
    let mut desk = Desk::new();
    desk.change("ada", set("open", Action::Kill)).unwrap();
    desk.change("ada", set("open", override_to("express"))).unwrap();
    let Receipt::Cleared { controls, .. } = desk.change("ada", clear("open", None)).unwrap() else { panic!() };
    assert_eq!(controls.len(), 1);
    assert!(desk.state.is_killed(&flag("open")));
    assert_eq!(desk.change("ada", clear("open", None)), Ok(Receipt::Unchanged));
    assert!(matches!(desk.change("bob", revive("open")), Ok(Receipt::Cleared { .. })));
    assert_eq!(desk.change("bob", revive("open")), Ok(Receipt::Unchanged));
    assert_eq!(desk.in_force(), [""; 0]);
    let mut until = Desk::new();
    let expiring = set_until("open", Action::Kill, hours(1));
    assert_eq!(until.change("ada", expiring), Err(Refusal::KillNeverExpires { target: flag("open") }));
}

// D4
#[test]
fn a_protected_flag_takes_two() {
    let mut desk = Desk::new();
    for change in [
        set("checkout", override_to("express")),
        set("checkout", Action::OverrideUnit { unit: "user-1".into(), variant: "express".into() }),
        set("checkout", percentage(0.0)),
        set("checkout", breaker(BreakerState::ForcedClosed)),
        set("checkout", breaker(BreakerState::ForcedOpen)),
    ] {
        assert_eq!(desk.change("ada", change.clone()), Err(needs_approval("checkout")), "{change}");
        let Receipt::Proposed { proposal, .. } = desk.ask("ada", Command::Propose(change.clone())).unwrap() else {
            panic!()
        };
        let own = desk.ask("ADA ", Command::Approve(proposal.id));
        assert_eq!(own, Err(Refusal::OwnProposal { id: proposal.id, actor: actor("ADA") }), "{change}");
        let Receipt::Applied { control, .. } = desk.ask("bob", Command::Approve(proposal.id)).unwrap() else {
            panic!()
        };
        assert_eq!(control.standing, Standing::Confirmed { by: actor("bob"), at: NOW });
        assert_eq!((control.author, control.origin), (actor("ada"), Origin::Cli));
        assert_eq!(desk.change("ada", clear("checkout", Some(control.action.slot()))), Err(needs_approval("checkout")));
    }
    assert_eq!(desk.state.proposals().len(), 0);
}

// D1, D4
#[test]
fn a_kill_of_a_protected_flag_is_at_once_and_wants_confirming() {
    let mut desk = Desk::new();
    let Receipt::Unconfirmed { control, .. } = desk.change("ada", set("checkout", Action::Kill)).unwrap() else {
        panic!()
    };
    assert_eq!(desk.state.overlay(NOW), Overlay::new().with("checkout", ControlAction::Kill));
    assert_eq!(desk.state.unconfirmed().count(), 1);
    let own = Refusal::OwnControl { target: flag("checkout"), what: "kill".into(), actor: actor("Ada") };
    assert_eq!(desk.ask("Ada", Command::Approve(control.id)), Err(own.clone()));
    assert_eq!(desk.ask("Ada", Command::Confirm(flag("checkout"))), Err(own));
    assert_eq!(desk.change("ada", set("checkout", Action::Kill)), Ok(Receipt::Unchanged));
    assert_eq!(desk.change("bob", revive("checkout")), Err(needs_approval("checkout")));
    for by_another_way in [
        Command::Approve(control.id),
        Command::Confirm(flag("checkout")),
        Command::Change(set("checkout", Action::Kill)),
    ] {
        let mut desk = Desk { state: desk.state.clone(), ..Desk::new() };
        assert!(matches!(desk.ask("bob", by_another_way), Ok(Receipt::Confirmed { .. })));
        assert_eq!(desk.in_force(), ["flag checkout: kill by ada (confirmed by bob)"]);
        let again = desk.ask("eve", Command::Confirm(flag("checkout")));
        assert_eq!(again, Err(Refusal::NothingToConfirm { target: flag("checkout") }));
        assert_eq!(desk.ask("eve", Command::Approve(control.id)), Err(Refusal::UnknownNumber { id: control.id }));
    }
}

// D4
#[test]
fn confirming_a_kill_does_not_outdate_the_proposal_to_revive() {
    let mut desk = Desk::new();
    desk.change("ada", set("checkout", Action::Kill)).unwrap();
    desk.ask("ada", Command::Propose(revive("checkout"))).unwrap();
    desk.ask("bob", Command::Confirm(flag("checkout"))).unwrap();
    assert!(matches!(desk.ask("bob", Command::Approve(id(2))), Ok(Receipt::Cleared { .. })));
    assert_eq!(desk.in_force(), [""; 0]);
}

// D4
#[test]
fn a_proposal_for_another_state_is_refused_with_what_is_there() {
    let mut desk = Desk::new();
    desk.ask("ada", Command::Propose(set("open", override_to("express")))).unwrap();
    desk.change("eve", set("open", override_to("compact"))).unwrap();
    let refused = desk.ask("bob", Command::Approve(id(1))).unwrap_err();
    let Refusal::BaseChanged { now_there, .. } = &refused else { panic!("{refused}") };
    assert_eq!(&**now_there, "flag open: override to compact by eve");
    assert_eq!(desk.in_force().len(), 1);
    desk.change("eve", clear("open", None)).unwrap();
    assert!(matches!(desk.ask("bob", Command::Approve(id(1))), Ok(Receipt::Applied { .. })));
    // The other way round: what was to be replaced is gone.
    desk.ask("ada", Command::Propose(set("open", override_to("compact")))).unwrap();
    desk.change("eve", clear("open", None)).unwrap();
    assert!(matches!(desk.ask("bob", Command::Approve(id(5))), Err(Refusal::BaseChanged { .. })));
}

// D4
#[test]
fn a_proposal_expires_and_is_swept_with_an_entry() {
    let mut desk = Desk::new();
    desk.ask("ada", Command::Propose(set("checkout", override_to("express")))).unwrap();
    desk.now.set(hours(24));
    let expired = Refusal::ProposalExpired { id: id(1), expired_at: hours(24) };
    assert_eq!(desk.ask("bob", Command::Approve(id(1))), Err(expired));
    assert_eq!(desk.sweep(), 1);
    let entry = desk.state.outbox().unwrap();
    assert_eq!((&*entry.action, entry.origin, entry.after.as_ref()), ("proposal_expired", Origin::System, None));
    assert_eq!(desk.ask("bob", Command::Approve(id(1))), Err(Refusal::UnknownNumber { id: id(1) }));
}

// D4
#[test]
fn others_reject_and_the_author_withdraws() {
    let mut desk = Desk::new();
    for (name, command, expected) in [
        ("bob", Command::Reject as fn(_) -> _, Ok("proposal 1 rejected")),
        ("Ada", Command::Reject, Ok("proposal 3 withdrawn")),
        ("ada", Command::Withdraw, Ok("proposal 5 withdrawn")),
        ("bob", Command::Withdraw, Err(Refusal::NotTheAuthor { id: id(7), author: actor("ada") })),
    ] {
        desk.ask("ada", Command::Propose(set("checkout", override_to("express")))).unwrap();
        let number = desk.state.revision();
        let closed = desk.ask(name, command(number)).map(|receipt| receipt.to_string());
        assert_eq!(closed.as_deref(), expected.as_ref().copied());
    }
}

// D2
#[test]
fn what_has_expired_is_out_of_force_before_it_is_swept() {
    let mut desk = Desk::new();
    desk.change("ada", set_until("open", override_to("express"), hours(2))).unwrap();
    desk.change("ada", set("open2", override_to("express"))).unwrap();
    desk.ask("ada", Command::Propose(set("checkout", override_to("express")))).unwrap();
    assert_eq!(desk.state.next_expiry(NOW), Some(hours(2)));
    assert_eq!(desk.state.next_expiry(hours(2)), Some(hours(24)));
    assert_eq!(desk.state.next_expiry(hours(24)), None);
    assert_eq!(desk.state.overlay(hours(1)).controls.len(), 2);
    assert_eq!(desk.state.overlay(hours(2)).controls.len(), 1);
    assert_eq!((desk.sweep(), desk.state.controls().len()), (0, 2));
    desk.now.set(hours(2));
    let never = set_until("open", override_to("express"), hours(2));
    assert!(matches!(desk.change("ada", never), Err(Refusal::AlreadyExpired { .. })));
    assert_eq!((desk.sweep(), desk.state.controls().len()), (1, 1));
    assert_eq!(&*desk.state.outbox().unwrap().action, "expire");
    assert_eq!(desk.sweep(), 0);
}

// D1: what automation may do alone to a protected flag.
#[test]
fn automation_lowers_alone_and_raises_with_a_person() {
    let mut desk = Desk::new();
    let by = |desk: &mut Desk, origin: Origin, change| desk.ask_by(origin.name(), origin, Command::Change(change));
    // Without a control in force nobody here knows what the definition says, so only nothing is surely less.
    let lower = by(&mut desk, Origin::Rollout, set("checkout", percentage(5.0)));
    assert_eq!(lower, Err(needs_approval("checkout")));
    desk.agree(set("checkout", percentage(50.0)));
    let expiring = set_until("checkout", percentage(20.0), hours(1));
    for (change, expected) in [
        (set("checkout", percentage(60.0)), Err(needs_approval("checkout"))),
        (expiring, Err(needs_approval("checkout"))),
        (clear("checkout", Some(Slot::Percentage)), Err(needs_approval("checkout"))),
        (set("checkout", override_to("express")), Err(needs_approval("checkout"))),
        (set("checkout", percentage(20.0)), Ok(())),
        (set("checkout", percentage(21.0)), Err(needs_approval("checkout"))),
        (set("checkout", percentage(0.0)), Ok(())),
        (set("checkout", Action::Kill), Ok(())),
        (revive("checkout"), Err(needs_approval("checkout"))),
    ] {
        let asked = by(&mut desk, Origin::Rollout, change.clone());
        let outcome = asked.map(|receipt| assert!(matches!(receipt, Receipt::Unconfirmed { .. }), "{change}"));
        assert_eq!(outcome, expected, "{change}");
    }
    // A person does not lower alone, unless it is a kill.
    assert_eq!(desk.change("ada", set("checkout", percentage(0.0))), Ok(Receipt::Unchanged));
    desk.agree(set("checkout", percentage(50.0)));
    assert_eq!(desk.change("ada", set("checkout", percentage(0.0))), Err(needs_approval("checkout")));
    // It proposes; a person approves, and nobody else.
    let raise = Command::Propose(set("checkout", percentage(75.0)));
    let Receipt::Proposed { proposal, .. } = desk.ask_by("rollout", Origin::Rollout, raise).unwrap() else { panic!() };
    let automatic = desk.ask_by("robot", Origin::Experiment, Command::Approve(proposal.id));
    assert_eq!(automatic, Err(Refusal::NotAPerson { origin: Origin::Experiment }));
    assert!(matches!(desk.ask("ada", Command::Approve(proposal.id)), Ok(Receipt::Applied { .. })));
}

// D4: a rollout that two people have started needs nobody to be awake, and nothing else profits from that.
#[test]
fn a_rollout_that_two_have_started_sets_its_percentage() {
    let mut desk = Desk::new();
    let agreed = |desk: &mut Desk, name: &str, origin: Origin, change: Change| {
        desk.decide(&request(name, origin, Command::Change(change)).confirmed_by(actor("bob")))
    };
    let raised = agreed(&mut desk, "rollout", Origin::Rollout, set("checkout", percentage(10.0))).unwrap();
    let Receipt::Applied { control, .. } = raised else { panic!("it is confirmed, so nobody has to look: {raised:?}") };
    assert_eq!(control.standing, Standing::Confirmed { by: actor("bob"), at: NOW });
    assert!(agreed(&mut desk, "rollout", Origin::Rollout, set("checkout", percentage(25.0))).is_ok());
    let cleared = agreed(&mut desk, "rollout", Origin::Rollout, clear("checkout", Some(Slot::Percentage)));
    assert!(matches!(cleared, Ok(Receipt::Cleared { .. })), "back to what was before: {cleared:?}");
    // The phase of a migration is switched on by an override.
    agreed(&mut desk, "rollout", Origin::Rollout, set("checkout", override_to("on"))).unwrap();
    agreed(&mut desk, "rollout", Origin::Rollout, clear("checkout", Some(Slot::Override))).unwrap();
    desk.agree(set("checkout", percentage(5.0)));
    let refused = Err(needs_approval("checkout"));
    for (name, origin, change) in [
        ("ada", Origin::Api, set("checkout", percentage(10.0))),
        ("breaker", Origin::Breaker, set("checkout", percentage(10.0))),
        ("bob", Origin::Rollout, set("checkout", percentage(10.0))),
        ("rollout", Origin::Rollout, set_until("checkout", percentage(10.0), hours(1))),
        (
            "rollout",
            Origin::Rollout,
            set("checkout", Action::OverrideUnit { unit: "ada".into(), variant: "on".into() }),
        ),
        ("rollout", Origin::Rollout, clear("checkout", None)),
    ] {
        assert_eq!(agreed(&mut desk, name, origin, change.clone()), refused, "{name} {change}");
    }
    // It revives nothing, and an open flag has nobody to name.
    desk.change("eve", set("checkout", Action::Kill)).unwrap();
    assert!(agreed(&mut desk, "rollout", Origin::Rollout, revive("checkout")).is_err());
    let open = agreed(&mut desk, "rollout", Origin::Rollout, set("open", percentage(10.0))).unwrap();
    assert!(matches!(open, Receipt::Applied { control, .. } if control.standing == Standing::NotNeeded));
}

// D1
#[test]
fn a_breaker_minds_its_own_and_people_hold_it() {
    let mut desk = Desk::new();
    let by_breaker = |desk: &mut Desk, change| desk.ask_by("breaker", Origin::Breaker, Command::Change(change));
    for change in [
        set_until("checkout", breaker(BreakerState::Open), hours(1)),
        set("checkout", breaker(BreakerState::HalfOpen)),
        set("checkout", breaker(BreakerState::Open)),
    ] {
        assert!(matches!(by_breaker(&mut desk, change), Ok(Receipt::Unconfirmed { .. })));
        // Half open as well: who merely asks is no trial.
        assert_eq!(desk.state.overlay(NOW), Overlay::new().with("checkout", ControlAction::BreakerOpen));
    }
    let clear_breaker = || clear("checkout", Some(Slot::Breaker));
    assert_eq!(desk.change("ada", clear_breaker()), Err(needs_approval("checkout")));
    assert!(matches!(by_breaker(&mut desk, clear_breaker()), Ok(Receipt::Cleared { .. })));
    // Neither plays the other.
    let not_the_breaker = Err(Refusal::NotTheBreaker { target: flag("open") });
    assert_eq!(desk.change("ada", set("open", breaker(BreakerState::Open))), not_the_breaker);
    assert_eq!(by_breaker(&mut desk, set("open", breaker(BreakerState::ForcedOpen))), not_the_breaker);
    // What a person holds stays, on an open flag too.
    desk.change("ada", set("open", breaker(BreakerState::ForcedClosed))).unwrap();
    let held = Err(Refusal::BreakerForced { target: flag("open"), by: actor("ada") });
    for change in [set("open", breaker(BreakerState::Open)), clear("open", Some(Slot::Breaker)), clear("open", None)] {
        assert_eq!(by_breaker(&mut desk, change), held);
    }
    desk.change("bob", set("open", Action::Kill)).unwrap();
    let killed = Err(Refusal::KilledByAPerson { target: flag("open"), by: actor("bob") });
    assert_eq!(desk.ask_by("rollout", Origin::Rollout, Command::Change(revive("open"))), killed);
}

// D4
#[test]
fn a_flag_without_a_definition_is_open_until_it_needed_two() {
    let mut desk = Desk::new();
    assert!(matches!(desk.change("ada", set("absent", override_to("on"))), Ok(Receipt::Applied { .. })));
    // The definition of a protected flag goes away while it is killed.
    desk.protection.insert("checkout", Protection::Protected);
    desk.change("ada", set("checkout", Action::Kill)).unwrap();
    desk.protection.insert("checkout", Protection::Absent);
    assert_eq!(desk.change("ada", revive("checkout")), Err(needs_approval("checkout")));
    desk.agree(revive("checkout"));
    assert!(matches!(desk.change("ada", set("checkout", override_to("on"))), Ok(Receipt::Applied { .. })));
    // Nobody can say.
    desk.protection.insert("open", Protection::Unreadable);
    let unknown = Err(Refusal::ProtectionUnknown { target: flag("open") });
    assert_eq!(desk.change("ada", set("open", override_to("on"))), unknown);
    assert!(matches!(desk.change("ada", set("open", Action::Kill)), Ok(Receipt::Unconfirmed { .. })));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let mut desk = Desk::new();
    let winner = Action::Winner { arm: "treatment".into() };
    let experiment = Target::experiment("button").unwrap();
    let on_experiment = |action| flags_control::Change::Set { target: experiment.clone(), action, expires_at: None };
    for change in [set("open", winner.clone()), on_experiment(Action::Kill)] {
        assert!(matches!(desk.change("ada", change), Err(Refusal::WrongTarget { .. })));
    }
    desk.protection.insert("button", Protection::Open);
    assert!(matches!(desk.change("ada", on_experiment(winner)), Ok(Receipt::Applied { .. })));
    let unit = |unit: &str| Action::OverrideUnit { unit: unit.into(), variant: "on".into() };
    for (action, what) in [
        (override_to(""), "variant"),
        (override_to("a\u{1b}[2J"), "variant"),
        (unit(""), "unit"),
        (unit(&"u".repeat(1_025)), "unit"),
    ] {
        assert_eq!(desk.change("ada", set("open", action)), Err(Refusal::UnfitName { what }));
    }
    let far = set_until("open", override_to("on"), hours(100_000_000));
    assert_eq!(desk.change("ada", far), Err(Refusal::ExpiryTooFar));
    let talk = |reason: &str| request("ada", Origin::Cli, Command::Change(set("open", Action::Kill))).because(reason);
    let decide = |request: &Request| {
        flags_control::decide(&desk.state, request, &|_| Protection::Open, &flags_control::Rules::default(), NOW)
    };
    assert_eq!(decide(&talk(&"é".repeat(1_001))), Err(Refusal::ReasonTooLong));
    let flags_control::Decision::Changed(changed) = decide(&talk("down\u{1b}[31m\nred")).unwrap() else { panic!() };
    assert_eq!(changed.state.control(&flag("open"), &Slot::Kill).unwrap().reason.as_deref(), Some("down [31m red"));
}

#[test]
fn a_full_list_takes_no_more_but_kills() {
    let mut desk = Desk::new();
    // Filled by replay, which is as fast as a list.
    let mut controls = Vec::new();
    for number in 0..MAX_CONTROLS {
        let unit = Action::OverrideUnit { unit: format!("user-{number}").into(), variant: "on".into() };
        let mut one = Desk::new();
        one.change("ada", set("open", unit)).unwrap();
        controls.push(one.state.controls().next().unwrap().to_json());
    }
    let full = serde_json::json!({ "revision": 1, "controls": controls, "proposals": [] });
    let no_entries: [flags_control::audit::Draft; 0] = [];
    desk.state = ControlState::replay(Some(&full), &no_entries).unwrap();
    let refused = desk.change("ada", set("open", override_to("on")));
    assert_eq!(refused, Err(Refusal::TooManyControls { count: MAX_CONTROLS }));
    assert!(desk.change("ada", set("open", Action::Kill)).is_ok());
    let replaced = Action::OverrideUnit { unit: "user-7".into(), variant: "off".into() };
    assert!(desk.change("ada", set("open", replaced)).is_ok(), "one that is there may be replaced");
}

/// An open flag, a protected one, and an experiment on each.
fn definitions() -> FlagSet {
    let experiment = |key: &str, flag: &str| {
        let control = ArmDefinition::control("control").overrides(flag, "off");
        ExperimentDefinition::new(key).arm(control).arm(ArmDefinition::new("treatment").overrides(flag, "on"))
    };
    let definitions = Definitions {
        flags: vec![FlagDefinition::new("open"), FlagDefinition { protected: true, ..FlagDefinition::new("checkout") }],
        experiments: vec![experiment("open_button", "open"), experiment("button", "checkout")],
        ..Definitions::default()
    };
    FlagSet::compile(&definitions.check().unwrap(), &CompileOptions::new("production"))
}

// A16: the controls of what is gone stay, and are listed.
#[test]
fn orphaned_controls_are_listed() {
    let mut desk = Desk::new();
    let winner = |experiment: &str, arm: &str| flags_control::Change::Set {
        target: Target::experiment(experiment).unwrap(),
        action: Action::Winner { arm: arm.into() },
        expires_at: None,
    };
    for change in [
        set("open", override_to("on")),
        set("open", Action::OverrideUnit { unit: "user-1".into(), variant: "gone".into() }),
        set("open-gone", Action::Kill),
        set("open-gone", breaker(BreakerState::ForcedClosed)),
        winner("open_button", "treatment"),
        winner("open_gone", "treatment"),
    ] {
        desk.change("ada", change).unwrap();
    }
    let set = definitions();
    let orphaned: Vec<_> = desk.state.orphaned(&set).into_iter().map(ToString::to_string).collect();
    assert_eq!(
        orphaned,
        [
            "flag open: override user-1 to gone by ada",
            "flag open-gone: kill by ada",
            "flag open-gone: breaker forced closed by ada",
            "experiment open_gone: winner treatment by ada",
        ]
    );
    let overlay = desk.state.overlay(NOW);
    let decided = set.with_overlay(&overlay);
    let won = decided.experiment("open_button").unwrap().winner().map(ArmView::name);
    assert_eq!(won, Some("treatment"));
}

// D4
#[test]
fn a_set_says_what_is_protected() {
    let set = definitions();
    for (target, expected) in [
        (flag("open"), Protection::Open),
        (flag("checkout"), Protection::Protected),
        (flag("gone"), Protection::Absent),
        (Target::experiment("open_button").unwrap(), Protection::Open),
        (Target::experiment("button").unwrap(), Protection::Protected),
        (Target::experiment("gone").unwrap(), Protection::Absent),
    ] {
        assert_eq!(Protection::in_set(&set, &target), expected, "{target}");
    }
}
