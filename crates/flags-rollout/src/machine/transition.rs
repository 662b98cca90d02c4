//! The transition function, and what all its parts share.

use std::time::Duration;

use flags_core::{Percentage, Timestamp};

use super::{Action, Alert, Author, ControlsInForce, Entry, Event, Pause, State, Status, Step};
use crate::plan::{OnRollback, Phase, Plan};

/// The state that follows from an event, and what is to be done.
///
/// A state that is the same as before, its version included, means that nothing has happened, and that nothing need be
/// journalled. Time does not go back: an earlier `now` than the state's counts as the state's.
#[must_use]
pub fn transition(plan: &Plan, state: &State, event: &Event, now: Timestamp) -> (State, Vec<Action>) {
    let mut turn = Turn { plan, next: state.clone(), actions: vec![], now: now.max(state.at) };
    match event {
        Event::Command { command, by, because } => turn.command(*command, by, because),
        Event::Due { before } => turn.due(*before),
        Event::Tick(observation) => turn.observe(observation),
        Event::ReadBack(found) => turn.read_back(*found),
        Event::Withdrawn => turn.withdrawn(),
        Event::RequirementRolledBack { flag, because } => turn.requirement_rolled_back(flag, because),
        Event::Storm { raging } => turn.storm(*raging),
    }
    let Turn { mut next, mut actions, now, .. } = turn;
    if next != *state {
        next.version = state.version.saturating_add(1);
        next.at = now;
        for action in &mut actions {
            if let Action::Record(entry) = action {
                entry.version = next.version;
            }
        }
    }
    (next, actions)
}

/// The state after a series of events, each with its time: what a journal amounts to.
#[must_use]
pub fn replay<'a>(plan: &Plan, start: &State, events: impl IntoIterator<Item = (&'a Event, Timestamp)>) -> State {
    events.into_iter().fold(start.clone(), |state, (event, now)| transition(plan, &state, event, now).0)
}

/// One turn of the machine: the state under way, and what is to be done so far.
pub(super) struct Turn<'a> {
    pub(super) plan: &'a Plan,
    pub(super) next: State,
    pub(super) actions: Vec<Action>,
    pub(super) now: Timestamp,
}

impl Turn<'_> {
    pub(super) fn is_dry(&self) -> bool {
        self.plan.definition().dry_run
    }

    pub(super) fn is_changed(&self) -> bool {
        self.next.plan != self.plan.fingerprint()
    }

    /// Notes what has happened, and why the state is what it is.
    pub(super) fn record(&mut self, from: Phase, by: Author, text: impl Into<Box<str>>) {
        let text = text.into();
        self.next.by = by.clone();
        self.next.because = text.clone();
        let (to, percentage) = (self.next.phase(), self.next.asked);
        let entry = Entry { at: self.now, version: self.next.version, from, to, percentage, by, text };
        self.actions.push(Action::Record(entry));
    }

    /// Goes into a stage: asks for its percentage and gathers data anew.
    pub(super) fn enter(&mut self, stage: usize, baked: Duration, by: Author, text: impl Into<Box<str>>) {
        let from = self.next.phase();
        let percentage = self.plan.stage(stage).percentage;
        let dry_run = self.is_dry();
        let next = &mut self.next;
        next.stage = stage;
        next.asked = Some(percentage);
        next.epoch = next.epoch.saturating_add(1);
        next.status = Status::Running(if dry_run { Step::Baking } else { Step::Settling });
        next.since = self.now;
        next.baked = baked;
        next.approved = false;
        next.held = None;
        next.told = 0;
        self.actions.push(Action::Gather { epoch: self.next.epoch });
        self.actions.push(Action::Set { percentage, dry_run });
        self.record(from, by, text);
    }

    pub(super) fn start(&mut self, before: ControlsInForce, by: Author, because: &str) {
        self.next.plan = self.plan.fingerprint();
        self.next.before = Some(before);
        self.next.started_at = Some(self.now);
        let percentage = self.plan.stage(0).percentage;
        self.enter(0, Duration::ZERO, by, with_reason(&format!("started at {percentage} %"), because));
    }

    /// Goes on from a stage that has passed, or that somebody wants to be done with.
    pub(super) fn advance(&mut self, to: usize, baked: Duration, by: Author, because: &str) {
        if self.next.stage >= self.plan.last_stage() {
            let from = self.next.phase();
            self.next.status = Status::Complete;
            self.next.since = self.now;
            self.next.held = None;
            self.next.rollbacks = 0;
            self.record(from, by, with_reason("complete", because));
            return;
        }
        let (before, after) = (self.next.asked.unwrap_or(Percentage::ZERO), self.plan.stage(to).percentage);
        self.enter(to, baked, by, with_reason(&format!("from {before} % to {after} %"), because));
    }

    pub(super) fn pause(&mut self, reason: Pause, by: Author, text: impl Into<Box<str>>) {
        let from = self.next.phase();
        let text = text.into();
        self.next.baked = self.next.baked_at(self.now);
        self.next.since = self.now;
        self.next.held = None;
        self.next.status = Status::Paused(reason);
        if reason != Pause::Manual {
            self.actions.push(Action::Alert(Alert::Paused { because: text.clone() }));
        }
        self.record(from, by, text);
    }

    /// Begins a rollback; `counts` if the guardrails wanted it, so that the cool-down grows.
    pub(super) fn roll_back(&mut self, by: Author, text: impl Into<Box<str>>, counts: bool) {
        let from = self.next.phase();
        let text = text.into();
        if counts {
            self.next.rollbacks = self.next.rollbacks.saturating_add(1);
        }
        self.next.since = self.now;
        self.next.held = None;
        let Some(before) = self.next.before else {
            // Never started: there is nothing to restore.
            self.next.status = Status::RolledBack { rearm_after: self.now };
            self.record(from, by, text);
            return;
        };
        let to = match self.plan.definition().on_rollback {
            // A plan that began above its own stages: what fails for a few is not given to more of them.
            OnRollback::Previous if before.percentage > self.next.asked => {
                ControlsInForce { percentage: Some(Percentage::ZERO), ..before }
            }
            OnRollback::Previous => before,
            OnRollback::Zero => ControlsInForce { percentage: Some(Percentage::ZERO), ..before },
            OnRollback::Kill => ControlsInForce { killed: true, ..before },
        };
        self.actions.push(Action::Restore { to, dry_run: self.is_dry() });
        self.actions.push(Action::Alert(Alert::RollingBack { because: text.clone() }));
        if self.is_dry() {
            self.next.status = Status::RolledBack { rearm_after: self.rearm_after() };
        } else {
            self.next.status = Status::RollingBack { to, attempts: 1 };
        }
        self.record(from, by, text);
    }

    /// When a rollout that is rolled back now may be armed again: the cool-down, doubled with each rollback in a row up to
    /// 64 times.
    pub(super) fn rearm_after(&self) -> Timestamp {
        let Some(doubled) = self.next.rollbacks.checked_sub(1) else { return self.now };
        let factor = 1_u32 << doubled.min(6);
        self.now.saturating_add(self.plan.definition().cooldown.saturating_mul(factor))
    }
}

/// What happened, with the reason somebody gave, if any.
pub(super) fn with_reason(what: &str, because: &str) -> String {
    if because.is_empty() { what.to_owned() } else { format!("{what}: {because}") }
}
