//! Migrations, phase by phase.

use std::collections::BTreeSet;

use flags_core::Timestamp;
use flags_rollout::{
    machine::{Author, Judgement, Observation, Verdict},
    migration::{Action, Command, Event, Migration, PhaseDefinition, PhaseStatus, Stand, State, transition},
    plan::{GuardMetric, GuardrailDefinition, LatencyQuantile, OnBreach, OnMissing},
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

fn errors() -> GuardrailDefinition {
    GuardrailDefinition::new(GuardMetric::ErrorRate).max(0.05)
}

fn guarded(guardrail: &GuardrailDefinition) -> Migration {
    Migration::new([
        PhaseDefinition::new("actors", "phase_actors")
            .requires("actor_system")
            .hold(minutes(60))
            .rollback_flag("legacy")
            .guardrail(guardrail.clone()),
        PhaseDefinition::new("sync", "phase_sync")
            .requires("phase_actors")
            .hold(minutes(30))
            .guardrail(guardrail.clone()),
    ])
    .unwrap()
}

fn phases() -> Migration {
    guarded(&errors())
}

impl Run {
    fn new(migration: Migration) -> Self {
        let now = Timestamp::from_millis(0);
        let state = State::planned(&migration, now);
        Self { migration, state, now, on: BTreeSet::new(), told: String::new() }
    }

    /// One that watches its first phase.
    fn watching(migration: Migration) -> Self {
        let mut run = Self::new(migration);
        run.on.insert("actor_system".into());
        assert_eq!(run.command(Command::Start), None);
        run.tick(1, None);
        run.tick(1, None);
        assert_eq!(run.state.stand, Stand::Watching);
        run
    }

    fn command(&mut self, command: Command) -> Option<&'static str> {
        self.tell(&Event::command(command, "ada", "the move"))
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
                Action::Release { flag } => {
                    self.told.push_str(&format!("{flag} as defined\n"));
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
        let mut seen = Observation::nothing(self.state.epoch);
        seen.judgements.extend(health.map(|verdict| Judgement::new(verdict, "31 of 60 (51.7 %)")));
        let event = Event::Tick { on: self.on.clone(), health: seen };
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
    assert_eq!(run.command(Command::Start), None);
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
    run.command(Command::Start);
    for _ in 0..4 {
        run.tick(30, Some(Verdict::Pass));
    }
    run.tick(1, Some(Verdict::Pass));
    run.tick(1, Some(Verdict::Pass));
    assert_eq!(run.statuses(), [PhaseStatus::Done, PhaseStatus::UnderWay]);
    run.tick(1, Some(Verdict::Fail));
    run.tick(1, None);
    assert_eq!(run.statuses(), [PhaseStatus::Done, PhaseStatus::RolledBack]);
    assert!(run.on.contains("phase_actors") && !run.on.contains("phase_sync") && !run.on.contains("legacy"));
    // It may be tried again from there, or taken back as a whole.
    assert_eq!(run.command(Command::Start), None);
    run.tick(1, None);
    assert!(run.on.contains("phase_sync"));
    assert_eq!(run.command(Command::RollBack), None);
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
    run.command(Command::Start);
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
    for command in [Command::Pause, Command::Resume, Command::RollBack] {
        assert!(run.command(command).is_some(), "{command}");
    }
    run.command(Command::Start);
    assert!(run.command(Command::Start).is_some());
    assert_eq!(run.command(Command::Pause), None);
    assert_eq!(run.command(Command::Resume), None);
}

#[test]
fn what_is_wrong_with_a_migration_is_told_at_once() {
    let latency = GuardrailDefinition::new(GuardMetric::Latency(LatencyQuantile::P95)).max(0.2);
    let problems = Migration::within(
        [
            PhaseDefinition::new("a", "one").requires("two").rollback_flag("one"),
            PhaseDefinition::new("a", "two").requires("two").rollback_flag("one"),
            PhaseDefinition::new("c", "one")
                .guardrail(latency)
                .guardrail(GuardrailDefinition::new(GuardMetric::ErrorRate).max_increase(0.1))
                .guardrail(GuardrailDefinition::new(GuardMetric::Signal("lag".into())).max(3.0))
                .guardrail(GuardrailDefinition::new(GuardMetric::ErrorRate)),
        ],
        &Default::default(),
    )
    .unwrap_err();
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(told.join("\n"));
    for problem in &problems {
        let [first, second] = &problem.path()[..2] else { unreachable!("each has a phase") };
        let flags_core::PathPart::Index(phase) = second else { unreachable!("the second is a position") };
        assert!(
            (first == &"phases".into()) && problem.to_string().starts_with(&format!("phases[{phase}].")),
            "{problem}"
        );
    }
    assert!(Migration::new([]).is_err());
}

#[test]
fn what_is_not_known_holds_a_phase_that_is_due_and_is_told_after_the_grace() {
    for (verdict, on_missing) in [
        (Verdict::NoData, OnMissing::Hold),
        (Verdict::Error, OnMissing::Hold),
        (Verdict::Inconclusive, OnMissing::Rollback),
    ] {
        let mut run = Run::watching(guarded(&errors().on_missing(on_missing)));
        run.told.clear();
        run.tick(60, Some(verdict));
        run.tick(14, Some(verdict));
        assert_eq!(run.told, "");
        for _ in 0..3 {
            run.tick(1, Some(verdict));
        }
        assert_eq!((run.state.stand, run.state.phase), (Stand::Watching, 0), "{verdict}");
        assert_eq!(run.told.matches("phase `actors` is due and held: error_rate: 31 of 60 (51.7 %) (!)").count(), 1);
        run.tick(1, Some(Verdict::Pass));
        assert_eq!(run.state.phase, 1, "it goes on when it is known to be well");
    }
}

#[test]
fn missing_data_take_a_phase_back_or_are_ignored_where_the_guardrail_says_so() {
    let mut run = Run::watching(guarded(&errors().on_missing(OnMissing::Rollback)));
    run.tick(60, Some(Verdict::NoData));
    assert_eq!(run.state.stand, Stand::Watching);
    run.tick(15, Some(Verdict::NoData));
    assert_eq!(run.state.stand, Stand::RollingBack { until: 0 });
    let mut run = Run::watching(guarded(&errors().on_missing(OnMissing::Ignore)));
    run.tick(60, Some(Verdict::NoData));
    assert_eq!(run.state.phase, 1);
}

#[test]
fn a_guardrail_pauses_or_only_tells_where_it_says_so() {
    let mut run = Run::watching(guarded(&errors().on_breach(OnBreach::Pause)));
    run.tick(1, Some(Verdict::Fail));
    assert_eq!(run.state.stand, Stand::Paused);
    assert_eq!(&*run.state.because, "phase `actors`: error_rate: 31 of 60 (51.7 %)");
    let version = run.state.version;
    run.tick(1, Some(Verdict::Fail));
    assert_eq!(run.state.version, version, "a pause is not begun twice");

    let mut run = Run::watching(guarded(&errors().on_breach(OnBreach::Notify)));
    run.told.clear();
    for _ in 0..3 {
        run.tick(1, Some(Verdict::Fail));
    }
    assert_eq!(run.state.stand, Stand::Watching);
    assert_eq!(run.told.matches("error_rate: 31 of 60 (51.7 %) (!)").count(), 1, "{}", run.told);
    assert_eq!(&*run.state.because, "phase `actors` is on and watched");
}

// Data of before a phase began say nothing about it.
#[test]
fn data_of_another_epoch_neither_pass_nor_fail() {
    let mut run = Run::watching(phases());
    for verdict in [Verdict::Fail, Verdict::Pass] {
        run.now = run.now.saturating_add(minutes(61));
        let mut seen = Observation::nothing(run.state.epoch - 1);
        seen.judgements.push(Judgement::new(verdict, "of before"));
        seen.catastrophe = Some("of before".into());
        run.tell(&Event::Tick { on: run.on.clone(), health: seen });
        assert_eq!((run.state.stand, run.state.phase), (Stand::Watching, 0), "{verdict}");
    }
}

#[test]
fn a_branch_that_nearly_always_fails_is_taken_back_without_any_guardrail() {
    let bare =
        Migration::new([PhaseDefinition::new("actors", "phase_actors").requires("actor_system").hold(minutes(9))]);
    let mut run = Run::watching(bare.unwrap());
    let seen =
        Observation { catastrophe: Some("58 of 60 runs failed".into()), ..Observation::nothing(run.state.epoch) };
    run.tell(&Event::Tick { on: run.on.clone(), health: seen });
    assert_eq!(run.state.stand, Stand::RollingBack { until: 0 });
    assert_eq!(&*run.state.because, "phase `actors`: 58 of 60 runs failed");
}

#[test]
fn a_flag_that_does_not_do_as_it_is_told_is_told_of_once() {
    let mut run = Run::new(phases());
    run.on.insert("actor_system".into());
    run.command(Command::Start);
    run.tick(1, None);
    for minute in 0..4 {
        // Somebody has killed it: whatever is laid over it, it stays off.
        run.on.remove("phase_actors");
        run.tick(1, None);
        assert_eq!((run.state.stand, minute), (Stand::Settling, minute));
    }
    let told = "flag `phase_actors` has been switched on and is not on: look at its controls and its definition (!)";
    assert_eq!(run.told.matches(told).count(), 1, "{}", run.told);
}

#[test]
fn somebody_else_who_switches_the_flag_off_pauses_it() {
    let mut run = Run::watching(phases());
    run.on.remove("phase_actors");
    run.tick(1, Some(Verdict::Pass));
    assert_eq!(run.state.stand, Stand::Paused);
    assert_eq!(
        (&run.state.by, &*run.state.because),
        (&Author::Plan, "flag `phase_actors` has been switched off by somebody else")
    );
    assert_eq!(run.command(Command::Resume), None);
    run.tick(1, None);
    assert!(run.on.contains("phase_actors"), "resumed, it is switched on again");
}

// A definition that has changed under it pauses it; resumed, it goes on in the phase of the same name.
#[test]
fn a_changed_definition_pauses_it_until_somebody_has_looked() {
    let mut run = Run::watching(phases());
    run.tick(60, Some(Verdict::Pass));
    run.tick(0, None);
    run.tick(0, None);
    assert_eq!((&*run.state.name, run.state.stand), ("sync", Stand::Watching));
    let before = PhaseDefinition::new("preparation", "prepared");
    run.migration = Migration::new([before].into_iter().chain(phases().phases().to_vec())).unwrap();
    run.tick(1, Some(Verdict::Pass));
    assert_eq!(run.state.stand, Stand::Paused);
    assert!(run.state.because.starts_with("its definition has changed"), "{}", run.state.because);
    run.tick(1, Some(Verdict::Fail));
    assert_eq!(run.state.stand, Stand::Paused, "guardrails of another definition say nothing");
    assert_eq!(run.command(Command::Resume), None);
    assert_eq!((&*run.state.name, run.state.phase), ("sync", 2));
}
