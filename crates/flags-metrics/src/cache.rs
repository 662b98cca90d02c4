//! Hits and misses of the caches in front of evaluations.
//!
//! A hit takes a nanosecond or two, so counting it must take less: each thread has cells of its own, which it finds without a lock and
//! without asking whether they are there. Call sites belong to no client, so these counts are those of the whole process, and
//! every [`Metrics`](crate::Metrics) shows them.

use std::{
    cell::Cell,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use crate::branch::rate;

/// A kind of cache in front of evaluations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cache {
    /// What each place in the code remembers.
    CallSite,
    /// What a handle that is bound to a context remembers.
    Bound,
}

impl Cache {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::CallSite, Self::Bound];

    /// Its name on metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CallSite => "call_site",
            Self::Bound => "bound",
        }
    }

    /// Counts a question the cache has answered.
    #[inline]
    pub fn hit(self) {
        count(self as usize * 2);
    }

    /// Counts a question the cache could not answer.
    #[inline]
    pub fn miss(self) {
        count(self as usize * 2 + 1);
    }

    /// How many questions were answered so far, and how many were not, in the whole process.
    #[must_use]
    pub fn requests(self) -> CacheRequests {
        let mut requests = CacheRequests { hits: 0, misses: 0 };
        for cells in &all().all {
            requests.hits += cells.counts[self as usize * 2].load(Relaxed);
            requests.misses += cells.counts[self as usize * 2 + 1].load(Relaxed);
        }
        requests
    }
}

/// How many questions a cache answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheRequests {
    /// Questions it answered.
    pub hits: u64,
    /// Questions it could not answer.
    pub misses: u64,
}

impl CacheRequests {
    /// The share of questions the cache answered, from 0 to 1; `None` if there were none.
    #[must_use]
    pub fn hit_rate(self) -> Option<f64> {
        rate(self.hits, self.hits + self.misses)
    }

    /// What was asked after `earlier`.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self { hits: self.hits.saturating_sub(earlier.hits), misses: self.misses.saturating_sub(earlier.misses) }
    }
}

/// The cells of one thread, on cache lines of their own.
#[repr(align(128))]
struct Cells {
    counts: [AtomicU64; 4],
}

/// All cells there are. They are never freed but handed on, so there are as many as threads have counted at once.
struct All {
    all: Vec<&'static Cells>,
    free: Vec<&'static Cells>,
}

static ALL: Mutex<All> = Mutex::new(All { all: Vec::new(), free: Vec::new() });

fn all() -> MutexGuard<'static, All> {
    // Two lists that are whole after every step.
    ALL.lock().unwrap_or_else(PoisonError::into_inner)
}

impl All {
    fn take(&mut self) -> &'static Cells {
        self.free.pop().unwrap_or_else(|| {
            let cells: &'static Cells = Box::leak(Box::new(Cells { counts: [const { AtomicU64::new(0) }; 4] }));
            self.all.push(cells);
            cells
        })
    }
}

thread_local! {
    /// Needs no destructor, so that reading it asks no questions.
    static CELLS: Cell<Option<&'static Cells>> = const { Cell::new(None) };
    /// Has one, for the end of the thread.
    static HAND_ON: HandOn = const { HandOn };
}

/// Hands the thread's cells on when the thread ends.
struct HandOn;

impl Drop for HandOn {
    fn drop(&mut self) {
        if let Some(cells) = CELLS.take() {
            all().free.push(cells);
        }
    }
}

#[inline]
fn count(at: usize) {
    match CELLS.get() {
        // This thread alone writes here.
        Some(cells) => cells.counts[at].store(cells.counts[at].load(Relaxed).wrapping_add(1), Relaxed),
        None => count_first(at),
    }
}

#[cold]
fn count_first(at: usize) {
    let mut all = all();
    let cells = all.take();
    cells.counts[at].store(cells.counts[at].load(Relaxed).wrapping_add(1), Relaxed);
    // A thread that is ending counts this once and keeps nothing.
    match HAND_ON.try_with(|_| ()) {
        Ok(()) => CELLS.set(Some(cells)),
        Err(_) => all.free.push(cells),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One test, since the counts are those of the process: 16 threads, each new, count what they count.
    // C3
    #[test]
    fn nothing_is_lost_when_threads_end() {
        let before = Cache::ALL.map(Cache::requests);
        let ask = || {
            for turn in 0..1_000 {
                Cache::CallSite.hit();
                if turn % 10 == 0 {
                    Cache::CallSite.miss();
                    Cache::Bound.hit();
                }
            }
        };
        for _ in 0..4 {
            // Joined, and not only waited for: then their thread-local values are gone.
            let threads = [0; 4].map(|_| std::thread::spawn(ask));
            threads.into_iter().for_each(|thread| thread.join().unwrap());
        }
        let [call_site, bound] = [0, 1].map(|at| Cache::ALL[at].requests().since(before[at]));
        assert_eq!(call_site, CacheRequests { hits: 16_000, misses: 1_600 });
        assert_eq!(bound, CacheRequests { hits: 1_600, misses: 0 });
        assert_eq!((bound.hit_rate(), CacheRequests::default().hit_rate()), (Some(1.0), None));
        assert!(all().all.len() <= 4, "threads that end hand their cells on");
    }
}
