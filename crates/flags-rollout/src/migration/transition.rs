//! The transition function of migrations.

use std::{collections::BTreeSet, time::Duration};

use flags_core::Timestamp;

use super::{Action, Event, Migration, PhaseDefinition, Stand, State};
use crate::machine::Verdict;

/// The state that follows from an event, and what is wanted.
///
/// Actions may come again until they are read back by a tick; doing them twice does no harm.
#[must_use]
pub fn transition(migration: &Migration, state: &State, event: &Event, now: Timestamp) -> (State, Vec<Action>) {
    let mut turn = Turn { migration, next: state.clone(), actions: vec![], now: now.max(state.at) };
    match event {
        Event::Start => turn.start(),
        Event::Pause => turn.pause(),
        Event::Resume => turn.resume(),
        Event::RollBack => turn.roll_back_all(),
        Event::Tick { on, health } => turn.tick(on, *health),
    }
    let Turn { mut next, actions, now, .. } = turn;
    if next != *state {
        next.at = now;
    }
    (next, actions)
}

struct Turn<'a> {
    migration: &'a Migration,
    next: State,
    actions: Vec<Action>,
    now: Timestamp,
}

impl<'a> Turn<'a> {
    fn phase(&self) -> Option<&'a PhaseDefinition> {
        self.migration.phases().get(self.next.phase)
    }

    fn refuse(&mut self, text: &'static str) {
        self.actions.push(Action::Refuse { text });
    }

    fn go(&mut self, stand: Stand, text: impl Into<Box<str>>, urgent: bool) {
        self.next.stand = stand;
        self.next.since = self.now;
        self.next.because = text.into();
        if !self.next.because.is_empty() {
            self.actions.push(Action::Tell { text: self.next.because.clone(), urgent });
        }
    }

    fn start(&mut self) {
        match self.next.stand {
            Stand::Planned | Stand::RolledBack => {
                self.next.healthy = Duration::ZERO;
                self.go(Stand::Waiting, "", false);
            }
            Stand::Complete => self.refuse("it is complete"),
            _ => self.refuse("it has been started already"),
        }
    }

    fn pause(&mut self) {
        match self.next.stand {
            Stand::Waiting | Stand::Settling | Stand::Watching => {
                if self.next.stand == Stand::Watching {
                    self.next.healthy = self.next.healthy.saturating_add(self.now.saturating_since(self.next.since));
                }
                self.go(Stand::Paused, "paused by hand", false);
            }
            _ => self.refuse("it is not under way"),
        }
    }

    fn resume(&mut self) {
        if self.next.stand == Stand::Paused {
            // Waiting looks at what is required, and switches on what may be on already.
            self.go(Stand::Waiting, "resumed", false);
        } else {
            self.refuse("it is not paused");
        }
    }

    fn roll_back_all(&mut self) {
        match self.next.stand {
            Stand::Planned => self.refuse("it has not been started"),
            Stand::RollingBack { until: 0 } => self.refuse("it is being taken back already"),
            Stand::RolledBack if self.next.phase == 0 => self.refuse("it has been taken back already"),
            _ => {
                self.next.phase = self.next.phase.min(self.migration.phases().len().saturating_sub(1));
                self.roll_back(0, "taken back by hand");
            }
        }
    }

    fn roll_back(&mut self, until: usize, text: &str) {
        self.next.healthy = Duration::ZERO;
        self.go(Stand::RollingBack { until }, text, true);
        self.take_back();
    }

    /// Wants the present phase to be taken back. What takes its place comes first, so that there is no moment without either.
    fn take_back(&mut self) {
        if let Some(phase) = self.phase() {
            if let Some(flag) = &phase.rollback_flag {
                self.actions.push(Action::SwitchOn { flag: flag.clone() });
            }
            self.actions.push(Action::SwitchOff { flag: phase.flag.clone() });
        }
    }

    fn tick(&mut self, on: &BTreeSet<Box<str>>, health: Option<Verdict>) {
        let Some(phase) = self.phase() else { return };
        match self.next.stand {
            Stand::Planned | Stand::RolledBack | Stand::Complete => {}
            Stand::Waiting => self.wait(phase, on),
            Stand::Settling if on.contains(&phase.flag) => {
                self.next.stand = Stand::Watching;
                self.next.since = self.now;
                self.watch(phase, on, health);
            }
            Stand::Settling => self.actions.push(Action::SwitchOn { flag: phase.flag.clone() }),
            Stand::Watching => self.watch(phase, on, health),
            Stand::Paused => {
                if health == Some(Verdict::Fail) && on.contains(&phase.flag) && self.migration.rolls_back_on_failure() {
                    self.fail(phase, "its health has failed");
                }
            }
            Stand::RollingBack { until } => self.rolling_back(phase, on, until),
        }
    }

    fn wait(&mut self, phase: &PhaseDefinition, on: &BTreeSet<Box<str>>) {
        let missing: Vec<&str> = phase.requires.iter().filter(|flag| !on.contains(*flag)).map(|flag| &**flag).collect();
        if missing.is_empty() {
            self.actions.push(Action::SwitchOn { flag: phase.flag.clone() });
            self.go(Stand::Settling, format!("phase `{}` begins", phase.name), false);
        } else {
            let text = format!("phase `{}` waits for {}", phase.name, missing.join(", "));
            if *self.next.because != *text {
                self.go(Stand::Waiting, text, false);
            }
        }
    }

    fn watch(&mut self, phase: &PhaseDefinition, on: &BTreeSet<Box<str>>, health: Option<Verdict>) {
        if health == Some(Verdict::Fail) {
            self.fail(phase, "its health has failed");
            return;
        }
        if !on.contains(&phase.flag) {
            self.go(Stand::Paused, format!("flag `{}` has been switched off by somebody else", phase.flag), true);
            return;
        }
        if let Some(flag) = phase.requires.iter().find(|flag| !on.contains(*flag)) {
            self.fail(phase, &format!("flag `{flag}`, which it requires, is off"));
            return;
        }
        let healthy = self.next.healthy.saturating_add(self.now.saturating_since(self.next.since));
        if health.is_some_and(|verdict| verdict != Verdict::Pass) || healthy < phase.hold {
            return;
        }
        self.next.phase += 1;
        self.next.healthy = Duration::ZERO;
        if self.phase().is_some() {
            self.go(Stand::Waiting, format!("phase `{}` is in force", phase.name), false);
        } else {
            self.go(Stand::Complete, "all phases are in force", false);
        }
    }

    fn fail(&mut self, phase: &PhaseDefinition, why: &str) {
        let text = format!("phase `{}`: {why}", phase.name);
        if self.migration.rolls_back_on_failure() {
            self.roll_back(self.next.phase, &text);
        } else {
            self.next.healthy = Duration::ZERO;
            self.go(Stand::Paused, text, true);
        }
    }

    fn rolling_back(&mut self, phase: &PhaseDefinition, on: &BTreeSet<Box<str>>, until: usize) {
        let replaced = phase.rollback_flag.as_ref().is_none_or(|flag| on.contains(flag));
        if !replaced || on.contains(&phase.flag) {
            self.take_back();
        } else if self.next.phase > until {
            self.next.phase -= 1;
            self.next.since = self.now;
            self.take_back();
        } else {
            let text = format!("phase `{}` has been taken back ({})", phase.name, self.next.because);
            self.go(Stand::RolledBack, text, true);
        }
    }
}
