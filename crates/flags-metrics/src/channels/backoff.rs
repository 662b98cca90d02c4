//! How long to wait before a delivery is tried again: a pure schedule.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(30);
/// The longest wait that a receiver may ask for.
const LONGEST_ASKED: Duration = Duration::from_secs(5 * 60);

/// The wait after the `failures`-th failure in a row, counted from 1.
///
/// It doubles each time, and `random` (any number) takes away up to a half of it, so that senders that failed together do not
/// come back together. A receiver that asked for time gets at least that.
pub(super) fn wait(failures: u32, asked: Option<Duration>, random: u32) -> Duration {
    let doubled = FIRST.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1))).min(LONGEST);
    let jittered = doubled / 2 + (doubled / 2).mul_f64(f64::from(random) / f64::from(u32::MAX));
    jittered.max(asked.unwrap_or_default().min(LONGEST_ASKED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_limit() {
        let longest = |failures| wait(failures, None, u32::MAX).as_millis();
        let shortest = |failures| wait(failures, None, 0).as_millis();
        assert_eq!(
            [1, 2, 3, 6, 7, 8, 1_000, u32::MAX].map(longest),
            [500, 1_000, 2_000, 16_000, 30_000, 30_000, 30_000, 30_000]
        );
        assert_eq!([1, 2, 7].map(shortest), [250, 500, 15_000]);
    }

    #[test]
    fn whoever_asks_for_time_gets_it_within_reason() {
        let asked = |seconds| wait(1, Some(Duration::from_secs(seconds)), 0);
        assert_eq!(asked(0), Duration::from_millis(250));
        assert_eq!(asked(90), Duration::from_secs(90));
        assert_eq!(asked(86_400), Duration::from_secs(300));
    }
}
