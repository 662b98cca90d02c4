//! A client bound to one context, with a memory of its own: for an actor, a connection, a job.
//!
//! Every flag has a slot (`slot.rs`) in a table that only grows (`table.rs`). A hit reads the version of the client's state,
//! the slot's numbers and the coarse clock; it takes no lock and writes nothing but the handle's own counter. After a change
//! of anything, an answer whose flag has the same fingerprint stands for the rest of its time.

mod slot;
mod words;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use flags_core::{AttributeName, Attributes, Context, Explanation, FlagView, Object, Outcome, Value, ValueRef};

use self::slot::{Kept, Slot};
use crate::{
    CacheStats, Evaluation, FlagValue, Flags,
    cache_stats::{self, Cache},
    clock::NotingClock,
    coarse,
    live::Live,
    metering::Counts,
    table::Table,
    testing,
};

/// How many flags a bound handle remembers the answers of; further ones are decided anew each time.
pub const MAX_BOUND_FLAGS: usize = 256;

/// A client bound to one context that remembers its answers; made by [`Flags::bind`].
///
/// An answer is good for `settings.cache_ttl` (five seconds unless the definitions or [`Builder::cache_ttl`] say otherwise),
/// and is dropped at once when its flag, or anything the flag depends on, changes; a change of another flag leaves it as it
/// is. What a schedule or a condition on the time had a say in is decided anew each time, so that it switches to the instant.
/// What a predicate said is remembered like everything else.
///
/// The first [`MAX_BOUND_FLAGS`] flags that are asked for are remembered. Observers hear of decisions, not of answers from
/// memory.
///
/// A handle is meant for one owner, such as an actor, and may be shared by threads all the same: it is `Send` and `Sync`, so
/// that a reference may be held across an `await`, and no thread ever waits for another. Its counters may fall short where
/// threads use it at the same time. A clone is a handle of its own with an empty memory.
///
/// ```
/// use flags::{Context, Flags};
///
/// let flags = Flags::builder().toml("[features.limit]\nenabled = true\nvariants = { low = 10, high = 100 }\nserve = 'high'").build()?;
/// let bound = flags.bind(Context::new("node-7").set("region", "eu"));
/// assert!(bound.is_enabled("limit"));
/// assert_eq!(bound.integer("limit", 0), 100);
/// assert_eq!(bound.variant("limit").as_deref(), Some("high"));
/// # Ok::<(), flags::BuildError>(())
/// ```
///
/// [`Builder::cache_ttl`]: crate::Builder::cache_ttl
pub struct BoundFlags<C = Context> {
    flags: Flags,
    context: Arc<C>,
    slots: Table<Slot>,
    hits: AtomicU64,
    misses: AtomicU64,
}

impl Flags {
    /// Binds the client to a context: a handle with a memory of its own.
    #[must_use]
    pub fn bind<C: Attributes>(&self, context: C) -> BoundFlags<C> {
        BoundFlags::new(self.clone(), Arc::new(context))
    }
}

impl<C: Attributes> BoundFlags<C> {
    fn new(flags: Flags, context: Arc<C>) -> Self {
        let slots = Table::new(MAX_BOUND_FLAGS);
        Self { flags, context, slots, hits: AtomicU64::new(0), misses: AtomicU64::new(0) }
    }

    /// Whether the flag called `key` is on; `false` for an unknown flag.
    #[must_use]
    #[inline]
    pub fn is_enabled(&self, key: &str) -> bool {
        self.is_enabled_at(key, coarse::now())
    }

    /// The same at an instant of the coarse clock.
    #[inline]
    fn is_enabled_at(&self, key: &str, now: u64) -> bool {
        match self.find(key, now) {
            Some((_, kept)) => {
                self.count_hit();
                kept.on
            }
            None => self.decide_anew(key, now, |_, outcome, _| outcome.is_on()),
        }
    }

