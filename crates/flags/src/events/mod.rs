//! Changes of flags and experiments, told to whoever has subscribed, in order, on a thread of their own.
//!
//! A change has taken effect before anybody hears of it. A slow subscriber holds up the others and nothing else: while it
//! is busy, further changes are gathered, and beyond some number they are merged into one.

mod backlog;
mod stream;
mod subscribers;

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, Once, PoisonError},
    thread,
};

use flags_core::{ChangeKind, ExperimentChange, FlagChange, Timestamp};

use self::{backlog::Backlog, subscribers::Subscribers};
pub use self::{
    stream::{Changes, ChangesIter},
    subscribers::Subscription,
};

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
    /// The flags that differ, in the order of their keys; empty where only experiments do.
    pub changes: Vec<Change>,
    /// The experiments that differ, in the order of their keys; empty where only flags do. A flag whose decisions an
    /// experiment changes is among the flags as well.
    pub experiments: Vec<Change>,
}

/// One flag or experiment that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The key.
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
    /// A control was set, taken back, or has expired.
    Control,
}

impl ChangeSet {
    /// Whether nothing differs.
    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.experiments.is_empty()
    }

    /// The changes of some flags; `None` where nothing is left.
    pub(crate) fn only(&self, wanted: impl Fn(&str) -> bool) -> Option<Self> {
        let changes: Vec<Change> = self.changes.iter().filter(|change| wanted(&change.key)).cloned().collect();
        (!changes.is_empty()).then_some(Self { changes, experiments: vec![], ..*self })
    }
}

impl ChangeSource {
    /// Its name, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Runtime => "runtime",
            Self::Control => "control",
        }
    }
}

impl From<&FlagChange<'_>> for Change {
    fn from(change: &FlagChange<'_>) -> Self {
        Self { key: change.key.into(), kind: change.kind }
    }
}

impl From<&ExperimentChange<'_>> for Change {
    fn from(change: &ExperimentChange<'_>) -> Self {
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
    backlog: Backlog,
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
        self.shared.lock().backlog.push(changes);
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
                match queue.backlog.pop() {
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
