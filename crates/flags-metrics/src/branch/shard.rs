//! Where the runs of one branch are recorded: a few shards, so that threads seldom meet.
//!
//! A run touches a dozen numbers that belong together. An uncontended lock around plain numbers costs two atomic operations,
//! less than as many atomics would, and keeps them consistent. A thread that finds its shard taken uses another.

use std::{
    cell::Cell,
    sync::{
        Mutex, MutexGuard, PoisonError, TryLockError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use super::{
    outcomes::{BranchOutcomes, RunOutcome},
    window::{Ring, Timeline, WindowCounts},
};

const SHARDS: usize = 4;

#[derive(Debug, Default)]
pub(super) struct Shards {
    shards: [Mutex<Shard>; SHARDS],
}

#[derive(Debug, Default)]
struct Shard {
    outcomes: BranchOutcomes,
    ring: Ring,
}

thread_local! {
    static PREFERRED: Cell<Option<usize>> = const { Cell::new(None) };
}

static NEXT: AtomicUsize = AtomicUsize::new(0);

/// The shard the present thread tries first.
fn preferred() -> usize {
    PREFERRED
        .try_with(|preferred| {
            preferred.get().unwrap_or_else(|| {
                let next = NEXT.fetch_add(1, Relaxed) % SHARDS;
                preferred.set(Some(next));
                next
            })
        })
        .unwrap_or_default()
}

impl Shards {
    pub(super) fn record(&self, outcome: RunOutcome, nanos: u64, timeline: Timeline, epoch: u64) {
        let mut shard = self.any_shard();
        shard.outcomes.record(outcome, nanos);
        shard.ring.record(outcome, timeline, epoch);
    }

    fn any_shard(&self) -> MutexGuard<'_, Shard> {
        let first = preferred();
        for step in 0..SHARDS {
            match self.shards[(first + step) % SHARDS].try_lock() {
                Ok(shard) => return shard,
                Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        locked(&self.shards[first])
    }

    pub(super) fn outcomes(&self) -> BranchOutcomes {
        let mut outcomes = BranchOutcomes::default();
        for shard in &self.shards {
            outcomes.merge(&locked(shard).outcomes);
        }
        outcomes
    }

    pub(super) fn window(&self, epoch: u64, buckets: usize) -> WindowCounts {
        let mut counts = WindowCounts::default();
        for shard in &self.shards {
            counts.merge(locked(shard).ring.window(epoch, buckets));
        }
        counts
    }
}

fn locked(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    // Nothing that happens under the lock panics; numbers would be whole if it did.
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
