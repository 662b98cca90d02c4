//! How to watch: durations, limits, and what counts as acceptable at the start.

use std::time::Duration;

use crate::{Limits, settle::Timing};

/// Whether directory events are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum WatchMode {
    /// Directory events, and polling as a floor under them.
    #[default]
    Events,
    /// Polling only: for file systems that announce nothing, such as NFS or some container mounts.
    PollOnly,
}

/// How an origin is watched. The defaults suit a local file.
///
/// ```
/// use std::time::Duration;
/// use flags_watch::{Options, WatchMode};
///
/// let options = Options::default().mode(WatchMode::PollOnly).poll_interval(Duration::from_secs(30));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Options {
    pub(crate) mode: WatchMode,
    pub(crate) quiet_period: Duration,
    pub(crate) max_delay: Duration,
    pub(crate) poll_interval: Duration,
    pub(crate) compare_contents: bool,
    pub(crate) limits: Limits,
    pub(crate) allow_missing: bool,
    pub(crate) allow_empty: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            mode: WatchMode::default(),
            quiet_period: Duration::from_millis(20),
            max_delay: Duration::from_millis(500),
            poll_interval: Duration::from_secs(2),
            compare_contents: false,
            limits: Limits::default(),
            allow_missing: false,
            allow_empty: false,
        }
    }
}

/// Every this many polls the content is compared, in case a change left the file's times and size as they were.
const COMPARE_EVERY: u32 = 5;

/// Polling more often than this would only heat the room.
const MIN_POLL_INTERVAL: Duration = Duration::from_millis(5);

impl Options {
    /// Whether directory events are used. [`WatchMode::Events`] unless told.
    pub fn mode(mut self, mode: WatchMode) -> Self {
        self.mode = mode;
        self
    }

    /// How long no change may be announced before the files are read. 20 ms unless told.
    pub fn quiet_period(mut self, duration: Duration) -> Self {
        self.quiet_period = duration;
        self
    }

    /// How long reading may be put off while changes keep coming, and for how long an unreadable or empty file is
    /// taken for a write in progress. 500 ms unless told; at least the quiet period.
    pub fn max_delay(mut self, duration: Duration) -> Self {
        self.max_delay = duration;
        self
    }

    /// The distance of two polls, which find what no event announced. 2 s unless told; at least 5 ms.
    ///
    /// A poll asks for the files' sizes and times; every fifth reads them.
    pub fn poll_interval(mut self, duration: Duration) -> Self {
        self.poll_interval = duration.max(MIN_POLL_INTERVAL);
        self
    }

    /// Whether every poll reads the files, for file systems whose sizes and times cannot be trusted. No unless told.
    pub fn compare_contents(mut self, compare: bool) -> Self {
        self.compare_contents = compare;
        self
    }

    /// How much is read at most.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Whether watching may start before there is a file. No unless told.
    ///
    /// Then there is no first value, the status is stale, and the first content that appears becomes revision 1.
    pub fn allow_missing(mut self, allow: bool) -> Self {
        self.allow_missing = allow;
        self
    }

    /// Whether files that hold white space only are handed to the loader. No unless told: it is a failure, because a
    /// file that was truncated by accident looks the same.
    pub fn allow_empty(mut self, allow: bool) -> Self {
        self.allow_empty = allow;
        self
    }

    pub(crate) fn timing(&self) -> Timing {
        Timing {
            quiet: self.quiet_period,
            cap: self.max_delay,
            poll: self.poll_interval,
            read_every: if self.compare_contents { 1 } else { COMPARE_EVERY },
        }
    }
}
