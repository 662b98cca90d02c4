//! The clock that measurements are made with.

use std::time::Instant;

/// A clock that never goes back, to measure how long something takes.
///
/// Any `Fn() -> Instant` is one, which is how a test moves time by hand.
pub trait MonotonicClock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Instant;
}

impl<F: Fn() -> Instant + Send + Sync> MonotonicClock for F {
    fn now(&self) -> Instant {
        self()
    }
}

/// The machine's monotonic clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct MachineClock;

impl MonotonicClock for MachineClock {
    fn now(&self) -> Instant {
        Instant::now()
    }
}
