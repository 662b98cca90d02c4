//! An entry of the log, and the one line of text that it is.
//!
//! What is hashed is the text itself, not a reading of it, so nothing about it can be changed without a trace, and whoever
//! checks it needs no canonical form: the hash of an entry is the SHA-256 of the bytes of its line before `,"hash":"`. Those
//! bytes hold the hash of the entry before.

use std::fmt;

use flags_core::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Draft, EntryHash};
use crate::{Actor, Origin};

/// The longest line of a log, in bytes. A longer one is no entry, and reading it does not take more memory than this.
pub const MAX_LINE_BYTES: usize = 16 << 20;

/// What stands between the hashed bytes of a line and the hash.
const BEFORE_HASH: &str = ",\"hash\":\"";

/// What ends a line, before the line feed.
const AFTER_HASH: &str = "\"}";

/// Something that happened, with its place in the chain.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Entry {
    /// Its number: the first entry of a log is 1, and none is left out.
    pub sequence: u64,
    /// When it happened, by the clock of whoever recorded it; clocks may go back.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// By which way.
    pub origin: Origin,
    /// What was done, in lower case with underscores.
    pub action: Box<str>,
    /// What it was done to, if there is something: a flag by its key, anything else after the word for it, `experiment
    /// checkout_button`.
    pub target: Option<Box<str>>,
    /// Why, in the words of whoever did it.
    pub reason: Option<Box<str>>,
    /// How it was before; `None` if there was nothing.
    pub before: Option<Value>,
    /// How it is after; `None` if there is nothing.
    pub after: Option<Value>,
    /// The revision of the controls that it made, for a change of controls.
    pub revision: Option<u64>,
    /// The hash of the entry before, [`EntryHash::NONE`] for the first.
    pub previous: EntryHash,
    /// Its own hash.
    pub hash: EntryHash,
}

impl Entry {
    /// The number and hash, which stand for the entry and everything before it.
    #[must_use]
    pub fn head(&self) -> Head {
        Head { sequence: self.sequence, hash: self.hash }
    }

    /// Reads a line, without its line feed.
    ///
    /// # Errors
    ///
    /// When it is no entry, or its content does not match its hash.
    pub fn parse(line: &[u8]) -> Result<Self, EntryProblem> {
        let frame = Frame::parse(line)?;
        if !frame.is_as_hashed {
            return Err(EntryProblem::HashMismatch);
        }
        let read: Read = serde_json::from_slice(line).map_err(|error| EntryProblem::not_json(&error))?;
        let actor = Actor::new(&read.actor).map_err(|error| EntryProblem::not_an_entry(&error))?;
        let at = Timestamp::parse(&read.at)
            .ok_or_else(|| EntryProblem::not_an_entry(&format_args!("`{}` is no instant", read.at)))?;
        Ok(Self {
            sequence: frame.sequence,
            at,
            actor,
            origin: read.origin,
            action: read.action,
            target: read.target,
            reason: read.reason,
            before: read.before,
            after: read.after,
            revision: read.revision,
            previous: frame.previous,
            hash: frame.hash,
        })
    }
}

/// Where a log ends: the number of its last entry and the hash, which stands for every entry up to it.
///
/// Kept outside of the log, it shows that entries are missing at the end, which the chain by itself cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Head {
    /// The number of the entry.
    pub sequence: u64,
    /// Its hash.
    pub hash: EntryHash,
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.sequence, self.hash)
    }
}

/// Why a line is no entry that can be relied on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EntryProblem {
    /// It is not of the form of an entry.
    #[error("it is no entry of an audit log: {why}")]
    NotAnEntry {
        /// What is wrong with it.
        why: Box<str>,
    },
    /// It is longer than any entry may be.
    #[error("it is longer than the {MAX_LINE_BYTES} bytes that an entry may have")]
    TooLong,
    /// Its content is not what was hashed.
    #[error("its content does not match its hash: it was changed after it was written")]
    HashMismatch,
}

impl EntryProblem {
    fn not_an_entry(why: &dyn fmt::Display) -> Self {
        Self::NotAnEntry { why: why.to_string().into() }
    }

    fn not_json(error: &serde_json::Error) -> Self {
        // Its own "line 1" is not that of the file.
        let text = error.to_string();
        let what = text.rsplit_once(" at line ").map_or(&*text, |(what, _)| what);
        Self::not_an_entry(&format_args!("{what}, at byte {} of the line", error.column()))
    }
}

