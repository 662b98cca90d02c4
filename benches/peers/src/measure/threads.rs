//! W7: two threads at once, each with its own place in the round, against one thread in the same loop. What both do in the
//! same span counts; a shared lock or a shared count shows as a factor below two.

use std::{
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

use serde::Serialize;

use super::{
    Effort, calibrate,
    sample::Summary,
    scheduler::{Disturbances, watched},
};
use crate::{
    peer::{Contestant, Cursor},
    workload::Workload,
};

/// How long one sample runs: long enough that the start of a thread is nothing.
const SPAN: Duration = Duration::from_millis(5);

/// Evaluations a second.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct TwoThreads {
    pub(crate) one_thread_per_second: Summary,
    pub(crate) two_threads_per_second: Summary,
    /// What two threads do over what one does: 2 at best.
    pub(crate) scaling: f64,
}

/// One peer's samples of W7.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    /// Evaluations between two looks at the clock, some twenty microseconds' worth.
    step: u64,
    one: Vec<f64>,
    two: Vec<f64>,
}

impl Pair {
    /// A pair whose threads look at the clock often enough to stop together, and seldom enough not to measure it.
    pub(crate) fn calibrated(peer: &dyn Contestant, effort: Effort) -> Self {
        let evaluations = calibrate(peer, Workload::TwoThreads, &mut Cursor::default(), effort.batch);
        Self { step: (evaluations / 50).max(1), one: Vec::new(), two: Vec::new() }
    }

    /// Measures a fifth as many samples as there would be batches: each is five times as long, and done twice.
    pub(crate) fn measure(&mut self, peer: &dyn Contestant, batches: u32, disturbances: &mut Disturbances) {
        for _ in 0..batches.div_ceil(5) {
            self.one.push(disturbances.without(|| rate(peer, &[Cursor::default()], self.step)));
            self.two.push(disturbances.without(|| rate(peer, &[Cursor::default(), Cursor::halfway()], self.step)));
        }
    }

    /// The medians and their quotient.
    pub(crate) fn summary(&self) -> TwoThreads {
        let one = Summary::of(&self.one);
        let two = Summary::of(&self.two);
        let scaling = if one.median > 0.0 { two.median / one.median } else { 0.0 };
        TwoThreads { one_thread_per_second: one, two_threads_per_second: two, scaling }
    }
}

/// Evaluations a second over all threads, one for each cursor, and whether any of them had to wait for its CPU.
fn rate(peer: &dyn Contestant, cursors: &[Cursor], step: u64) -> (f64, bool) {
    let together = Barrier::new(cursors.len());
    thread::scope(|scope| {
        let threads: Vec<_> = cursors
            .iter()
            .map(|start| {
                let (mut cursor, together) = (*start, &together);
                scope.spawn(move || {
                    together.wait();
                    watched(|| evaluate_for_a_span(peer, &mut cursor, step), |(_, taken)| *taken)
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .map(|((evaluations, taken), disturbed)| (evaluations as f64 / taken.as_secs_f64(), disturbed))
            .fold((0.0, false), |(sum, any), (rate, disturbed)| (sum + rate, any || disturbed))
    })
}

/// Evaluates for [`SPAN`], and says how many evaluations in how long.
fn evaluate_for_a_span(peer: &dyn Contestant, cursor: &mut Cursor, step: u64) -> (u64, Duration) {
    let start = Instant::now();
    let mut evaluations = 0;
    loop {
        peer.run(Workload::TwoThreads, cursor, step);
        evaluations += step;
        let taken = start.elapsed();
        if taken >= SPAN {
            return (evaluations, taken);
        }
    }
}
