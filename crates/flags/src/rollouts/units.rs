//! The units that each arm has met, each counted once for as long as the percentage stays: whether the arms get their shares.
//!
//! A change of the percentage begins anew, since units change their arms by it; the numbers go on rising all the same. What is
//! remembered of a unit is a hash of its name, with a seed of this process.

use std::{
    collections::HashSet,
    hash::{BuildHasher as _, BuildHasherDefault, Hasher, RandomState},
    sync::{Mutex, MutexGuard, PoisonError},
};

use flags_rollout::guardrail::Arms;

use super::arms::{Arm, InForce};

/// As many units are told apart for each percentage; after that neither arm counts any more.
pub(super) const MOST_UNITS: usize = 100_000;

/// A unit is always in the same shard.
const SHARDS: usize = 8;

/// The units that both arms have met.
#[derive(Debug)]
pub(super) struct Units {
    hash: RandomState,
    stage: Mutex<(u64, Option<InForce>)>,
    shards: [Mutex<Shard>; SHARDS],
}

#[derive(Debug, Default)]
struct Shard {
    stage: u64,
    met: HashSet<u64, BuildHasherDefault<Hashed>>,
    seen: Arms<u64>,
}

impl Default for Units {
    fn default() -> Self {
        Self { hash: RandomState::new(), stage: Mutex::default(), shards: Default::default() }
    }
}

impl Units {
    /// The number of the stage in which that percentage is in force: another than before if the percentage is another.
    pub(super) fn stage_of(&self, percentage: &InForce) -> u64 {
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        if stage.1.as_ref() != Some(percentage) {
            stage.0 += 1;
            stage.1 = Some(percentage.clone());
        }
        stage.0
    }

    /// Notes that a unit is in an arm under the percentage of a stage.
    pub(super) fn meet(&self, stage: u64, unit: &str, arm: Arm) {
        let hash = self.hash.hash_one(unit);
        // The lowest bits choose the place in the set.
        let mut shard = locked(&self.shards[(hash >> 56) as usize % SHARDS]);
        if stage > shard.stage {
            shard.stage = stage;
            shard.met.clear();
        }
        // A run that was decided under a former percentage says nothing about this one.
        if stage < shard.stage || shard.met.len() >= MOST_UNITS / SHARDS || !shard.met.insert(hash) {
            return;
        }
        match arm {
            Arm::Control => shard.seen.control += 1,
            Arm::Treatment => shard.seen.treatment += 1,
        }
    }

    /// How many units were met for the first time under their percentage, since the program began.
    pub(super) fn seen(&self) -> Arms<u64> {
        self.shards.iter().fold(Arms::default(), |mut sum, shard| {
            let shard = locked(shard);
            sum.control += shard.seen.control;
            sum.treatment += shard.seen.treatment;
            sum
        })
    }
}

fn locked(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    // Nothing that happens under the lock panics but for want of memory; what is remembered is whole then, too.
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A hash is its own hash.
#[derive(Debug, Default)]
pub(super) struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0 << 8 | u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}
