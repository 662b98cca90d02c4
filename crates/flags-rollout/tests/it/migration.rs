//! Migrations, phase by phase.

use std::collections::BTreeSet;

use flags_core::Timestamp;
use flags_rollout::{
    machine::Verdict,
    migration::{Action, Event, Migration, PhaseDefinition, PhaseStatus, Stand, State, transition},
};

use crate::rig::minutes;

/// A migration with flags that do as they are told.
struct Run {
    migration: Migration,
    state: State,
    now: Timestamp,
    on: BTreeSet<Box<str>>,
    told: String,
}

fn phases() -> Migration {
    Migration::new([
        PhaseDefinition::new("actors", "phase_actors")
            .requires("actor_system")
            .hold(minutes(60))
            .rollback_flag("legacy"),
        PhaseDefinition::new("sync", "phase_sync").requires("phase_actors").hold(minutes(30)),
    ])
    .unwrap()
}

impl Run {
    fn new(migration: Migration) -> Self {
        let now = Timestamp::from_millis(0);
        Self { migration, state: State::planned(now), now, on: BTreeSet::new(), told: String::new() }
    }

    fn tell(&mut self, event: &Event) -> Option<&'static str> {
        let (state, actions) = transition(&self.migration, &self.state, event, self.now);
        self.state = state;
        let mut refused = None;
        for action in actions {
            match action {
                Action::SwitchOn { flag } => {
                    self.told.push_str(&format!("{flag} on\n"));
                    self.on.insert(flag);
                }
                Action::SwitchOff { flag } => {
                    self.told.push_str(&format!("{flag} off\n"));
                    self.on.remove(&flag);
                }
                Action::Tell { text, urgent } => {
                    self.told.push_str(&format!("{}: {text}{}\n", self.now, if urgent { " (!)" } else { "" }));
                }
                Action::Refuse { text } => refused = Some(text),
                _ => unreachable!("there are no other actions"),
            }
        }
        refused
    }

    fn tick(&mut self, after: u64, health: Option<Verdict>) {
        self.now = self.now.saturating_add(minutes(after));
        let event = Event::Tick { on: self.on.clone(), health };
        self.tell(&event);
    }

    fn statuses(&self) -> Vec<PhaseStatus> {
        self.state.view(&self.migration).into_iter().map(|phase| phase.status).collect()
    }
}

// D10
#[test]
fn phases_go_one_after_the_other_each_on_its_health() {
    let mut run = Run::new(phases());
    assert_eq!(run.tell(&Event::Start), None);
    run.tick(1, None);
    assert_eq!(run.statuses(), [PhaseStatus::Waiting, PhaseStatus::Ahead]);
    run.on.insert("actor_system".into());
    run.tick(1, None);
    run.tick(0, None);
    assert_eq!(run.state.estimated_completion(&run.migration, run.now), Some(run.now.saturating_add(minutes(90))));
    run.tick(59, Some(Verdict::Pass));
    assert_eq!(run.statuses(), [PhaseStatus::UnderWay, PhaseStatus::Ahead]);
    for verdict in [Verdict::NoData, Verdict::Error, Verdict::Inconclusive] {
        run.tick(10, Some(verdict));
        assert_eq!(run.statuses(), [PhaseStatus::UnderWay, PhaseStatus::Ahead], "{verdict}");
    }
    run.tick(1, Some(Verdict::Pass));
    run.tick(0, None);
    run.tick(0, None);
    assert_eq!(run.statuses(), [PhaseStatus::Done, PhaseStatus::UnderWay]);
    run.tick(30, Some(Verdict::Pass));
    assert_eq!(run.state.stand, Stand::Complete);
    assert_eq!(run.statuses(), [PhaseStatus::Done, PhaseStatus::Done]);
    insta::assert_snapshot!(run.told);
}

// D10
#[test]
fn a_phase_that_fails_is_taken_back_and_those_before_stay() {
    let mut run = Run::new(phases());
    run.on.insert("actor_system".into());
    run.tell(&Event::Start);
    for _ in 0..4 {
        run.tick(30, Some(Verdict::Pass));
    }
    run.tick(1, Some(Verdict::Pass));
    assert_eq!(run.statuses(), [PhaseStatus::Done, PhaseStatus::UnderWay]);
    run.tick(1, Some(Verdict::Fail));
    run.tick(1, None);
    assert_eq!(run.statuses(), [PhaseStatus::Done, PhaseStatus::RolledBack]);
    assert!(run.on.contains("phase_actors") && !run.on.contains("phase_sync") && !run.on.contains("legacy"));
    // It may be tried again from there, or taken back as a whole.
    assert_eq!(run.tell(&Event::Start), None);
    run.tick(1, None);
    assert!(run.on.contains("phase_sync"));
    assert_eq!(run.tell(&Event::RollBack), None);
    run.tick(1, None);
    run.tick(1, None);
    assert_eq!(run.state.stand, Stand::RolledBack);
    let expected: BTreeSet<Box<str>> = ["actor_system".into(), "legacy".into()].into();
    assert_eq!(run.on, expected);
    insta::assert_snapshot!(run.told);
}

#[test]
fn without_rollback_a_failure_waits_for_a_person() {
    let mut run = Run::new(phases().without_rollback());
    run.on.insert("actor_system".into());
    run.tell(&Event::Start);
    run.tick(1, None);
    run.tick(1, None);
    run.on.remove("actor_system");
    run.tick(1, Some(Verdict::Pass));
    assert_eq!(run.state.stand, Stand::Paused);
    assert!(run.on.contains("phase_actors"));
    assert_eq!(&*run.state.because, "phase `actors`: flag `actor_system`, which it requires, is off");
}

#[test]
fn commands_that_make_no_sense_are_refused() {
    let mut run = Run::new(phases());
    for event in [Event::Pause, Event::Resume, Event::RollBack] {
        assert!(run.tell(&event).is_some(), "{event:?}");
    }
    run.tell(&Event::Start);
    assert!(run.tell(&Event::Start).is_some());
    assert_eq!(run.tell(&Event::Pause), None);
    assert_eq!(run.tell(&Event::Resume), None);
}

#[test]
fn what_is_wrong_with_a_migration_is_told_at_once() {
    let problems = Migration::new([
        PhaseDefinition::new("a", "one").requires("two").rollback_flag("one"),
        PhaseDefinition::new("a", "two").requires("two"),
        PhaseDefinition::new("c", "one"),
    ])
    .unwrap_err();
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(told.join("\n"));
    assert!(Migration::new([]).is_err());
}
