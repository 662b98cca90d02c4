//! What is shared by those who record and the thread that appends: the queue, its bound, and the counts.
//!
//! The queue has no lock. Nobody waits for room: what finds none is dropped and counted, and an exposure that was dropped is
//! forgotten, so that the unit's next one is recorded in its place.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
        mpsc::Sender,
    },
    thread::Thread,
    time::Duration,
};

use flags_ab::{
    Event, EventKind, Exposure, Name,
    record::{ExposureKey, FirstExposures},
};
use flags_core::{AttributeName, Attributes, Timestamp, ValueRef};
use foldhash::fast::RandomState;

use super::{names::ArmNames, status::Dropped};

/// The longest unit that is recorded, in bytes: units come from outside, and the queue is bounded by their number.
const LONGEST_UNIT: usize = 1024;
/// The longest text of a dimension, in bytes.
const LONGEST_DIMENSION: usize = 128;
/// How many events may be tracked that no metric names.
const MOST_UNPLANNED: usize = 256;
/// How many arms, and how many events, are counted apart.
const MOST_COUNTED: usize = 1_000;

/// What the recorder's thread shares with everybody who records.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) first: FirstExposures,
    dimensions: Box<[(AttributeName, Name)]>,
    queue: Sender<Item>,
    /// How many wait in the queue. It is raised before an event is in and lowered after one is out; threads that record at once
    /// may raise it above the capacity, each by one.
    waiting: AtomicUsize,
    capacity: usize,
    /// So many wake the thread at once.
    many: usize,
    pub(super) thread: OnceLock<Thread>,
    is_closed: AtomicBool,
    dropped: [AtomicU64; Dropped::ALL.len()],
    unplanned: Mutex<HashMap<Box<str>, Name, RandomState>>,
    pub(super) counts: Mutex<Counts>,
    calls: Mutex<Calls>,
    answered: Condvar,
}

/// Something to record. What all exposures to an arm have in common is shared, and put into the event by the thread.
#[derive(Debug)]
pub(super) enum Item {
    Exposure {
        at: Timestamp,
        key: ExposureKey,
        arm: Arc<ArmNames>,
        unit: Box<str>,
        dimensions: Box<[(Name, Box<str>)]>,
    },
    Tracked {
        at: Timestamp,
        event: Name,
        unit_kind: Name,
        unit: Box<str>,
        value: f64,
    },
}

/// What was kept so far.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// By experiment and arm.
    pub(super) exposures: BTreeMap<(Name, Name), u64>,
    pub(super) events: BTreeMap<Name, u64>,
    pub(super) failures: u32,
    pub(super) last_error: Option<String>,
}

/// Who waits for an answer of the thread.
#[derive(Debug, Default)]
struct Calls {
    asked: u64,
    answered: u64,
    is_stopped: bool,
}

impl Shared {
    pub(super) fn new(
        queue: Sender<Item>,
        first: FirstExposures,
        dimensions: &[AttributeName],
        limits: Limits,
    ) -> Self {
        Self {
            first,
            dimensions: dimensions.iter().map(|name| (name.clone(), Name::from(name.as_str()))).collect(),
            queue,
            waiting: AtomicUsize::new(0),
            capacity: limits.queue,
            many: limits.batch.min(limits.queue / 2).max(1),
            thread: OnceLock::new(),
            is_closed: AtomicBool::new(false),
            dropped: Default::default(),
            unplanned: Mutex::default(),
            counts: Mutex::default(),
            calls: Mutex::default(),
            answered: Condvar::new(),
        }
    }

    /// Records that a unit met an arm, unless that is known.
    pub(super) fn expose(
        &self,
        arm: &Arc<ArmNames>,
        unit: &str,
        context: &dyn Attributes,
        now: impl FnOnce() -> Timestamp,
    ) {
        let Some(seed) = arm.seed else { return };
        let key = self.first.key(seed, unit);
        if !self.first.insert(key) {
            return;
        }
        let dimensions = self.dimensions(context);
        let item = || Item::Exposure { at: now(), key, arm: Arc::clone(arm), unit: unit.into(), dimensions };
        if !self.push(unit, item) {
            self.first.forget(key);
        }
    }

    /// Records something that a unit did.
    pub(super) fn track(&self, at: Timestamp, event: &Name, unit_kind: &Name, unit: &str, value: f64) {
        let names = || (Name::clone(event), Name::clone(unit_kind));
        self.push(unit, || {
            let (event, unit_kind) = names();
            Item::Tracked { at, event, unit_kind, unit: unit.into(), value }
        });
    }

    /// The name of an event that no metric names: a funnel may. `None` if there are too many of them.
    pub(super) fn unplanned(&self, event: &str) -> Option<Name> {
        let mut known = self.unplanned.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(name) = known.get(event) {
            return Some(Name::clone(name));
        }
        if known.len() >= MOST_UNPLANNED || event.len() > LONGEST_DIMENSION {
            drop(known);
            self.refuse(Dropped::TooManyNames);
            return None;
        }
        let name = Name::from(event);
        known.insert(event.into(), Name::clone(&name));
        drop(known);
        tracing::warn!(event, "no metric of an experiment names this event; it is kept all the same");
        Some(name)
    }

    /// Counts what is not recorded.
    #[cold]
    pub(super) fn refuse(&self, why: Dropped) {
        self.drop_many(why, 1);
    }

