//! The JSON of a whole state, and of the pieces of one that a change took away and put there.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ControlForm, DraftForm, FormError, ProposalForm, to_value};
use crate::{Control, ControlState, Proposal, Revision};

/// A state.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StateForm {
    pub(crate) revision: u64,
    controls: Vec<ControlForm>,
    proposals: Vec<ProposalForm>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outbox: Option<DraftForm>,
}

impl From<&ControlState> for StateForm {
    fn from(state: &ControlState) -> Self {
        Self {
            revision: state.revision.get(),
            controls: state.controls().map(Into::into).collect(),
            proposals: state.proposals().map(Into::into).collect(),
            outbox: state.outbox().map(Into::into),
        }
    }
}

impl TryFrom<StateForm> for ControlState {
    type Error = FormError;

    fn try_from(form: StateForm) -> Result<Self, FormError> {
        let mut state = Self { revision: Revision::new(form.revision), ..Self::new() };
        for control in form.controls {
            state.lay(control.try_into()?);
        }
        for proposal in form.proposals {
            let proposal: Proposal = proposal.try_into()?;
            state.proposals.insert(proposal.id, proposal);
        }
        state.outbox = form.outbox.map(TryInto::try_into).transpose()?;
        Ok(state)
    }
}

/// What a change took away (before) or put there (after): the members of an entry of the audit log.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pieces {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) controls: Vec<ControlForm>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) proposals: Vec<ProposalForm>,
    /// Everything, where a change began anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<StateForm>,
}

impl Pieces {
    /// The pieces as JSON, `None` if there are none.
    pub(crate) fn of<'a>(
        controls: impl IntoIterator<Item = &'a Control>,
        proposals: impl IntoIterator<Item = &'a Proposal>,
    ) -> Option<Value> {
        let pieces = Self {
            controls: controls.into_iter().map(Into::into).collect(),
            proposals: proposals.into_iter().map(Into::into).collect(),
            state: None,
        };
        (!pieces.controls.is_empty() || !pieces.proposals.is_empty()).then(|| to_value(&pieces))
    }

    /// A whole state as JSON.
    pub(crate) fn whole(state: &ControlState) -> Value {
        to_value(&Self { state: Some(state.into()), ..Self::default() })
    }
}
