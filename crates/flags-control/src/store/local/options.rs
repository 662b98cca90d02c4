//! How a folder of controls is kept.

use std::{fmt, sync::Arc, time::Duration};

use flags_core::{Clock, Timestamp};

use crate::audit::DEFAULT_SEGMENT_BYTES;

/// How long the lock of a folder is waited for, unless [`LocalOptions`] say otherwise.
pub const DEFAULT_LOCK_WAIT: Duration = Duration::from_secs(5);

/// How much room is kept for a kill on a full disk, in bytes, unless [`LocalOptions`] say otherwise.
pub const DEFAULT_RESERVE_BYTES: u64 = 256 << 10;

/// How a folder of controls is kept.
#[derive(Clone)]
#[non_exhaustive]
pub struct LocalOptions {
    /// How long to wait for another process to let go of the lock.
    pub lock_wait: Duration,
    /// How much room is kept for a kill on a full disk, in bytes. A change other than a kill is refused while there is less.
    pub reserve_bytes: u64,
    /// The size of a segment of the audit log, in bytes, from which on the next is begun.
    pub segment_bytes: u64,
    /// Whether to begin without controls if they are damaged and cannot be rebuilt. For the one start at which an operator
    /// has decided so: it forgets kills. The loss is recorded.
    pub accept_loss: bool,
    /// What tells the instant at which something was made good.
    pub clock: Arc<dyn Clock + Send + Sync>,
}

impl LocalOptions {
    /// The lock is waited for that long.
    #[must_use]
    pub fn lock_wait(mut self, wait: Duration) -> Self {
        self.lock_wait = wait;
        self
    }

    /// That much room is kept for a kill on a full disk, in bytes.
    #[must_use]
    pub fn reserve_bytes(mut self, bytes: u64) -> Self {
        self.reserve_bytes = bytes;
        self
    }

    /// Segments of the audit log are of about that size, in bytes.
    #[must_use]
    pub fn segment_bytes(mut self, bytes: u64) -> Self {
        self.segment_bytes = bytes;
        self
    }

    /// Begins without controls if they are damaged and cannot be rebuilt.
    #[must_use]
    pub fn accept_loss(mut self, accept: bool) -> Self {
        self.accept_loss = accept;
        self
    }

    /// Another clock than that of the machine.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }
}

impl Default for LocalOptions {
    fn default() -> Self {
        Self {
            lock_wait: DEFAULT_LOCK_WAIT,
            reserve_bytes: DEFAULT_RESERVE_BYTES,
            segment_bytes: DEFAULT_SEGMENT_BYTES,
            accept_loss: false,
            clock: Arc::new(WallClock),
        }
    }
}

impl fmt::Debug for LocalOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalOptions")
            .field("lock_wait", &self.lock_wait)
            .field("reserve_bytes", &self.reserve_bytes)
            .field("segment_bytes", &self.segment_bytes)
            .field("accept_loss", &self.accept_loss)
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
