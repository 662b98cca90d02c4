//! The time a rollout is told: never back, and not by leaps.

use std::time::Duration;

use flags_core::Timestamp;

/// Tells the time of a rollout from a clock that only goes forward.
///
/// The wall clock is read once, at the start; from then on a monotonic one counts. So a wall clock that is set leaves a
/// running rollout alone. After a restart, time begins where the journal ends, or later if the wall clock says so: a clock
/// that was set back while nobody ran makes a stage longer, never negative and never stuck.
///
/// ```
/// use std::time::Duration;
/// use flags_core::Timestamp;
/// use flags_rollout::machine::Timekeeper;
///
/// let (wall, journal_ends) = (Timestamp::from_millis(1_000), Timestamp::from_millis(5_000));
/// let time = Timekeeper::new(wall, Some(journal_ends));
/// assert_eq!(time.now(Duration::from_secs(2)), Timestamp::from_millis(7_000));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timekeeper {
    start: Timestamp,
}

impl Timekeeper {
    /// Begins at the time of the wall clock, or where the journal ends if that is later.
    #[must_use]
    pub fn new(wall: Timestamp, journal_ends: Option<Timestamp>) -> Self {
        Self { start: journal_ends.map_or(wall, |end| end.max(wall)) }
    }

    /// The time, when a monotonic clock has counted that much since the beginning.
    #[must_use]
    pub fn now(self, elapsed: Duration) -> Timestamp {
        self.start.saturating_add(elapsed)
    }
}
