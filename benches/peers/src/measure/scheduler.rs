//! Whether a measurement had its CPU to itself. The kernel tells for how long a thread was ready to run and had to wait for
//! others; a batch in which it waited is thrown away and made again. Where the kernel does not tell, nothing is thrown away.

use std::{fs::File, io::Read, time::Duration};

use serde::Serialize;

/// How often a disturbed measurement is made again before it is kept all the same.
const TRIES: u32 = 20;

/// How many measurements were disturbed by other processes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Disturbances {
    pub(crate) measured: u64,
    pub(crate) thrown_away: u64,
    /// Kept because every repetition was disturbed as well.
    pub(crate) kept_all_the_same: u64,
}

impl Disturbances {
    /// Measures until the measurement says it was not disturbed.
    pub(crate) fn without<T>(&mut self, mut measure: impl FnMut() -> (T, bool)) -> T {
        self.measured += 1;
        for _ in 1..TRIES {
            let (value, disturbed) = measure();
            if !disturbed {
                return value;
            }
            self.thrown_away += 1;
        }
        let (value, disturbed) = measure();
        self.kept_all_the_same += u64::from(disturbed);
        value
    }

    /// Chooses `wanted` of the attempts, those that were not disturbed before the others.
    pub(crate) fn best_of<T>(&mut self, mut attempts: Vec<(T, bool)>, wanted: usize) -> Vec<T> {
        // A stable sort: of the undisturbed ones, the first are taken.
        attempts.sort_by_key(|(_, disturbed)| *disturbed);
        let disturbed = attempts.iter().filter(|(_, disturbed)| *disturbed).count();
        attempts.truncate(wanted);
        let kept = attempts.iter().filter(|(_, disturbed)| *disturbed).count();
        self.measured += attempts.len() as u64;
        self.kept_all_the_same += kept as u64;
        self.thrown_away += (disturbed - kept) as u64;
        attempts.into_iter().map(|(value, _)| value).collect()
    }
}

/// Runs something, and says whether this thread had to wait for its CPU meanwhile for more than a twentieth of the time
/// that `taken` reads out of the result.
pub(crate) fn watched<T>(run: impl FnOnce() -> T, taken: impl FnOnce(&T) -> Duration) -> (T, bool) {
    let before = waited();
    let value = run();
    let after = waited();
    let wait = after.zip(before).map_or(Duration::ZERO, |(after, before)| after.saturating_sub(before));
    let disturbed = wait > taken(&value) / 20;
    (value, disturbed)
}

/// How long this thread has waited for a CPU in its life: the second number of its scheduler statistics, in nanoseconds.
fn waited() -> Option<Duration> {
    let mut buffer = [0; 128];
    let length = File::open("/proc/thread-self/schedstat").ok()?.read(&mut buffer).ok()?;
    parse(buffer.get(..length)?)
}

fn parse(statistics: &[u8]) -> Option<Duration> {
    let text = std::str::from_utf8(statistics).ok()?;
    text.split_ascii_whitespace().nth(1)?.parse().ok().map(Duration::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_the_second_number() {
        assert_eq!(parse(b"1030356012 108962 35\n"), Some(Duration::from_nanos(108_962)));
        assert_eq!(parse(b"1030356012"), None);
        assert_eq!(parse(b"1 two 3"), None);
    }

    #[test]
    fn a_disturbed_measurement_is_made_again() {
        let mut disturbances = Disturbances::default();
        let mut calls = 0;
        let value = disturbances.without(|| {
            calls += 1;
            (calls, calls < 4)
        });
        assert_eq!(value, 4);
        assert_eq!(disturbances, Disturbances { measured: 1, thrown_away: 3, kept_all_the_same: 0 });
    }

    #[test]
    fn undisturbed_attempts_are_taken_before_others() {
        let mut disturbances = Disturbances::default();
        let attempts = vec![(1, true), (2, false), (3, true), (4, false), (5, false)];
        assert_eq!(disturbances.best_of(attempts, 2), [2, 4]);
        assert_eq!(disturbances, Disturbances { measured: 2, thrown_away: 2, kept_all_the_same: 0 });
        assert_eq!(disturbances.best_of(vec![(1, true), (2, false)], 2), [2, 1]);
        assert_eq!(disturbances, Disturbances { measured: 4, thrown_away: 2, kept_all_the_same: 1 });
    }

    #[test]
    fn after_many_tries_the_last_is_kept_and_counted() {
        let mut disturbances = Disturbances::default();
        let mut calls = 0;
        disturbances.without(|| {
            calls += 1;
            ((), true)
        });
        assert_eq!(calls, TRIES);
        assert_eq!(disturbances.kept_all_the_same, 1);
        assert_eq!(disturbances.thrown_away, u64::from(TRIES) - 1);
    }
}
