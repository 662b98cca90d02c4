//! A row, and the event it says.

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

use super::{ImportError, instant, names::Names};
use crate::{Event, EventKind, Exposure, Name, summary::Split};

/// The cells of a row.
#[derive(Debug)]
pub(super) struct Row<'a> {
    line: u64,
    /// By the place of the column in [`COLUMNS`].
    cells: [Option<Cow<'a, str>>; COLUMNS.len()],
    /// All else, in the order it was written.
    others: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

const AT: usize = 0;
const UNIT: usize = 1;
const UNIT_KIND: usize = 2;
const EXPERIMENT: usize = 3;
const ARM: usize = 4;
const SPLIT: usize = 5;
const EVENT: usize = 6;
const VALUE: usize = 7;

/// The columns with a meaning; the first name of each is the one to use.
const COLUMNS: [&[&str]; 8] = [
    &["at", "occurred_at", "exposed_at", "timestamp"],
    &["unit"],
    &["unit_kind"],
    &["experiment"],
    &["arm"],
    &["split"],
    &["event"],
    &["value"],
];

fn place(column: &str) -> Option<usize> {
    COLUMNS.iter().position(|names| names.iter().any(|name| column.eq_ignore_ascii_case(name)))
}

/// Refuses a header from which no event can come.
pub(super) fn check_header(columns: &[&str]) -> Result<(), ImportError> {
    let has = |wanted: usize| columns.iter().any(|column| place(column) == Some(wanted));
    let found = || columns.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(", ");
    let missing = if !has(AT) {
        "`at`"
    } else if !has(UNIT) {
        "`unit`"
    } else if has(ARM) && !has(EXPERIMENT) {
        "`experiment` beside `arm`"
    } else if !has(ARM) && !has(EVENT) {
        "`experiment` and `arm`, or `event`"
    } else {
        return twice(columns);
    };
    let found = if columns.is_empty() { "nothing".to_owned() } else { found() };
    Err(ImportError::Header { problem: format!("there has to be a column {missing}; found {found}") })
}

fn twice(columns: &[&str]) -> Result<(), ImportError> {
    for (index, column) in columns.iter().enumerate() {
        let same = |other: &&&str| match (place(column), place(other)) {
            (Some(one), Some(other)) => one == other,
            _ => column == *other,
        };
        if let Some(other) = columns[..index].iter().find(same) {
            return Err(ImportError::Header { problem: format!("the columns `{other}` and `{column}` say the same") });
        }
    }
    Ok(())
}

impl<'a> Row<'a> {
    pub(super) fn new(line: u64) -> Self {
        Self { line, cells: Default::default(), others: vec![] }
    }

    /// A cell; an empty one is none.
    pub(super) fn set(&mut self, column: &'a str, cell: Cow<'a, str>) -> Result<(), ImportError> {
        if cell.is_empty() {
            return Ok(());
        }
        match place(column) {
            None => self.others.push((column.into(), cell)),
            Some(place) if self.cells[place].is_none() => self.cells[place] = Some(cell),
            Some(place) => {
                return Err(self.wrong(column, format!("`{}` is said twice", COLUMNS[place][0])));
            }
        }
        Ok(())
    }

    /// An attribute, whatever it is called.
    pub(super) fn set_dimension(&mut self, name: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) {
        self.others.push((name.into(), value.into()));
    }

    /// The cell in which an export has all attributes, as a JSON object.
    pub(super) fn set_dimensions(&mut self, column: &'a str, cell: &str) -> Result<(), ImportError> {
        if cell.is_empty() {
            return Ok(());
        }
        let attributes: Map<String, Json> = serde_json::from_str(cell)
            .map_err(|_| self.wrong(column, format!("{cell:?} is no JSON object, such as {{\"country\":\"NL\"}}")))?;
        for (name, value) in attributes {
            self.set_dimension(name, value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        }
        Ok(())
    }

    fn cell(&self, place: usize) -> Option<&str> {
        self.cells[place].as_deref()
    }

    fn needed(&self, place: usize) -> Result<&str, ImportError> {
        self.cell(place).ok_or_else(|| self.wrong(COLUMNS[place][0], "there is nothing in it, and there has to be"))
    }

    fn wrong(&self, column: &str, problem: impl Into<String>) -> ImportError {
        ImportError::row(self.line, Some(column), problem)
    }

    /// The event that the row says.
    pub(super) fn event(&self, names: &mut Names) -> Result<Event, ImportError> {
        let at = self.needed(AT)?;
        let at = instant::parse(at).ok_or_else(|| {
            self.wrong(COLUMNS[AT][0], format!("{at:?} is no instant; expected {}", instant::EXPECTED))
        })?;
        let kind = match (self.cell(ARM), self.cell(EVENT)) {
            (Some(arm), None) => EventKind::Exposure(self.exposure(arm, names)?),
            (None, Some(event)) => EventKind::Tracked { event: names.shared(event), value: self.value()? },
            (Some(_), Some(_)) => {
                return Err(
                    self.wrong("event", "a row is an exposure (`arm`) or tracked (`event`), and this one has both")
                );
            }
            (None, None) => {
                return Err(ImportError::row(
                    self.line,
                    None,
                    "there is neither an `arm` (of an exposure) nor an `event` (of something tracked)",
                ));
            }
        };
        let unit_kind = names.shared(self.cell(UNIT_KIND).unwrap_or_default());
        Ok(Event { at, unit_kind, unit: self.needed(UNIT)?.into(), kind })
    }

    fn exposure(&self, arm: &str, names: &mut Names) -> Result<Exposure, ImportError> {
        let experiment = names.shared(self.needed(EXPERIMENT)?);
        let split = self.cell(SPLIT).unwrap_or_default();
        if !split.is_empty() && Split::parse(split).is_none() {
            let problem = format!("{split:?} are no weights; expected them as in control=1,treatment=1");
            return Err(self.wrong("split", problem));
        }
        let dimension = |(name, value): &(Cow<'_, str>, Cow<'_, str>)| (names.shared(name), Box::from(&**value));
        let dimensions: Box<[(Name, Box<str>)]> = self.others.iter().map(dimension).collect();
        Ok(Exposure { experiment, arm: names.shared(arm), split: names.shared(split), dimensions })
    }

    fn value(&self) -> Result<f64, ImportError> {
        let Some(text) = self.cell(VALUE) else { return Ok(1.0) };
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(value),
            _ => Err(self.wrong("value", format!("{text:?} is not a finite number"))),
        }
    }
}