/// The line of a draft that is given a place in the chain, without the line feed, and its hash.
pub(super) fn line(draft: &Draft, sequence: u64, previous: EntryHash) -> (String, EntryHash) {
    let written = Written {
        sequence,
        at: instant(draft.at),
        actor: draft.actor.name(),
        origin: draft.origin,
        action: &draft.action,
        target: draft.target.as_deref(),
        reason: draft.reason.as_deref(),
        // Nothing has one notation: the key is left out.
        before: draft.before.as_ref().filter(|value| !value.is_null()),
        after: draft.after.as_ref().filter(|value| !value.is_null()),
        revision: draft.revision,
        previous,
    };
    let mut line =
        serde_json::to_string(&written).expect("because texts, numbers and JSON values can be written as JSON");
    // The brace that the hash is to stand before.
    line.pop();
    let hash = EntryHash::of(line.as_bytes());
    line.push_str(BEFORE_HASH);
    line.push_str(&hash.to_string());
    line.push_str(AFTER_HASH);
    (line, hash)
}

/// An instant in RFC 3339 with six digits of a second.
pub(super) fn instant(at: Timestamp) -> String {
    let micros = within_years(at).as_micros();
    let fraction = micros.rem_euclid(1_000_000);
    let whole = Timestamp::from_micros(micros - fraction).to_string();
    format!("{}.{fraction:06}Z", whole.trim_end_matches('Z'))
}

/// The nearest instant in the years 0 to 9999, beyond which RFC 3339 has no notation.
pub(super) fn within_years(at: Timestamp) -> Timestamp {
    const YEAR_0: i64 = -62_167_219_200_000_000;
    const YEAR_10_000: i64 = 253_402_300_800_000_000;
    Timestamp::from_micros(at.as_micros().clamp(YEAR_0, YEAR_10_000 - 1))
}

/// What the chain needs of a line. It is more forgiving than an [`Entry`], so that a line of a later version, with origins
/// that are not known here, keeps its place.
pub(super) struct Frame {
    pub(super) sequence: u64,
    pub(super) previous: EntryHash,
    pub(super) hash: EntryHash,
    /// Whether the content matches the hash.
    pub(super) is_as_hashed: bool,
    pub(super) action: Box<str>,
    pub(super) revision: Option<u64>,
}

impl Frame {
    pub(super) fn parse(line: &[u8]) -> Result<Self, EntryProblem> {
        #[derive(Deserialize)]
        struct Links<'a> {
            sequence: u64,
            previous: EntryHash,
            #[serde(borrow)]
            action: std::borrow::Cow<'a, str>,
            revision: Option<u64>,
        }
        const TAIL: usize = BEFORE_HASH.len() + 64 + AFTER_HASH.len();
        let not_an_entry = |why: &str| EntryProblem::NotAnEntry { why: why.into() };
        let (content, tail) = line
            .len()
            .checked_sub(TAIL)
            .and_then(|at| line.split_at_checked(at))
            .ok_or_else(|| not_an_entry(if line.is_empty() { "it is empty" } else { "it is too short" }))?;
        let hash = std::str::from_utf8(tail)
            .ok()
            .and_then(|tail| tail.strip_prefix(BEFORE_HASH)?.strip_suffix(AFTER_HASH)?.parse().ok())
            .ok_or_else(|| not_an_entry("it does not end with a hash"))?;
        let links: Links<'_> = serde_json::from_slice(line).map_err(|error| EntryProblem::not_json(&error))?;
        Ok(Self {
            sequence: links.sequence,
            previous: links.previous,
            hash,
            is_as_hashed: EntryHash::of(content) == hash,
            action: links.action.into(),
            revision: links.revision,
        })
    }

    pub(super) fn head(&self) -> Head {
        Head { sequence: self.sequence, hash: self.hash }
    }
}

/// An entry as it is written, in the order of the keys, without the hash.
#[derive(Serialize)]
struct Written<'a> {
    sequence: u64,
    at: String,
    actor: &'a str,
    origin: Origin,
    action: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<u64>,
    previous: EntryHash,
}

/// An entry as it is read; its place in the chain is read by [`Frame`].
#[derive(Deserialize)]
struct Read {
    at: Box<str>,
    actor: Box<str>,
    origin: Origin,
    action: Box<str>,
    target: Option<Box<str>>,
    reason: Option<Box<str>>,
    before: Option<Value>,
    after: Option<Value>,
    revision: Option<u64>,
}
