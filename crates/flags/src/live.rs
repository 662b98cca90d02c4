//! The snapshot in force, and how a thread reads it.
//!
//! Every thread keeps the snapshot it last used together with its version, and compares the version before it uses it
//! again: one load of a line that is only written by a change. So readers on many threads share nothing that is written.
//! The price: a thread that has evaluated keeps that snapshot in memory until it evaluates again or ends.

use std::{
    cell::RefCell,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::{
    FlagValue,
    metering::{Counts, Meter, Tally},
    observers::Observers,
    recording::Exposures,
    rollouts::Watch,
    testing,
};
use arc_swap::{ArcSwap, Guard};

use flags_core::{Attributes, Clock, Decision, FlagId, FlagSet, Outcome};

/// A clock that may be shared by threads.
pub(crate) type SharedClock = Arc<dyn Clock + Send + Sync>;

/// One state of a client: the compiled set and what belongs to it.
pub(crate) struct Live {
    pub(crate) set: FlagSet,
    pub(crate) revision: u64,
    /// Tells this state apart from every other of the process; never used twice.
    pub(crate) stamp: u64,
    pub(crate) clock: SharedClock,
    pub(crate) observers: Observers,
    pub(crate) cache_ttl: Duration,
    /// Counts the evaluations of this set.
    pub(crate) meter: Meter,
    /// Records which units meet the arms of its experiments.
    pub(crate) exposures: Exposures,
    /// What its measured runs are watched for.
    pub(crate) watch: Watch,
}

impl Live {
    /// Evaluates a flag, counts that, tells the observers and records exposures.
    #[inline]
    pub(crate) fn decide<C: Attributes>(&self, key: &str, context: &C, tally: &impl Tally) -> Outcome {
        self.decide_by(key, context, &*self.clock, tally)
    }

    /// The same by another clock.
    #[inline]
    pub(crate) fn decide_by<C: Attributes, N: Clock + ?Sized>(
        &self,
        key: &str,
        context: &C,
        clock: &N,
        tally: &impl Tally,
    ) -> Outcome {
        let outcome = self.ask_by(key, context, clock, tally);
        self.expose(context, outcome, clock);
        outcome
    }

    /// Evaluates a flag, counts that and tells the observers. Exposures are for the caller to record.
    #[inline]
    pub(crate) fn ask<C: Attributes>(&self, key: &str, context: &C, tally: &impl Tally) -> Outcome {
        self.ask_by(key, context, &*self.clock, tally)
    }

    /// The same by another clock.
    #[inline]
    pub(crate) fn ask_by<C: Attributes, N: Clock + ?Sized>(
        &self,
        key: &str,
        context: &C,
        clock: &N,
        tally: &impl Tally,
    ) -> Outcome {
        let begun = tally.begin();
        let outcome = match self.set.find(key) {
            Some(flag) => self.set.decide(flag, context, clock),
            None => Outcome::NOT_FOUND,
        };
        tally.finish(begun, outcome, &self.set, context);
        self.observe(|| key, context, outcome);
        outcome
    }

    /// Evaluates a flag by its place, counts that, tells the observers and records exposures.
    #[inline]
    pub(crate) fn decide_id<'k, C: Attributes>(
        &self,
        key: impl FnOnce() -> &'k str,
        flag: FlagId,
        context: &C,
        tally: &impl Tally,
    ) -> Outcome {
        let outcome = self.ask_id(key, flag, context, tally);
        self.expose(context, outcome, &*self.clock);
        outcome
    }

    /// Evaluates a flag by its place, counts that and tells the observers. Exposures are for the caller to record.
    #[inline]
    pub(crate) fn ask_id<'k, C: Attributes>(
        &self,
        key: impl FnOnce() -> &'k str,
        flag: FlagId,
        context: &C,
        tally: &impl Tally,
    ) -> Outcome {
        let begun = tally.begin();
        let outcome = self.set.decide(flag, context, &*self.clock);
        tally.finish(begun, outcome, &self.set, context);
        self.observe(key, context, outcome);
        outcome
    }

    /// Records the exposures there were on the way to an outcome, if there is anything to record. `clock` is the evaluation's.
    #[inline]
    pub(crate) fn expose<C: Attributes, N: Clock + ?Sized>(&self, context: &C, outcome: Outcome, clock: &N) {
        if self.exposures.concern(outcome) {
            self.exposures.meet(&self.set, &*self.clock, context, outcome, clock);
        }
    }

    /// The value of an outcome, if it is of the type that is asked for; records exposures unless it is of another type, since
    /// what is served then is the caller's default.
    #[inline]
    pub(crate) fn serve<T: FlagValue, C: Attributes>(
        &self,
        context: &C,
        outcome: Outcome,
        tally: &impl Tally,
    ) -> Option<T> {
        let Some(value) = self.set.decision(outcome).value() else {
            self.expose(context, outcome, &*self.clock);
            return None;
        };
        let read = T::from_value(value);
        match read {
            Some(_) => self.expose(context, outcome, &*self.clock),
            None => tally.type_mismatch(outcome.flag()),
        }
        read
    }

    /// The value of an outcome, if it is of the type that is asked for. For requests, which decide a flag once, whatever types
    /// are asked for after that.
    #[cfg(feature = "tower")]
    #[inline]
    pub(crate) fn value<T: FlagValue>(&self, outcome: Outcome, tally: &impl Tally) -> Option<T> {
        let value = self.set.decision(outcome).value()?;
        let read = T::from_value(value);
        if read.is_none() {
            tally.type_mismatch(outcome.flag());
        }
        read
    }

    /// Tells the observers, if there are any.
    #[inline]
    pub(crate) fn observe<'k, C: Attributes>(&self, key: impl FnOnce() -> &'k str, context: &C, outcome: Outcome) {
        if !self.observers.is_empty() {
            self.tell(key(), context, &self.set.decision(outcome));
        }
    }

    #[cold]
    fn tell(&self, key: &str, context: &dyn Attributes, decision: &Decision<'_>) {
        self.observers.tell(self, key, context, decision);
    }
}

