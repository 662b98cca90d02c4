//! How often something may be told of: so many times a minute.

use std::sync::{Mutex, PoisonError};

use crate::coarse;

/// How many times a minute something is told of.
pub(super) const TOLD_PER_MINUTE: u64 = 10;

/// What is left of this minute's allowance.
#[derive(Debug, Default)]
pub(super) struct Allowance {
    state: Mutex<Minute>,
}

#[derive(Debug, Default)]
struct Minute {
    /// In ticks of the coarse clock.
    ends: u64,
    told: u64,
    untold: u64,
}

impl Allowance {
    /// Whether something that happens at `now` (of the coarse clock) is to be told: if so, how many things were not told
    /// since the last one that was.
    pub(super) fn take(&self, now: u64) -> Option<u64> {
        // Three numbers, good in any combination.
        let mut minute = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if now >= minute.ends {
            minute.ends = coarse::expiry(now, std::time::Duration::from_secs(60));
            minute.told = 0;
        }
        if minute.told == TOLD_PER_MINUTE {
            minute.untold += 1;
            return None;
        }
        minute.told += 1;
        Some(std::mem::take(&mut minute.untold))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    // C4
    #[test]
    fn ten_a_minute_are_told_and_the_others_counted() {
        let allowance = Allowance::default();
        let at = |seconds: u64| coarse::expiry(1_000, Duration::from_secs(seconds));
        let told = (0..25).filter(|_| allowance.take(at(0)).is_some()).count();
        assert_eq!(told, 10);
        assert_eq!(allowance.take(at(59)), None);
        assert_eq!(allowance.take(at(60)), Some(16), "all that was not told is known at the next");
        assert_eq!(allowance.take(at(61)), Some(0));
        assert_eq!((0..20).filter(|_| allowance.take(at(62)).is_some()).count(), 8);
    }
}
