//! Changes of flags, told to whoever has subscribed, in order, on a thread of their own.
//!
//! A change has taken effect before anybody hears of it. A slow subscriber holds up the others and nothing else: while it
//! is busy, further changes are gathered, and beyond [`MAX_PENDING`] they are merged into one.

mod subscribers;

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, Once, PoisonError},
    thread,
};

use flags_core::{ChangeKind, FlagChange, Timestamp};

use self::subscribers::Subscribers;
pub use self::subscribers::Subscription;

/// How many sets of changes may wait before the newest are merged.
const MAX_PENDING: usize = 256;

/// The changes that one new snapshot made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChangeSet {
    /// The revision of the new snapshot.
    pub revision: u64,
    /// When it took effect.
    pub at: Timestamp,
    /// Where it came from.
    pub source: ChangeSource,
    /// The flags that differ, in the order of their keys; never empty.
    pub changes: Vec<Change>,
}

/// One flag that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The flag's key.
    pub key: Box<str>,
    /// What became of it.
    pub kind: ChangeKind,
}

/// Where a change came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChangeSource {
    /// A file was saved.
    File,
    /// The program changed a flag itself.
    Runtime,
}

impl ChangeSource {
    /// Its name, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Runtime => "runtime",
        }
    }
}

impl From<&FlagChange<'_>> for Change {
    fn from(change: &FlagChange<'_>) -> Self {
        Self { key: change.key.into(), kind: change.kind }
    }
}

/// Takes changes and has them told.
pub(crate) struct Dispatcher {
    shared: Arc<Shared>,
    start: Once,
}

struct Shared {
    subscribers: Subscribers<ChangeSet>,
    queue: Mutex<Queue>,
    wake: Condvar,
}

#[derive(Default)]
struct Queue {
    pending: VecDeque<ChangeSet>,
    closed: bool,
}

impl Dispatcher {
    pub(crate) fn new() -> Self {
        let shared = Shared { subscribers: Subscribers::new(), queue: Mutex::default(), wake: Condvar::new() };
        Self { shared: Arc::new(shared), start: Once::new() }
    }

    pub(crate) fn subscribe(&self, call: impl Fn(&ChangeSet) + Send + Sync + 'static) -> Subscription {
        self.start.call_once(|| {
            let shared = Arc::clone(&self.shared);
            let thread = thread::Builder::new().name("flags-events".into()).spawn(move || shared.deliver());
            if let Err(error) = thread {
                tracing::error!(%error, "no thread for change events: subscribers will hear nothing");
            }
        });
        self.shared.subscribers.subscribe(call)
    }

    /// Has a set of changes told, if anybody listens.
    pub(crate) fn publish(&self, changes: ChangeSet) {
        if !self.start.is_completed() {
            return;
        }
        let mut queue = self.shared.lock();
        if queue.pending.len() < MAX_PENDING {
            queue.pending.push_back(changes);
        } else if let Some(newest) = queue.pending.back_mut() {
            newest.merge(changes);
        }
        self.shared.wake.notify_one();
    }
}

impl Drop for Dispatcher {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.wake.notify_one();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn deliver(&self) {
        loop {
            let mut queue = self.lock();
            let changes = loop {
                match queue.pending.pop_front() {
                    Some(changes) => break changes,
                    None if queue.closed => return,
                    None => queue = self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner),
                }
            };
            drop(queue);
            let delivery = self.subscribers.publish(&changes);
            if delivery.panicked > 0 {
                tracing::error!(panicked = delivery.panicked, "subscribers to flag changes panicked");
            }
        }
    }
}

impl ChangeSet {
    /// Adds later changes: of a flag in both, what became of it in the end.
    fn merge(&mut self, later: Self) {
        self.revision = later.revision;
        self.at = later.at;
        self.source = later.source;
        for change in later.changes {
            match self.changes.binary_search_by(|known| known.key.cmp(&change.key)) {
                Ok(at) => self.changes[at].kind = merged(self.changes[at].kind, change.kind),
                Err(at) => self.changes.insert(at, change),
            }
        }
    }
}

fn merged(first: ChangeKind, then: ChangeKind) -> ChangeKind {
    match (first, then) {
        (ChangeKind::Added, ChangeKind::Changed) => ChangeKind::Added,
        (ChangeKind::Removed, ChangeKind::Added) => ChangeKind::Changed,
        (_, then) => then,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_keeps_the_end_of_it() {
        let set = |revision, changes: &[(&str, ChangeKind)]| ChangeSet {
            revision,
            at: Timestamp::default(),
            source: ChangeSource::File,
            changes: changes.iter().map(|(key, kind)| Change { key: (*key).into(), kind: *kind }).collect(),
        };
        use ChangeKind::{Added, Changed, Removed};
        let mut first = set(1, &[("a", Added), ("b", Removed), ("d", Changed)]);
        first.merge(set(2, &[("a", Changed), ("b", Added), ("c", Added), ("d", Removed)]));
        assert_eq!(first, set(2, &[("a", Added), ("b", Changed), ("c", Added), ("d", Removed)]));
    }
}
