//! Commands on protected flags: one person asks, another carries out.

use std::time::Duration;

use flags_core::Timestamp;
use serde_json::{Value, json};

use crate::machine::{Command, State};

/// How long a request waits for a second person.
const LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The longest name of a person, in characters.
const MAX_NAME_CHARS: usize = 128;

/// What one person wants of the rollout of a protected flag, until another wants the same.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// The flag.
    pub flag: Box<str>,
    /// The command, by its name.
    pub command: Box<str>,
    /// Who asks.
    pub by: Box<str>,
    /// Why, in the person's words; may be empty.
    pub because: Box<str>,
    /// When it was asked for.
    pub at: Timestamp,
    /// When it is forgotten.
    pub expires_at: Timestamp,
    /// The epoch of the rollout it was asked in: what was asked in one stage is not done in another.
    pub epoch: u64,
    /// The fingerprint of the plan it was asked under.
    pub plan: u64,
}

impl Request {
    pub(super) fn new(
        flag: &str,
        command: Command,
        (by, because): (&str, &str),
        state: &State,
        plan: u64,
        at: Timestamp,
    ) -> Self {
        Self {
            flag: flag.into(),
            command: command.name().into(),
            by: by.into(),
            because: because.into(),
            at,
            expires_at: at.saturating_add(LIFETIME),
            epoch: state.epoch,
            plan,
        }
    }

    /// Whether it still waits at an instant.
    #[must_use]
    pub fn waits_at(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }

    /// Whether it is about the same thing as another.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.is_for(&other.flag, &other.command) && (self.epoch, self.plan) == (other.epoch, other.plan)
    }

    pub(super) fn is_for(&self, flag: &str, command: &str) -> bool {
        *self.flag == *flag && *self.command == *command
    }

    /// Whether it was made by that person, however the name is spelled.
    pub(super) fn is_by(&self, name: &str) -> bool {
        self.by.to_lowercase() == name.to_lowercase()
    }

    /// The reasons of both, the first one's first.
    pub(super) fn reason_with(&self, because: &str) -> String {
        match (&*self.because, because) {
            ("", only) | (only, "") => only.to_owned(),
            (first, second) if first == second => first.to_owned(),
            (first, second) => format!("{first}; {second}"),
        }
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "flag": &*self.flag,
            "command": &*self.command,
            "by": &*self.by,
            "because": &*self.because,
            "at": self.at.as_micros(),
            "expires_at": self.expires_at.as_micros(),
            "epoch": self.epoch,
            "plan": format!("{:016x}", self.plan),
        })
    }

    pub(super) fn from_json(value: &Value) -> Option<Self> {
        let text = |field: &str| value.get(field)?.as_str().map(Box::from);
        let instant = |field: &str| value.get(field)?.as_i64().map(Timestamp::from_micros);
        Some(Self {
            flag: text("flag")?,
            command: text("command")?,
            by: text("by")?,
            because: text("because")?,
            at: instant("at")?,
            expires_at: instant("expires_at")?,
            epoch: value.get("epoch")?.as_u64()?,
            plan: u64::from_str_radix(value.get("plan")?.as_str()?, 16).ok()?,
        })
    }
}

/// Whether a command on a protected flag takes two people: those that let more units have it, or may lead to that.
pub(super) fn takes_two(command: Command) -> bool {
    !matches!(command, Command::Pause | Command::RollBack)
}

/// What stands between the names of two people who have wanted the same.
const CONFIRMED_BY: &str = ", confirmed by ";

/// Both names, the first one's first.
pub(super) fn both(first: &str, second: &str) -> String {
    format!("{first}{CONFIRMED_BY}{second}")
}

/// The name of a person without white space around it; `None` for what is no name, or looks like two.
pub(super) fn name(by: &str) -> Option<&str> {
    let name = by.trim();
    let is_long = name.chars().count() > MAX_NAME_CHARS;
    let is_one = !name.chars().any(char::is_control) && !name.contains(CONFIRMED_BY);
    (!name.is_empty() && !is_long && is_one).then_some(name)
}
