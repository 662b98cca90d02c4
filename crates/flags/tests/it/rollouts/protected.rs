//! Rollouts of protected flags: two people let them go on, one takes them back. // D4

use std::time::Duration;

use flags::{
    FlagDefinition, Flags, RolloutError, RolloutOperator,
    control::{Action, Origin, Standing},
    rollout::{
        controller::{CommandError, Outcome},
        machine::{Author, Pause, Status},
        plan::Phase,
    },
};

use super::rig::{Rig, careful, percent};

fn rig() -> Rig {
    let flag = FlagDefinition::new("search").enabled(true).rollout(percent(0.0));
    let flag = FlagDefinition { protected: true, ..flag };
    Rig::new(Flags::builder().flag(flag).rollout_plan("search", careful()))
}

fn by<'f>(flags: &'f Flags, name: &str) -> RolloutOperator<'f> {
    flags.rollouts().by(name).unwrap().because("the launch")
}

/// Whose the percentage in force is, and whether a second person has agreed.
fn standing(flags: &Flags) -> Option<(Action, Standing)> {
    let controls = flags.control().of("search");
    let control = controls.first()?;
    assert_eq!((control.author.name(), control.origin), ("rollout", Origin::Rollout));
    Some((control.action.clone(), control.standing.clone()))
}

fn confirmed_by_bob(share: f64, found: Option<(Action, Standing)>) -> bool {
    matches!(
        found,
        Some((Action::Percentage(found), Standing::Confirmed { by, .. }))
            if found == percent(share) && by.name() == "bob"
    )
}

#[test]
fn two_people_start_it_and_nobody_has_to_be_awake_after_that() {
    let mut rig = rig();
    let flags = rig.flags.clone();
    let asked = by(&flags, "ada").start("search").unwrap();
    let Outcome::Requested(request) = asked else { panic!("one person has started it: {asked:?}") };
    assert_eq!((&*request.by, &*request.command), ("ada", "start"));
    assert_eq!((rig.phase(), rig.on(), standing(&flags)), (Phase::Planned, 0, None));
    assert_eq!(flags.rollouts().requests().unwrap(), [request]);
    let again = by(&flags, "Ada").start("search").unwrap_err();
    assert!(matches!(again, RolloutError::Command(CommandError::SamePerson { .. })), "{again}");

    assert!(matches!(by(&flags, "bob").start("search"), Ok(Outcome::Done { .. })));
    assert_eq!(rig.view().by, Author::Person("ada, confirmed by bob".into()));
    assert!(flags.rollouts().requests().unwrap().is_empty());
    assert!(confirmed_by_bob(10.0, standing(&flags)), "{:?}", standing(&flags));
    rig.pass(700, |_| false);
    assert_eq!(rig.view().stage, 2);
    assert!(confirmed_by_bob(50.0, standing(&flags)), "{:?}", standing(&flags));
    assert_eq!(flags.status().controls.unconfirmed, 0);

    // Back to what was before: no control.
    rig.pass(50, |unit| unit % 2 == 0);
    assert_eq!((rig.phase(), rig.on(), standing(&flags)), (Phase::RolledBack, 0, None));
}

#[test]
fn one_person_pauses_and_rolls_back_and_two_let_it_go_on() {
    let mut rig = rig();
    let flags = rig.flags.clone();
    by(&flags, "ada").start("search").unwrap();
    by(&flags, "bob").start("search").unwrap();
    by(&flags, "eve").pause("search").unwrap();
    assert_eq!(rig.view().status, Status::Paused(Pause::Manual));
    for (one, another) in [("eve", "bob"), ("bob", "ada")] {
        let command = |name| {
            if rig.view().stage == 1 && one == "eve" {
                by(&flags, name).resume("search")
            } else {
                by(&flags, name).promote("search")
            }
        };
        assert!(matches!(command(one), Ok(Outcome::Requested(_))));
        assert!(matches!(command(another), Ok(Outcome::Done { .. })));
    }
    assert_eq!(rig.view().stage, 2);
    let by_ada = matches!(standing(&flags), Some((_, Standing::Confirmed { by, .. })) if by.name() == "ada");
    assert!(by_ada, "who confirmed last counts: {:?}", standing(&flags));
    rig.pass(10, |_| false);
    by(&flags, "eve").roll_back("search").unwrap();
    assert_eq!((rig.phase(), rig.on()), (Phase::RolledBack, 0));
}

#[test]
fn a_rollback_to_less_waits_for_somebody_to_look_at_it() {
    let mut rig = rig();
    let flags = rig.flags.clone();
    let change = flags.control().by("ada").unwrap().setting("search", Action::Percentage(percent(2.0))).unwrap();
    let proposed = flags.control().by("ada").unwrap().propose(change).unwrap();
    let id = flags.control().state().proposals().next().unwrap().id;
    drop(proposed);
    flags.control().by("bob").unwrap().approve(id).unwrap();
    by(&flags, "ada").start("search").unwrap();
    by(&flags, "bob").start("search").unwrap();
    rig.pass(60, |_| true);
    assert_eq!(rig.phase(), Phase::RolledBack);
    assert_eq!(standing(&flags), Some((Action::Percentage(percent(2.0)), Standing::Unconfirmed)));
    assert_eq!(flags.status().controls.unconfirmed, 1);
}

#[test]
fn a_request_is_forgotten_after_a_week() {
    let rig = rig();
    by(&rig.flags, "ada").start("search").unwrap();
    rig.clock.advance(Duration::from_secs(8 * 24 * 3_600));
    assert!(rig.flags.rollouts().requests().unwrap().is_empty());
    assert!(matches!(by(&rig.flags, "bob").start("search"), Ok(Outcome::Requested(_))));
}

#[test]
fn one_that_was_started_by_one_person_goes_no_further_once_the_flag_is_protected() {
    let mut rig = Rig::new(
        Flags::builder()
            .flag(FlagDefinition::new("search").enabled(true).rollout(percent(0.0)))
            .rollout_plan("search", careful()),
    );
    rig.start();
    rig.pass(300, |_| false);
    rig.flags.update("search", |flag| FlagDefinition { protected: true, ..flag }).unwrap();
    rig.pass(400, |_| false);
    let control = &rig.flags.control().of("search")[0];
    assert_eq!(control.action, Action::Percentage(percent(10.0)), "nobody else has agreed to more");
    let flags = rig.flags.clone();
    by(&flags, "eve").pause("search").unwrap();
    by(&flags, "ada").resume("search").unwrap();
    by(&flags, "bob").resume("search").unwrap();
    assert!(confirmed_by_bob(50.0, standing(&flags)), "{:?}", standing(&flags));
}
