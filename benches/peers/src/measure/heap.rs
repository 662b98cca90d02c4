//! What one evaluation takes from the heap, in a pass of its own: nothing is counted while anything is timed.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    peer::{Contestant, Cursor},
    workload::Workload,
};

/// Evaluations counted for each cell: enough that an average over users shows, and that a first one is nothing.
const EVALUATIONS: u64 = 8_192;

/// Averages for one evaluation; growing a block counts as taking a new one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Allocations {
    pub(crate) count: f64,
    pub(crate) bytes: f64,
}

/// Counts W1 to W6.
pub(crate) fn allocations(peer: &dyn Contestant) -> BTreeMap<Workload, Allocations> {
    Workload::TIMED
        .into_iter()
        .map(|workload| {
            let mut cursor = Cursor::default();
            peer.run(workload, &mut cursor, EVALUATIONS);
            let counted = mockalloc::record_allocs(|| {
                peer.run(workload, &mut cursor, EVALUATIONS);
            });
            let each = |total: u64| total as f64 / EVALUATIONS as f64;
            (workload, Allocations { count: each(counted.num_allocs()), bytes: each(counted.mem_allocated()) })
        })
        .collect()
}