    pub(super) fn drop_many(&self, why: Dropped, events: usize) {
        self.dropped[why.place()].fetch_add(events as u64, Ordering::Relaxed);
    }

    pub(super) fn dropped(&self, why: Dropped) -> u64 {
        self.dropped[why.place()].load(Ordering::Relaxed)
    }

    fn push(&self, unit: &str, item: impl FnOnce() -> Item) -> bool {
        if unit.len() > LONGEST_UNIT {
            self.refuse(Dropped::UnitTooLong);
            return false;
        }
        if self.is_closed.load(Ordering::Relaxed) {
            self.refuse(Dropped::Closed);
            return false;
        }
        if self.waiting.load(Ordering::Relaxed) >= self.capacity {
            self.refuse(Dropped::QueueFull);
            return false;
        }
        let item = item();
        let before = self.waiting.fetch_add(1, Ordering::AcqRel);
        if self.queue.send(item).is_err() {
            self.refuse(Dropped::Closed);
            return false;
        }
        // The first of many starts the thread's interval; the others need not wake it, until there is a batch of them.
        if before == 0 || before + 1 == self.many {
            self.wake();
        }
        true
    }

    fn dimensions(&self, context: &dyn Attributes) -> Box<[(Name, Box<str>)]> {
        let read = |(attribute, name): &(AttributeName, Name)| {
            let text: Box<str> = match context.attribute(attribute)? {
                ValueRef::String(text) => cut(text).into(),
                ValueRef::Integer(number) => number.to_string().into(),
                ValueRef::Float(number) => number.to_string().into(),
                ValueRef::Boolean(value) => if value { "true" } else { "false" }.into(),
                _ => return None,
            };
            Some((Name::clone(name), text))
        };
        // Most contexts have all of them, and then this is the only allocation for the list.
        let mut dimensions = Vec::with_capacity(self.dimensions.len());
        dimensions.extend(self.dimensions.iter().filter_map(read));
        dimensions.into()
    }

    pub(super) fn wake(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }

    /// How many wait in the queue.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Acquire)
    }

    /// So many were taken out of the queue.
    pub(super) fn taken(&self, events: usize) {
        self.waiting.fetch_sub(events, Ordering::AcqRel);
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    /// Waits until everything that was recorded before is kept, but no longer than `patience`; whether it is.
    pub(super) fn flush(&self, patience: Duration) -> bool {
        let mut calls = self.calls();
        calls.asked += 1;
        let asked = calls.asked;
        self.wake();
        let waits = |calls: &mut Calls| calls.answered < asked && !calls.is_stopped;
        let waited = self.answered.wait_timeout_while(calls, patience, waits);
        waited.unwrap_or_else(PoisonError::into_inner).0.answered >= asked
    }

    /// The last call that is not answered yet.
    pub(super) fn open_call(&self) -> Option<u64> {
        let calls = self.calls();
        (calls.answered < calls.asked).then_some(calls.asked)
    }

    pub(super) fn answer(&self, call: u64) {
        self.calls().answered = call;
        self.answered.notify_all();
    }

    /// Takes nothing more.
    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
    }

    /// Ends the thread, whatever still waits.
    pub(super) fn stop(&self) {
        self.calls().is_stopped = true;
        self.answered.notify_all();
        self.wake();
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.calls().is_stopped
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How much room the queue has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) queue: usize,
    pub(super) batch: usize,
}

impl Item {
    /// The event, and what it is known by if it is an exposure.
    pub(super) fn into_event(self) -> (Event, Option<ExposureKey>) {
        match self {
            Self::Exposure { at, key, arm, unit, dimensions } => {
                let exposure = Exposure {
                    experiment: Name::clone(&arm.experiment),
                    arm: Name::clone(&arm.arm),
                    split: Name::clone(&arm.split),
                    dimensions,
                };
                let unit_kind = Name::clone(&arm.unit_kind);
                (Event { at, unit_kind, unit, kind: EventKind::Exposure(exposure) }, Some(key))
            }
            Self::Tracked { at, event, unit_kind, unit, value } => {
                (Event { at, unit_kind, unit, kind: EventKind::Tracked { event, value } }, None)
            }
        }
    }
}

impl Counts {
    /// Counts events that were kept.
    pub(super) fn add(&mut self, events: &[Event]) {
        for event in events {
            match &event.kind {
                EventKind::Exposure(exposure) => {
                    let key = (Name::clone(&exposure.experiment), Name::clone(&exposure.arm));
                    add_one(&mut self.exposures, key, || (Name::from(OTHER), Name::from(OTHER)));
                }
                EventKind::Tracked { event, .. } => {
                    add_one(&mut self.events, Name::clone(event), || Name::from(OTHER));
                }
            }
        }
    }
}

/// What is counted together where there are too many names: no experiment and no event that definitions hold is called so.
const OTHER: &str = "__other__";

fn add_one<K: Ord>(counts: &mut BTreeMap<K, u64>, key: K, other: impl FnOnce() -> K) {
    if let Some(count) = counts.get_mut(&key) {
        *count += 1;
    } else {
        let key = if counts.len() < MOST_COUNTED { key } else { other() };
        *counts.entry(key).or_default() += 1;
    }
}

/// The beginning of a text, of whole characters.
fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST_DIMENSION)]
}
