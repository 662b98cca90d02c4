//! What people do to breakers, and what definitions do. // E5

use std::time::Duration;

use flags::{
    FlagDefinition, Flags, OperateError,
    control::{Action, BreakerState, ControlError, Origin, Receipt, Refusal, Slot, Standing},
    rollout::breaker::{BreakerOptions, BreakerPhase},
};

use super::{anybody, builder, client, control, look, noon, open, options, phase, process, run, wait};

#[test]
fn by_hand_it_stays_as_a_person_says() {
    let clock = noon();
    let flags = client(&clock);
    let ada = flags.breakers().by("ada").unwrap().because("the index is rebuilt");
    assert!(matches!(ada.open("search"), Ok(Receipt::Applied { .. })));
    assert!(!flags.is_enabled("search", &anybody()) && !run(&flags, true));
    wait(&clock, 100_000);
    look(&flags);
    assert!(!run(&flags, true), "no cool-down ends it");
    assert_eq!(control(&flags).unwrap(), "flag search: breaker forced open by ada: the index is rebuilt");

    ada.close("search").unwrap();
    for _ in 0..100 {
        assert!(run(&flags, false));
    }
    look(&flags);
    assert_eq!((phase(&flags), flags.is_enabled("search", &anybody())), (BreakerPhase::ForcedClosed, true));

    ada.release("search").unwrap();
    assert_eq!((phase(&flags), control(&flags)), (BreakerPhase::Closed, None));
    open(&flags);
}

#[test]
fn a_person_goes_before_what_is_measured_whenever_he_comes() {
    let clock = noon();
    let flags = client(&clock);
    let ada = flags.breakers().by("ada").unwrap();
    open(&flags);
    ada.close("search").unwrap();
    assert!(flags.is_enabled("search", &anybody()) && run(&flags, false));
    look(&flags);
    assert_eq!(phase(&flags), BreakerPhase::ForcedClosed, "the breaker does not write over it");
    ada.release("search").unwrap();

    open(&flags);
    wait(&clock, 60);
    assert!(run(&flags, true));
    ada.open("search").unwrap();
    assert!(!run(&flags, true), "no trial either");
    ada.release("search").unwrap();
    assert_eq!((phase(&flags), run(&flags, true)), (BreakerPhase::Closed, true));

    // Whatever opened it: released, it looks at the runs from now on.
    open(&flags);
    ada.release("search").unwrap();
    look(&flags);
    assert_eq!((phase(&flags), control(&flags), run(&flags, false)), (BreakerPhase::Closed, None, true));
}

#[test]
fn a_hold_may_end_by_itself() {
    let clock = noon();
    let flags = client(&clock);
    let ada = flags.breakers().by("ada").unwrap();
    ada.lasting(Duration::from_secs(600)).close("search").unwrap();
    for _ in 0..100 {
        run(&flags, false);
    }
    wait(&clock, 600);
    look(&flags);
    assert_eq!(phase(&flags), BreakerPhase::Closed);
    open(&flags);
}

#[test]
fn people_and_processes() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), noon());
    let (one, other) = (process(folder.path(), &clock), process(folder.path(), &clock));
    open(&one);
    other.control().refresh().unwrap();
    other.breakers().by("ada").unwrap().release("search").unwrap();
    look(&one);
    assert!(one.is_enabled("search", &anybody()));
    assert_eq!(phase(&one), BreakerPhase::Closed, "nor does the one that had it write it again");
    one.breakers().by("bob").unwrap().open("search").unwrap();
    look(&other);
    assert!(!run(&other, true));
    drop((one, other));
    let after = process(folder.path(), &clock);
    assert_eq!((phase(&after), run(&after, true)), (BreakerPhase::ForcedOpen, false), "it survives");
}

