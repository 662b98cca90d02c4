//! How the watching goes, readable at any time from any thread.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use crate::{Caveat, ContentHash, Failure};

/// How the watching goes. Cheap to clone.
#[derive(Debug)]
#[non_exhaustive]
pub struct Status<E> {
    /// The revision of the value in force; 0 if there never was one.
    pub revision: u64,
    /// The hash of the content the value in force was made of.
    pub hash: Option<ContentHash>,
    /// When that content was read.
    pub loaded_at: Option<SystemTime>,
    /// When the files were last looked at, whatever the outcome.
    pub last_checked_at: SystemTime,
    /// Since when the value in force is known not to be what the files say; `None` while all is well.
    pub stale_since: Option<SystemTime>,
    /// The last failure, kept after it was repaired: it is in force only while `stale_since` says so.
    pub last_error: Option<LastError<E>>,
    /// How changes are noticed.
    pub mode: Mode,
    /// Circumstances under which changes may go unnoticed, or be noticed late.
    pub caveats: Arc<[Caveat]>,
    /// How many contents were accepted.
    pub loads_ok: u64,
    /// How many times content could not be read or was refused.
    pub loads_failed: u64,
    /// Whether the watcher's thread lives.
    pub running: bool,
}

// Not derived, because the error need not be `Clone`: it is shared.
impl<E> Clone for Status<E> {
    fn clone(&self) -> Self {
        Self {
            last_error: self.last_error.clone(),
            mode: self.mode.clone(),
            caveats: Arc::clone(&self.caveats),
            ..*self
        }
    }
}

impl<E> Status<E> {
    /// Whether the value in force is known not to be what the files say.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.stale_since.is_some()
    }
}

/// A failure and its moment.
#[derive(Debug)]
pub struct LastError<E> {
    /// When it was noticed.
    pub at: SystemTime,
    /// What it was.
    pub failure: Arc<Failure<E>>,
}

impl<E> Clone for LastError<E> {
    fn clone(&self) -> Self {
        Self { at: self.at, failure: Arc::clone(&self.failure) }
    }
}

/// How changes are noticed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mode {
    /// By directory events, within milliseconds, and by polling.
    Events,
    /// By polling, for this reason.
    Polling(PollReason),
}

/// Why changes are noticed by polling only.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PollReason {
    /// The options ask for it, or this crate was built without events.
    Asked,
    /// Events are not to be had, or not for all directories, for example because a limit is reached; tried again every
    /// time the files are read.
    Unavailable {
        /// What the operating system said.
        message: Arc<str>,
    },
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Events => f.write_str("events"),
            Self::Polling(PollReason::Asked) => f.write_str("polling"),
            Self::Polling(PollReason::Unavailable { message }) => {
                write!(f, "polling, because events are not available: {message}")
            }
        }
    }
}

/// Reads a watcher's status; outlives the watcher. Cheap to clone.
#[derive(Debug)]
pub struct StatusHandle<E>(Arc<Mutex<Status<E>>>);

impl<E> Clone for StatusHandle<E> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<E> StatusHandle<E> {
    pub(crate) fn new(status: Status<E>) -> Self {
        Self(Arc::new(Mutex::new(status)))
    }

    /// The status as it is now.
    #[must_use]
    pub fn read(&self) -> Status<E> {
        self.lock().clone()
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Status<E>> {
        // Nothing that can panic runs under this lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
