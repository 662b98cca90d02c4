//! W1 to W6: batches of about a millisecond in one thread.

use super::{
    Effort, calibrate,
    sample::Summary,
    scheduler::{Disturbances, watched},
    time,
};
use crate::{
    peer::{Contestant, Cursor},
    workload::Workload,
};

/// One peer in one workload: how much a batch holds, and the batches so far.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) workload: Workload,
    cursor: Cursor,
    evaluations: u64,
    nanoseconds: Vec<f64>,
}

impl Cell {
    /// A cell whose batch takes about as long as `effort` asks for. Finding that out warms the caches up.
    pub(crate) fn calibrated(peer: &dyn Contestant, workload: Workload, effort: Effort) -> Self {
        let mut cursor = Cursor::default();
        let evaluations = calibrate(peer, workload, &mut cursor, effort.batch);
        Self { workload, cursor, evaluations, nanoseconds: Vec::new() }
    }

    /// Measures some batches, after one that is thrown away: the rows before it have the caches.
    pub(crate) fn measure(&mut self, peer: &dyn Contestant, batches: u32, disturbances: &mut Disturbances) {
        time(peer, self.workload, &mut self.cursor, self.evaluations);
        for _ in 0..batches {
            let mut batch = || time(peer, self.workload, &mut self.cursor, self.evaluations);
            let taken = disturbances.without(|| watched(&mut batch, |taken| *taken));
            self.nanoseconds.push(taken.as_nanos() as f64 / self.evaluations as f64);
        }
    }

    /// Nanoseconds for one evaluation.
    pub(crate) fn summary(&self) -> Summary {
        Summary::of(&self.nanoseconds)
    }
}
