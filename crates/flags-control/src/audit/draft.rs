//! What is to be recorded, before it has a place in the chain.

use flags_core::Timestamp;
use serde_json::Value;

use crate::{Actor, Origin};

/// Something that happened and is to be recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// When it happened.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// By which way.
    pub origin: Origin,
    /// What was done, in lower case with underscores: `kill`, `override`, `definition_changed`.
    pub action: Box<str>,
    /// What it was done to, if there is something: a flag by its key, anything else after the word for it, `experiment
    /// checkout_button`.
    pub target: Option<Box<str>>,
    /// Why, in the words of whoever did it.
    pub reason: Option<Box<str>>,
    /// How it was before; `None` if there was nothing.
    pub before: Option<Value>,
    /// How it is after; `None` if there is nothing.
    pub after: Option<Value>,
    /// The revision of the controls that it made, for a change of controls.
    pub revision: Option<u64>,
}
