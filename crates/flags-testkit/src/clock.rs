//! A clock that tests move by hand, so that no test ever waits for time to pass.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use flags_core::{Clock, Timestamp};

/// A clock that stands still until it is set or advanced. Clones share the same time, on any thread.
///
/// ```
/// use flags_core::{Clock, Timestamp};
/// use flags_testkit::ManualClock;
///
/// let clock = ManualClock::new(Timestamp::from_millis(1_000));
/// let seen_elsewhere = clock.clone();
/// clock.advance(std::time::Duration::from_millis(500));
/// assert_eq!(seen_elsewhere.now(), Timestamp::from_millis(1_500));
/// ```
#[derive(Clone, Debug, Default)]
pub struct ManualClock {
    micros: Arc<AtomicI64>,
}

impl ManualClock {
    /// A clock that shows `start`.
    #[must_use]
    pub fn new(start: Timestamp) -> Self {
        Self { micros: Arc::new(AtomicI64::new(start.as_micros())) }
    }

    /// Shows `instant` from now on; it may be earlier than what the clock shows.
    pub fn set(&self, instant: Timestamp) {
        self.micros.store(instant.as_micros(), Ordering::SeqCst);
    }

    /// Moves the clock forward, in whole microseconds; past the last instant there is, it stays there.
    pub fn advance(&self, by: core::time::Duration) {
        let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        // The closure always returns a value, so the update always happens.
        let _ = self.micros.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |micros| Some(micros.saturating_add(by)));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.micros.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn threads_share_the_time() {
        let clock = ManualClock::new(Timestamp::from_micros(5));
        let elsewhere = clock.clone();
        std::thread::spawn(move || elsewhere.advance(Duration::from_secs(1))).join().unwrap();
        assert_eq!(clock.now(), Timestamp::from_micros(1_000_005));
        clock.set(Timestamp::from_micros(-3));
        assert_eq!(clock.now(), Timestamp::from_micros(-3));
    }

    #[test]
    fn the_end_of_time_is_not_passed() {
        let clock = ManualClock::new(Timestamp::from_micros(i64::MAX - 1));
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), Timestamp::from_micros(i64::MAX));
    }
}
