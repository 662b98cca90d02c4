//! The cells one thread counts in, and the pool they come from.
//!
//! A slab has one writer at a time, so a count is a load and a store and no read-modify-write. A thread that ends, or moves on
//! to another set, gives its slab back with everything counted in it; the next thread goes on from there. So nothing is ever
//! added up while a thread ends, and there are never more slabs than threads have counted at once.
//!
//! The cells lie in banks, one for each reason and one for errors, that are made when they are first counted in: most flags
//! come to one or two reasons, and a large set must not take memory on every thread for those that never happen.

use std::{
    ops::Range,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use crate::histogram::BUCKETS;

/// How many reasons there are, and so the first banks.
pub(crate) const REASONS: usize = 6;

/// The bank of errors.
pub(crate) const ERRORS: usize = REASONS;

const BANKS: usize = REASONS + 1;

/// Evaluations since the last that was timed.
pub(super) const UNTIMED: usize = 0;

/// Evaluations of flags that do not exist.
pub(crate) const UNKNOWN: usize = 1;

/// How long evaluations took: the buckets, then the sum in nanoseconds.
pub(crate) const DURATIONS: Range<usize> = 2..2 + BUCKETS + 1;

/// Cells that belong to no flag.
const OWN: usize = DURATIONS.end;

/// Cells on either side of a bank that are not counted in, so that no two threads' counts share a cache line.
const MARGIN: usize = 16;

/// The cells of one thread, on cache lines of their own.
#[repr(align(128))]
pub(crate) struct Slab {
    own: [AtomicU64; OWN],
    banks: [OnceLock<Box<[AtomicU64]>>; BANKS],
    sizes: Sizes,
}

/// How many cells the banks have.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    /// Those of a reason.
    pub(super) slots: usize,
    /// That of errors.
    pub(super) errors: usize,
}

impl Slab {
    fn new(sizes: Sizes) -> Self {
        Self { own: [const { AtomicU64::new(0) }; OWN], banks: [const { OnceLock::new() }; BANKS], sizes }
    }

    /// Counts one in a cell of a bank. Only the slab's one writer calls this, as all that follow.
    #[inline]
    pub(super) fn count(&self, bank: usize, at: usize) {
        match self.banks.get(bank).and_then(OnceLock::get) {
            Some(cells) => count(cells, at),
            None => self.count_first(bank, at),
        }
    }

    #[cold]
    fn count_first(&self, bank: usize, at: usize) {
        if let Some(cells) = self.banks.get(bank) {
            let size = if bank == ERRORS { self.sizes.errors } else { self.sizes.slots };
            // The system's zero page, as far as nothing is counted in it.
            count(cells.get_or_init(|| bytemuck::zeroed_slice_box(size + 2 * MARGIN)), at);
        }
    }

    /// Adds to a cell that belongs to no flag.
    #[inline]
    pub(super) fn add_own(&self, at: usize, more: u64) {
        self.set_own(at, self.own(at).wrapping_add(more));
    }

    #[inline]
    pub(super) fn set_own(&self, at: usize, value: u64) {
        if let Some(cell) = self.own.get(at) {
            cell.store(value, Relaxed);
        }
    }

    #[inline]
    pub(super) fn own(&self, at: usize) -> u64 {
        self.own.get(at).map_or(0, |cell| cell.load(Relaxed))
    }
}

#[inline]
fn count(cells: &[AtomicU64], at: usize) {
    if let Some(cell) = cells.get(at + MARGIN) {
        cell.store(cell.load(Relaxed).wrapping_add(1), Relaxed);
    }
}

/// The sums over several slabs.
pub(crate) struct Sums {
    own: [u64; OWN],
    /// Empty where no slab has that bank.
    banks: [Vec<u64>; BANKS],
}

impl Sums {
    pub(crate) fn new() -> Self {
        Self { own: [0; OWN], banks: [const { Vec::new() }; BANKS] }
    }

    fn add(&mut self, slab: &Slab) {
        for (sum, cell) in self.own.iter_mut().zip(&slab.own) {
            *sum = sum.wrapping_add(cell.load(Relaxed));
        }
        for (sums, cells) in self.banks.iter_mut().zip(&slab.banks) {
            let Some(cells) = cells.get() else { continue };
            let cells = &cells[MARGIN..cells.len() - MARGIN];
            sums.resize(cells.len(), 0);
            for (sum, cell) in sums.iter_mut().zip(cells) {
                *sum = sum.wrapping_add(cell.load(Relaxed));
            }
        }
    }

    /// By how much a cell that belongs to no flag has risen since `earlier`.
    pub(crate) fn rise_of_own(&self, at: usize, earlier: &Self) -> u64 {
        self.own[at].wrapping_sub(earlier.own[at])
    }

    /// The cells of a bank with what they were in `earlier`; nothing where the bank is empty.
    pub(crate) fn bank<'s>(&'s self, bank: usize, earlier: &'s mut Self) -> Option<(&'s [u64], &'s [u64])> {
        let cells = self.banks.get(bank).filter(|cells| !cells.is_empty())?;
        let former = earlier.banks.get_mut(bank)?;
        former.resize(cells.len(), 0);
        Some((cells, former))
    }
}

/// The slabs of one layout.
pub(super) struct Pool {
    sizes: Sizes,
    slabs: Mutex<Slabs>,
}

#[derive(Default)]
struct Slabs {
    /// All there are, lent or not.
    all: Vec<Arc<Slab>>,
    /// Those that nobody has.
    free: Vec<Arc<Slab>>,
}

impl Pool {
    pub(super) fn new(sizes: Sizes) -> Self {
        Self { sizes, slabs: Mutex::default() }
    }

    /// A slab for one writer, to be given back.
    pub(super) fn lend(&self) -> Arc<Slab> {
        let mut slabs = self.lock();
        if let Some(slab) = slabs.free.pop() {
            return slab;
        }
        let slab = Arc::new(Slab::new(self.sizes));
        slabs.all.push(Arc::clone(&slab));
        slab
    }

    pub(super) fn give_back(&self, slab: Arc<Slab>) {
        self.lock().free.push(slab);
    }

    pub(super) fn sums(&self) -> Sums {
        let mut sums = Sums::new();
        for slab in &self.lock().all {
            sums.add(slab);
        }
        sums
    }

    pub(super) fn count(&self) -> usize {
        self.lock().all.len()
    }

    fn lock(&self) -> MutexGuard<'_, Slabs> {
        // Two lists that are whole after every step: a panic in between leaves nothing half done.
        self.slabs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
