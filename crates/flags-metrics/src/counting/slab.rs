//! The cells one thread counts in, and the pool they come from.
//!
//! A slab has one writer at a time, so a count is a load and a store and no read-modify-write. A thread that ends, or moves on
//! to another set, gives its slab back with everything counted in it; the next thread goes on from there. So nothing is ever
//! added up while a thread ends, and there are never more slabs than threads have counted at once.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering::Relaxed},
};

/// Cells of zeroes. Their memory is the system's zero page until it is counted in, so most of a slab costs nothing.
pub(crate) struct Slab {
    cells: Box<[AtomicU64]>,
}

impl Slab {
    fn new(cells: usize) -> Self {
        Self { cells: bytemuck::zeroed_slice_box(cells) }
    }

    /// Adds to a cell. Only the slab's one writer calls this.
    #[inline]
    pub(super) fn add(&self, at: usize, more: u64) {
        if let Some(cell) = self.cells.get(at) {
            cell.store(cell.load(Relaxed).wrapping_add(more), Relaxed);
        }
    }

    #[inline]
    pub(super) fn set(&self, at: usize, value: u64) {
        if let Some(cell) = self.cells.get(at) {
            cell.store(value, Relaxed);
        }
    }

    #[inline]
    pub(super) fn read(&self, at: usize) -> u64 {
        self.cells.get(at).map_or(0, |cell| cell.load(Relaxed))
    }
}

/// The slabs of one layout.
pub(super) struct Pool {
    cells: usize,
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
    pub(super) fn new(cells: usize) -> Self {
        Self { cells, slabs: Mutex::default() }
    }

    /// A slab for one writer, to be given back.
    pub(super) fn lend(&self) -> Arc<Slab> {
        let mut slabs = self.lock();
        if let Some(slab) = slabs.free.pop() {
            return slab;
        }
        let slab = Arc::new(Slab::new(self.cells));
        slabs.all.push(Arc::clone(&slab));
        slab
    }

    pub(super) fn give_back(&self, slab: Arc<Slab>) {
        self.lock().free.push(slab);
    }

    /// Adds every slab's cells from `first` on to `sums`.
    pub(super) fn sum(&self, sums: &mut [u64]) {
        for slab in &self.lock().all {
            for (sum, cell) in sums.iter_mut().zip(&slab.cells) {
                *sum = sum.wrapping_add(cell.load(Relaxed));
            }
        }
    }

    pub(super) fn count(&self) -> usize {
        self.lock().all.len()
    }

    fn lock(&self) -> MutexGuard<'_, Slabs> {
        // Two lists that are whole after every step: a panic in between leaves nothing half done.
        self.slabs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
