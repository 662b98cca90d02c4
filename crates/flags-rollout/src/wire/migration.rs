//! The records of a migration's journal.

use flags_core::Timestamp;
use serde_json::{Value, json};

use super::{
    WireError, event,
    fields::{self, Fields},
    state::{author, author_to_json},
};
use crate::{
    machine,
    migration::{Agreement, Command, Event, Stand, State},
};

/// A transition of a migration: what happened when, where it led, and what was told.
#[derive(Clone, Debug, PartialEq)]
pub struct MigrationRecord {
    /// The time the machine was told.
    pub now: Timestamp,
    /// What happened.
    pub event: Event,
    /// The state it led to.
    pub state: State,
    /// The lines of the history that it wrote, each with whether somebody on duty should hear of it; often none.
    pub told: Vec<(Box<str>, bool)>,
}

impl MigrationRecord {
    /// The record as one line of JSON, without its end.
    #[must_use]
    pub fn to_line(&self) -> String {
        let told = self.told.iter().map(|(text, urgent)| json!({ "text": &**text, "urgent": urgent }));
        json!({
            "now": fields::instant(self.now),
            "event": event_to_json(&self.event),
            "state": state_to_json(&self.state),
            "told": told.collect::<Vec<_>>(),
        })
        .to_string()
    }

    /// The record of a line.
    ///
    /// # Errors
    ///
    /// When it is not JSON, or a field is missing or has a value it cannot have.
    pub fn from_line(line: &str) -> Result<Self, WireError> {
        let value: Value =
            serde_json::from_str(line).map_err(|error| WireError::Syntax { problem: error.to_string() })?;
        let fields = Fields::new("", &value)?;
        let told = fields.read("told", "a list", Value::as_array)?.iter().enumerate();
        let told = told.map(|(index, value)| {
            let fields = Fields::new(&format!("told[{index}]"), value)?;
            Ok((fields.text("text")?.into(), fields.truth("urgent")?))
        });
        Ok(Self {
            now: fields.instant("now")?,
            event: read_event(&fields.object("event")?)?,
            state: read_state(&fields.object("state")?)?,
            told: told.collect::<Result<_, WireError>>()?,
        })
    }
}

fn event_to_json(event: &Event) -> Value {
    match event {
        Event::Command { command, by, because, second } => json!({
            "event": "command", "command": command.name(), "by": &**by, "because": &**because, "second": second.as_deref(),
        }),
        Event::Requested { command, by, because } => {
            json!({ "event": "requested", "command": command.name(), "by": &**by, "because": &**because })
        }
        Event::Tick { on, health } => json!({
            "event": "tick",
            "on": on.iter().map(|flag| &**flag).collect::<Vec<_>>(),
            "health": event::event_to_json(&machine::Event::Tick(health.clone())),
        }),
    }
}

fn read_event(fields: &Fields<'_>) -> Result<Event, WireError> {
    match fields.text("event")? {
        "command" => Ok(Event::Command {
            command: command(fields, "command")?,
            by: fields.text("by")?.into(),
            because: fields.text("because")?.into(),
            second: optional(fields, "second")?,
        }),
        "requested" => Ok(Event::Requested {
            command: command(fields, "command")?,
            by: fields.text("by")?.into(),
            because: fields.text("because")?.into(),
        }),
        "tick" => {
            let flags = fields.read("on", "a list of flags", |value| {
                value.as_array()?.iter().map(|flag| flag.as_str().map(Box::from)).collect::<Option<_>>()
            })?;
            match event::read(&fields.object("health")?)? {
                machine::Event::Tick(health) => Ok(Event::Tick { on: flags, health }),
                _ => Err(fields.wrong("health", "a look at the guardrails")),
            }
        }
        _ => Err(fields.wrong("event", "an event")),
    }
}

fn command(fields: &Fields<'_>, field: &str) -> Result<Command, WireError> {
    fields.read(field, "a command", |value| Command::from_name(value.as_str()?))
}

fn optional(fields: &Fields<'_>, field: &str) -> Result<Option<Box<str>>, WireError> {
    match fields.present(field) {
        None => Ok(None),
        Some(_) => fields.text(field).map(|text| Some(text.into())),
    }
}

fn state_to_json(state: &State) -> Value {
    let mut stand = json!({ "name": state.stand.name() });
    if let Stand::RollingBack { until } = state.stand {
        stand["until"] = until.into();
    }
    json!({
        // As text: not every reader of JSON keeps all digits of a number of 64 bits.
        "definition": format!("{:016x}", state.definition),
        "version": state.version,
        "stand": stand,
        "phase": state.phase,
        "name": &*state.name,
        "epoch": state.epoch,
        "since": fields::instant(state.since),
        "healthy": fields::time(state.healthy),
        "held": state.held.map(fields::instant),
        "told": state.told,
        "breached": format!("{:016x}", state.breached),
        "started_at": state.started_at.map(fields::instant),
        "requested": state.requested.as_ref().map(|request| json!({
            "command": request.command.name(),
            "by": &*request.by,
            "because": &*request.because,
            "at": fields::instant(request.at),
        })),
        "second": state.second.as_deref(),
        "at": fields::instant(state.at),
        "by": author_to_json(&state.by),
        "because": &*state.because,
    })
}

fn read_state(fields: &Fields<'_>) -> Result<State, WireError> {
    let bits = |field: &str| {
        let expected = "a number of 64 bits in hexadecimal";
        fields.read(field, expected, |value| u64::from_str_radix(value.as_str()?, 16).ok())
    };
    let instant = |field: &str| match fields.present(field) {
        None => Ok(None),
        Some(_) => fields.instant(field).map(Some),
    };
    let requested = match fields.present("requested") {
        None => None,
        Some(_) => {
            let fields = fields.object("requested")?;
            Some(Agreement {
                command: command(&fields, "command")?,
                by: fields.text("by")?.into(),
                because: fields.text("because")?.into(),
                at: fields.instant("at")?,
            })
        }
    };
    Ok(State {
        definition: bits("definition")?,
        version: fields.count("version")?,
        stand: stand(&fields.object("stand")?)?,
        phase: fields.small("phase")?,
        name: fields.text("name")?.into(),
        epoch: fields.count("epoch")?,
        since: fields.instant("since")?,
        healthy: fields.time("healthy")?,
        held: instant("held")?,
        told: fields.truth("told")?,
        breached: bits("breached")?,
        started_at: instant("started_at")?,
        requested,
        second: optional(fields, "second")?,
        at: fields.instant("at")?,
        by: author(fields)?,
        because: fields.text("because")?.into(),
    })
}

fn stand(fields: &Fields<'_>) -> Result<Stand, WireError> {
    match fields.text("name")? {
        "planned" => Ok(Stand::Planned),
        "waiting" => Ok(Stand::Waiting),
        "settling" => Ok(Stand::Settling),
        "watching" => Ok(Stand::Watching),
        "paused" => Ok(Stand::Paused),
        "rolling_back" => Ok(Stand::RollingBack { until: fields.small("until")? }),
        "rolled_back" => Ok(Stand::RolledBack),
        "complete" => Ok(Stand::Complete),
        _ => Err(fields.wrong("name", "where a migration stands")),
    }
}
