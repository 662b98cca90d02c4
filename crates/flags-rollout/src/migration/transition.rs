//! The transition function of migrations.

use std::{collections::BTreeSet, time::Duration};

use flags_core::Timestamp;

use super::{Action, Agreement, Command, Event, Migration, PhaseDefinition, Stand, State};
use crate::machine::Author;

/// How long a flag may take to do as it is told before somebody hears of it.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(60);

/// The state that follows from an event, and what is wanted.
///
/// A state that is the same as before, its version included, means that nothing has happened, and that nothing need be
/// journalled. Actions may come again until they are read back by a tick. Time does not go back: an earlier `now` than the
/// state's counts as the state's.
#[must_use]
pub fn transition(migration: &Migration, state: &State, event: &Event, now: Timestamp) -> (State, Vec<Action>) {
    let author = event.author();
    let mut turn = Turn { migration, next: state.clone(), actions: vec![], now: now.max(state.at), author };
    match event {
        Event::Command { command, because, second, .. } => turn.command(*command, because, second.as_deref()),
        Event::Requested { command, by, because } => turn.request(*command, by, because),
        Event::Tick { on, health } => turn.tick(on, health),
    }
    let Turn { mut next, actions, now, .. } = turn;
    if next != *state {
        next.version = state.version.saturating_add(1);
        next.at = now;
    }
    (next, actions)
}

/// One turn: the state under way, and what is wanted so far.
pub(super) struct Turn<'a> {
    pub(super) migration: &'a Migration,
    pub(super) next: State,
    pub(super) actions: Vec<Action>,
    pub(super) now: Timestamp,
    author: Author,
}

