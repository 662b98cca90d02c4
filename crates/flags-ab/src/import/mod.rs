//! Events out of files: CSV with a header, or one JSON object a line.
//!
//! A row with an `arm` is an exposure, a row with an `event` is something tracked; both have a `unit` and an instant `at`. Rows
//! are read one after the other, so that a file may be larger than the memory, and whatever is wrong names its line and column.
//!
//! ```
//! use flags_ab::{import::{EventFormat, import}, store::{MemoryStore, Query}};
//!
//! let text = "\
//! at,unit,experiment,arm,event,value,country
//! 2026-11-25T10:00:00Z,user-42,checkout,treatment,,,NL
//! 2026-11-25T10:03:00Z,user-42,,,purchase,19.9,
//! ";
//! let store = MemoryStore::new();
//! let query = Query::experiment("checkout").event("purchase");
//! let imported = import(text.as_bytes(), EventFormat::Csv, &query, &store)?;
//! assert_eq!((imported.exposures, imported.tracked), (1, 1));
//! # Ok::<(), flags_ab::import::ImportError>(())
//! ```
//!
//! # Columns
//!
//! | column | of | what it is |
//! | --- | --- | --- |
//! | `at`; also `occurred_at`, `exposed_at`, `timestamp` | both | `2026-11-25T10:00:00Z`, the same with a space, without an offset in UTC; or milliseconds since 1970 |
//! | `unit` | both | the unit, as the program names it |
//! | `unit_kind` | both | what the unit is taken from, where units of several kinds are in one file |
//! | `experiment`, `arm` | exposures | what the unit got |
//! | `split` | exposures | the weights in force, as in `control=1,treatment=1`; without it sizes are judged by the definition |
//! | `event` | tracked | the name of the event |
//! | `value` | tracked | a finite number; 1 where there is none |
//! | `dimensions` | exposures | attributes by which results can be told apart, as a JSON object |
//! | any other | exposures | an attribute by which results can be told apart |
//!
//! An empty cell, and null, are as if they were not there.

mod error;
mod instant;
mod names;
mod row;

use std::io::{BufRead, Read};

use serde_json::Value as Json;

pub use self::error::ImportError;
use self::{names::Names, row::Row};
use crate::{
    Event, EventKind,
    store::{EventStore, Query},
};

/// How events are written in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventFormat {
    /// Comma-separated values (RFC 4180) with a header.
    Csv,
    /// One JSON object a line.
    JsonLines,
}

impl EventFormat {
    /// The format of a file by the end of its name: `.csv`, `.jsonl`, `.ndjson` or `.json`.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let (_, ending) = name.rsplit_once('.')?;
        match ending.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "jsonl" | "ndjson" | "json" => Some(Self::JsonLines),
            _ => None,
        }
    }
}

/// What was in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Exposures that were taken.
    pub exposures: u64,
    /// Tracked events that were taken.
    pub tracked: u64,
    /// Rows that were well formed and not wanted: other experiments, other events, another time.
    pub passed_over: u64,
}

/// Reads events and appends those that the query wants to a store.
///
/// The order of the rows does not matter. Memory does not grow with the file; whether it grows with the events is the store's.
///
/// # Errors
///
/// [`ImportError`] for the first row that cannot be read, or if reading or appending fails. The store may hold the rows before
/// it.
pub fn import(
    reader: impl Read,
    format: EventFormat,
    query: &Query,
    store: &dyn EventStore,
) -> Result<Imported, ImportError> {
    let mut batches = Batches { query, store, batch: Vec::with_capacity(BATCH), imported: Imported::default() };
    let mut names = Names::default();
    match format {
        EventFormat::Csv => csv_rows(reader, |row| batches.take(row.event(&mut names)?)),
        EventFormat::JsonLines => json_rows(reader, |row| batches.take(row.event(&mut names)?)),
    }?;
    batches.hand_over()?;
    Ok(batches.imported)
}

/// The column with a group of attributes.
const DIMENSIONS: &str = "dimensions";

/// How many events are appended at once.
const BATCH: usize = 4096;

struct Batches<'a> {
    query: &'a Query,
    store: &'a dyn EventStore,
    batch: Vec<Event>,
    imported: Imported,
}

impl Batches<'_> {
    fn take(&mut self, event: Event) -> Result<(), ImportError> {
        if !self.query.wants(event.at, &event.kind) {
            self.imported.passed_over += 1;
            return Ok(());
        }
        match event.kind {
            EventKind::Exposure(_) => self.imported.exposures += 1,
            EventKind::Tracked { .. } => self.imported.tracked += 1,
        }
        self.batch.push(event);
        if self.batch.len() >= BATCH { self.hand_over() } else { Ok(()) }
    }

    fn hand_over(&mut self) -> Result<(), ImportError> {
        if !self.batch.is_empty() {
            self.store.append(&self.batch)?;
            self.batch.clear();
        }
        Ok(())
    }
}

fn csv_rows(reader: impl Read, mut each: impl FnMut(&Row<'_>) -> Result<(), ImportError>) -> Result<(), ImportError> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(reader);
    let header = reader.headers().map_err(error::csv)?.clone();
    // Spreadsheets begin a file with a mark.
    let columns: Vec<&str> = header.iter().map(|name| name.trim_start_matches('\u{feff}').trim()).collect();
    row::check_header(&columns)?;
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(error::csv)? {
        let line = record.position().map_or(0, csv::Position::line);
        let mut row = Row::new(line);
        for (column, cell) in columns.iter().zip(&record) {
            match *column {
                DIMENSIONS => row.set_dimensions(column, cell)?,
                _ => row.set(column, cell.into())?,
            }
        }
        each(&row)?;
    }
    Ok(())
}

fn json_rows(reader: impl Read, mut each: impl FnMut(&Row<'_>) -> Result<(), ImportError>) -> Result<(), ImportError> {
    let mut reader = std::io::BufReader::with_capacity(1 << 16, reader);
    let mut text = Vec::new();
    for line in 1.. {
        text.clear();
        if reader.read_until(b'\n', &mut text)? == 0 {
            break;
        }
        let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&text).trim_ascii();
        if text.is_empty() {
            continue;
        }
        let object: Json = serde_json::from_slice(text).map_err(|problem| error::json(line, &problem))?;
        let Json::Object(fields) = &object else {
            return Err(ImportError::row(line, None, "this is no object; expected one such as {\"at\":…,\"unit\":…}"));
        };
        let mut row = Row::new(line);
        for (column, value) in fields {
            match value {
                Json::Null => {}
                Json::String(text) => row.set(column, text.into())?,
                Json::Number(_) | Json::Bool(_) => row.set(column, value.to_string().into())?,
                // A group of attributes, as programs send it.
                Json::Object(attributes) if column == DIMENSIONS => {
                    for (name, value) in attributes {
                        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                        row.set_dimension(name, text);
                    }
                }
                other => {
                    let kind = if other.is_array() { "a list" } else { "an object" };
                    return Err(ImportError::row(
                        line,
                        Some(column),
                        format!("{kind} is no value; expected a text or a number"),
                    ));
                }
            }
        }
        each(&row)?;
    }
    Ok(())
}
