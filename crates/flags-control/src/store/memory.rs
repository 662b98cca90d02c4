//! A state that is gone with the program, for programs without a state folder and for tests.

use std::sync::{Arc, Mutex, PoisonError};

use super::{ControlStore, StoreError};
use crate::{
    ControlState, Revision, Urgency,
    audit::{AuditLog, Draft},
};

/// Keeps the state, and an audit log, in memory.
#[derive(Debug)]
pub struct MemoryStore {
    state: Mutex<Arc<ControlState>>,
    log: AuditLog,
}

impl MemoryStore {
    /// A keeper of a state without controls.
    #[must_use]
    pub fn new() -> Self {
        Self { state: Mutex::default(), log: AuditLog::in_memory() }
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl ControlStore for MemoryStore {
    fn read(&self) -> Result<Arc<ControlState>, StoreError> {
        Ok(Arc::clone(&self.state.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    fn replace(&self, expected: Revision, next: &ControlState, _: Urgency) -> Result<(), StoreError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let found = state.revision();
        if found != expected {
            return Err(StoreError::Conflict { expected, found });
        }
        // There is nothing to be interrupted by here, so the entry goes first: a state is not there without it.
        self.log.append(next.outbox().map_or(&[][..], std::slice::from_ref), &|| next.to_checkpoint())?;
        *state = Arc::new(next.clone());
        Ok(())
    }

    fn record(&self, drafts: &[Draft]) -> Result<(), StoreError> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.log.append(drafts, &|| state.to_checkpoint())?;
        Ok(())
    }

    fn settle(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn audit(&self) -> Option<&AuditLog> {
        Some(&self.log)
    }
}