impl<'a> Turn<'a> {
    fn phase(&self) -> Option<&'a PhaseDefinition> {
        self.migration.phases().get(self.next.phase)
    }

    fn refuse(&mut self, text: &'static str) {
        self.actions.push(Action::Refuse { text });
    }

    pub(super) fn tell(&mut self, text: impl Into<Box<str>>, urgent: bool) {
        self.next.because = text.into();
        self.next.by = self.author.clone();
        self.actions.push(Action::Tell { text: self.next.because.clone(), urgent });
    }

    fn go(&mut self, stand: Stand, text: impl Into<Box<str>>, urgent: bool) {
        self.next.stand = stand;
        self.next.since = self.now;
        self.next.held = None;
        self.next.told = false;
        self.tell(text, urgent);
    }

    fn go_to(&mut self, phase: usize) {
        self.next.phase = phase;
        self.next.name = self.phase().map_or_else(Box::default, |phase| phase.name.clone());
    }

    fn command(&mut self, command: Command, because: &str, second: Option<&str>) {
        let before = self.next.stand;
        match command {
            Command::Start => self.start(because),
            Command::Pause => self.pause(because),
            Command::Resume => self.resume(because),
            Command::RollBack => self.roll_back_all(because),
        }
        if self.next.stand != before || command == Command::RollBack {
            // What was asked for at another moment is not what is asked for now.
            self.next.requested = None;
        }
        if command.takes_two() && self.next.stand != before {
            self.next.second = second.map(Into::into);
        }
    }

    /// Keeps what one person wants until another wants the same.
    fn request(&mut self, command: Command, by: &str, because: &str) {
        let (before, told) = (self.next.clone(), self.actions.len());
        self.command(command, because, None);
        let refused = self.actions.drain(told..).find(|action| matches!(action, Action::Refuse { .. }));
        self.next = before;
        if let Some(refused) = refused {
            self.actions.push(refused);
            return;
        }
        let request = Agreement { command, by: by.into(), because: because.into(), at: self.now };
        self.next.requested = Some(request);
        let text = with_reason(&format!("{by} asks to {command} it, and somebody else has to agree"), because);
        self.actions.push(Action::Tell { text: text.into(), urgent: false });
    }

    fn start(&mut self, because: &str) {
        match self.next.stand {
            Stand::Planned | Stand::RolledBack => {
                self.follow_definition();
                self.next.healthy = Duration::ZERO;
                self.next.started_at = Some(self.now);
                self.go(Stand::Waiting, with_reason("started", because), false);
            }
            Stand::Complete => self.refuse("it is complete"),
            _ => self.refuse("it has been started already"),
        }
    }

    fn pause(&mut self, because: &str) {
        match self.next.stand {
            Stand::Waiting | Stand::Settling | Stand::Watching => {
                self.hold(with_reason("paused by hand", because), false);
            }
            Stand::Paused => self.refuse("it is paused already"),
            Stand::Planned => self.refuse("it has not been started"),
            Stand::RollingBack { .. } => self.refuse("it is being taken back, which is not held up"),
            Stand::RolledBack | Stand::Complete => self.refuse("it is over"),
        }
    }

    /// Pauses, and keeps how long the phase was healthy.
    pub(super) fn hold(&mut self, text: impl Into<Box<str>>, urgent: bool) {
        if self.next.stand == Stand::Watching {
            self.next.healthy = self.healthy();
        }
        self.go(Stand::Paused, text, urgent);
    }

    fn resume(&mut self, because: &str) {
        if self.next.stand == Stand::Paused {
            self.follow_definition();
            // Waiting looks at what is required, and switches on what may be on already.
            self.go(Stand::Waiting, with_reason("resumed", because), false);
        } else {
            self.refuse("it is not paused");
        }
    }

    /// Goes on by the migration as it is written now, in the phase of the same name, else in the one of the same place.
    fn follow_definition(&mut self) {
        if self.is_changed() {
            self.next.definition = self.migration.fingerprint();
            let phases = self.migration.phases();
            let same = phases.iter().position(|phase| phase.name == self.next.name);
            self.go_to(same.unwrap_or(self.next.phase.min(phases.len().saturating_sub(1))));
            self.next.healthy = Duration::ZERO;
        }
    }

    pub(super) fn is_changed(&self) -> bool {
        self.next.definition != self.migration.fingerprint()
    }

    fn roll_back_all(&mut self, because: &str) {
        match self.next.stand {
            Stand::Planned => self.refuse("it has not been started"),
            Stand::RollingBack { until: 0 } => self.refuse("it is being taken back already"),
            Stand::RolledBack if self.next.phase == 0 => self.refuse("it has been taken back already"),
            _ => {
                self.follow_definition();
                self.go_to(self.next.phase.min(self.migration.phases().len().saturating_sub(1)));
                self.roll_back(0, with_reason("taken back by hand", because));
            }
        }
    }

    pub(super) fn roll_back(&mut self, until: usize, text: impl Into<Box<str>>) {
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

    fn tick(&mut self, on: &BTreeSet<Box<str>>, health: &crate::machine::Observation) {
        let stand = self.next.stand;
        if self.is_changed() && matches!(stand, Stand::Waiting | Stand::Settling | Stand::Watching) {
            let text = "its definition has changed: resume it, so that it follows the new one, or take it back";
            self.hold(text, true);
            return;
        }
        let Some(phase) = self.phase() else { return };
        match stand {
            Stand::Planned | Stand::RolledBack | Stand::Complete => {}
            Stand::Waiting => self.wait(phase, on),
            Stand::Settling if on.contains(&phase.flag) => self.settled(phase),
            Stand::Settling => {
                self.actions.push(Action::SwitchOn { flag: phase.flag.clone() });
                self.tell_if_late(&format!("flag `{}` has been switched on and is not on", phase.flag));
            }
            Stand::Watching => self.watch(phase, on, health),
            Stand::Paused => self.protect(phase, on, health),
            Stand::RollingBack { until } => self.rolling_back(phase, on, until),
        }
    }

    fn wait(&mut self, phase: &PhaseDefinition, on: &BTreeSet<Box<str>>) {
        let missing: Vec<&str> = phase.requires.iter().filter(|flag| !on.contains(*flag)).map(|flag| &**flag).collect();
        if missing.is_empty() {
            self.next.epoch = self.next.epoch.saturating_add(1);
            self.next.breached = 0;
            self.actions.push(Action::SwitchOn { flag: phase.flag.clone() });
            self.go(Stand::Settling, format!("phase `{}` begins", phase.name), false);
        } else {
            let text = format!("phase `{}` waits for {}", phase.name, missing.join(", "));
            if *self.next.because != *text {
                self.go(Stand::Waiting, text, false);
            }
        }
    }

    /// The phase's flag is on: what stood in for it is not needed any more.
    fn settled(&mut self, phase: &PhaseDefinition) {
        self.actions.extend(phase.rollback_flag.iter().map(|flag| Action::Release { flag: flag.clone() }));
        self.go(Stand::Watching, format!("phase `{}` is on and watched", phase.name), false);
    }

    fn healthy(&self) -> Duration {
        self.next.healthy.saturating_add(self.now.saturating_since(self.next.since))
    }

    /// Whether the hold of the phase is over.
    pub(super) fn is_due(&self, phase: &PhaseDefinition) -> bool {
        self.healthy() >= phase.hold
    }

    /// The phase has passed.
    pub(super) fn pass(&mut self, phase: &PhaseDefinition) {
        self.go_to(self.next.phase.saturating_add(1));
        self.next.healthy = Duration::ZERO;
        if self.phase().is_some() {
            self.go(Stand::Waiting, format!("phase `{}` is in force", phase.name), false);
        } else {
            self.go(Stand::Complete, "all phases are in force", false);
        }
    }

    /// The phase has failed.
    pub(super) fn fail(&mut self, phase: &PhaseDefinition, why: &str) {
        let text = format!("phase `{}`: {why}", phase.name);
        if self.migration.rolls_back_on_failure() {
            self.roll_back(self.next.phase, text);
        } else if self.next.stand != Stand::Paused {
            self.next.healthy = Duration::ZERO;
            self.go(Stand::Paused, text, true);
        }
    }

    fn rolling_back(&mut self, phase: &PhaseDefinition, on: &BTreeSet<Box<str>>, until: usize) {
        let replaced = phase.rollback_flag.as_ref().is_none_or(|flag| on.contains(flag));
        if !replaced || on.contains(&phase.flag) {
            self.take_back();
            let flag = if replaced { &phase.flag } else { phase.rollback_flag.as_ref().unwrap_or(&phase.flag) };
            let what = if replaced { "off and is on" } else { "on and is not on" };
            self.tell_if_late(&format!("the rollback is not in force: flag `{flag}` has been switched {what}"));
        } else if self.next.phase > until {
            let text = format!("phase `{}` has been taken back", phase.name);
            self.go_to(self.next.phase - 1);
            self.go(Stand::RollingBack { until }, text, false);
            self.take_back();
        } else {
            self.go(Stand::RolledBack, format!("phase `{}` has been taken back", phase.name), true);
        }
    }

    /// Tells, once, of a flag that does not do as it is told.
    fn tell_if_late(&mut self, what: &str) {
        if !self.next.told && self.now.saturating_since(self.next.since) >= SETTLE_TIMEOUT {
            self.next.told = true;
            self.tell(format!("{what}: look at its controls and its definition"), true);
        }
    }
}

/// What happened, with the reason somebody gave, if any.
fn with_reason(what: &str, because: &str) -> String {
    if because.is_empty() { what.to_owned() } else { format!("{what}: {because}") }
}
