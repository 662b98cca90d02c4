//! Events in memory: for tests, and for programs whose experiments may end with them.

use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    sync::{Mutex, MutexGuard, PoisonError},
};

use flags_core::Timestamp;

use super::{EventStore, Query, StoreError, UnitEvents};
use crate::{Event, Name, Occurrence};

/// Keeps events in memory, up to a limit. They are gone with the store.
///
/// ```
/// use std::ops::ControlFlow;
///
/// use flags_ab::{Event, EventKind, store::{EventStore, MemoryStore, Query}};
/// use flags_core::Timestamp;
///
/// let store = MemoryStore::new();
/// let at = Timestamp::from_millis(1_795_000_000_000);
/// let kind = EventKind::Tracked { event: "purchase".into(), value: 5.0 };
/// store.append(&[Event { at, unit_kind: "".into(), unit: "user-42".into(), kind }])?;
///
/// let mut units = 0;
/// store.scan(&Query::tracked().event("purchase"), &mut |_| {
///     units += 1;
///     ControlFlow::Continue(())
/// })?;
/// assert_eq!(units, 1);
/// # Ok::<(), flags_ab::store::StoreError>(())
/// ```
#[derive(Debug)]
pub struct MemoryStore {
    kept: Mutex<Kept>,
    limit: usize,
}

#[derive(Debug, Default)]
struct Kept {
    by_unit: BTreeMap<(Name, Box<str>), Vec<Occurrence>>,
    events: usize,
}

impl MemoryStore {
    /// How many events a store keeps if nothing else is said.
    pub const DEFAULT_LIMIT: usize = 1_000_000;

    /// An empty store that keeps up to [`DEFAULT_LIMIT`](Self::DEFAULT_LIMIT) events.
    #[must_use]
    pub fn new() -> Self {
        Self::with_limit(Self::DEFAULT_LIMIT)
    }

    /// An empty store that keeps up to `limit` events and refuses batches that go beyond.
    #[must_use]
    pub fn with_limit(limit: usize) -> Self {
        Self { kept: Mutex::default(), limit }
    }

    /// How many events it keeps.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().events
    }

    /// Whether it keeps none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        // A visitor that panicked has changed nothing.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl EventStore for MemoryStore {
    fn append(&self, batch: &[Event]) -> Result<(), StoreError> {
        let mut kept = self.lock();
        if batch.len() > self.limit.saturating_sub(kept.events) {
            return Err(StoreError::Full { events: batch.len(), limit: self.limit });
        }
        for event in batch {
            let of_unit = kept.by_unit.entry((event.unit_kind.clone(), event.unit.clone())).or_default();
            let after = of_unit.partition_point(|other| other.at <= event.at);
            of_unit.insert(after, Occurrence { at: event.at, kind: event.kind.clone() });
        }
        kept.events += batch.len();
        Ok(())
    }

    /// The store is locked for as long as this takes, so a visitor must not append to it.
    fn scan(&self, query: &Query, visit: &mut dyn FnMut(UnitEvents<'_>) -> ControlFlow<()>) -> Result<(), StoreError> {
        let mut wanted = vec![];
        for ((unit_kind, unit), events) in &self.lock().by_unit {
            wanted.clear();
            wanted.extend(events.iter().filter(|event| query.wants(event.at, &event.kind)).cloned());
            if query.wants_unit(&wanted) && visit(UnitEvents { unit_kind, unit, events: &wanted }).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn prune(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut kept = self.lock();
        let former = kept.events;
        kept.by_unit.retain(|_, events| {
            events.retain(|event| event.at >= before);
            !events.is_empty()
        });
        kept.events = kept.by_unit.values().map(Vec::len).sum();
        Ok((former - kept.events) as u64)
    }
}
