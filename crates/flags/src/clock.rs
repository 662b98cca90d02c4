//! The time of day, for flags with a schedule.

use std::{
    cell::Cell,
    time::{SystemTime, UNIX_EPOCH},
};

use flags_core::{Clock, Timestamp};

/// The machine's wall clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        // A clock before 1970 or beyond the year 290 000 is taken as the nearest instant there is.
        let micros = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |micros| -micros),
        };
        Timestamp::from_micros(micros)
    }
}

/// Another clock that notes whether it was read: whether a decision depends on the time.
pub(crate) struct NotingClock<'c> {
    clock: &'c dyn Clock,
    read: Cell<bool>,
}

impl<'c> NotingClock<'c> {
    pub(crate) fn new(clock: &'c dyn Clock) -> Self {
        Self { clock, read: Cell::new(false) }
    }

    pub(crate) fn was_read(&self) -> bool {
        self.read.get()
    }
}

impl Clock for NotingClock<'_> {
    fn now(&self) -> Timestamp {
        self.read.set(true);
        self.clock.now()
    }
}
