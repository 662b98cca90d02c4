//! The log itself: where entries are added and asked for.

mod append;
mod entries;
mod folder;
mod memory;
mod mend;
mod replay;
mod tail;
mod verify;

use std::path::{Path, PathBuf};

use flags_core::Timestamp;
use serde_json::Value;

pub use self::{entries::Entries, replay::Replay};
use self::{folder::Folder, memory::Memory};
use super::{AuditError, Draft, Entry, Expectation, Filter, Head, TornTail, Verification, chain::Chain};

/// The segment size of [`LogOptions::default`], in bytes.
pub const DEFAULT_SEGMENT_BYTES: u64 = 16 << 20;

/// How a log in a folder is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogOptions {
    /// The size, in bytes, from which on no more is added to a segment and the next one is begun.
    pub segment_bytes: u64,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self { segment_bytes: DEFAULT_SEGMENT_BYTES }
    }
}

impl LogOptions {
    /// With segments of about that size, in bytes: what is added at once is never divided.
    #[must_use]
    pub fn segment_bytes(mut self, bytes: u64) -> Self {
        self.segment_bytes = bytes;
        self
    }
}

/// An audit log, in memory or in a folder.
///
/// Several processes may share a folder. Whoever changes it ([`append`](Self::append), [`recover`](Self::recover)) has to
/// hold a lock of theirs meanwhile; asking needs none, and sees what is written completely. Threads of one process exclude
/// each other by themselves.
///
/// ```
/// use flags_control::{Actor, Origin, audit::{AuditLog, Draft, Filter}};
/// use flags_core::Timestamp;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let log = AuditLog::in_memory();
/// let killed = Draft {
///     at: Timestamp::from_millis(1_790_000_000_000),
///     actor: Actor::new("ada")?,
///     origin: Origin::Cli,
///     action: "kill".into(),
///     target: Some("checkout".into()),
///     reason: Some("errors after the release".into()),
///     before: None,
///     after: None,
///     revision: Some(1),
/// };
/// log.append(&[killed], &|| serde_json::Value::Null)?;
/// let kills = log.entries(Filter::default().action("kill"))?.collect::<Result<Vec<_>, _>>()?;
/// assert_eq!((kills[0].sequence, kills[0].actor.name()), (1, "ada"));
/// assert!(log.verify(None)?.is_intact());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct AuditLog {
    backing: Backing,
}

#[derive(Debug)]
enum Backing {
    Memory(Memory),
    Folder(Folder),
}

impl AuditLog {
    /// A log that is gone with the program, and keeps the last 10 000 entries.
    #[must_use]
    pub fn in_memory() -> Self {
        Self { backing: Backing::Memory(Memory::default()) }
    }

    /// The log in that folder, which is made when there is something to write. Nothing is read or written yet.
    #[must_use]
    pub fn in_folder(folder: impl Into<PathBuf>, options: LogOptions) -> Self {
        Self { backing: Backing::Folder(Folder::new(folder.into(), options)) }
    }

