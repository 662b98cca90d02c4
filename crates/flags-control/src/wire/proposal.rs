//! The JSON of a proposal and the change it proposes.

use serde::{Deserialize, Serialize};

use super::{ActionForm, FormError, SlotForm, TargetForm, actor, instant, origin};
use crate::{Change, Proposal, Revision};

/// A proposal.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProposalForm {
    id: u64,
    change: ChangeForm,
    author: String,
    origin: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<Box<str>>,
    at: String,
    expires_at: String,
    base: Vec<u64>,
}

/// A change: `{"set": {…}}`, `{"revive": {"target": …}}`, `{"clear": {…}}`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum ChangeForm {
    Set {
        target: TargetForm,
        action: ActionForm,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<String>,
    },
    Revive {
        target: TargetForm,
    },
    Clear {
        target: TargetForm,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        slot: Option<SlotForm>,
    },
}

impl From<&Proposal> for ProposalForm {
    fn from(proposal: &Proposal) -> Self {
        Self {
            id: proposal.id.get(),
            change: match &proposal.change {
                Change::Set { target, action, expires_at } => ChangeForm::Set {
                    target: target.into(),
                    action: action.into(),
                    expires_at: expires_at.map(|at| at.to_string()),
                },
                Change::Revive { target } => ChangeForm::Revive { target: target.into() },
                Change::Clear { target, slot } => {
                    ChangeForm::Clear { target: target.into(), slot: slot.as_ref().map(Into::into) }
                }
            },
            author: proposal.author.to_string(),
            origin: proposal.origin.name().into(),
            reason: proposal.reason.clone(),
            at: proposal.at.to_string(),
            expires_at: proposal.expires_at.to_string(),
            base: proposal.base.iter().map(|id| id.get()).collect(),
        }
    }
}

impl TryFrom<ProposalForm> for Proposal {
    type Error = FormError;

    fn try_from(form: ProposalForm) -> Result<Self, FormError> {
        Ok(Self {
            id: Revision::new(form.id),
            change: match form.change {
                ChangeForm::Set { target, action, expires_at } => Change::Set {
                    target: target.try_into()?,
                    action: action.try_into()?,
                    expires_at: expires_at.as_deref().map(instant).transpose()?,
                },
                ChangeForm::Revive { target } => Change::Revive { target: target.try_into()? },
                ChangeForm::Clear { target, slot } => {
                    Change::Clear { target: target.try_into()?, slot: slot.map(Into::into) }
                }
            },
            author: actor(&form.author)?,
            origin: origin(&form.origin)?,
            reason: form.reason,
            at: instant(&form.at)?,
            expires_at: instant(&form.expires_at)?,
            base: form.base.into_iter().map(Revision::new).collect(),
        })
    }
}