// D4
#[test]
fn of_a_protected_flag_the_breaker_opens_alone_and_people_need_two() {
    let clock = noon();
    let flag = FlagDefinition { protected: true, ..FlagDefinition::new("search").enabled(true) };
    let flags = Flags::builder().flag(flag).breaker("search", options()).clock(clock.clone()).build().unwrap();
    let ada = flags.breakers().by("ada").unwrap();
    let refused =
        |result| matches!(result, Err(OperateError::Control(ControlError::Refused(Refusal::NeedsApproval { .. }))));
    assert!(refused(ada.open("search")) && refused(ada.close("search")));
    open(&flags);
    let [written] = &flags.control().of("search")[..] else { panic!("one control") };
    assert_eq!((written.origin, &written.standing), (Origin::Breaker, &Standing::Unconfirmed));
    assert!(refused(ada.release("search")));
    flags.control().by("ada").unwrap().confirm("search").unwrap();
    wait(&clock, 60);
    assert!((0..3).all(|_| run(&flags, true)));
    look(&flags);
    assert!(flags.is_enabled("search", &anybody()), "what a breaker took it gives back");
    let bob = flags.control().by("bob").unwrap();
    let change = bob.setting("search", Action::Breaker(BreakerState::ForcedOpen)).unwrap();
    let Ok(Receipt::Proposed { proposal, .. }) = bob.propose(change) else { panic!("it is proposed") };
    flags.control().by("ada").unwrap().approve(proposal.id).unwrap();
    assert_eq!(phase(&flags), BreakerPhase::ForcedOpen);
}

#[test]
fn what_makes_no_sense_is_refused_in_words() {
    let clock = noon();
    let flags = builder(&clock).flag(FlagDefinition::new("plain")).build().unwrap();
    let ada = flags.breakers().by("ada").unwrap();
    let plain = ada.close("plain").unwrap_err();
    assert_eq!(plain, OperateError::NoBreaker { key: "plain".into() });
    assert_eq!(
        plain.to_string(),
        "flag `plain` has no circuit breaker: write an `error_threshold` for it, or kill the flag to switch it off"
    );
    assert!(matches!(ada.open("serach"), Err(OperateError::UnknownFlag { .. })));
    assert!(matches!(ada.release("search"), Ok(Receipt::Unchanged)));
    assert!(flags.breakers().by("").is_err());
    // A person does not play the breaker.
    let played = flags.control().by("ada").unwrap();
    let change = played.setting("search", Action::Breaker(BreakerState::Open)).unwrap();
    assert!(matches!(
        played.change(change),
        Err(OperateError::Control(ControlError::Refused(Refusal::NotTheBreaker { .. })))
    ));
}

#[test]
fn a_flag_that_is_removed_takes_its_open_breaker_along_and_one_that_comes_back_begins_anew() {
    let clock = noon();
    let flags = client(&clock);
    let search = || FlagDefinition::new("later").enabled(true);
    let flags = Flags::builder()
        .breaker("later", options())
        .clock(clock.clone())
        .definitions(flags::Definitions::default())
        .build()
        .inspect(|_| drop(flags))
        .unwrap();
    assert!(flags.breakers().list().is_empty(), "it waits until its flag is there");
    flags.create(search()).unwrap();
    let fails = || flags.try_run("later", &anybody()).on(|| Err("new")).off(|| Ok("old"));
    for _ in 0..4 {
        assert_eq!(fails(), Err("new"));
    }
    look(&flags);
    assert_eq!(fails(), Ok("old"));
    assert_eq!(flags.control().of("later").len(), 1);
    flags.remove("later").unwrap();
    look(&flags);
    assert!(flags.control().of("later").is_empty());
    flags.create(search()).unwrap();
    assert_eq!(flags.breakers().view("later").map(|view| view.phase), Some(BreakerPhase::Closed));
    assert_eq!(fails(), Err("new"));
}

#[test]
fn the_slot_of_a_breaker_is_cleared_with_all_others() {
    let clock = noon();
    let flags = client(&clock);
    open(&flags);
    flags.control().by("ada").unwrap().clear("search").unwrap();
    look(&flags);
    assert_eq!((phase(&flags), run(&flags, false)), (BreakerPhase::Closed, true));
    assert!(
        flags.control().state().control(&flags::control::Target::flag("search").unwrap(), &Slot::Breaker).is_none()
    );
}

#[test]
fn other_options_are_those_of_the_next_run() {
    let clock = noon();
    let strict = BreakerOptions { min_samples: 1, rate: 0.0, ..options() };
    let flags = builder(&clock).breaker("search", strict).build().unwrap();
    assert!(run(&flags, false) && !run(&flags, true), "the last that was given holds");
}
