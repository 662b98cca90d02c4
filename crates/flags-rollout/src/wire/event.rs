//! Events as JSON.

use serde_json::{Value, json};

use super::{
    WireError,
    fields::{self, Fields},
};
use crate::machine::{Command, Event, Judgement, Observation, Verdict};

/// The event as JSON.
#[must_use]
pub fn event_to_json(event: &Event) -> Value {
    match event {
        Event::Command { command, by, because } => {
            let mut value =
                json!({ "event": "command", "command": command.name(), "by": &**by, "because": &**because });
            if let Command::Start { before } = command {
                value["before"] = fields::controls(*before);
            }
            value
        }
        Event::Due { before } => json!({ "event": "due", "before": fields::controls(*before) }),
        Event::Tick(observation) => json!({
            "event": "tick",
            "epoch": observation.epoch,
            "samples": observation.samples,
            "judgements": observation.judgements.iter().map(judgement_to_json).collect::<Vec<_>>(),
            "catastrophe": observation.catastrophe.as_deref(),
            "mismatch": observation.mismatch.as_deref(),
        }),
        Event::ReadBack(found) => json!({ "event": "read_back", "found": fields::controls(*found) }),
        Event::Withdrawn => json!({ "event": "withdrawn" }),
        Event::RequirementRolledBack { flag, because } => {
            json!({ "event": "requirement_rolled_back", "flag": &**flag, "because": &**because })
        }
        Event::Storm { raging } => json!({ "event": "storm", "raging": raging }),
    }
}

/// The event that was written by [`event_to_json`].
///
/// # Errors
///
/// When a field is missing, or has a value it cannot have.
pub fn event_from_json(value: &Value) -> Result<Event, WireError> {
    read(&Fields::new("", value)?)
}

pub(super) fn read(fields: &Fields<'_>) -> Result<Event, WireError> {
    match fields.text("event")? {
        "command" => Ok(Event::Command {
            command: command(fields)?,
            by: fields.text("by")?.into(),
            because: fields.text("because")?.into(),
        }),
        "due" => Ok(Event::Due { before: fields.controls("before")? }),
        "tick" => observation(fields).map(Event::Tick),
        "read_back" => Ok(Event::ReadBack(fields.controls("found")?)),
        "withdrawn" => Ok(Event::Withdrawn),
        "requirement_rolled_back" => Ok(Event::RequirementRolledBack {
            flag: fields.text("flag")?.into(),
            because: fields.text("because")?.into(),
        }),
        "storm" => Ok(Event::Storm { raging: fields.truth("raging")? }),
        _ => Err(fields.wrong("event", "an event")),
    }
}

fn command(fields: &Fields<'_>) -> Result<Command, WireError> {
    match fields.text("command")? {
        "start" => Ok(Command::Start { before: fields.controls("before")? }),
        "pause" => Ok(Command::Pause),
        "resume" => Ok(Command::Resume),
        "promote" => Ok(Command::Promote),
        "roll_back" => Ok(Command::RollBack),
        "approve" => Ok(Command::Approve),
        "rearm" => Ok(Command::Rearm),
        _ => Err(fields.wrong("command", "a command")),
    }
}

fn judgement_to_json(judgement: &Judgement) -> Value {
    json!({ "verdict": judgement.verdict.name(), "relative": judgement.relative, "text": &*judgement.text })
}

fn observation(fields: &Fields<'_>) -> Result<Observation, WireError> {
    let judgements = fields.read("judgements", "a list", Value::as_array)?;
    let judgement = |(index, value): (usize, &Value)| {
        let fields = Fields::new(&format!("judgements[{index}]"), value)?;
        let verdict = fields.read("verdict", "a verdict", |value| Verdict::from_name(value.as_str()?))?;
        Ok(Judgement { verdict, relative: fields.truth("relative")?, text: fields.text("text")?.into() })
    };
    let optional = |field: &str| match fields.present(field) {
        None => Ok(None),
        Some(_) => fields.text(field).map(|text| Some(text.into())),
    };
    Ok(Observation {
        epoch: fields.count("epoch")?,
        samples: fields.count("samples")?,
        judgements: judgements.iter().enumerate().map(judgement).collect::<Result<_, WireError>>()?,
        catastrophe: optional("catastrophe")?,
        mismatch: optional("mismatch")?,
    })
}
