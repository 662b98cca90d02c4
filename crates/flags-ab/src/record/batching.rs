//! When what waits to be recorded is appended to the store, and what becomes of it if that fails.
//!
//! Pure: instants are handed in, as the time since some beginning, and what is to be done comes out.

use std::time::Duration;

/// How long to wait after the first failure; twice as long after each further one, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How often events beyond the retention are removed.
const PRUNING: Duration = Duration::from_secs(3600);

/// How events are gathered into batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchOptions {
    /// How many events a batch has at most; at least 1.
    pub events: usize,
    /// How long an event waits at most before it is appended: what a program that is killed may lose.
    pub interval: Duration,
    /// Whether old events are removed from time to time.
    pub prunes: bool,
}

/// What waits to be recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Events in the queue.
    pub queued: usize,
    /// Events in the batch that is being made.
    pub held: usize,
    /// How many of those in the queue somebody waits for, until they and the batch are kept; `None` if nobody does.
    pub awaited: Option<usize>,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Move events from the queue into the batch, at most so many.
    Take(usize),
    /// Append the batch.
    Append,
    /// Have the store remove what is beyond the retention.
    Prune,
    /// Tell those who wait that everything they wait for is kept.
    Answer,
    /// Wait so long, or until something happens; without an end until something happens.
    Wait(Option<Duration>),
}

/// What to do with a batch that was not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterFailure {
    /// Keep it: it is tried again later.
    Retry,
    /// Have the store make room, then try again.
    Prune,
    /// Give it up: there is no room, and none to be made.
    Drop,
}

/// Decides when to append.
///
/// ```
/// use std::time::Duration;
///
/// use flags_ab::record::{BatchOptions, Batching, Step, Waiting};
///
/// let interval = Duration::from_millis(500);
/// let mut batching = Batching::new(BatchOptions { events: 4096, interval, prunes: false });
/// let few = Waiting { queued: 10, ..Waiting::default() };
/// assert_eq!(batching.next(Duration::ZERO, few), Step::Wait(Some(interval)));
/// assert_eq!(batching.next(interval, few), Step::Take(4096));
/// assert_eq!(batching.next(interval, Waiting { held: 10, ..Waiting::default() }), Step::Append);
/// batching.appended();
/// assert_eq!(batching.next(interval, Waiting::default()), Step::Wait(None));
/// ```
#[derive(Clone, Debug)]
pub struct Batching {
    options: BatchOptions,
    /// Since when something waits.
    since: Option<Duration>,
    failures: u32,
    retry_at: Duration,
    has_pruned: bool,
    prune_at: Duration,
}

impl Batching {
    /// Nothing waits yet.
    #[must_use]
    pub fn new(options: BatchOptions) -> Self {
        Self {
            options,
            since: None,
            failures: 0,
            retry_at: Duration::ZERO,
            has_pruned: false,
            prune_at: Duration::ZERO,
        }
    }

    /// What to do next at `now`.
    #[must_use]
    pub fn next(&mut self, now: Duration, waiting: Waiting) -> Step {
        let Waiting { queued, held, awaited } = waiting;
        if self.failures > 0 && held > 0 {
            return if now < self.retry_at { Step::Wait(Some(self.retry_at - now)) } else { Step::Append };
        }
        if self.options.prunes && self.prune_at <= now {
            self.prune_at = now + PRUNING;
            return Step::Prune;
        }
        if awaited == Some(0) && held == 0 {
            return Step::Answer;
        }
        if queued == 0 && held == 0 {
            self.since = None;
            return Step::Wait(self.options.prunes.then(|| self.prune_at - now));
        }
        let since = *self.since.get_or_insert(now);
        let due = since.saturating_add(self.options.interval);
        let is_due = awaited.is_some() || due <= now || self.options.events <= queued + held;
        match (is_due, self.options.events.saturating_sub(held)) {
            (false, _) => Step::Wait(Some(due - now)),
            (true, room) if room > 0 && queued > 0 && awaited != Some(0) => Step::Take(room),
            (true, _) => Step::Append,
        }
    }

    /// The batch was kept.
    pub fn appended(&mut self) {
        self.failures = 0;
        self.has_pruned = false;
        self.since = None;
    }

    /// The batch was not kept; `is_full` where the store has reached its limit.
    #[must_use]
    pub fn failed(&mut self, now: Duration, is_full: bool) -> AfterFailure {
        if is_full && self.options.prunes && !self.has_pruned {
            self.has_pruned = true;
            return AfterFailure::Prune;
        }
        if is_full {
            self.appended();
            return AfterFailure::Drop;
        }
        let pause = FIRST_PAUSE.saturating_mul(1 << self.failures.min(16)).min(LONGEST_PAUSE);
        self.failures = self.failures.saturating_add(1);
        self.retry_at = now + pause;
        AfterFailure::Retry
    }

    /// How many times in a row appending has failed.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_millis(500);

