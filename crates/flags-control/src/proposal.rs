//! A change that waits for a second person.

use std::fmt;

use flags_core::Timestamp;

use crate::{Actor, Change, Origin, Revision, Slot};

/// A change somebody proposed and a second person may approve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The revision that made it: its number, which no other proposal or control has.
    pub id: Revision,
    /// What is proposed.
    pub change: Change,
    /// Who proposed it.
    pub author: Actor,
    /// By which way it came.
    pub origin: Origin,
    /// Why, in the author's words.
    pub reason: Option<Box<str>>,
    /// When it was proposed.
    pub at: Timestamp,
    /// From when on it can no longer be approved.
    pub expires_at: Timestamp,
    /// The controls in the slots it touches when it was proposed, by number. If others are there when it is to be
    /// approved, it is not what its author had in mind any more, and is refused.
    pub base: Vec<Revision>,
}

impl Proposal {
    /// The length of the names and the reason in it, in bytes. The numbers of its base count as names.
    pub(crate) fn text_bytes(&self) -> usize {
        let names = match &self.change {
            Change::Set { action, .. } => action.text_bytes(),
            Change::Clear { slot: Some(Slot::OverrideUnit(unit)), .. } => unit.len(),
            Change::Clear { .. } | Change::Revive { .. } => 0,
        };
        let reason = self.reason.as_ref().map_or(0, |reason| reason.len());
        self.change.target().key().len() + names + self.author.name().len() + reason + 8 * self.base.len()
    }

    /// Whether it can no longer be approved at `now`.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at <= now
    }
}

/// Writes it for people: `proposal 7 of ada: flag checkout: override to express`.
impl fmt::Display for Proposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "proposal {} of {}: {}", self.id, self.author, self.change)
    }
}
