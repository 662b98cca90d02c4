//! Where a migration stands.

use std::time::Duration;

use flags_core::Timestamp;

use super::{Command, Migration};
use crate::machine::Author;

/// Where a migration stands. Everything that has to survive a restart, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The fingerprint of the migration it follows.
    pub definition: u64,
    /// How often it has changed.
    pub version: u64,
    /// What it is doing.
    pub stand: Stand,
    /// The index of the phase it is in; the number of phases when all are done.
    pub phase: usize,
    /// The name of that phase, by which it is found again in a definition that has changed; empty when all are done.
    pub name: Box<str>,
    /// Which data count: those gathered since the phase began for the last time.
    pub epoch: u64,
    /// Since when.
    pub since: Timestamp,
    /// How long the phase was healthy before `since`.
    pub healthy: Duration,
    /// Since when the phase has been due and its health has not let it go on.
    pub held: Option<Timestamp>,
    /// Whether somebody has been told that it is held, or that a flag does not do as it is told.
    pub told: bool,
    /// The guardrails of this epoch that have failed and of which somebody has been told, as a set of bits.
    pub breached: u64,
    /// What one person has asked for and another has to agree to, where flags of it are protected.
    pub requested: Option<Agreement>,
    /// Who agreed to it as the second person, where flags of it are protected.
    pub second: Option<Box<str>>,
    /// When it was started.
    pub started_at: Option<Timestamp>,
    /// When it last changed. Time never goes back behind it.
    pub at: Timestamp,
    /// Who brought it there.
    pub by: Author,
    /// Why it is there, for people.
    pub because: Box<str>,
}

/// What one person has asked for and another has to agree to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// What is asked for.
    pub command: Command,
    /// Who asks.
    pub by: Box<str>,
    /// Why, in the person's words; may be empty.
    pub because: Box<str>,
    /// When it was asked for.
    pub at: Timestamp,
}

impl Agreement {
    /// How long it waits for somebody else.
    pub const LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

    /// When it is forgotten.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.at.saturating_add(Self::LIFETIME)
    }
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

impl Stand {
    /// Its name, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Waiting => "waiting",
            Self::Settling => "settling",
            Self::Watching => "watching",
            Self::Paused => "paused",
            Self::RollingBack { .. } => "rolling_back",
            Self::RolledBack => "rolled_back",
            Self::Complete => "complete",
        }
    }

    /// Whether it goes on by itself as time passes.
    #[must_use]
    pub const fn is_under_way(self) -> bool {
        matches!(self, Self::Waiting | Self::Settling | Self::Watching | Self::RollingBack { .. })
    }
}

impl State {
    /// A migration that has not been started.
    #[must_use]
    pub fn planned(migration: &Migration, now: Timestamp) -> Self {
        Self {
            definition: migration.fingerprint(),
            version: 0,
            stand: Stand::Planned,
            phase: 0,
            name: migration.phases().first().map_or_else(Box::default, |phase| phase.name.clone()),
            epoch: 0,
            since: now,
            healthy: Duration::ZERO,
            held: None,
            told: false,
            breached: 0,
            requested: None,
            second: None,
            started_at: None,
            at: now,
            by: Author::Plan,
            because: "".into(),
        }
    }
}