/// Where the snapshot in force is kept.
pub(crate) struct Current {
    /// Tells clients apart in the threads' caches; never used twice.
    id: u64,
    /// Even, and another after every change; odd while a change is under way.
    version: AtomicU64,
    live: ArcSwap<Live>,
}

/// What a thread keeps.
struct Kept {
    client: u64,
    version: u64,
    live: Option<Arc<Live>>,
    /// What evaluations against it are counted with.
    counts: Counts,
}

thread_local! {
    static KEPT: RefCell<Kept> = const { RefCell::new(Kept { client: 0, version: 0, live: None, counts: Counts::NONE }) };
}

static NEXT_CLIENT: AtomicU64 = AtomicU64::new(1);
static NEXT_STAMP: AtomicU64 = AtomicU64::new(1);

/// A stamp for a new state.
pub(crate) fn new_stamp() -> u64 {
    NEXT_STAMP.fetch_add(1, Ordering::Relaxed)
}

impl Current {
    pub(crate) fn new(live: Live) -> Self {
        Self {
            id: NEXT_CLIENT.fetch_add(1, Ordering::Relaxed),
            version: AtomicU64::new(2),
            live: ArcSwap::from_pointee(live),
        }
    }

    /// Tells the client apart from every other of the process.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// The number of the state in force; odd while it is being replaced.
    #[inline]
    pub(crate) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// Puts another state in force and returns the former one.
    ///
    /// Callers hold the lock of whoever changes things, so there is one at a time.
    pub(crate) fn store(&self, live: Live) -> Arc<Live> {
        // Odd while a change is under way: no thread keeps or uses what it has kept then. So whoever has seen the new state
        // through a snapshot never gets the former one from its thread afterwards.
        self.version.fetch_add(1, Ordering::AcqRel);
        let former = self.live.swap(Arc::new(live));
        self.version.fetch_add(1, Ordering::AcqRel);
        former
    }

    /// The state in force, to be kept for a moment.
    #[inline]
    pub(crate) fn guard(&self) -> Guard<Arc<Live>> {
        match testing::forced(self) {
            Some(live) => Guard::from_inner(live),
            None => self.live.load(),
        }
    }

    /// The state in force, to be kept as long as one likes.
    pub(crate) fn full(&self) -> Arc<Live> {
        testing::forced(self).unwrap_or_else(|| self.unforced())
    }

    /// The state in force, whatever a test forces.
    pub(crate) fn unforced(&self) -> Arc<Live> {
        self.live.load_full()
    }

    /// Reads the state in force, and lends what evaluations against it are counted with.
    #[inline]
    pub(crate) fn with<R>(&self, read: impl FnOnce(&Live, &Counts) -> R) -> R {
        if let Some(live) = testing::forced(self) {
            return read(&live, &Counts::NONE);
        }
        let mut read = Some(read);
        let version = self.version();
        let kept = KEPT.try_with(|kept| {
            let kept = kept.try_borrow().ok()?;
            let live = kept.live.as_deref().filter(|_| kept.version == version && kept.client == self.id)?;
            read.take().map(|read| read(live, &kept.counts))
        });
        match (kept, read) {
            (Ok(Some(result)), _) => result,
            (_, read) => {
                self.with_renewed(version, read.expect("because a closure that was taken has given its result"))
            }
        }
    }

    #[cold]
    fn with_renewed<R>(&self, version: u64, read: impl FnOnce(&Live, &Counts) -> R) -> R {
        let live = self.unforced();
        let counts = live.meter.attach();
        let result = read(&live, &counts);
        if version % 2 == 1 {
            return result;
        }
        // Not renewed while an evaluation of this thread is under way (a predicate that evaluates) or the thread ends.
        let former = KEPT.try_with(|kept| {
            let mut kept = kept.try_borrow_mut().ok()?;
            Some(std::mem::replace(&mut *kept, Kept { client: self.id, version, live: Some(live), counts }))
        });
        drop(former);
        result
    }
}