    /// The value of a flag, or `default` where there is none of that type.
    #[must_use]
    #[inline]
    pub fn get<T: FlagValue>(&self, key: &str, default: T) -> T {
        self.value(key).unwrap_or(default)
    }

    #[inline]
    fn value<T: FlagValue>(&self, key: &str) -> Option<T> {
        let now = coarse::now();
        match self.find(key, now).and_then(|(slot, kept)| slot.value(&kept)) {
            Some(lent) => {
                self.count_hit();
                T::from_value(lent.get()?)
            }
            None => self.ask_anew(key, now, |live, outcome, counts| live.serve(&*self.context, outcome, counts)),
        }
    }

    /// Lends the value of a flag to `read`, or `None` where the caller's default is to be used: for texts and structured
    /// values without a copy.
    ///
    /// ```
    /// use flags::{Context, Flags, ValueRef};
    ///
    /// let flags = Flags::builder().toml("[features.theme]\nenabled = true\nvariants = { dark = '#000' }").build()?;
    /// let bound = flags.bind(Context::new("user-42"));
    /// let length = bound.with_value("theme", |value| if let Some(ValueRef::String(text)) = value { text.len() } else { 0 });
    /// assert_eq!(length, 4);
    /// # Ok::<(), flags::BuildError>(())
    /// ```
    #[inline]
    pub fn with_value<R>(&self, key: &str, read: impl FnOnce(Option<ValueRef<'_>>) -> R) -> R {
        let now = coarse::now();
        match self.find(key, now).and_then(|(slot, kept)| slot.value(&kept)) {
            Some(lent) => {
                self.count_hit();
                read(lent.get())
            }
            None => self.decide_anew(key, now, |live, outcome, _| read(live.set.decision(outcome).value())),
        }
    }

    /// The value of a boolean flag, or `default`.
    #[must_use]
    #[inline]
    pub fn boolean(&self, key: &str, default: bool) -> bool {
        self.get(key, default)
    }

    /// The value of an integer flag, or `default`.
    #[must_use]
    #[inline]
    pub fn integer(&self, key: &str, default: i64) -> i64 {
        self.get(key, default)
    }

    /// The value of a float (or integer) flag, or `default`.
    #[must_use]
    #[inline]
    pub fn float(&self, key: &str, default: f64) -> f64 {
        self.get(key, default)
    }

    /// The value of a string flag, or `default`, as a text of its own. [`with_value`](Self::with_value) lends it instead.
    #[must_use]
    pub fn string(&self, key: &str, default: &str) -> String {
        self.value(key).unwrap_or_else(|| default.to_owned())
    }

    /// The value of a structured flag, or `default`, as a copy. [`with_value`](Self::with_value) lends it instead.
    #[must_use]
    pub fn object(&self, key: &str, default: Object) -> Object {
        self.get(key, default)
    }

    /// The name of the variant a flag serves, or `None` where the caller's default is served.
    #[must_use]
    pub fn variant(&self, key: &str) -> Option<Arc<str>> {
        let now = coarse::now();
        match self.find(key, now).and_then(|(slot, kept)| slot.variant(&kept)) {
            Some(variant) => {
                self.count_hit();
                variant
            }
            None => self.decide_anew(key, now, |live, outcome, _| live.set.decision(outcome).variant().map(Arc::from)),
        }
    }

    /// Evaluates the flag called `key`, with everything about the decision. It is always made anew: neither taken from the
    /// memory nor kept there.
    #[must_use]
    pub fn evaluate(&self, key: &str) -> Evaluation {
        self.flags.evaluate(key, &*self.context)
    }

    /// Explains the flag called `key`: every step with what it found, or why it was not reached.
    #[must_use]
    pub fn explain(&self, key: &str) -> Explanation {
        self.flags.explain(key, &*self.context)
    }

    /// The context decisions are made for.
    #[must_use]
    pub fn context(&self) -> &C {
        &self.context
    }

    /// The client.
    #[must_use]
    pub fn flags(&self) -> &Flags {
        &self.flags
    }

    /// Binds the handle to another context, and forgets what it remembered. Its counters go on.
    pub fn rebind(&mut self, context: C) {
        self.context = Arc::new(context);
        self.slots = Table::new(MAX_BOUND_FLAGS);
    }

    /// How often the memory could answer, since the handle was made.
    #[must_use]
    pub fn cache_stats(&self) -> CacheStats {
        CacheStats { hits: self.hits.load(Ordering::Relaxed), misses: self.misses.load(Ordering::Relaxed) }
    }

    /// The answer that is remembered and still good.
    #[inline]
    fn find(&self, key: &str, now: u64) -> Option<(&Slot, Kept)> {
        let version = self.flags.current().version();
        let slot = self.slots.find(key)?;
        let kept = slot.read()?;
        // What a test forces on this thread is neither remembered nor answered from memory.
        if kept.expires <= now || testing::is_forcing() {
            return None;
        }
        if kept.version == version { Some((slot, kept)) } else { self.look_again(key, slot, kept, version) }
    }

    /// Something has changed: if it was not this flag, the answer stands for as long as it would have.
    #[cold]
    fn look_again<'a>(&self, key: &str, slot: &'a Slot, kept: Kept, version: u64) -> Option<(&'a Slot, Kept)> {
        let fingerprint = self.flags.current().with(|live, _| live.set.flag(key).map_or(0, FlagView::fingerprint));
        if fingerprint != kept.fingerprint {
            return None;
        }
        slot.renew(kept, settled(version));
        Some((slot, kept))
    }

