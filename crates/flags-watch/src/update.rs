//! What the watcher tells its user: a new value, a failure, or that all is well again.

use std::{error::Error, fmt, sync::Arc, time::SystemTime};

use crate::{ContentHash, Documents, ReadError};

/// A value that was made of new content.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Loaded<T> {
    /// The value.
    pub value: T,
    /// Counts accepted contents from 1, in order, without repetition.
    pub revision: u64,
    /// The hash of the content.
    pub hash: ContentHash,
    /// When the content was read.
    pub loaded_at: SystemTime,
    /// What the value was made of.
    pub documents: Documents,
}

/// Something the watcher's user has to know. The [`Status`](crate::Status) says the same already when it is told.
#[derive(Debug)]
#[non_exhaustive]
pub enum Update<T, E> {
    /// There is a new value; put it in force.
    Loaded(Loaded<T>),
    /// The files have changed into something that is not acceptable, or are gone. The value in force stays.
    ///
    /// Reported once for each different content or reason, not at every poll.
    Failed(Arc<Failure<E>>),
    /// After a failure the files are again what the value in force was made of.
    Restored,
}

/// Why content did not become a value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure<E> {
    /// It could not be read.
    Unreadable(ReadError),
    /// The loader refused it.
    Rejected(E),
    /// The loader, or the function that was to publish the value, panicked with this message.
    Panicked {
        /// The message of the panic, or a note that it had none.
        message: Box<str>,
    },
}

impl<E: fmt::Display> fmt::Display for Failure<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => error.fmt(f),
            Self::Rejected(error) => error.fmt(f),
            Self::Panicked { message } => {
                write!(f, "the program panicked over this content, which is a defect of the program: {message}")
            }
        }
    }
}

impl<E: Error + 'static> Error for Failure<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unreadable(error) => error.source(),
            Self::Rejected(error) => error.source(),
            Self::Panicked { .. } => None,
        }
    }
}
