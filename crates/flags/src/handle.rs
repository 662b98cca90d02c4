//! Handles: a flag looked up once and read many times.

use std::{
    fmt,
    marker::PhantomData,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use flags_core::{Attributes, FlagId};

use crate::{FlagValue, Flags, live::Live, metering::Counts};

/// A flag by name and type, whose place is remembered between changes.
///
/// Clones share what they remember. The flag need not exist yet; until it does, the default is served.
///
/// ```
/// use flags::{Context, Flag, Flags};
///
/// let flags = Flags::builder().toml("[features.limit]\nenabled = true\nvariants = { low = 10, high = 100 }\nserve = 'high'").build()?;
/// let limit: Flag<i64> = flags.flag("limit", 10);
/// assert_eq!(limit.get(&Context::new("user-42")), 100);
/// # Ok::<(), flags::BuildError>(())
/// ```
pub struct Flag<T> {
    flags: Flags,
    key: Arc<str>,
    default: T,
    /// The place in the lower half and the low bits of the stamp of the state it is good for in the upper; 0 is none. A stale
    /// place could only be taken for a good one after exactly 2^32 changes without a read.
    place: Arc<AtomicU64>,
    value: PhantomData<fn() -> T>,
}

impl<T: FlagValue + Clone> Flag<T> {
    pub(crate) fn new(flags: Flags, key: &str, default: T) -> Self {
        Self { flags, key: key.into(), default, place: Arc::default(), value: PhantomData }
    }

    /// The flag's key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The value for a context, or the default.
    #[must_use]
    #[inline]
    pub fn get<C: Attributes>(&self, context: &C) -> T {
        self.flags.current().with(|live, counts| {
            let Some(place) = self.place(live) else { return self.missing(live, context, counts) };
            let outcome = live.ask_id(|| &self.key, place, context, counts);
            live.serve(context, outcome, counts).unwrap_or_else(|| self.default.clone())
        })
    }

    /// Whether the flag is on for a context.
    #[must_use]
    #[inline]
    pub fn is_enabled<C: Attributes>(&self, context: &C) -> bool {
        self.flags.current().with(|live, counts| match self.place(live) {
            Some(place) => live.decide_id(|| &self.key, place, context, counts).is_on(),
            None => live.decide(&self.key, context, counts).is_on(),
        })
    }

    /// The place in the snapshot, remembered for its version.
    #[inline]
    fn place(&self, live: &Live) -> Option<FlagId> {
        #[expect(clippy::cast_possible_truncation, reason = "the low half of the stamp is what is compared")]
        let stamp = live.stamp as u32;
        let known = self.place.load(Ordering::Relaxed);
        let (known_stamp, place) = (known >> 32, known & u64::from(u32::MAX));
        if known_stamp == u64::from(stamp) && known != 0 {
            return live.set.flag_id(usize::try_from(place).ok()?);
        }
        self.find(live, stamp)
    }

    #[cold]
    fn find(&self, live: &Live, stamp: u32) -> Option<FlagId> {
        let place = live.set.find(&self.key)?;
        self.place.store(u64::from(stamp) << 32 | place.index() as u64, Ordering::Relaxed);
        Some(place)
    }

    #[cold]
    fn missing<C: Attributes>(&self, live: &Live, context: &C, counts: &Counts) -> T {
        let _ = live.decide(&self.key, context, counts);
        self.default.clone()
    }
}

impl<T: Clone> Clone for Flag<T> {
    fn clone(&self) -> Self {
        Self {
            flags: self.flags.clone(),
            key: Arc::clone(&self.key),
            default: self.default.clone(),
            place: Arc::clone(&self.place),
            value: PhantomData,
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Flag<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flag").field("key", &self.key).field("default", &self.default).finish_non_exhaustive()
    }
}
