//! An evaluation, and the line that it becomes.

use flags_core::{Cause, Reason, Timestamp};
use serde::Serialize;

use super::{super::entry::instant, salt::Salt};

/// What there is to say about an evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evaluated<'e> {
    /// When.
    pub at: Timestamp,
    /// The flag.
    pub flag: &'e str,
    /// The variant served; `None` if it was the caller's default.
    pub variant: Option<&'e str>,
    /// Why, in the words of OpenFeature.
    pub reason: Reason,
    /// Which step decided.
    pub cause: Cause,
    /// For whom: the targeting key or another attribute that the flag is bucketed by.
    pub unit: Option<&'e str>,
    /// The revision of the flags that were asked.
    pub revision: u64,
}

/// The same, on its way to the thread that writes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Queued {
    at: Timestamp,
    flag: Box<str>,
    variant: Option<Box<str>>,
    reason: Reason,
    cause: Cause,
    unit: Option<Box<str>>,
    revision: u64,
}

impl From<Evaluated<'_>> for Queued {
    fn from(evaluated: Evaluated<'_>) -> Self {
        Self {
            at: evaluated.at,
            flag: evaluated.flag.into(),
            variant: evaluated.variant.map(Into::into),
            reason: evaluated.reason,
            cause: evaluated.cause,
            unit: evaluated.unit.map(Into::into),
            revision: evaluated.revision,
        }
    }
}

impl Queued {
    /// Writes the line, with its line feed. With a salt, the unit is hashed.
    pub(super) fn write(&self, salt: Option<&Salt>, text: &mut String) {
        #[derive(Serialize)]
        struct Line<'a> {
            at: String,
            flag: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            variant: Option<&'a str>,
            reason: &'a str,
            cause: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            unit: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            unit_hash: Option<String>,
            revision: u64,
        }
        let unit = self.unit.as_deref();
        let line = Line {
            at: instant(self.at),
            flag: &self.flag,
            variant: self.variant.as_deref(),
            reason: self.reason.name(),
            cause: self.cause.name(),
            unit: unit.filter(|_| salt.is_none()),
            unit_hash: salt.and_then(|salt| unit.map(|unit| salt.hash(unit))),
            revision: self.revision,
        };
        push(&line, text);
    }
}

/// Writes the line that says that evaluations are missing here.
pub(super) fn write_dropped(at: Option<Timestamp>, count: u64, text: &mut String) {
    #[derive(Serialize)]
    struct Line {
        #[serde(skip_serializing_if = "Option::is_none")]
        at: Option<String>,
        dropped: u64,
    }
    push(&Line { at: at.map(instant), dropped: count }, text);
}

impl Queued {
    pub(super) fn at(&self) -> Timestamp {
        self.at
    }
}

fn push(line: &impl Serialize, text: &mut String) {
    text.push_str(&serde_json::to_string(line).expect("because texts and numbers can be written as JSON"));
    text.push('\n');
}
