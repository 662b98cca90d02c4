//! Where the state of the controls is kept: what a keeper has to promise, and the two that are here.

mod error;
pub(crate) mod local;
mod memory;

use std::{fmt::Debug, sync::Arc};

pub use self::{
    error::{FileDamage, StoreError},
    local::{
        DEFAULT_LOCK_WAIT, DEFAULT_RESERVE_BYTES, FolderLock, Incident, LocalOptions, LocalStore, LogCheck, check_log,
        replace_file,
    },
    memory::MemoryStore,
};
use crate::{
    ControlState, Revision, Urgency,
    audit::{AuditLog, Draft},
};

/// Keeps the state of the controls, and the audit log with it.
///
/// The two belong together because of one promise: whatever happens in between, no change is without its entry, and no
/// entry without its change. So a keeper takes the state with the entry it owes ([`ControlState::outbox`]), makes the
/// state last first, then the entry, and says yes only then. If it was interrupted, whoever comes next finds the state
/// with its outbox and appends the entry, once.
pub trait ControlStore: Debug + Send + Sync {
    /// The state as it is kept now. It waits for nobody.
    ///
    /// # Errors
    ///
    /// When it cannot be read; [`StoreError::Damaged`] when [`settle`](Self::settle) may help.
    fn read(&self) -> Result<Arc<ControlState>, StoreError>;

    /// Keeps `next` in place of the state of revision `expected`, and its entry with it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] when the state is of another revision by now, [`StoreError::NoRoom`] when there is no room;
    /// nothing has changed then. [`StoreError::EntryOwed`] says that the state has changed. After any other error, reading
    /// tells.
    fn replace(&self, expected: Revision, next: &ControlState, urgency: Urgency) -> Result<(), StoreError>;

    /// Records what is no change of controls.
    ///
    /// # Errors
    ///
    /// When it cannot be recorded.
    fn record(&self, drafts: &[Draft]) -> Result<(), StoreError>;

    /// Makes good what somebody else left: the entry that an interrupted change still owes, a state that is damaged.
    ///
    /// # Errors
    ///
    /// When it cannot be made good.
    fn settle(&self) -> Result<(), StoreError>;

    /// The audit log, to be asked; `None` if this keeper has none that can be read.
    fn audit(&self) -> Option<&AuditLog>;

    /// Mishaps that were found since this was last asked; for the program's own log.
    fn take_incidents(&self) -> Vec<Incident> {
        Vec::new()
    }
}
