//! Why a state could not be read or kept, in words for the operator.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{Revision, audit::AuditError};

/// Why a state could not be read or kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Somebody else has changed the state meanwhile.
    #[error("the controls are at revision {found} and no longer at {expected}: somebody else changed them meanwhile")]
    Conflict {
        /// The revision that was to be replaced.
        expected: Revision,
        /// The one that is there.
        found: Revision,
    },
    /// What is kept is older than what this program knows.
    #[error(
        "the controls that are kept are at revision {found}, and this program knows revision {known}: the folder was emptied, \
         unmounted, or replaced by an older copy; what is known stays in force; bring the folder back, or restart the program if \
         the older controls are what is wanted"
    )]
    WentBack {
        /// The revision this program knows.
        known: Revision,
        /// The one that is kept.
        found: Revision,
    },
    /// Another process holds the lock, and did not let go of it in time.
    #[error(
        "{} is locked by {}, which has not let go of it for {} s; if that process hangs, end it, and try again",
        path.display(), holder_in_words(*.holder), waited.as_secs_f64()
    )]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// The id of the process that holds it, if it could be told.
        holder: Option<u32>,
        /// How long it was waited for.
        waited: Duration,
    },
    /// There is no room left.
    #[error(
        "{} is on a file system without room; nothing was changed; make room, and try again (a kill gets through while the \
         reserve lasts)",
        folder.display()
    )]
    NoRoom {
        /// The folder of the controls.
        folder: PathBuf,
    },
    /// The change is in force and will last, but the audit log has not got its entry yet.
    #[error(
        "revision {revision} is in force and stored, but its entry could not be added to the audit log: {error}; whoever \
         changes the controls next adds it"
    )]
    EntryOwed {
        /// The revision the change made.
        revision: Revision,
        /// Why its entry is not there.
        error: AuditError,
    },
    /// The file of the controls is damaged and the controls could not be told from the audit log.
    #[error(
        "{}: {damage}; the controls cannot be rebuilt from the audit log either: {obstacle}; they may hold a kill, so \
         nothing is started without them; put back a copy of the file, or accept the loss of all controls",
        path.display()
    )]
    Lost {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        damage: FileDamage,
        /// Why the audit log does not help.
        obstacle: Box<str>,
    },
    /// The file of the controls is damaged; whoever changes them next rebuilds them from the audit log.
    #[error("{}: {damage}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        damage: FileDamage,
    },
    /// The file is of a format that a newer program writes.
    #[error("{} is of format {format}, and this program knows {known}; use the program that wrote it, or a newer one", path.display())]
    NewerFormat {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: u64,
        /// The newest format known here.
        known: u64,
    },
    /// The file is whole, and says something that this program does not know.
    #[error("{} was written by another version of this program: {problem}; use that one, or a newer one", path.display())]
    NotUnderstood {
        /// The file.
        path: PathBuf,
        /// What is not known.
        problem: Box<str>,
    },
    /// The operating system refused.
    #[error("cannot {doing} {}: {message}", path.display())]
    Io {
        /// What was tried, as in "write".
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The class of the error.
        kind: io::ErrorKind,
        /// What the operating system says.
        message: Box<str>,
    },
    /// The audit log could not be read or written.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// A keeper of another kind failed.
    #[error("the controls cannot be reached: {message}")]
    Unreachable {
        /// What it says.
        message: Box<str>,
    },
}

/// What is wrong with the file of the controls.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileDamage {
    /// It is not there, though the audit log knows of changes of controls.
    #[error("the file is not there, though the audit log goes up to revision {recorded} of the controls")]
    Missing {
        /// The last revision in the audit log.
        recorded: Revision,
    },
    /// It is empty.
    #[error("the file is empty")]
    Empty,
    /// It is no JSON, or not of the form of a file of controls.
    #[error("the file is damaged: {problem}")]
    Malformed {
        /// What the parser says.
        problem: Box<str>,
    },
    /// Its content does not match its checksum.
    #[error("the file was changed or damaged after it was written: its content does not match its checksum")]
    Checksum,
    /// It is older than the audit log.
    #[error("the file is an old one: it is at revision {found}, and the audit log at {recorded}")]
    Behind {
        /// Its revision.
        found: Revision,
        /// The last revision in the audit log.
        recorded: Revision,
    },
}

impl StoreError {
    /// Whether the cause is that there is no room left.
    #[must_use]
    pub fn is_storage_full(&self) -> bool {
        match self {
            Self::Io { kind, .. } => matches!(kind, io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded),
            Self::Audit(error) | Self::EntryOwed { error, .. } => error.is_storage_full(),
            Self::NoRoom { .. } => true,
            _ => false,
        }
    }

    /// What an error of the operating system at that path means.
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Io { doing, path, kind: error.kind(), message: error.to_string().into() }
    }
}

fn holder_in_words(holder: Option<u32>) -> String {
    holder.map_or_else(|| "another process".into(), |id| format!("process {id}"))
}