    /// Decides, records exposures, and remembers the decision unless it depends on the time.
    fn decide_anew<R>(&self, key: &str, now: u64, read: impl FnOnce(&Live, Outcome, &Counts) -> R) -> R {
        self.ask_anew(key, now, |live, outcome, counts| {
            live.expose(&*self.context, outcome, &*live.clock);
            read(live, outcome, counts)
        })
    }

    /// The same without exposures.
    #[cold]
    fn ask_anew<R>(&self, key: &str, now: u64, read: impl FnOnce(&Live, Outcome, &Counts) -> R) -> R {
        self.count_miss();
        let version = self.flags.current().version();
        self.flags.current().with(|live, counts| {
            let clock = NotingClock::new(&*live.clock);
            let outcome = live.ask_by(key, &*self.context, &clock, counts);
            if !clock.was_read()
                && !testing::is_forcing()
                && let Some(slot) = self.slots.find_or_insert(key, Slot::new)
            {
                let decision = live.set.decision(outcome);
                let fingerprint = decision.flag().map_or(0, FlagView::fingerprint);
                slot.keep(&decision, fingerprint, settled(version), coarse::expiry(now, live.cache_ttl));
            }
            read(live, outcome, counts)
        })
    }

    #[inline]
    fn count_hit(&self) {
        // Not one step on purpose: that costs as much as all the rest, and a handle has one user at a time.
        self.hits.store(self.hits.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
        cache_stats::hit(Cache::Bound);
    }

    #[inline]
    fn count_miss(&self) {
        self.misses.store(self.misses.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
        cache_stats::miss(Cache::Bound);
    }
}

impl BoundFlags<Context> {
    /// A handle for the same context with one more attribute, or another value of it. Its memory is its own.
    #[must_use]
    pub fn with(&self, name: impl Into<AttributeName>, value: impl Into<Value>) -> Self {
        self.flags.bind(self.context().clone().set(name, value))
    }
}

/// A version an answer may be good for: none while a change is under way, since either state may have been the one asked.
fn settled(version: u64) -> u64 {
    if version % 2 == 1 { 0 } else { version }
}

impl<C: Attributes> Clone for BoundFlags<C> {
    fn clone(&self) -> Self {
        Self::new(self.flags.clone(), Arc::clone(&self.context))
    }
}

impl<C: fmt::Debug> fmt::Debug for BoundFlags<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoundFlags").field("context", &self.context).field("flags", &self.slots).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
