//! The run: load everybody, verify their answers, then measure in rounds that are interleaved over all rows, so that a
//! neighbour's load or a change of clock speed falls on all of them alike.

mod heap;
mod loading;
mod sample;
mod scheduler;
mod threads;
mod timing;
mod verify;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

pub(crate) use self::{
    heap::Allocations,
    loading::Loading,
    sample::Summary,
    scheduler::Disturbances,
    threads::TwoThreads,
    verify::{Shares, Wrong},
};
use crate::{
    peer::{About, Contestant, Entry, PeerError},
    workload::{self, Workload},
};

/// How much to measure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    /// Times that all rows take their turn.
    pub(crate) rounds: u32,
    /// Batches of one cell in one round.
    pub(crate) batches: u32,
    /// Loads of each size in one round.
    pub(crate) loads: u32,
    /// How long one batch is meant to take.
    pub(crate) batch: Duration,
}

impl Effort {
    /// Enough for figures that repeat within a few percent on a quiet machine.
    pub(crate) const FULL: Self = Self { rounds: 5, batches: 25, loads: 1, batch: Duration::from_millis(1) };

    /// Enough to see that everything works, and the order of magnitude.
    pub(crate) const QUICK: Self = Self { rounds: 2, batches: 4, loads: 1, batch: Duration::from_millis(1) };
}

/// Everything measured of one peer.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) about: About,
    pub(crate) shares: Shares,
    /// Nanoseconds for one evaluation, W1 to W6.
    pub(crate) times: BTreeMap<Workload, Summary>,
    /// Allocations of one evaluation, W1 to W6.
    pub(crate) allocations: BTreeMap<Workload, Allocations>,
    pub(crate) two_threads: TwoThreads,
    pub(crate) loading: Loading,
}

/// Everything measured.
#[derive(Clone, Debug)]
pub(crate) struct Measurements {
    pub(crate) rows: Vec<Row>,
    pub(crate) disturbances: Disturbances,
}

/// Why nothing was measured.
#[derive(Debug)]
pub(crate) enum MeasureError {
    /// A peer does not load what its adapter writes.
    Load(PeerError),
    /// A peer does not answer as the workload wants, so its times would mean nothing.
    Wrong(Wrong),
}

impl std::fmt::Display for MeasureError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Load(error) => error.fmt(formatter),
            Self::Wrong(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for MeasureError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Load(error) => Some(error),
            Self::Wrong(error) => Some(error),
        }
    }
}

/// Loads, verifies and measures the entries. `progress` is told what is being done, for people who wait.
pub(crate) fn run(
    entries: &[&Entry],
    effort: Effort,
    mut progress: impl FnMut(&str),
) -> Result<Measurements, MeasureError> {
    let users = workload::users();
    let mut peers = Vec::with_capacity(entries.len());
    for entry in entries {
        progress(&format!("loading and verifying {}", entry.about.name));
        let peer = (entry.prepare)(&users).map_err(MeasureError::Load)?;
        let shares = verify::verify(&*peer, users.len()).map_err(MeasureError::Wrong)?;
        peers.push((peer, shares));
    }

    let mut cells: Vec<Vec<timing::Cell>> = Vec::new();
    let mut pairs = Vec::new();
    for (peer, _) in &peers {
        cells.push(
            Workload::TIMED.iter().map(|workload| timing::Cell::calibrated(&**peer, *workload, effort)).collect(),
        );
        pairs.push(threads::Pair::calibrated(&**peer, effort));
    }
    let mut disturbances = Disturbances::default();
    for round in 1..=effort.rounds {
        progress(&format!("evaluations, round {round} of {}", effort.rounds));
        for (index, (peer, _)) in peers.iter().enumerate() {
            for cell in &mut cells[index] {
                cell.measure(&**peer, effort.batches, &mut disturbances);
            }
            pairs[index].measure(&**peer, effort.batches, &mut disturbances);
        }
    }

    progress("allocations");
    let allocations: Vec<_> = peers.iter().map(|(peer, _)| heap::allocations(&**peer)).collect();
    let about_and_shares: Vec<(About, Shares)> =
        peers.iter().map(|(peer, shares)| (peer.about(), shares.clone())).collect();
    // What the evaluations needed is not to lie in memory, and in the caches, while files are loaded.
    drop(peers);

    let loading = loading::measure(entries, effort, &mut progress).map_err(MeasureError::Load)?;

    let rows = about_and_shares
        .into_iter()
        .zip(cells)
        .zip(pairs)
        .zip(allocations)
        .zip(loading)
        .map(|(((((about, shares), cells), pair), allocations), loading)| Row {
            about,
            shares,
            times: cells.iter().map(|cell| (cell.workload, cell.summary())).collect(),
            allocations,
            two_threads: pair.summary(),
            loading,
        })
        .collect();
    Ok(Measurements { rows, disturbances })
}

/// How long `evaluations` take.
fn time(peer: &dyn Contestant, workload: Workload, cursor: &mut crate::peer::Cursor, evaluations: u64) -> Duration {
    let start = Instant::now();
    peer.run(workload, cursor, evaluations);
    start.elapsed()
}

/// How many evaluations take about as long as `target`.
fn calibrate(peer: &dyn Contestant, workload: Workload, cursor: &mut crate::peer::Cursor, target: Duration) -> u64 {
    let mut evaluations = 16;
    loop {
        let taken = time(peer, workload, cursor, evaluations);
        // A quarter of the target is enough to go by; the rest is a rule of three.
        if taken * 4 >= target {
            let scaled = u128::from(evaluations) * target.as_nanos() / taken.as_nanos().max(1);
            return u64::try_from(scaled).unwrap_or(u64::MAX).max(1);
        }
        evaluations *= 2;
    }
}
