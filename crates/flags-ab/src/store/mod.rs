//! Where events are kept, and how they are read again: unit by unit.

mod error;
mod memory;
mod query;
mod segments;

use std::{ops::ControlFlow, sync::Arc};

use flags_core::Timestamp;

pub use self::{
    error::StoreError,
    memory::MemoryStore,
    query::{Query, UnitEvents},
    segments::{Durability, SegmentOptions, SegmentStatus, SegmentStore},
};
use crate::Event;

/// Keeps events, and gives them back unit by unit.
///
/// Analysis is a pass over units, each with everything that it did, so that memory does not grow with the number of units.
/// Several threads may call it at once.
pub trait EventStore: Send + Sync {
    /// Keeps a batch, all of it or nothing. When this returns `Ok`, the batch is as durable as the store says of itself.
    ///
    /// # Errors
    ///
    /// If the batch is not kept: no room, a folder that is gone. The caller may try again with the same batch.
    fn append(&self, batch: &[Event]) -> Result<(), StoreError>;

    /// Calls `visit` once for each unit of which the query wants anything, in the order of unit kind and unit, with its events in
    /// the order of time; events of one instant stand in the order in which they were appended. `Break` ends the scan.
    ///
    /// What is appended during a scan may be missing from it.
    ///
    /// # Errors
    ///
    /// If the events cannot be read. Units that were visited before were visited with all their events.
    fn scan(&self, query: &Query, visit: &mut dyn FnMut(UnitEvents<'_>) -> ControlFlow<()>) -> Result<(), StoreError>;

    /// Forgets events from before an instant, and says how many. A store may keep some that are older for a while.
    ///
    /// # Errors
    ///
    /// If they cannot be removed; then some may be gone.
    fn prune(&self, before: Timestamp) -> Result<u64, StoreError>;
}

/// A store that several hold.
impl<S: EventStore + ?Sized> EventStore for Arc<S> {
    fn append(&self, batch: &[Event]) -> Result<(), StoreError> {
        S::append(self, batch)
    }

    fn scan(&self, query: &Query, visit: &mut dyn FnMut(UnitEvents<'_>) -> ControlFlow<()>) -> Result<(), StoreError> {
        S::scan(self, query, visit)
    }

    fn prune(&self, before: Timestamp) -> Result<u64, StoreError> {
        S::prune(self, before)
    }
}
