//! What can happen to a migration, and what it wants.

use std::{collections::BTreeSet, fmt};

use crate::machine::{Author, Observation};

/// What can happen to a migration.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A person, or a program on behalf of one, wants something.
    Command {
        /// What.
        command: Command,
        /// Who.
        by: Box<str>,
        /// Why, in the person's words; may be empty.
        because: Box<str>,
        /// Who agreed to it as the second person, where that is needed.
        second: Option<Box<str>>,
    },
    /// A person wants something that takes a second one to agree.
    Requested {
        /// What.
        command: Command,
        /// Who.
        by: Box<str>,
        /// Why, in the person's words; may be empty.
        because: Box<str>,
    },
    /// Time has passed.
    Tick {
        /// The flags that are on at present, of those the migration names.
        on: BTreeSet<Box<str>>,
        /// What is known of the health of the phase: judged by [`Migration::health`](super::Migration::health).
        health: Observation,
    },
}

/// What a person can want of a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Command {
    /// Start it, or start it again from the phase that was taken back.
    Start,
    /// Stay where it is. A phase that fails is taken back all the same.
    Pause,
    /// Go on after a pause: by the migration as it is written now, with the phase watched anew.
    Resume,
    /// Take everything back, the last phase first.
    RollBack,
}

impl Command {
    /// Every command.
    pub const ALL: [Self; 4] = [Self::Start, Self::Pause, Self::Resume, Self::RollBack];

    /// Its name, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::RollBack => "roll_back",
        }
    }

    /// Whether it takes two people where a flag of the migration is protected: what switches flags on does.
    #[must_use]
    pub const fn takes_two(self) -> bool {
        matches!(self, Self::Start | Self::Resume)
    }

    /// The command called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name().replace('_', " "))
    }
}

impl Event {
    /// A person wants something, for a reason that may be empty.
    #[must_use]
    pub fn command(command: Command, by: &str, because: &str) -> Self {
        Self::Command { command, by: by.into(), because: because.into(), second: None }
    }

    /// Time has passed, with these flags on and that known of the phase's health.
    #[must_use]
    pub fn tick<'a>(on: impl IntoIterator<Item = &'a str>, health: Observation) -> Self {
        Self::Tick { on: on.into_iter().map(Into::into).collect(), health }
    }

    /// Who brought it about.
    #[must_use]
    pub fn author(&self) -> Author {
        match self {
            Self::Command { by, second: Some(second), .. } => {
                Author::Person(format!("{by}, confirmed by {second}").into())
            }
            Self::Command { by, .. } | Self::Requested { by, .. } => Author::Person(by.clone()),
            Self::Tick { .. } => Author::Plan,
        }
    }
}

/// What a migration wants. Each may be done twice without harm, after a crash for example.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// Switch a flag on, for all: by a control where it is not on without.
    SwitchOn {
        /// The flag.
        flag: Box<str>,
    },
    /// Switch a flag off: by taking away the control that switched it on, and by one where it is on without.
    SwitchOff {
        /// The flag.
        flag: Box<str>,
    },
    /// Take away what a migration has laid over a flag: it is as its definition says.
    Release {
        /// The flag.
        flag: Box<str>,
    },
    /// Tell those who follow it; what is told is in the journal as well.
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
