//! W7: two threads at once, each with its own place in the round, against one thread in the same loop. What both do in the
//! same span counts; a shared lock or a shared count shows as a factor below two.

use std::{
    sync::{
        Barrier,
        atomic::{AtomicBool, Ordering},
    },
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

/// How often a sample is attempted, at most, until no thread had to wait for its CPU in it.
const ATTEMPTS: usize = 20;

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
        let samples = batches.div_ceil(5) as usize;
        let alone = [Cursor::default()];
        let together = [Cursor::default(), Cursor::halfway()];
        self.one.extend(disturbances.best_of(rates(peer, &alone, self.step, samples), samples));
        self.two.extend(disturbances.best_of(rates(peer, &together, self.step, samples), samples));
    }

    /// The medians and their quotient.
    pub(crate) fn summary(&self) -> TwoThreads {
        let one = Summary::of(&self.one);
        let two = Summary::of(&self.two);
        let scaling = if one.median > 0.0 { two.median / one.median } else { 0.0 };
        TwoThreads { one_thread_per_second: one, two_threads_per_second: two, scaling }
    }
}

/// Evaluations a second over all threads, one for each cursor, and whether any of them had to wait for its CPU. The same threads
/// make attempt after attempt, beginning each together, until enough of them were not disturbed.
fn rates(peer: &dyn Contestant, cursors: &[Cursor], step: u64, wanted: usize) -> Vec<(f64, bool)> {
    let together = Barrier::new(cursors.len());
    let disturbed: Vec<AtomicBool> = (0..wanted * ATTEMPTS).map(|_| AtomicBool::new(false)).collect();
    thread::scope(|scope| {
        let threads: Vec<_> = cursors
            .iter()
            .map(|start| {
                let (mut cursor, together, disturbed) = (*start, &together, &disturbed);
                scope.spawn(move || {
                    let mut rates = Vec::with_capacity(wanted);
                    let mut undisturbed = 0;
                    for attempt in disturbed {
                        together.wait();
                        let ((evaluations, taken), waited) =
                            watched(|| evaluate_for_a_span(peer, &mut cursor, step), |(_, taken)| *taken);
                        rates.push(evaluations as f64 / taken.as_secs_f64());
                        attempt.fetch_or(waited, Ordering::Relaxed);
                        // Past this, every thread has said so; all of them count alike and stop at the same attempt.
                        together.wait();
                        undisturbed += usize::from(!attempt.load(Ordering::Relaxed));
                        if undisturbed == wanted {
                            break;
                        }
                    }
                    rates
                })
            })
            .collect();
        let mut sums: Vec<f64> = Vec::new();
        for thread in threads {
            let rates = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            sums.resize(rates.len(), 0.0);
            sums.iter_mut().zip(rates).for_each(|(sum, rate)| *sum += rate);
        }
        sums.into_iter().zip(&disturbed).map(|(sum, disturbed)| (sum, disturbed.load(Ordering::Relaxed))).collect()
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
