//! A window over a histogram that only grows: states of it are kept, and the one at the far end is subtracted.

use std::{collections::VecDeque, time::Duration};

use super::EvaluationTimes;

/// Into how many parts a window is cut; it reaches back too far by one part at most.
const PARTS: u32 = 32;

/// The recent part of a growing histogram.
#[derive(Clone, Debug)]
pub(super) struct Recent {
    window: Duration,
    /// The states that were kept, by the time that had passed; the first is at or before the far end of the window, as soon
    /// as there is one that old.
    kept: VecDeque<(Duration, EvaluationTimes)>,
}

impl Recent {
    pub(super) fn new(window: Duration) -> Self {
        Self { window, kept: VecDeque::new() }
    }

    /// What was added within the window, as of `now`; nothing the first time. `total` is the histogram as it is.
    pub(super) fn add(&mut self, now: Duration, total: &EvaluationTimes) -> Option<EvaluationTimes> {
        let far_end = now.saturating_sub(self.window);
        while self.kept.get(1).is_some_and(|(at, _)| *at <= far_end) {
            self.kept.pop_front();
        }
        let recent = self.kept.front().and_then(|(_, earliest)| total.since(earliest));
        if recent.is_none() {
            // The first state, or a histogram that began anew.
            self.kept.clear();
        }
        if self.kept.back().is_none_or(|(at, _)| now.saturating_sub(*at) >= self.window / PARTS) {
            self.kept.push_back((now, total.clone()));
        }
        recent
    }

    /// Forgets what is known; used where nothing is measured any more.
    pub(super) fn clear(&mut self) {
        self.kept.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(count: u64) -> EvaluationTimes {
        EvaluationTimes { bounds: [100].into(), counts: vec![count, 0] }
    }

    #[test]
    fn only_the_window_counts_and_memory_is_bounded() {
        let mut recent = Recent::new(Duration::from_secs(320));
        assert_eq!(recent.add(Duration::ZERO, &total(1_000_000)), None);
        // One more each second.
        for second in 1..10_000_u64 {
            let counted = recent.add(Duration::from_secs(second), &total(1_000_000 + second)).unwrap().total();
            if second <= 320 {
                assert_eq!(counted, second);
            } else {
                assert!((320..=330).contains(&counted), "{counted} at {second}");
            }
            assert!(recent.kept.len() <= 34);
        }
    }

    #[test]
    fn a_histogram_that_began_anew_is_no_data_once() {
        let mut recent = Recent::new(Duration::from_secs(60));
        recent.add(Duration::ZERO, &total(50));
        assert_eq!(recent.add(Duration::from_secs(5), &total(3)), None);
        assert_eq!(recent.add(Duration::from_secs(10), &total(7)).unwrap().total(), 4);
    }

    #[test]
    fn a_pause_longer_than_the_window_keeps_one_state() {
        let mut recent = Recent::new(Duration::from_secs(60));
        recent.add(Duration::ZERO, &total(1));
        recent.add(Duration::from_secs(30), &total(5));
        assert_eq!(recent.add(Duration::from_secs(3_600), &total(9)).unwrap().total(), 4);
    }
}
