//! The JSON of a control and what it is made of.

use flags_core::Percentage;
use serde::{Deserialize, Serialize};

use super::{FormError, actor, instant, origin};
use crate::{Action, BreakerState, Control, Revision, Slot, Standing, Target};

/// A control.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ControlForm {
    id: u64,
    target: TargetForm,
    action: ActionForm,
    author: String,
    origin: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<Box<str>>,
    at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    standing: StandingForm,
}

/// A target: `{"flag": "checkout"}`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum TargetForm {
    Flag(String),
    Experiment(String),
}

/// An action: `"kill"`, `{"override": {"variant": "express"}}`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum ActionForm {
    Kill,
    Override {
        variant: Box<str>,
    },
    OverrideUnit {
        unit: Box<str>,
        variant: Box<str>,
    },
    /// As text, since a number of JSON need not survive as it was written.
    Percentage(String),
    Breaker(String),
    Start,
    Pause,
    Stop,
    Extend {
        end: String,
    },
    Winner {
        arm: Box<str>,
    },
}

/// A slot: `"kill"`, `{"override_unit": "user-42"}`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum SlotForm {
    Kill,
    Override,
    OverrideUnit(Box<str>),
    Percentage,
    Breaker,
    Status,
    End,
    Winner,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum StandingForm {
    NotNeeded,
    Unconfirmed,
    Confirmed { by: String, at: String },
}

impl From<&Control> for ControlForm {
    fn from(control: &Control) -> Self {
        Self {
            id: control.id.get(),
            target: (&control.target).into(),
            action: (&control.action).into(),
            author: control.author.to_string(),
            origin: control.origin.name().into(),
            reason: control.reason.clone(),
            at: control.at.to_string(),
            expires_at: control.expires_at.map(|at| at.to_string()),
            standing: match &control.standing {
                Standing::NotNeeded => StandingForm::NotNeeded,
                Standing::Unconfirmed => StandingForm::Unconfirmed,
                Standing::Confirmed { by, at } => StandingForm::Confirmed { by: by.to_string(), at: at.to_string() },
            },
        }
    }
}

impl TryFrom<ControlForm> for Control {
    type Error = FormError;

    fn try_from(form: ControlForm) -> Result<Self, FormError> {
        Ok(Self {
            id: Revision::new(form.id),
            target: form.target.try_into()?,
            action: form.action.try_into()?,
            author: actor(&form.author)?,
            origin: origin(&form.origin)?,
            reason: form.reason,
            at: instant(&form.at)?,
            expires_at: form.expires_at.as_deref().map(instant).transpose()?,
            standing: match form.standing {
                StandingForm::NotNeeded => Standing::NotNeeded,
                StandingForm::Unconfirmed => Standing::Unconfirmed,
                StandingForm::Confirmed { by, at } => Standing::Confirmed { by: actor(&by)?, at: instant(&at)? },
            },
        })
    }
}

impl From<&Target> for TargetForm {
    fn from(target: &Target) -> Self {
        match target {
            Target::Flag(key) => Self::Flag(key.to_string()),
            Target::Experiment(key) => Self::Experiment(key.to_string()),
        }
    }
}

impl TryFrom<TargetForm> for Target {
    type Error = FormError;

    fn try_from(form: TargetForm) -> Result<Self, FormError> {
        let target = match &form {
            TargetForm::Flag(key) => Self::flag(key),
            TargetForm::Experiment(key) => Self::experiment(key),
        };
        target.map_err(|error| FormError::new("the key", error.key))
    }
}

impl From<&Action> for ActionForm {
    fn from(action: &Action) -> Self {
        match action {
            Action::Kill => Self::Kill,
            Action::Override { variant } => Self::Override { variant: variant.clone() },
            Action::OverrideUnit { unit, variant } => {
                Self::OverrideUnit { unit: unit.clone(), variant: variant.clone() }
            }
            Action::Percentage(percentage) => Self::Percentage(percentage.to_string()),
            Action::Breaker(state) => Self::Breaker(state.name().into()),
            Action::Start => Self::Start,
            Action::Pause => Self::Pause,
            Action::Stop => Self::Stop,
            Action::Extend { end } => Self::Extend { end: end.to_string() },
            Action::Winner { arm } => Self::Winner { arm: arm.clone() },
        }
    }
}

impl TryFrom<ActionForm> for Action {
    type Error = FormError;

    fn try_from(form: ActionForm) -> Result<Self, FormError> {
        Ok(match form {
            ActionForm::Kill => Self::Kill,
            ActionForm::Override { variant } => Self::Override { variant },
            ActionForm::OverrideUnit { unit, variant } => Self::OverrideUnit { unit, variant },
            ActionForm::Percentage(text) => Self::Percentage(
                text.parse()
                    .ok()
                    .and_then(|number| Percentage::new(number).ok())
                    .ok_or_else(|| FormError::new("the percentage", text))?,
            ),
            ActionForm::Breaker(name) => Self::Breaker(
                BreakerState::from_name(&name).ok_or_else(|| FormError::new("the state of a breaker", name))?,
            ),
            ActionForm::Start => Self::Start,
            ActionForm::Pause => Self::Pause,
            ActionForm::Stop => Self::Stop,
            ActionForm::Extend { end } => Self::Extend { end: instant(&end)? },
            ActionForm::Winner { arm } => Self::Winner { arm },
        })
    }
}

impl From<&Slot> for SlotForm {
    fn from(slot: &Slot) -> Self {
        match slot {
            Slot::Kill => Self::Kill,
            Slot::Override => Self::Override,
            Slot::OverrideUnit(unit) => Self::OverrideUnit(unit.clone()),
            Slot::Percentage => Self::Percentage,
            Slot::Breaker => Self::Breaker,
            Slot::Status => Self::Status,
            Slot::End => Self::End,
            Slot::Winner => Self::Winner,
        }
    }
}

impl From<SlotForm> for Slot {
    fn from(form: SlotForm) -> Self {
        match form {
            SlotForm::Kill => Self::Kill,
            SlotForm::Override => Self::Override,
            SlotForm::OverrideUnit(unit) => Self::OverrideUnit(unit),
            SlotForm::Percentage => Self::Percentage,
            SlotForm::Breaker => Self::Breaker,
            SlotForm::Status => Self::Status,
            SlotForm::End => Self::End,
            SlotForm::Winner => Self::Winner,
        }
    }
}
