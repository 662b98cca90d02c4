//! The thread that appends to the store. It decides nothing: [`Batching`] does.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, mpsc::Receiver},
    thread,
    time::{Duration, Instant},
};

use flags_ab::{
    Event,
    record::{AfterFailure, BatchOptions, Batching, ExposureKey, Step, Waiting},
    store::{EventStore, StoreError},
};
use flags_core::Timestamp;

use super::{
    queue::{Item, Shared},
    status::Dropped,
};
use crate::live::SharedClock;

/// How often dropped events are told at most.
const TELLING: Duration = Duration::from_secs(60);

/// What the thread works with.
pub(super) struct Work {
    pub(super) shared: Arc<Shared>,
    pub(super) queue: Receiver<Item>,
    pub(super) store: Arc<dyn EventStore>,
    pub(super) clock: SharedClock,
    pub(super) retention: Option<Duration>,
    pub(super) batch: BatchOptions,
}

/// A batch that is being made.
#[derive(Default)]
struct Batch {
    events: Vec<Event>,
    exposures: Vec<ExposureKey>,
}

/// Somebody who waits until everything is kept that was recorded before.
struct Awaited {
    call: u64,
    /// How many of the events in the queue were recorded before.
    queued: usize,
}

impl Work {
    /// Runs until it is told to stop.
    pub(super) fn run(self) {
        let begun = Instant::now();
        let mut batching = Batching::new(self.batch);
        let (mut batch, mut awaited, mut told) = (Batch::default(), None::<Awaited>, Told::default());
        loop {
            if self.shared.is_stopped() {
                self.give_up(&mut batch);
                return;
            }
            // Asked first, counted then: whatever was recorded before the call is among those counted.
            if awaited.is_none() {
                awaited = self.shared.open_call().map(|call| Awaited { call, queued: self.shared.waiting() });
            }
            let waiting = Waiting {
                queued: self.shared.waiting(),
                held: batch.events.len(),
                awaited: awaited.as_ref().map(|awaited| awaited.queued),
            };
            match batching.next(begun.elapsed(), waiting) {
                Step::Take(most) => {
                    let taken = self.take(most, &mut batch);
                    if taken == 0 {
                        // It is counted, and whoever records it is about to put it in.
                        thread::yield_now();
                    }
                    if let Some(awaited) = &mut awaited {
                        awaited.queued = awaited.queued.saturating_sub(taken);
                    }
                }
                Step::Append => self.append(&mut batching, &mut batch, begun),
                Step::Prune => self.prune(),
                Step::Answer => {
                    if let Some(awaited) = awaited.take() {
                        self.shared.answer(awaited.call);
                    }
                }
                Step::Wait(Some(longest)) => thread::park_timeout(longest),
                Step::Wait(None) => thread::park(),
            }
            told.tell(&self.shared, begun.elapsed());
        }
    }

    fn take(&self, most: usize, batch: &mut Batch) -> usize {
        let mut taken = 0;
        while taken < most
            && let Ok(item) = self.queue.try_recv()
        {
            let (event, exposure) = item.into_event();
            batch.events.push(event);
            batch.exposures.extend(exposure);
            taken += 1;
        }
        self.shared.taken(taken);
        taken
    }

    fn append(&self, batching: &mut Batching, batch: &mut Batch, begun: Instant) {
        // A store of the application's that panics has not kept the batch.
        let kept = catch_unwind(AssertUnwindSafe(|| self.store.append(&batch.events)));
        let (is_full, error) = match kept {
            Ok(Ok(())) => {
                if batching.failures() > 0 {
                    tracing::info!("events are kept again");
                }
                batching.appended();
                let mut counts = self.shared.counts();
                counts.add(&batch.events);
                counts.failures = 0;
                drop(counts);
                batch.events.clear();
                batch.exposures.clear();
                return;
            }
            Ok(Err(error)) => (matches!(error, StoreError::Full { .. } | StoreError::NoRoom { .. }), error.to_string()),
            Err(_) => (false, "the store panicked".to_owned()),
        };
        if batching.failures() == 0 && !is_full {
            tracing::error!("events cannot be kept, and are tried again: {error}");
        }
        let after = batching.failed(begun.elapsed(), is_full);
        let mut counts = self.shared.counts();
        counts.failures = batching.failures();
        counts.last_error = Some(error);
        drop(counts);
        match after {
            AfterFailure::Retry => {}
            AfterFailure::Prune => self.prune(),
            AfterFailure::Drop => self.drop_batch(batch, Dropped::StoreFull),
        }
    }

    /// Removes what is beyond the retention.
    fn prune(&self) {
        let Some(retention) = self.retention else { return };
        let age = i64::try_from(retention.as_micros()).unwrap_or(i64::MAX);
        let before = Timestamp::from_micros(self.clock.now().as_micros().saturating_sub(age));
        match catch_unwind(AssertUnwindSafe(|| self.store.prune(before))) {
            Ok(Ok(0)) => {}
            Ok(Ok(removed)) => tracing::info!(removed, "events beyond the retention were removed"),
            Ok(Err(error)) => tracing::error!("events beyond the retention cannot be removed: {error}"),
            Err(_) => tracing::error!("events beyond the retention cannot be removed: the store panicked"),
        }
    }

    /// Units whose exposure is dropped are recorded when they are met again.
    fn drop_batch(&self, batch: &mut Batch, why: Dropped) {
        self.shared.drop_many(why, batch.events.len());
        batch.exposures.drain(..).for_each(|exposure| self.shared.first.forget(exposure));
        batch.events.clear();
    }

    fn give_up(&self, batch: &mut Batch) {
        while self.take(self.batch.events, batch) > 0 {
            self.drop_batch(batch, Dropped::Closed);
        }
        self.drop_batch(batch, Dropped::Closed);
    }
}

/// How many dropped events were told of.
#[derive(Default)]
struct Told {
    events: u64,
    next: Duration,
}

impl Told {
    /// Tells that events are dropped, once a minute at most.
    fn tell(&mut self, shared: &Shared, now: Duration) {
        if now < self.next {
            return;
        }
        let dropped = Dropped::ALL.map(|why| (why, shared.dropped(why)));
        let all: u64 = dropped.iter().map(|(_, count)| count).sum();
        if all > self.events {
            let reasons: Vec<String> =
                dropped.iter().filter(|(_, count)| *count > 0).map(|(why, count)| format!("{why} {count}")).collect();
            tracing::warn!(
                dropped = all - self.events,
                "events were not kept; since the start: {}",
                reasons.join(", ")
            );
            (self.events, self.next) = (all, now + TELLING);
        }
    }
}
