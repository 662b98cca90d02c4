//! A log in a folder: what one process knows of it between two changes.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use flags_core::Timestamp;
use serde_json::Value;

use super::{
    super::{AuditError, Draft, Entry, Head, chain::Chain, segment::Listing},
    LogOptions, Recovery, append,
    mend::{self, Mended},
    tail::Tail,
};

/// The folder of a log.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    options: LogOptions,
    known: Mutex<Option<Known>>,
}

/// What a process knows of a log that it has read or written, so that it need not read it again while nobody else writes.
#[derive(Debug)]
pub(super) struct Known {
    /// The segment that entries are added to.
    pub(super) segment: u32,
    /// Its length, in bytes.
    pub(super) length: u64,
    pub(super) chain: Chain,
    /// An entry that is known to be there, or whose loss is recorded.
    pub(super) settled: Option<Head>,
}

impl Folder {
    pub(super) fn new(path: PathBuf, options: LogOptions) -> Self {
        Self { path, options, known: Mutex::new(None) }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the log stands, without touching it.
    pub(super) fn chain(&self) -> Result<Chain, AuditError> {
        let listing = Listing::read(&self.path)?;
        Ok(Tail::find(&self.path, &listing.segments)?.chain)
    }

    pub(super) fn recover(&self, now: Timestamp, expected: Option<&Head>) -> Result<Recovery, AuditError> {
        let mut guard = self.known();
        let Mended { mut known, dropped } = mend::up_to_date(&self.path, guard.take(), now)?;
        let lost = match expected {
            Some(expected) => mend::settle(&self.path, &mut known, expected, now)?,
            None => None,
        };
        let recovery = Recovery { dropped, lost, ..Recovery::of(known.chain) };
        *guard = Some(known);
        Ok(recovery)
    }

    pub(super) fn append(&self, drafts: &[Draft], checkpoint: &dyn Fn() -> Value) -> Result<Vec<Entry>, AuditError> {
        let Some(first) = drafts.first() else { return Ok(Vec::new()) };
        let mut guard = self.known();
        // What is known is taken, and put back only after a success: after an error the files are looked at again.
        let Mended { mut known, .. } = mend::up_to_date(&self.path, guard.take(), first.at)?;
        let entries = append::append(&self.path, self.options, &mut known, drafts, checkpoint)?;
        *guard = Some(known);
        Ok(entries)
    }

    fn known(&self) -> MutexGuard<'_, Option<Known>> {
        // It is taken while it is worked with, so a thread that panicked left nothing behind.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
