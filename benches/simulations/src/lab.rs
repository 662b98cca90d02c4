//! Where experiments are run: many times, on several threads, with random numbers that depend on the seed alone.

use std::{
    num::NonZero,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use fastrand::Rng;
use flags_ab::statistics::Moments;

/// The runs of a study of ordinary cost, for evidence.
pub(crate) const FULL: u64 = 100_000;

/// The same for a pipeline.
pub(crate) const QUICK: u64 = 5_000;

/// The runs of a study are cut into so many parts, each with random numbers of its own. More than any machine has threads, so
/// that the cut does not depend on them.
const PARTS: u64 = 64;

/// A seed, an effort, and the threads to spend it on.
#[derive(Debug)]
pub(crate) struct Lab {
    seed: u64,
    runs: u64,
    threads: NonZero<usize>,
}

/// How often something happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// How often it did.
    pub(crate) hits: u64,
    /// How often there was an answer at all.
    pub(crate) answers: u64,
    /// How often it was asked.
    pub(crate) runs: u64,
}

impl Tally {
    fn take(&mut self, answer: Option<bool>) {
        self.runs += 1;
        self.answers += u64::from(answer.is_some());
        self.hits += u64::from(answer == Some(true));
    }

    fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.answers += other.answers;
        self.hits += other.hits;
    }

    /// The share of the answers.
    pub(crate) fn share(self) -> f64 {
        self.hits as f64 / self.answers as f64
    }
}

impl Lab {
    /// A laboratory whose ordinary studies have so many runs.
    pub(crate) fn new(seed: u64, runs: u64, threads: NonZero<usize>) -> Self {
        Self { seed, runs, threads }
    }

    /// The seed.
    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// The runs of a study that costs `cost` times as much as an ordinary one; at least 16.
    pub(crate) fn runs(&self, cost: u64) -> u64 {
        (self.runs / cost).max(16)
    }

    /// Whether this is the effort of the published page.
    pub(crate) fn is_full(&self) -> bool {
        self.runs == FULL
    }

    /// Repeats a trial with several outcomes and counts each of them.
    ///
    /// `stream` names the random numbers: another name, other numbers.
    pub(crate) fn count<const N: usize>(
        &self,
        stream: &str,
        runs: u64,
        trial: impl Fn(&mut Rng) -> [bool; N] + Sync,
    ) -> [Tally; N] {
        self.count_answers(stream, runs, |rng| trial(rng).map(Some))
    }

    /// The same for outcomes that may be missing, where a method has no answer.
    pub(crate) fn count_answers<const N: usize>(
        &self,
        stream: &str,
        runs: u64,
        trial: impl Fn(&mut Rng) -> [Option<bool>; N] + Sync,
    ) -> [Tally; N] {
        let parts = self.parts(stream, runs, |rng, runs| {
            let mut tallies = [Tally::default(); N];
            for _ in 0..runs {
                tallies.iter_mut().zip(trial(rng)).for_each(|(tally, answer)| tally.take(answer));
            }
            tallies
        });
        let mut total = [Tally::default(); N];
        for part in parts {
            total.iter_mut().zip(part).for_each(|(total, part)| total.add(part));
        }
        total
    }

    /// Repeats a trial with several numbers and gives mean and variance of each. The numbers have to be finite.
    pub(crate) fn average<const N: usize>(
        &self,
        stream: &str,
        runs: u64,
        trial: impl Fn(&mut Rng) -> [f64; N] + Sync,
    ) -> [Moments; N] {
        let parts = self.parts(stream, runs, |rng, runs| {
            let mut moments = [Moments::default(); N];
            for _ in 0..runs {
                for (moments, value) in moments.iter_mut().zip(trial(rng)) {
                    moments.push(value).expect("the trials of a study give finite numbers");
                }
            }
            moments
        });
        let mut total = [Moments::default(); N];
        for part in parts {
            for (total, part) in total.iter_mut().zip(part) {
                *total = total.merge(part).expect("sums of finite numbers of ordinary size are finite");
            }
        }
        total
    }

    /// A function of each item, in their order.
    pub(crate) fn map<T: Sync, R: Send>(&self, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
        let size = items.len().div_ceil(PARTS as usize).max(1);
        let parts: Vec<&[T]> = items.chunks(size).collect();
        let done = self.each(parts.len(), |part| parts[part].iter().map(&work).collect::<Vec<R>>());
        done.into_iter().flatten().collect()
    }

    /// Does the work in parts, each with its own random numbers, and returns what they gave in their order.
    fn parts<T: Send>(&self, stream: &str, runs: u64, work: impl Fn(&mut Rng, u64) -> T + Sync) -> Vec<T> {
        self.each(PARTS as usize, |part| {
            let part = part as u64;
            let share = runs / PARTS + u64::from(part < runs % PARTS);
            work(&mut self.random(stream, part), share)
        })
    }

    /// Does pieces of work by number, on all threads, and returns what they gave in their order.
    fn each<T: Send>(&self, count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
        let next = AtomicUsize::new(0);
        let done = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for _ in 0..self.threads.get() {
                scope.spawn(|| {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= count {
                            return;
                        }
                        let result = work(number);
                        done.lock().unwrap_or_else(PoisonError::into_inner).push((number, result));
                    }
                });
            }
        });
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_by_key(|(number, _)| *number);
        done.into_iter().map(|(_, result)| result).collect()
    }

    /// The random numbers of a part: from seed, name and number, mixed so that neighbours have nothing in common.
    pub(crate) fn random(&self, stream: &str, part: u64) -> Rng {
        let name = stream.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Rng::with_seed(mixed(mixed(mixed(self.seed) ^ name) ^ part))
    }
}

/// The finaliser of `SplitMix64` (Steele, Lea and Flood, OOPSLA 2014).
fn mixed(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lab(threads: usize) -> Lab {
        Lab::new(7, QUICK, NonZero::new(threads).unwrap())
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let trial = |rng: &mut Rng| [rng.f64() < 0.3, rng.f64() < 0.7];
        assert_eq!(lab(1).count("a", 1000, trial), lab(3).count("a", 1000, trial));
        let number = |rng: &mut Rng| [rng.f64()];
        assert_eq!(lab(1).average("a", 1001, number), lab(3).average("a", 1001, number));
    }

    #[test]
    fn items_keep_their_order() {
        let items: Vec<u32> = (0..1000).collect();
        assert_eq!(lab(3).map(&items, |item| item * 2), items.iter().map(|item| item * 2).collect::<Vec<_>>());
        assert_eq!(lab(2).map(&[] as &[u32], |item| item * 2), [0; 0]);
    }

    #[test]
    fn every_run_is_counted_once_and_streams_differ() {
        let trial = |rng: &mut Rng| [(rng.f64() < 0.5).then_some(true), Some(false)];
        let [sometimes, never] = lab(2).count_answers("a", 1003, trial);
        assert_eq!((never.runs, never.answers, never.hits), (1003, 1003, 0));
        assert_eq!((sometimes.runs, sometimes.hits), (1003, sometimes.answers));
        assert!((400..600).contains(&sometimes.answers));
        assert_ne!(lab(2).count_answers("b", 1003, trial)[0], sometimes);
    }
}
