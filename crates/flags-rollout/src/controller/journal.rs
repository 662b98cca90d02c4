//! What a controller keeps: the journal of each rollout, and the requests that wait for a second person.

use std::{fmt, path::PathBuf};

use flags_core::Timestamp;
use thiserror::Error;

use super::{Incident, Request};
use crate::{
    machine::State,
    wire::{Record, WireError},
};

/// The journals of all rollouts. Whoever wants to change one takes the [writer](Journal::write); everybody may read at any time.
pub trait Journal: fmt::Debug + Send + Sync {
    /// Takes the journals for writing: until the writer is dropped nobody else writes, in this process or in another.
    ///
    /// # Errors
    ///
    /// When somebody else has had them for too long, or the lock cannot be taken.
    fn write(&self) -> Result<Box<dyn JournalWriter + '_>, JournalError>;

    /// The flags that have a journal.
    ///
    /// # Errors
    ///
    /// When nobody can say.
    fn flags(&self) -> Result<Vec<Box<str>>, JournalError>;

    /// The state the journal of a flag ends with; `None` without one.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or a whole line of it is damaged.
    fn last(&self, flag: &str) -> Result<Option<State>, JournalError>;

    /// Everything that is known of a flag's rollouts, the oldest first, those from before it was armed again included.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or a whole line of it is damaged.
    fn history(&self, flag: &str) -> Result<Vec<Record>, JournalError>;

    /// The requests that wait for a second person, expired ones included.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    fn requests(&self) -> Result<Vec<Request>, JournalError>;

    /// Takes the lead, or keeps it. Of all controllers on the same journals only the one that leads looks.
    ///
    /// # Errors
    ///
    /// When nobody can say who leads.
    fn lead(&self) -> Result<Leadership, JournalError>;

    /// Who leads, if anybody does and says so.
    ///
    /// # Errors
    ///
    /// When nobody can say.
    fn leader(&self) -> Result<Option<Leader>, JournalError>;

    /// Lets go of the lead.
    fn resign(&self);
}

/// The journals, while nobody else writes.
pub trait JournalWriter {
    /// The state the journal of a flag ends with; `None` without one.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or a whole line of it is damaged.
    fn last(&mut self, flag: &str) -> Result<Option<State>, JournalError>;

    /// Adds a record to the journal of a flag. Once it returns, the record lasts, whatever happens.
    ///
    /// # Errors
    ///
    /// When it cannot be kept; the journal is what it was.
    fn append(&mut self, flag: &str, record: &Record) -> Result<(), JournalError>;

    /// Replaces the requests that wait for a second person.
    ///
    /// # Errors
    ///
    /// When they cannot be kept; those that were there still are.
    fn set_requests(&mut self, requests: &[Request]) -> Result<(), JournalError>;

    /// What had to be mended since it was last asked, with the flags.
    fn incidents(&mut self) -> Vec<(Box<str>, Incident)>;
}

/// Whether a controller leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leadership {
    /// It does.
    Leading,
    /// Another does, and this one takes over when that one is gone.
    Standby {
        /// Who leads, if that can be said.
        leader: Option<Leader>,
    },
}

/// The process that leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Leader {
    /// Its process id.
    pub pid: u32,
    /// Since when it has led, by its wall clock.
    pub since: Timestamp,
}

impl Leader {
    /// The leader of that process id.
    #[must_use]
    pub fn new(pid: u32, since: Timestamp) -> Self {
        Self { pid, since }
    }
}

impl fmt::Display for Leader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} since {}", self.pid, self.since)
    }
}

/// Why a journal cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The file system does not do as asked.
    #[error("cannot {what} {}: {problem}", .path.display())]
    Io {
        /// What was asked of it.
        what: &'static str,
        /// Of which file or folder.
        path: PathBuf,
        /// What it says.
        problem: String,
    },
    /// A whole line is damaged.
    #[error(
        "{}, line {line}: {problem}. A journal with a hole in it is not gone on from: bring the file back from a backup, or \
         remove it from this line on, which forgets what came after, or move it away, which forgets the rollout",
        .path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        problem: WireError,
    },
    /// The requests are damaged.
    #[error("{}: {problem}. Remove the file, which forgets the requests that wait for a second person", .path.display())]
    DamagedRequests {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// Somebody else is writing, and does not end.
    #[error("{} is locked by {}: it has not let go for {waited_seconds} s", .path.display(), shown_process(.holder))]
    Locked {
        /// The lock.
        path: PathBuf,
        /// The process that holds it, if it says so.
        holder: Option<u32>,
        /// How long it was waited for.
        waited_seconds: u64,
    },
}

fn shown_process(pid: &Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
}
