//! The JSON of controls, proposals and states: in the file of controls, and before and after in the audit log.
//!
//! The forms are this crate's own; its types know nothing of them. A member that is not known is an error: it comes from
//! a newer program, and writing the rest back would drop it.

mod control;
mod draft;
mod proposal;
mod state;

use flags_core::Timestamp;
use serde_json::Value;

pub(crate) use self::{
    control::{ActionForm, ControlForm, SlotForm, TargetForm},
    draft::DraftForm,
    proposal::ProposalForm,
    state::{Pieces, StateForm},
};
use crate::{Actor, Control, Proposal};

/// Why a form cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} {text:?} is not one this program knows")]
pub(crate) struct FormError {
    what: &'static str,
    text: String,
}

impl FormError {
    fn new(what: &'static str, text: impl Into<String>) -> Self {
        Self { what, text: text.into() }
    }
}

impl Control {
    /// The control as JSON, as the file of controls and the audit log have it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        to_value(&ControlForm::from(self))
    }
}

impl Proposal {
    /// The proposal as JSON, as the file of controls and the audit log have it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        to_value(&ProposalForm::from(self))
    }
}

pub(crate) fn to_value(form: &impl serde::Serialize) -> Value {
    serde_json::to_value(form).expect("a form has text keys and no failing parts")
}

fn instant(text: &str) -> Result<Timestamp, FormError> {
    Timestamp::parse(text).ok_or_else(|| FormError::new("the instant", text))
}

fn actor(name: &str) -> Result<Actor, FormError> {
    Actor::new(name).map_err(|_| FormError::new("the actor", name))
}

fn origin(name: &str) -> Result<crate::Origin, FormError> {
    crate::Origin::from_name(name).ok_or_else(|| FormError::new("the origin", name))
}
