//! The way from whoever evaluates to the thread that writes: bounded, lossy, and never waiting.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
    mpsc::{Receiver, Sender, SyncSender, sync_channel},
};

use super::{
    EvaluationOptions,
    line::{Evaluated, Queued},
};

/// How many evaluations were written, and how many were not, since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EvaluationCounts {
    /// Written.
    pub written: u64,
    /// Chosen for the sample and dropped, since too many were waiting.
    pub dropped: u64,
    /// Chosen for the sample and lost, since the file could not be written.
    pub failed: u64,
}

/// The same, while it changes.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) written: AtomicU64,
    pub(super) dropped: AtomicU64,
    pub(super) failed: AtomicU64,
}

impl Counters {
    pub(super) fn read(&self) -> EvaluationCounts {
        EvaluationCounts {
            written: self.written.load(Relaxed),
            dropped: self.dropped.load(Relaxed),
            failed: self.failed.load(Relaxed),
        }
    }
}

/// What is told to the thread.
#[derive(Debug)]
pub(super) enum Message {
    /// Write it.
    Record(Queued),
    /// Say when all before is written.
    Flush(Sender<()>),
}

/// The near end of the queue.
#[derive(Debug)]
pub(super) struct Intake {
    queue: SyncSender<Message>,
    counters: Arc<Counters>,
    one_in: u64,
    /// Where the random numbers are.
    state: AtomicU64,
}

impl Intake {
    pub(super) fn new(options: &EvaluationOptions, counters: Arc<Counters>) -> (Self, Receiver<Message>) {
        let (queue, far_end) = sync_channel(options.queue.get());
        let one_in = u64::from(options.one_in.get());
        (Self { queue, counters, one_in, state: AtomicU64::new(options.seed) }, far_end)
    }

    pub(super) fn record<'e>(&self, describe: impl FnOnce() -> Evaluated<'e>) {
        if self.is_chosen() && self.queue.try_send(Message::Record(describe().into())).is_err() {
            self.counters.dropped.fetch_add(1, Relaxed);
        }
    }

    /// Waits for its turn; says whether there is somebody who listens.
    pub(super) fn tell(&self, message: Message) -> bool {
        self.queue.send(message).is_ok()
    }

    /// Whether the next evaluation is in the sample (`splitmix64`, of which the upper bits are compared).
    fn is_chosen(&self) -> bool {
        if self.one_in == 1 {
            return true;
        }
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut mixed = self.state.fetch_add(STEP, Relaxed).wrapping_add(STEP);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        (u128::from(mixed) * u128::from(self.one_in)) >> 64 == 0
    }
}

#[cfg(test)]
mod tests {
    use flags_core::{Cause, Reason, Timestamp};

    use super::*;

    fn evaluated() -> Evaluated<'static> {
        Evaluated {
            at: Timestamp::from_millis(0),
            flag: "a",
            variant: None,
            reason: Reason::Static,
            cause: Cause::Fallthrough,
            unit: None,
            revision: 1,
        }
    }

    #[test]
    fn what_comes_too_fast_is_dropped_and_counted_and_nobody_waits() {
        let options = EvaluationOptions::default().one_in(1).queue(3);
        let counters = Arc::<Counters>::default();
        let (intake, far_end) = Intake::new(&options, Arc::clone(&counters));
        // Nobody takes anything out, so this would never end if it waited.
        (0..10).for_each(|_| intake.record(evaluated));
        assert_eq!(counters.read(), EvaluationCounts { dropped: 7, ..EvaluationCounts::default() });
        assert_eq!(far_end.try_iter().count(), 3);
        drop(far_end);
        intake.record(evaluated);
        assert_eq!(counters.read().dropped, 8);
    }

    #[test]
    fn the_sample_is_one_in_so_many_and_follows_from_the_seed() {
        let sample = |one_in, seed| {
            let options = EvaluationOptions::default().one_in(one_in).seed(seed);
            let (intake, _far_end) = Intake::new(&options, Arc::default());
            (0..100_000).map(|_| intake.is_chosen()).collect::<Vec<_>>()
        };
        for one_in in [1, 2, 7, 100, 1_000] {
            let chosen = sample(one_in, 5).into_iter().filter(|chosen| *chosen).count() as f64;
            let share = 1.0 / f64::from(one_in);
            // Five standard deviations of the binomial distribution.
            let most = 5.0 * (100_000.0 * share * (1.0 - share)).sqrt();
            assert!((chosen - 100_000.0 * share).abs() <= most, "one in {one_in}: {chosen}");
        }
        assert_eq!(sample(10, 1), sample(10, 1));
        assert_ne!(sample(10, 1), sample(10, 2));
    }

    #[test]
    fn what_is_not_in_the_sample_is_not_even_described() {
        let (intake, far_end) = Intake::new(&EvaluationOptions::default().one_in(50), Arc::default());
        let described = std::cell::Cell::new(0);
        for _ in 0..1_000 {
            intake.record(|| {
                described.set(described.get() + 1);
                evaluated()
            });
        }
        assert_eq!(far_end.try_iter().count(), described.get());
        assert!(described.get() < 100);
    }
}
