//! Where a migration stands, what can happen to it, and what it wants.

use std::{collections::BTreeSet, time::Duration};

use flags_core::Timestamp;

use crate::machine::Verdict;

/// Where a migration stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// What it is doing.
    pub stand: Stand,
    /// The index of the phase it is in; the number of phases when all are done.
    pub phase: usize,
    /// Since when.
    pub since: Timestamp,
    /// How long the phase was healthy before `since`.
    pub healthy: Duration,
    /// When it last changed. Time never goes back behind it.
    pub at: Timestamp,
    /// Why it is there, for people.
    pub because: Box<str>,
}

/// What a migration is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stand {
    /// It has not been started.
    Planned,
    /// The phase waits for the flags it requires.
    Waiting,
    /// The phase's flag has been switched on and not yet been read back.
    Settling,
    /// The phase is being watched.
    Watching,
    /// It stays where it is until a person resumes it.
    Paused,
    /// Phases are being taken back, this one and then those down to `until`.
    RollingBack {
        /// The last phase to take back.
        until: usize,
    },
    /// What was to be taken back is. The phases before the present one stay in force.
    RolledBack,
    /// All phases are in force.
    Complete,
}

impl State {
    /// A migration that has not been started.
    #[must_use]
    pub fn planned(now: Timestamp) -> Self {
        Self { stand: Stand::Planned, phase: 0, since: now, healthy: Duration::ZERO, at: now, because: "".into() }
    }
}

/// What can happen to a migration.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A person starts it, or starts it again from the phase that was taken back.
    Start,
    /// A person holds it.
    Pause,
    /// A person lets it go on, with the phase watched anew.
    Resume,
    /// A person takes everything back, the last phase first.
    RollBack,
    /// Time has passed.
    Tick {
        /// The flags that are on at present, of those the migration names.
        on: BTreeSet<Box<str>>,
        /// What the phase's health says; `None` where nothing watches it, so that time alone decides.
        health: Option<Verdict>,
    },
}

impl Event {
    /// Time has passed, with these flags on.
    #[must_use]
    pub fn tick<'a>(on: impl IntoIterator<Item = &'a str>, health: Option<Verdict>) -> Self {
        Self::Tick { on: on.into_iter().map(Into::into).collect(), health }
    }
}

/// What a migration wants.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// Switch a flag on, for all, by a control.
    SwitchOn {
        /// The flag.
        flag: Box<str>,
    },
    /// Switch a flag off, by a control.
    SwitchOff {
        /// The flag.
        flag: Box<str>,
    },
    /// Add this to the history, and tell those who follow it.
    Tell {
        /// What has happened.
        text: Box<str>,
        /// Whether somebody on duty should hear of it.
        urgent: bool,
    },
    /// The command makes no sense where it stands; nothing has changed.
    Refuse {
        /// Why.
        text: &'static str,
    },
}