    /// The folder; `None` for a log in memory.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        match &self.backing {
            Backing::Memory(_) => None,
            Backing::Folder(folder) => Some(folder.path()),
        }
    }

    /// Makes good what an interrupted writer left: a half-written end is set aside, and the log gets an entry about it.
    ///
    /// `expected` is an entry that the log is known to have held. If it is not there, that is recorded once
    /// ([`HISTORY_LOST`](super::HISTORY_LOST)), so that going on does not cover up the loss. `now` is the instant of such
    /// entries. Costs a look into the folder while nobody else has written.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read or written; nothing is lost by that.
    pub fn recover(&self, now: Timestamp, expected: Option<&Head>) -> Result<Recovery, AuditError> {
        match &self.backing {
            Backing::Memory(memory) => Ok(Recovery::of(memory.chain())),
            Backing::Folder(folder) => folder.recover(now, expected),
        }
    }

    /// Adds entries, and returns those that were added once they are on disk for good.
    ///
    /// All of them are added, or none. Drafts of a revision that the log already holds are left out, so the same drafts may
    /// be appended again by whoever does not know whether they have been. For that, all drafts of a revision have to come
    /// together, always in the same order, and revisions must not go back. Drafts without a revision are always added.
    ///
    /// `checkpoint` is asked when a new segment is begun, for whatever lets [`replay`](Self::replay) do without the older
    /// ones. It may have the effect of these drafts in it, or not.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read or written, or an entry is too long; nothing is added then. If it cannot even be
    /// taken back, the next call sets it aside or leaves it out.
    pub fn append(&self, drafts: &[Draft], checkpoint: &dyn Fn() -> Value) -> Result<Vec<Entry>, AuditError> {
        match &self.backing {
            Backing::Memory(memory) => memory.append(drafts),
            Backing::Folder(folder) => folder.append(drafts, checkpoint),
        }
    }

    /// The last entry's number and hash; `None` while there is none.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read.
    pub fn head(&self) -> Result<Option<Head>, AuditError> {
        Ok(self.chain()?.head)
    }

    /// The last revision of the controls that is recorded; `None` while there is none.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read.
    pub fn last_revision(&self) -> Result<Option<u64>, AuditError> {
        Ok(self.chain()?.recorded.map(|recorded| recorded.revision))
    }

    fn chain(&self) -> Result<Chain, AuditError> {
        match &self.backing {
            Backing::Memory(memory) => Ok(memory.chain()),
            Backing::Folder(folder) => folder.chain(),
        }
    }

    /// The entries that a filter asks for, one by one.
    ///
    /// A line that is no entry, or does not match its hash, is an error in its place; the entries after it follow. An entry
    /// that is being written is not there yet.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read.
    pub fn entries(&self, filter: Filter) -> Result<Entries, AuditError> {
        match &self.backing {
            Backing::Memory(memory) => Ok(Entries::of_memory(memory.lines(), filter)),
            Backing::Folder(folder) => Entries::of_folder(folder.path(), filter),
        }
    }

    /// What became of one flag or experiment, the oldest first.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read.
    pub fn history(&self, target: &str) -> Result<Entries, AuditError> {
        self.entries(Filter::default().target(target))
    }

    /// The entry of that number; `None` if there is none, or no longer.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read, or the line of that number is damaged.
    pub fn show(&self, sequence: u64) -> Result<Option<Entry>, AuditError> {
        match &self.backing {
            Backing::Memory(memory) => Entries::of_memory(memory.lines(), Filter::default()).find_sequence(sequence),
            Backing::Folder(folder) => Entries::from_sequence(folder.path(), sequence)?.find_sequence(sequence),
        }
    }

    /// Checks every entry there is, and their chain; what is wrong is told in the answer.
    ///
    /// While somebody is writing, the last line may be found without an end; holding the lock of the writers avoids that.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read.
    pub fn verify(&self, expectation: Option<Expectation>) -> Result<Verification, AuditError> {
        match &self.backing {
            Backing::Memory(memory) => Ok(verify::memory(&memory.lines(), memory.is_cut(), expectation)),
            Backing::Folder(folder) => verify::folder(folder.path(), expectation),
        }
    }

    /// What is needed to make the state of the controls again: the newest checkpoint and the entries after it.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read, or the chain does not hold from the checkpoint on.
    pub fn replay(&self) -> Result<Replay, AuditError> {
        match &self.backing {
            Backing::Memory(memory) => replay::memory(&memory.lines(), memory.is_cut()),
            Backing::Folder(folder) => replay::folder(folder.path()),
        }
    }
}

/// What was found, and made good, when a log was recovered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recovery {
    /// The last entry; `None` while there is none.
    pub head: Option<Head>,
    /// The last revision of the controls that is recorded.
    pub last_revision: Option<u64>,
    /// The half-written ends that were recorded just now.
    pub dropped: Vec<TornTail>,
    /// The expected entry, if it is not there.
    pub lost: Option<Head>,
}

impl Recovery {
    fn of(chain: Chain) -> Self {
        let last_revision = chain.recorded.map(|recorded| recorded.revision);
        Self { head: chain.head, last_revision, dropped: Vec::new(), lost: None }
    }
}
