//! How a folder of events is kept.

use std::{fmt, sync::Arc, time::Duration};

use flags_core::{Clock, Timestamp};

/// How a folder of events is kept.
///
/// ```
/// use std::time::Duration;
///
/// use flags_ab::store::{Durability, SegmentOptions};
///
/// let options = SegmentOptions::default()
///     .keep_for(Duration::from_secs(90 * 86_400))
///     .durability(Durability::Interval(Duration::from_secs(1)));
/// # let _ = options;
/// ```
#[derive(Clone)]
pub struct SegmentOptions {
    pub(super) segment_bytes: u64,
    pub(super) durability: Durability,
    pub(super) keep_for: Option<Duration>,
    pub(super) limit_bytes: u64,
    pub(super) lock_wait: Duration,
    pub(super) background: bool,
    pub(super) clock: Arc<dyn Clock + Send + Sync>,
}

/// When what was appended is on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Before the batch is acknowledged: it survives a power cut.
    #[default]
    EveryBatch,
    /// After that long at most. A batch that was acknowledged survives the end of the program, however sudden, and a power cut
    /// if it is older than that.
    Interval(Duration),
}

impl SegmentOptions {
    /// The size of a log from which on it is sorted and the next one is begun, unless said otherwise: 16 MiB.
    pub const DEFAULT_SEGMENT_BYTES: u64 = 16 << 20;

    /// How long events are kept, unless said otherwise: 400 days.
    pub const DEFAULT_KEEP_FOR: Duration = Duration::from_secs(400 * 86_400);

    /// How much room events may take, unless said otherwise: 8 GiB.
    pub const DEFAULT_LIMIT_BYTES: u64 = 8 << 30;

    /// How long the lock is waited for, unless said otherwise: 5 seconds.
    pub const DEFAULT_LOCK_WAIT: Duration = Duration::from_secs(5);

    /// Logs of that many bytes are sorted, and the next one is begun. A scan takes up to six times as much memory.
    #[must_use]
    pub fn segment_bytes(mut self, bytes: u64) -> Self {
        self.segment_bytes = bytes;
        self
    }

    /// When what was appended is on disk.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Events are forgotten when they are older than that.
    #[must_use]
    pub fn keep_for(mut self, age: Duration) -> Self {
        self.keep_for = Some(age);
        self
    }

    /// Events are kept until they are [pruned](crate::store::EventStore::prune).
    #[must_use]
    pub fn keep_forever(mut self) -> Self {
        self.keep_for = None;
        self
    }

    /// Batches are refused while events take that many bytes. They are not kept at the expense of older ones: without its first
    /// exposures, a running experiment would come to another result.
    #[must_use]
    pub fn limit_bytes(mut self, bytes: u64) -> Self {
        self.limit_bytes = bytes;
        self
    }

    /// How long to wait for another process to let go of the folder.
    #[must_use]
    pub fn lock_wait(mut self, wait: Duration) -> Self {
        self.lock_wait = wait;
        self
    }

    /// Another clock than that of the machine, to tell what is old.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Whether a thread of the store's own sorts and merges files, forgets what is old and keeps to the [`Durability`].
    /// Without it, [`tidy`](super::SegmentStore::tidy) does, when it is called.
    #[must_use]
    pub fn background(mut self, background: bool) -> Self {
        self.background = background;
        self
    }
}

impl Default for SegmentOptions {
    fn default() -> Self {
        Self {
            segment_bytes: Self::DEFAULT_SEGMENT_BYTES,
            durability: Durability::default(),
            keep_for: Some(Self::DEFAULT_KEEP_FOR),
            limit_bytes: Self::DEFAULT_LIMIT_BYTES,
            lock_wait: Self::DEFAULT_LOCK_WAIT,
            background: true,
            clock: Arc::new(WallClock),
        }
    }
}

impl fmt::Debug for SegmentOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SegmentOptions")
            .field("segment_bytes", &self.segment_bytes)
            .field("durability", &self.durability)
            .field("keep_for", &self.keep_for)
            .field("limit_bytes", &self.limit_bytes)
            .field("lock_wait", &self.lock_wait)
            .field("background", &self.background)
            .finish_non_exhaustive()
    }
}

struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        let since = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}
