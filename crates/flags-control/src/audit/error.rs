//! Why the log could not be written or read, in words for the operator.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::{Broken, EntryProblem, MAX_LINE_BYTES};

/// Why something could not be done with an audit log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The operating system refused.
    #[error("the audit log cannot {doing} {}: {message}", path.display())]
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
    /// A line is no entry that can be relied on.
    #[error("{}, line at byte {offset}: {problem}; `flags audit verify` tells more", place.display())]
    BadLine {
        /// The segment.
        place: PathBuf,
        /// The number of bytes before the line.
        offset: u64,
        /// What is wrong with the line.
        problem: EntryProblem,
    },
    /// What is to be recorded is longer than an entry may be.
    #[error(
        "an entry of {bytes} bytes is too long for the audit log, which takes {MAX_LINE_BYTES}; nothing was recorded"
    )]
    TooLong {
        /// How long the line would be.
        bytes: usize,
    },
    /// The oldest segment there is goes on from one that is not there, and has no entry that could be gone on from.
    #[error(
        "the audit log cannot go on: {} is the oldest segment there is, holds no entry, and was the successor of another; \
         put its content back from a copy, or move the folder away to begin a new log",
        path.display()
    )]
    NothingToGoOnFrom {
        /// The segment.
        path: PathBuf,
    },
    /// The chain does not hold.
    #[error("the audit log in {} is not as it was written: {broken}", place.display())]
    Broken {
        /// The folder.
        place: PathBuf,
        /// The first place that is not as it was written.
        broken: Box<Broken>,
    },
    /// The entries from which the controls could be made again are not there any more.
    #[error(
        "the audit log in {} does not go back far enough to make the controls again; put its older segments back beside \
         the newer ones",
        place.display()
    )]
    NoCheckpoint {
        /// The folder.
        place: PathBuf,
    },
}

impl AuditError {
    /// Whether the cause is that there is no room left, so that it may work once there is.
    #[must_use]
    pub fn is_storage_full(&self) -> bool {
        matches!(self, Self::Io { kind: io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded, .. })
    }

    /// What an error of the operating system at that path means.
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Io { doing, path, kind: error.kind(), message: error.to_string().into() }
    }
}
