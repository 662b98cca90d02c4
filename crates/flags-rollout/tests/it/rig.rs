//! A rollout under test: a plan, its state, a clock that is moved by hand, and controls that do as they are told.

use std::time::Duration;

use flags_core::{Percentage, Timestamp};
use flags_rollout::{
    machine::{
        Action, Command, ControlsInForce, Entry, Event, Judgement, Observation, Rejection, State, Verdict, transition,
    },
    plan::{GuardMetric, GuardrailDefinition, Plan, RolloutDefinition, StageDefinition, Surroundings},
};

pub(crate) fn percent(percent: f64) -> Percentage {
    Percentage::new(percent).unwrap()
}

pub(crate) fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

pub(crate) fn stage(share: f64) -> StageDefinition {
    StageDefinition::new(percent(share)).hold(minutes(10)).min_samples(100)
}

/// 1, 25 and 100 percent, ten minutes and a hundred samples each, with one guardrail on the error rate.
pub(crate) fn guarded() -> RolloutDefinition {
    RolloutDefinition::custom([stage(1.0), stage(25.0), stage(100.0)])
        .guardrail(GuardrailDefinition::new(GuardMetric::ErrorRate).max_increase(0.1))
}

/// The same shares without anything that is measured.
pub(crate) fn unguarded() -> RolloutDefinition {
    RolloutDefinition::custom([1.0, 25.0, 100.0].map(|share| stage(share).min_samples(0)))
}

pub(crate) fn check(definition: &RolloutDefinition) -> Plan {
    definition
        .check(&Surroundings { signals: vec!["checkout_5xx".into()], counted: vec![], rules: vec!["books".into()] })
        .unwrap()
}

pub(crate) struct Rig {
    pub(crate) plan: Plan,
    pub(crate) state: State,
    pub(crate) now: Timestamp,
    pub(crate) controls: ControlsInForce,
    /// Whether what is asked for comes into force.
    pub(crate) obeys: bool,
    /// Everything that was to be done so far.
    pub(crate) actions: Vec<Action>,
}

impl Rig {
    pub(crate) fn new(definition: &RolloutDefinition) -> Self {
        let plan = check(definition);
        let now = Timestamp::parse("2026-11-20T09:00:00Z").unwrap();
        let state = State::planned(&plan, now);
        Self { plan, state, now, controls: ControlsInForce::default(), obeys: true, actions: vec![] }
    }

    pub(crate) fn started(definition: &RolloutDefinition) -> Self {
        let mut rig = Self::new(definition);
        rig.start();
        rig
    }

    pub(crate) fn start(&mut self) {
        assert_eq!(self.command(Command::Start { before: self.controls }), None);
    }

    /// Tells an event, carries out what follows, and reads it back.
    pub(crate) fn tell(&mut self, event: &Event) -> Vec<Action> {
        let (state, actions) = transition(&self.plan, &self.state, event, self.now);
        self.state = state;
        self.actions.extend(actions.iter().cloned());
        let mut wrote = false;
        for action in &actions {
            match action {
                Action::Set { percentage, dry_run: false } if self.obeys => {
                    self.controls.percentage = Some(*percentage);
                }
                Action::Restore { to, dry_run: false } if self.obeys => {
                    self.controls.percentage = to.percentage;
                    self.controls.killed |= to.killed;
                }
                _ => continue,
            }
            wrote = true;
        }
        if wrote {
            self.tell(&Event::ReadBack(self.controls));
        }
        actions
    }

    /// Gives a command; why it was refused, if it was.
    pub(crate) fn command(&mut self, command: Command) -> Option<Rejection> {
        let actions = self.tell(&Event::Command { command, by: "ada".into(), because: "".into() });
        actions.into_iter().find_map(|action| match action {
            Action::Reject(rejection) => Some(rejection),
            _ => None,
        })
    }

    /// Lets time pass, then looks at guardrails that all say the same, with samples enough.
    pub(crate) fn tick(&mut self, after: Duration, verdict: Verdict) {
        self.look(after, &[verdict], 1_000);
    }

    pub(crate) fn look(&mut self, after: Duration, verdicts: &[Verdict], samples: u64) {
        self.now = self.now.saturating_add(after);
        let count = self.plan.guardrails().len();
        let judgements = verdicts.iter().cycle().take(if verdicts.is_empty() { 0 } else { count });
        let judgements = judgements.map(|verdict| Judgement::new(*verdict, verdict.to_string()).relative()).collect();
        let observation = Observation { samples, judgements, ..Observation::nothing(self.state.epoch) };
        self.tell(&Event::Tick(observation));
    }

    /// The percentage in force.
    pub(crate) fn share(&self) -> String {
        self.controls.percentage.map_or_else(|| "none".into(), |share| share.to_string())
    }

    pub(crate) fn phase(&self) -> &'static str {
        self.state.phase().name()
    }

    /// The history, a line each.
    pub(crate) fn history(&self) -> String {
        let entries = self.actions.iter().filter_map(|action| match action {
            Action::Record(Entry { at, from, to, by, text, .. }) => {
                Some(format!("{at} {} -> {} ({by}): {text}\n", from.name(), to.name()))
            }
            _ => None,
        });
        entries.collect()
    }
}
