//! Which exposures have been recorded already, in bounded memory.

use std::{
    hash::BuildHasher,
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use foldhash::quality::FixedState;
use hashbrown::HashTable;

/// How many parts there are, so that threads seldom want the same at once. A power of two.
const SHARDS: usize = 64;

/// Remembers which units have met which arm of which experiment, so that each exposure is recorded once.
///
/// A unit that meets its arm again and again is remembered for as long as it does: what is forgotten is what was not met for
/// longest. The last [`capacity`](Self::new) exposures that were asked for are always known, and at most twice as many. A unit
/// that comes back after it was forgotten is recorded again, which costs room and changes no result, since analysis takes the
/// first of several.
///
/// **Memory**: a hash of 8 bytes for each exposure and a byte beside it, in tables that are at least 7/16 full: 21 bytes for each
/// exposure that is known, 42 for each of the capacity at most. It grows as it is needed.
///
/// **Exactness**: what is known is known by a hash of 64 bits that begins with a seed of the process's own. Of a million known
/// exposures, a new one is taken for one of them with a chance of 5 in 10^14.
///
/// ```
/// use flags_ab::record::FirstExposures;
///
/// let first = FirstExposures::new(100_000, 42);
/// let red_button = first.seed("checkout_button", "red", "");
/// let exposure = first.key(red_button, "user-42");
/// assert!(first.insert(exposure), "the first time");
/// assert!(!first.insert(exposure), "known");
/// first.forget(exposure); // it could not be recorded after all
/// assert!(first.insert(exposure));
/// ```
#[derive(Debug)]
pub struct FirstExposures {
    shards: Box<[Mutex<Shard>]>,
    hasher: FixedState,
    /// How many a generation of a shard holds.
    generation: usize,
}

/// The part of an exposure's key that its arm has a say in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ExposureSeed(u64);

/// An exposure, as far as it is told from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ExposureKey(u64);

/// Two generations. When the present one is full, the former is forgotten.
#[derive(Debug, Default)]
struct Shard {
    present: HashTable<u64>,
    former: HashTable<u64>,
}

impl FirstExposures {
    /// Remembers that many exposures at least, and twice as many at most. `seed` had better be different in each process.
    #[must_use]
    pub fn new(capacity: usize, seed: u64) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        let hasher = FixedState::with_seed(seed);
        // Shards fill unevenly: by six standard deviations more than the mean, all of the capacity fits for certain.
        let mean = capacity.div_ceil(SHARDS);
        let generation = mean + 6 * mean.isqrt() + 1;
        Self { shards, hasher, generation }
    }

    /// What the exposures to one arm begin with; to be made once for each arm.
    #[must_use]
    pub fn seed(&self, experiment: &str, arm: &str, unit_kind: &str) -> ExposureSeed {
        ExposureSeed(self.hasher.hash_one((experiment, arm, unit_kind)))
    }

    /// The exposure of a unit to an arm.
    #[must_use]
    #[inline]
    pub fn key(&self, seed: ExposureSeed, unit: &str) -> ExposureKey {
        ExposureKey(FixedState::with_seed(seed.0).hash_one(unit))
    }

    /// Whether it is not known yet; from now on it is. Of several threads that ask at once, one is told so.
    pub fn insert(&self, exposure: ExposureKey) -> bool {
        let ExposureKey(key) = exposure;
        let mut shard = self.shard(key);
        if find(&shard.present, key) {
            return false;
        }
        if shard.present.len() >= self.generation {
            shard.former = mem::take(&mut shard.present);
        }
        let known = remove(&mut shard.former, key);
        shard.present.insert_unique(key, key, |key| *key);
        !known
    }

    /// Forgets an exposure that could not be recorded, so that the next one counts as the first.
    pub fn forget(&self, exposure: ExposureKey) {
        let ExposureKey(key) = exposure;
        let mut shard = self.shard(key);
        remove(&mut shard.present, key);
        remove(&mut shard.former, key);
    }

    /// How many exposures are known.
    #[must_use]
    pub fn len(&self) -> usize {
        let of_shard = |shard: &Mutex<Shard>| {
            let shard = lock(shard);
            shard.present.len() + shard.former.len()
        };
        self.shards.iter().map(of_shard).sum()
    }

    /// Whether none is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The shard by bits that a table looks at last.
    fn shard(&self, key: u64) -> MutexGuard<'_, Shard> {
        let place = (key >> 48) as usize % SHARDS;
        lock(&self.shards[place])
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    // Nothing foreign runs under this lock.
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

fn find(table: &HashTable<u64>, key: u64) -> bool {
    table.find(key, |known| *known == key).is_some()
}

fn remove(table: &mut HashTable<u64>, key: u64) -> bool {
    match table.find_entry(key, |known| *known == key) {
        Ok(entry) => {
            entry.remove();
            true
        }
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(first: &FirstExposures, units: std::ops::Range<u32>) -> Vec<ExposureKey> {
        let seed = first.seed("experiment", "arm", "");
        units.map(|unit| first.key(seed, &unit.to_string())).collect()
    }

    // F2
    #[test]
    fn what_fits_is_known_and_the_oldest_is_forgotten() {
        let first = FirstExposures::new(10_000, 1);
        let units = keys(&first, 0..10_000);
        assert!(units.iter().all(|unit| first.insert(*unit)), "each is new once");
        assert!(!units.iter().any(|unit| first.insert(*unit)), "and all of them are known then");
        for unit in keys(&first, 10_000..100_000) {
            first.insert(unit);
            assert!(!first.insert(units[7]), "who is met again and again stays known");
        }
        assert!(first.len() <= 2 * SHARDS * first.generation, "{}", first.len());
        let forgotten = units.iter().filter(|unit| first.insert(**unit)).count();
        assert_eq!(forgotten, 9_999, "all the others are long gone");
    }

    #[test]
    fn memory_is_what_is_promised() {
        let first = FirstExposures::new(100_000, 1);
        for unit in keys(&first, 0..300_000) {
            first.insert(unit);
        }
        let bytes: usize = first
            .shards
            .iter()
            .map(|shard| {
                let shard = lock(shard);
                shard.present.allocation_size() + shard.former.allocation_size()
            })
            .sum();
        assert!(bytes <= 42 * 100_000 * 6 / 5, "{bytes} bytes; a fifth more for shards that fill unevenly");
    }

    #[test]
    fn arms_experiments_and_kinds_of_units_are_told_apart() {
        let first = FirstExposures::new(100, 1);
        for (experiment, arm, kind) in
            [("a", "b", ""), ("a", "c", ""), ("d", "b", ""), ("a", "b", "node_id"), ("ab", "", "")]
        {
            assert!(first.insert(first.key(first.seed(experiment, arm, kind), "7")), "{experiment} {arm} {kind}");
        }
    }

    // F2
    #[test]
    fn of_threads_that_meet_a_unit_at_once_one_records_it() {
        let first = FirstExposures::new(100_000, 1);
        let units = keys(&first, 0..20_000);
        let told: usize = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..8).map(|_| scope.spawn(|| units.iter().filter(|unit| first.insert(**unit)).count())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(told, units.len());
    }
}
