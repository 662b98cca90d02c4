//! The JSON of an entry that is still owed to the audit log.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{FormError, actor, instant, origin};
use crate::audit::Draft;

/// A draft of an entry.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DraftForm {
    at: String,
    actor: String,
    origin: String,
    action: Box<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    target: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revision: Option<u64>,
}

impl From<&Draft> for DraftForm {
    fn from(draft: &Draft) -> Self {
        Self {
            at: draft.at.to_string(),
            actor: draft.actor.to_string(),
            origin: draft.origin.name().into(),
            action: draft.action.clone(),
            target: draft.target.clone(),
            reason: draft.reason.clone(),
            before: draft.before.clone(),
            after: draft.after.clone(),
            revision: draft.revision,
        }
    }
}

impl TryFrom<DraftForm> for Draft {
    type Error = FormError;

    fn try_from(form: DraftForm) -> Result<Self, FormError> {
        Ok(Self {
            at: instant(&form.at)?,
            actor: actor(&form.actor)?,
            origin: origin(&form.origin)?,
            action: form.action,
            target: form.target,
            reason: form.reason,
            before: form.before,
            after: form.after,
            revision: form.revision,
        })
    }
}
