//! One control: what is laid over a flag or an experiment, by whom, when and why.

use std::fmt;

use flags_core::Timestamp;

use crate::{Action, Actor, Origin, Slot, Target};

/// The number of a state of the controls. Every change makes the next; it is also the number of what the change made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(u64);

impl Revision {
    /// The revision before the first change.
    pub const ZERO: Self = Self(0);

    /// The revision of that number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The one after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Something laid over the definition of a flag or an experiment while programs run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// The revision that made it: its number, which no other control or proposal has.
    pub id: Revision,
    /// What it is laid over.
    pub target: Target,
    /// What it does.
    pub action: Action,
    /// Who asked for it.
    pub author: Actor,
    /// By which way it came.
    pub origin: Origin,
    /// Why, in the author's words.
    pub reason: Option<Box<str>>,
    /// Since when it is in force.
    pub at: Timestamp,
    /// From when on it is no longer in force; `None` keeps it until somebody takes it back.
    pub expires_at: Option<Timestamp>,
    /// Whether a second person has agreed.
    pub standing: Standing,
}

impl Control {
    /// The place it takes on its target.
    #[must_use]
    pub fn slot(&self) -> Slot {
        self.action.slot()
    }

    /// The length of the names and the reason in it, in bytes.
    pub(crate) fn text_bytes(&self) -> usize {
        let reason = self.reason.as_ref().map_or(0, |reason| reason.len());
        let confirmed_by = match &self.standing {
            Standing::Confirmed { by, .. } => by.name().len(),
            Standing::NotNeeded | Standing::Unconfirmed => 0,
        };
        self.target.key().len() + self.action.text_bytes() + self.author.name().len() + reason + confirmed_by
    }

    /// Whether it is in force at `now`.
    #[must_use]
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|expires_at| now < expires_at)
    }
}

/// Writes it for people, on one line: `flag checkout: kill by ada: payments fail (not confirmed)`.
impl fmt::Display for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} by {}", self.target, self.action, self.author)?;
        if let Some(reason) = &self.reason {
            write!(f, ": {reason}")?;
        }
        if let Some(expires_at) = self.expires_at {
            write!(f, " (until {expires_at})")?;
        }
        match &self.standing {
            Standing::NotNeeded => Ok(()),
            Standing::Unconfirmed => f.write_str(" (not confirmed)"),
            Standing::Confirmed { by, .. } => write!(f, " (confirmed by {by})"),
        }
    }
}

/// Whether a second person has agreed to a control.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// Nobody has to: its target was not protected.
    NotNeeded,
    /// It took effect at once, because it was urgent, and waits for a second person to confirm it.
    Unconfirmed,
    /// A second person approved it beforehand or confirmed it afterwards.
    Confirmed {
        /// Who.
        by: Actor,
        /// When.
        at: Timestamp,
    },
}

impl Standing {
    /// Its name, in lower case with underscores: `not_needed`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NotNeeded => "not_needed",
            Self::Unconfirmed => "unconfirmed",
            Self::Confirmed { .. } => "confirmed",
        }
    }
}
