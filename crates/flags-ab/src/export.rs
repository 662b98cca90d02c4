//! Events as text, for whatever else reads them: a database, a notebook, another machine.
//!
//! Both forms say the same, an event a line, unit by unit.
//!
//! | column | an exposure | a tracked event |
//! |---|---|---|
//! | `at` | RFC 3339, in UTC | the same |
//! | `unit_kind` | the `bucket_by` of the experiment, or nothing | the same |
//! | `unit` | the unit | the same |
//! | `event` | | its name |
//! | `value` | | its value |
//! | `experiment` | the experiment's key | |
//! | `arm` | the arm's name | |
//! | `split` | the weights in force: `control=1,treatment=1` | |
//! | `dimensions` | a JSON object of texts, or nothing | |
//!
//! CSV has a line with the names of the columns first, in this order, and quotes what needs it (RFC 4180). JSON lines have an
//! object on each, with a member for each column that is not empty; `value` is a number there, and `dimensions` an object.
//! [`import`](crate::import) reads both.

use std::{
    io::{self, Write},
    ops::ControlFlow,
};

use serde_json::{Map, Value};
use thiserror::Error;

use crate::{
    EventKind, Exposure, Occurrence,
    import::EventFormat,
    store::{EventStore, Query, StoreError, UnitEvents},
};

/// The columns of an export, in their order.
pub const EXPORT_COLUMNS: [&str; 9] =
    ["at", "unit_kind", "unit", "event", "value", "experiment", "arm", "split", "dimensions"];

/// Why events could not be exported.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExportError {
    /// They could not be read. What was written before is right.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// They could not be written.
    #[error("cannot write the events: {0}")]
    Write(#[from] io::Error),
}

/// Writes what the query wants of a store, and says how many events that were.
///
/// ```
/// use flags_ab::{Event, EventKind, export, import::EventFormat, store::{EventStore, MemoryStore, Query}};
/// use flags_core::Timestamp;
///
/// let store = MemoryStore::new();
/// let kind = EventKind::Tracked { event: "purchase".into(), value: 19.9 };
/// store.append(&[Event { at: Timestamp::from_millis(1_795_000_000_000), unit_kind: "".into(), unit: "7".into(), kind }])?;
///
/// let mut text = vec![];
/// assert_eq!(export(&store, &Query::everything(), EventFormat::Csv, &mut text)?, 1);
/// let expected = "at,unit_kind,unit,event,value,experiment,arm,split,dimensions\n\
///                 2026-11-18T11:06:40Z,,7,purchase,19.9,,,,\n";
/// assert_eq!(String::from_utf8_lossy(&text), expected);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// If the events cannot be read or written.
pub fn export(
    store: &dyn EventStore,
    query: &Query,
    format: EventFormat,
    out: &mut dyn Write,
) -> Result<u64, ExportError> {
    match format {
        EventFormat::Csv => {
            let mut csv = csv::Writer::from_writer(out);
            csv.write_record(EXPORT_COLUMNS).map_err(io::Error::from)?;
            let events = each(store, query, |unit, event| csv.write_record(row(unit, event)).map_err(Into::into))?;
            csv.flush()?;
            Ok(events)
        }
        EventFormat::JsonLines => {
            let mut out = io::BufWriter::new(out);
            let events = each(store, query, |unit, event| writeln!(out, "{}", object(unit, event)))?;
            out.flush()?;
            Ok(events)
        }
    }
}

fn each(
    store: &dyn EventStore,
    query: &Query,
    mut write: impl FnMut(&UnitEvents<'_>, &Occurrence) -> io::Result<()>,
) -> Result<u64, ExportError> {
    let mut events = 0;
    let mut written = Ok(());
    store.scan(query, &mut |unit| {
        written = unit.events.iter().try_for_each(|event| write(&unit, event));
        events += unit.events.len() as u64;
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    written?;
    Ok(events)
}

/// The columns of an event, as CSV has them.
fn row(unit: &UnitEvents<'_>, event: &Occurrence) -> [String; 9] {
    let at = event.at.to_string();
    let (unit_kind, unit) = (unit.unit_kind.to_owned(), unit.unit.to_owned());
    let none = String::new;
    match &event.kind {
        EventKind::Tracked { event, value } => {
            // In the shortest form that is read back as the same number, with an exponent where that is shorter.
            [at, unit_kind, unit, event.to_string(), format!("{value:?}"), none(), none(), none(), none()]
        }
        EventKind::Exposure(exposure) => {
            let Exposure { experiment, arm, split, dimensions } = exposure;
            let dimensions =
                if dimensions.is_empty() { none() } else { Value::Object(object_of(exposure)).to_string() };
            let [experiment, arm, split] = [experiment, arm, split].map(ToString::to_string);
            [at, unit_kind, unit, none(), none(), experiment, arm, split, dimensions]
        }
    }
}

/// The object of an event, as a line of JSON has it.
fn object(unit: &UnitEvents<'_>, event: &Occurrence) -> Value {
    let mut object = Map::new();
    object.insert("at".into(), event.at.to_string().into());
    if !unit.unit_kind.is_empty() {
        object.insert("unit_kind".into(), unit.unit_kind.into());
    }
    object.insert("unit".into(), unit.unit.into());
    match &event.kind {
        EventKind::Tracked { event, value } => {
            object.insert("event".into(), (**event).into());
            object.insert("value".into(), (*value).into());
        }
        EventKind::Exposure(exposure) => {
            let Exposure { experiment, arm, split, dimensions } = exposure;
            for (name, value) in [("experiment", experiment), ("arm", arm), ("split", split)] {
                object.insert(name.into(), (**value).into());
            }
            if !dimensions.is_empty() {
                object.insert("dimensions".into(), Value::Object(object_of(exposure)));
            }
        }
    }
    Value::Object(object)
}

fn object_of(exposure: &Exposure) -> Map<String, Value> {
    exposure.dimensions.iter().map(|(name, value)| (name.to_string(), (**value).into())).collect()
}
