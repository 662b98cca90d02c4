//! The thread of a channel: it takes what comes, asks the outbox what is next, and does it.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use flags_core::Timestamp;

use super::{
    ChannelStatus, MAX_WAITING,
    http::Endpoint,
    outbox::{Next, Now, Outbox, Tally},
};
use crate::alerts::Notification;

/// What a channel's thread and its owner share.
#[derive(Debug)]
pub(super) struct Mailbox {
    state: Mutex<State>,
    /// Something came, or the mailbox was closed.
    wake: Condvar,
    /// Everything was sent or given up.
    settled: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Notification>,
    closed: bool,
    /// Whether the thread has something that was neither sent nor given up.
    busy: bool,
    tally: Tally,
    last_error: Option<Box<str>>,
    /// Whether there is no thread and never will be.
    dead: bool,
}

impl Mailbox {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), wake: Condvar::new(), settled: Condvar::new() })
    }

    /// Leaves a notification for the thread.
    pub(super) fn put(&self, notification: Notification) {
        let mut state = self.lock();
        if state.dead {
            state.tally.failed += 1;
            return;
        }
        if state.waiting.len() == MAX_WAITING {
            state.waiting.pop_front();
            state.tally.dropped += 1;
        }
        state.waiting.push_back(notification);
        self.wake.notify_one();
    }

    /// Has the thread try what it has not tried yet, once, and end.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.wake.notify_one();
    }

    /// Waits until everything was sent or given up, or until the deadline; whether it was.
    pub(super) fn wait_until_settled(&self, deadline: Instant) -> bool {
        let mut state = self.lock();
        while state.busy || !state.waiting.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.settled.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    pub(super) fn report(&self, status: &mut ChannelStatus) {
        let state = self.lock();
        status.sent = state.tally.sent;
        status.failed = state.tally.failed;
        status.dropped = state.tally.dropped;
        status.last_error.clone_from(&state.last_error);
    }

    /// Counts a notification that was delivered without the thread.
    pub(super) fn count_sent(&self) {
        self.lock().tally.sent += 1;
    }

    /// There is no thread and never will be: what comes is counted as failed.
    pub(super) fn lose_all(&self, reason: &str) {
        let mut state = self.lock();
        state.dead = true;
        let count = state.waiting.drain(..).count();
        state.tally.failed += u64::try_from(count).unwrap_or(u64::MAX);
        state.last_error = Some(reason.into());
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs a channel until its mailbox is closed and empty.
pub(super) fn run(key: &str, mailbox: &Mailbox, endpoint: &Endpoint, mut outbox: Outbox) {
    let started = Instant::now();
    let now = || Now { passed: started.elapsed(), clock: clock() };
    loop {
        let mut tally = Tally::default();
        let mut state = mailbox.lock();
        for notification in state.waiting.drain(..) {
            outbox.accept(notification, &mut tally);
        }
        let closed = state.closed;
        state.tally.add(tally);
        let instant = now();
        let rest = match outbox.next(instant) {
            Next::Send(delivery) => {
                state.busy = true;
                drop(state);
                let result = endpoint.post(&delivery.body);
                if let Err(error) = &result {
                    tracing::warn!(channel = key, "alerts were not delivered: {}", error.message);
                }
                let mut tally = Tally::default();
                outbox.finish(&result, now(), fastrand::u32(..), &mut tally);
                let mut state = mailbox.lock();
                state.tally.add(tally);
                if let Err(error) = result {
                    state.last_error = Some(error.message.into());
                }
                continue;
            }
            Next::Rest => None,
            Next::Wait(until) => {
                state.busy = !closed;
                Some(until)
            }
            Next::Remind(until) => {
                state.busy = false;
                Some(until)
            }
        };
        if rest.is_none() || closed {
            state.busy = false;
        }
        if closed {
            let mut tally = Tally::default();
            outbox.abandon(&mut tally);
            state.tally.add(tally);
            mailbox.settled.notify_all();
            return;
        }
        if !state.busy {
            mailbox.settled.notify_all();
        }
        let wait = rest.map_or(Duration::MAX, |until| until.saturating_sub(instant.passed));
        // Longer than a platform may be able to wait, and there is no harm in looking.
        let wait = wait.min(Duration::from_secs(3_600));
        let woken = mailbox.wake.wait_timeout_while(state, wait, |state| state.waiting.is_empty() && !state.closed);
        drop(woken.unwrap_or_else(PoisonError::into_inner));
    }
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.sent += other.sent;
        self.failed += other.failed;
        self.dropped += other.dropped;
    }
}

fn clock() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