    fn batching(prunes: bool) -> Batching {
        Batching::new(BatchOptions { events: 100, interval: INTERVAL, prunes })
    }

    fn waiting(queued: usize, held: usize) -> Waiting {
        Waiting { queued, held, awaited: None }
    }

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn an_event_waits_for_the_interval_and_no_longer() {
        let mut batching = batching(false);
        assert_eq!(batching.next(millis(1000), waiting(0, 0)), Step::Wait(None));
        assert_eq!(batching.next(millis(1000), waiting(1, 0)), Step::Wait(Some(INTERVAL)));
        assert_eq!(batching.next(millis(1400), waiting(7, 0)), Step::Wait(Some(millis(100))));
        assert_eq!(batching.next(millis(1500), waiting(7, 0)), Step::Take(100));
        assert_eq!(batching.next(millis(1500), waiting(0, 7)), Step::Append);
        batching.appended();
        assert_eq!(batching.next(millis(1501), waiting(1, 0)), Step::Wait(Some(INTERVAL)), "counted anew");
    }

    #[test]
    fn whoever_wants_to_wait_for_ever_may() {
        let mut batching = Batching::new(BatchOptions { events: 100, interval: Duration::MAX, prunes: false });
        assert_eq!(batching.next(millis(7), waiting(1, 0)), Step::Wait(Some(Duration::MAX - millis(7))));
        assert_eq!(batching.next(millis(7), waiting(100, 0)), Step::Take(100));
    }

    #[test]
    fn a_full_batch_and_one_that_is_awaited_do_not_wait() {
        let mut batching = batching(false);
        assert_eq!(batching.next(millis(0), waiting(250, 0)), Step::Take(100));
        assert_eq!(batching.next(millis(0), waiting(150, 100)), Step::Append);
        batching.appended();
        assert_eq!(batching.next(millis(0), waiting(150, 0)), Step::Take(100));
        let awaiting = |queued, held, awaited| Waiting { queued, held, awaited: Some(awaited) };
        assert_eq!(batching.next(millis(0), awaiting(1, 0, 1)), Step::Take(100));
        assert_eq!(batching.next(millis(0), awaiting(0, 1, 0)), Step::Append);
        batching.appended();
        assert_eq!(batching.next(millis(0), awaiting(0, 0, 0)), Step::Answer);
        assert_eq!(
            batching.next(millis(0), awaiting(50, 0, 0)),
            Step::Answer,
            "whoever goes on recording delays nobody"
        );
        assert_eq!(batching.next(millis(0), awaiting(50, 20, 0)), Step::Append);
    }

    #[test]
    fn a_batch_that_was_not_kept_is_tried_again_after_longer_and_longer_pauses() {
        let mut batching = batching(false);
        let (mut now, mut pauses) = (Duration::ZERO, vec![]);
        for _ in 0..12 {
            assert_eq!(batching.next(now, waiting(1_000, 100)), Step::Append);
            assert_eq!(batching.failed(now, false), AfterFailure::Retry);
            let Step::Wait(Some(pause)) = batching.next(now, Waiting { awaited: Some(7), ..waiting(1_000, 100) })
            else {
                unreachable!("because it has just failed")
            };
            pauses.push(pause.as_millis());
            now += pause;
        }
        assert_eq!(pauses[..4], [100, 200, 400, 800]);
        assert_eq!(pauses[9..], [30_000; 3]);
        assert_eq!(batching.failures(), 12);
        batching.appended();
        assert_eq!(batching.next(now, waiting(1_000, 0)), Step::Take(100));
    }

    #[test]
    fn a_store_that_is_full_makes_room_if_it_may_and_else_the_batch_is_given_up() {
        let mut keeps_all = batching(false);
        assert_eq!(keeps_all.failed(millis(0), true), AfterFailure::Drop);
        assert_eq!(keeps_all.next(millis(0), waiting(100, 0)), Step::Take(100), "without a pause");

        let mut prunes = batching(true);
        assert_eq!(prunes.next(millis(0), waiting(100, 0)), Step::Prune);
        assert_eq!(prunes.next(millis(0), waiting(100, 0)), Step::Take(100));
        assert_eq!(prunes.failed(millis(0), true), AfterFailure::Prune);
        assert_eq!(prunes.next(millis(0), waiting(0, 100)), Step::Append);
        assert_eq!(prunes.failed(millis(0), true), AfterFailure::Drop, "there was nothing to remove");
        assert_eq!(prunes.failed(millis(0), true), AfterFailure::Prune, "the next batch has its own try");
    }

    #[test]
    fn old_events_are_removed_every_hour() {
        let mut batching = batching(true);
        assert_eq!(batching.next(millis(0), waiting(0, 0)), Step::Prune);
        assert_eq!(batching.next(millis(1_000), waiting(0, 0)), Step::Wait(Some(millis(3_599_000))));
        assert_eq!(batching.next(millis(3_600_000), waiting(5, 0)), Step::Prune);
    }
}
