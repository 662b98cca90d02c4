//! A change of the controls that somebody may ask for or propose.

use std::fmt;

use flags_core::Timestamp;

use crate::{Action, Slot, Target};

/// A change of the controls of one target.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// Lays a control over the target, in place of the one in its slot.
    Set {
        /// Over what.
        target: Target,
        /// What it does.
        action: Action,
        /// From when on it is no longer in force. A kill has none: it is undone by [`Change::Revive`] only.
        expires_at: Option<Timestamp>,
    },
    /// Takes back the kill of the target.
    Revive {
        /// Of what.
        target: Target,
    },
    /// Takes back one control of the target, or all but a kill.
    Clear {
        /// Of what.
        target: Target,
        /// Which one. `None` takes all but a kill, which comes back to life by its name only: [`Change::Revive`], or a
        /// slot of [`Slot::Kill`], which is the same.
        slot: Option<Slot>,
    },
}

impl Change {
    /// The change that kills the target.
    #[must_use]
    pub const fn kill(target: Target) -> Self {
        Self::Set { target, action: Action::Kill, expires_at: None }
    }

    /// What it changes.
    #[must_use]
    pub const fn target(&self) -> &Target {
        match self {
            Self::Set { target, .. } | Self::Revive { target } | Self::Clear { target, .. } => target,
        }
    }

    /// Whether it touches the slot.
    #[must_use]
    pub fn touches(&self, slot: &Slot) -> bool {
        match self {
            Self::Set { action, .. } => action.slot() == *slot,
            Self::Revive { .. } => *slot == Slot::Kill,
            Self::Clear { slot: Some(only), .. } => only == slot,
            Self::Clear { slot: None, .. } => *slot != Slot::Kill,
        }
    }

    /// The name of what it does, as the audit log has it: `kill`, `revive`, `clear`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Set { action, .. } => action.kind(),
            Self::Revive { .. } | Self::Clear { slot: Some(Slot::Kill), .. } => "revive",
            Self::Clear { .. } => "clear",
        }
    }
}

/// Writes it for people: `flag checkout: override to express until 2026-12-01T00:00:00Z`.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.target())?;
        match self {
            Self::Set { action, expires_at: None, .. } => write!(f, "{action}"),
            Self::Set { action, expires_at: Some(expires_at), .. } => write!(f, "{action} until {expires_at}"),
            Self::Revive { .. } | Self::Clear { slot: Some(Slot::Kill), .. } => f.write_str("revive"),
            Self::Clear { slot: None, .. } => f.write_str("clear all controls but a kill"),
            Self::Clear { slot: Some(slot), .. } => write!(f, "clear the {slot}"),
        }
    }
}
