//! The audit log: what was done, by whom, when and why, in a chain that shows every later touch.
//!
//! A [`Draft`] says what happened; the [`AuditLog`] makes an [`Entry`] of it that names the hash of the one before. In a
//! folder, entries are lines of JSON in segments, `audit-000001.jsonl` and so on, that are only ever added to. The form of
//! a line, and a short program that checks a log in another language, are in docs/reference/audit-log.md.
//!
//! What the chain shows, and what it cannot: [`AuditLog::verify`] finds any byte that was changed, removed or put in
//! between. Entries that were cut off at the end, or added there by somebody who computes hashes, are found if an
//! [`Expectation`] says where the log should end. Somebody who may write both the log and whatever holds that expectation
//! can write another history; against that, keep a [`Head`] where he may not write.
//!
//! Evaluations, of which there are too many for all that, are written by an [`EvaluationAudit`].

mod bookkeeping;
mod chain;
mod check;
mod draft;
mod entry;
mod error;
mod evaluations;
mod filter;
mod hash;
mod lines;
mod log;
mod segment;
mod verification;

pub use self::{
    bookkeeping::{HISTORY_LOST, SEGMENT_OPENED, TORN_TAIL_DROPPED, TornTail},
    draft::Draft,
    entry::{Entry, EntryProblem, Head, MAX_LINE_BYTES},
    error::AuditError,
    evaluations::{Evaluated, EvaluationAudit, EvaluationCounts, EvaluationOptions, UnitForm, hashed_unit},
    filter::Filter,
    hash::{EntryHash, EntryHashError},
    log::{AuditLog, DEFAULT_SEGMENT_BYTES, Entries, LogOptions, Recovery, Replay},
    verification::{Broken, Damage, Expectation, Verification},
};
