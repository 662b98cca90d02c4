//! What keeps a controller from its work, for the people on duty.

use std::path::PathBuf;

use thiserror::Error;

use super::{JournalError, PortError};

/// Something that keeps a controller from its work. Told at once, and again at growing intervals while it lasts.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Incident {
    /// The journal cannot be read or written. Nothing is done that is not journalled.
    #[error(
        "{error}. Nothing is done with this rollout until then: if its flag has to be taken back now, kill it, or set its \
         percentage by hand"
    )]
    Journal {
        /// What is wrong.
        error: JournalError,
    },
    /// A line was being written when a program ended, and has been cut off. What it told of was never acted on.
    #[error("{}: the last line was cut short when a program ended ({bytes} bytes), and has been removed; nothing was lost that was acted on", .path.display())]
    TornLine {
        /// The journal.
        path: PathBuf,
        /// How long it was.
        bytes: u64,
    },
    /// A change of the controls was refused, or could not be kept. It is tried again.
    #[error("the flag's controls cannot be changed: {error}")]
    Refused {
        /// Why.
        error: PortError,
    },
    /// The controls cannot be read back, so nobody knows what is in force. It is tried again.
    #[error("the flag's controls cannot be read back: {error}")]
    Unreadable {
        /// Why.
        error: PortError,
    },
    /// A look has panicked. It is tried again.
    #[error("a look at the rollouts has panicked, and is tried again: {message}")]
    Panicked {
        /// What it said.
        message: Box<str>,
    },
    /// Its date has come, and it takes two people to start it.
    #[error("its date has come, and the flag is protected: two people have to start it")]
    NeedsPeople,
    /// More flags want to be rolled back at once than is likely to be the fault of each.
    #[error(
        "more than {flags} flags want to be rolled back at once, as it is when something they share is broken: no rollout \
         advances, and only those that are worse than their control group are rolled back"
    )]
    StormBegan {
        /// As many may want it without being a storm.
        flags: usize,
    },
    /// The storm is over.
    #[error("the storm of rollbacks is over: rollouts go on")]
    StormOver,
}

impl Incident {
    /// Whether it is of the same kind as another, so that one who has been told of it knows.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}
