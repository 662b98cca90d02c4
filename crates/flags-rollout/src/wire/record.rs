//! The records of a journal: one line of JSON for each transition that changed something.

use flags_core::Timestamp;
use serde_json::{Value, json};

use super::{
    WireError, event, event_to_json,
    fields::{self, Fields},
    state, state_to_json,
};
use crate::{
    machine::{Action, Author, Entry, Event, State},
    plan::Phase,
};

/// A transition: what happened when, and where it led.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The time the machine was told.
    pub now: Timestamp,
    /// What happened.
    pub event: Event,
    /// The state it led to.
    pub state: State,
    /// The line of the history that it wrote, if it wrote one: not every change is worth one.
    pub entry: Option<Entry>,
}

impl Record {
    /// The record of a transition, with the line of the history that is among its actions.
    #[must_use]
    pub fn new(now: Timestamp, event: Event, state: State, actions: &[Action]) -> Self {
        let entry = actions.iter().find_map(|action| match action {
            Action::Record(entry) => Some(entry.clone()),
            _ => None,
        });
        Self { now, event, state, entry }
    }

    /// The record as one line of JSON, without its end.
    ///
    /// ```
    /// use flags_core::Timestamp;
    /// use flags_rollout::machine::{Event, State, transition};
    /// use flags_rollout::plan::{RolloutDefinition, Strategy, Surroundings};
    /// use flags_rollout::wire::Record;
    ///
    /// let plan = RolloutDefinition::new(Strategy::Canary).check(&Surroundings::default()).map_err(|_| "a sound plan")?;
    /// let now = Timestamp::from_millis(0);
    /// let event = Event::Storm { raging: true };
    /// let (state, actions) = transition(&plan, &State::planned(&plan, now), &event, now);
    /// let record = Record::new(now, event, state, &actions);
    /// assert_eq!(Record::from_line(&record.to_line()).as_ref(), Ok(&record));
    /// # Ok::<(), &str>(())
    /// ```
    #[must_use]
    pub fn to_line(&self) -> String {
        json!({
            "now": fields::instant(self.now),
            "event": event_to_json(&self.event),
            "state": state_to_json(&self.state),
            "entry": self.entry.as_ref().map(entry_to_json),
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
        let state = state::read(&fields.object("state")?)?;
        let entry = match fields.present("entry") {
            None => None,
            Some(_) => Some(read_entry(&fields.object("entry")?, &state)?),
        };
        Ok(Self { now: fields.instant("now")?, event: event::read(&fields.object("event")?)?, state, entry })
    }
}

/// What of an entry does not stand in the state it led to.
fn entry_to_json(entry: &Entry) -> Value {
    json!({ "from": entry.from.name(), "by": state::author_to_json(&entry.by), "text": &*entry.text })
}

fn phase(name: &Value) -> Option<Phase> {
    Phase::ALL.into_iter().find(|phase| name.as_str() == Some(phase.name()))
}

fn read_entry(fields: &Fields<'_>, state: &State) -> Result<Entry, WireError> {
    let by: Author = state::author(fields)?;
    Ok(Entry {
        at: state.at,
        version: state.version,
        from: fields.read("from", "a phase", phase)?,
        to: state.phase(),
        percentage: state.asked,
        by,
        text: fields.text("text")?.into(),
    })
}

/// The state a journal ends with; `None` for an empty one.
///
/// A last line that was being written when the program ended (it has no end) is passed over: what it tells of was never acted
/// on, since a transition is journalled before its actions.
///
/// # Errors
///
/// When a line that is whole cannot be read, with its number counted from 1: a journal with a hole in it is not one to go on
/// from.
pub fn last_state(journal: &str) -> Result<Option<State>, (usize, WireError)> {
    let whole = journal.rfind('\n').map_or("", |end| &journal[..end]);
    let mut last = None;
    for (number, line) in (1..).zip(whole.lines()).filter(|(_, line)| !line.is_empty()) {
        last = Some(Record::from_line(line).map_err(|error| (number, error))?.state);
    }
    Ok(last)
}
