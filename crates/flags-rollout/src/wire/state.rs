//! States as JSON.

use serde_json::{Value, json};

use super::{
    WireError,
    fields::{self, Fields},
};
use crate::machine::{Author, Hold, Pause, State, Status, Step};

const STEPS: [Step; 3] = [Step::Settling, Step::Baking, Step::AwaitingApproval];
const HOLDS: [Hold; 3] = [Hold::NoData, Hold::Unreadable, Hold::Inconclusive];
const PAUSES: [Pause; 9] = [
    Pause::Manual,
    Pause::NoData,
    Pause::Unreadable,
    Pause::Inconclusive,
    Pause::Mismatch,
    Pause::Storm,
    Pause::DefinitionChanged,
    Pause::Interference,
    Pause::Deadline,
];

/// The state as JSON. Instants and times are whole microseconds, percentages thousandths of a percent.
#[must_use]
pub fn state_to_json(state: &State) -> Value {
    let mut status = json!({ "name": state.status.name() });
    match state.status {
        Status::Running(step) => status["step"] = step.name().into(),
        Status::Paused(pause) => {
            status["reason"] = pause.name().into();
            if let Pause::Breach(guardrail) = pause {
                status["guardrail"] = guardrail.into();
            }
        }
        Status::RollingBack { to, attempts } => {
            status["to"] = fields::controls(to);
            status["attempts"] = attempts.into();
        }
        Status::RolledBack { rearm_after } => status["rearm_after"] = fields::instant(rearm_after),
        Status::Planned | Status::Complete => {}
    }
    json!({
        // As text: not every reader of JSON keeps all digits of a number of 64 bits.
        "plan": format!("{:016x}", state.plan),
        "version": state.version,
        "at": fields::instant(state.at),
        "status": status,
        "stage": state.stage,
        "asked": fields::percentage(state.asked),
        "before": state.before.map(fields::controls),
        "epoch": state.epoch,
        "started_at": state.started_at.map(fields::instant),
        "since": fields::instant(state.since),
        "baked": fields::time(state.baked),
        "approved": state.approved,
        "held": state.held.map(|(hold, since)| json!({ "by": hold.name(), "since": fields::instant(since) })),
        "told": format!("{:016x}", state.told),
        "storm": state.storm,
        "rollbacks": state.rollbacks,
        "by": author_to_json(&state.by),
        "because": &*state.because,
    })
}

/// The state that was written by [`state_to_json`].
///
/// # Errors
///
/// When a field is missing, or has a value it cannot have.
pub fn state_from_json(value: &Value) -> Result<State, WireError> {
    read(&Fields::new("", value)?)
}

pub(super) fn read(fields: &Fields<'_>) -> Result<State, WireError> {
    let bits = |field: &str| {
        let expected = "a number of 64 bits in hexadecimal";
        fields.read(field, expected, |value| u64::from_str_radix(value.as_str()?, 16).ok())
    };
    let optional = |field: &str| fields.present(field).is_some();
    Ok(State {
        plan: bits("plan")?,
        version: fields.count("version")?,
        at: fields.instant("at")?,
        status: status(&fields.object("status")?)?,
        stage: fields.small("stage")?,
        asked: fields.percentage("asked")?,
        before: if optional("before") { Some(fields.controls("before")?) } else { None },
        epoch: fields.count("epoch")?,
        started_at: if optional("started_at") { Some(fields.instant("started_at")?) } else { None },
        since: fields.instant("since")?,
        baked: fields.time("baked")?,
        approved: fields.truth("approved")?,
        held: if optional("held") { Some(held(&fields.object("held")?)?) } else { None },
        told: bits("told")?,
        storm: fields.truth("storm")?,
        rollbacks: fields.small("rollbacks")?,
        by: author(fields)?,
        because: fields.text("because")?.into(),
    })
}

fn status(fields: &Fields<'_>) -> Result<Status, WireError> {
    match fields.text("name")? {
        "planned" => Ok(Status::Planned),
        "running" => {
            let step = |value: &Value| STEPS.into_iter().find(|step| value.as_str() == Some(step.name()));
            fields.read("step", "a step", step).map(Status::Running)
        }
        "paused" if fields.text("reason")? == "breach" => Ok(Status::Paused(Pause::Breach(fields.small("guardrail")?))),
        "paused" => {
            let pause = |value: &Value| PAUSES.into_iter().find(|pause| value.as_str() == Some(pause.name()));
            fields.read("reason", "a reason for a pause", pause).map(Status::Paused)
        }
        "rolling_back" => Ok(Status::RollingBack { to: fields.controls("to")?, attempts: fields.small("attempts")? }),
        "rolled_back" => Ok(Status::RolledBack { rearm_after: fields.instant("rearm_after")? }),
        "complete" => Ok(Status::Complete),
        _ => Err(fields.wrong("name", "a status")),
    }
}

fn held(fields: &Fields<'_>) -> Result<(Hold, flags_core::Timestamp), WireError> {
    let hold = |value: &Value| HOLDS.into_iter().find(|hold| value.as_str() == Some(hold.name()));
    Ok((fields.read("by", "what holds it", hold)?, fields.instant("since")?))
}

/// A person's name, or null for the plan itself.
pub(super) fn author_to_json(author: &Author) -> Value {
    match author {
        Author::Plan => Value::Null,
        Author::Person(name) => (**name).into(),
    }
}

pub(super) fn author(fields: &Fields<'_>) -> Result<Author, WireError> {
    match fields.present("by") {
        None => Ok(Author::Plan),
        Some(_) => fields.text("by").map(|name| Author::Person(name.into())),
    }
}
