//! When a breaker opens, and how it is tried again.

use std::time::Duration;

/// When a breaker opens, and how it is tried again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BreakerOptions {
    /// The share of errors, from 0 to 1, above which it opens. At 1 it never does.
    pub rate: f64,
    /// What the share is taken over.
    pub window: Window,
    /// How many runs the window needs before it is judged.
    pub min_samples: u64,
    /// How long it stays open before it is tried again.
    pub cooldown: Duration,
    /// How many runs try it out while it is half-open; at least one.
    pub permits: u32,
    /// How long it may be half-open. Then it is decided by the trials there were: those that have not ended have failed, and
    /// where there was none it opens again.
    pub half_open_for: Duration,
}

impl BreakerOptions {
    /// A breaker that opens above a share of errors, with the format's defaults: over five minutes, from ten runs on, for a
    /// minute, with ten trials, which may take a minute.
    #[must_use]
    pub const fn new(rate: f64) -> Self {
        Self {
            rate,
            window: Window::Time(Duration::from_secs(5 * 60)),
            min_samples: 10,
            cooldown: Duration::from_secs(60),
            permits: 10,
            half_open_for: Duration::from_secs(60),
        }
    }
}

/// Which runs a breaker looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// The last so many runs; from 1 to 100 000.
    Count(u32),
    /// The runs of that time. It is told in thirty parts, so it reaches back by up to one part less.
    Time(Duration),
}
