//! What is to be sent next, and when: a pure state machine, given the time and what became of each delivery.

use std::time::Duration;

use flags_core::Timestamp;

use super::{
    alertmanager::AlertmanagerOutbox, backoff, delivery::Delivery, delivery::DeliveryError, delivery::Retry,
    webhook::WebhookOutbox,
};
use crate::alerts::Notification;

/// How many notifications may wait for one channel; beyond that the oldest are dropped and counted.
pub const MAX_WAITING: usize = 256;

/// One instant: the time since the channel was made, and what the wall clock shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now {
    pub(super) passed: Duration,
    pub(super) clock: Timestamp,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Next {
    /// Nothing, until something comes.
    Rest,
    /// Nothing before that time has passed; there is something to be sent then.
    Wait(Duration),
    /// Nothing before that time has passed; everything was told, and is told again then.
    Remind(Duration),
    /// Send this, then say what became of it.
    Send(Delivery),
}

/// What became of notifications.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) sent: u64,
    pub(super) failed: u64,
    pub(super) dropped: u64,
}

/// What waits to be sent by a channel.
#[derive(Debug)]
pub(super) enum Outbox {
    Webhook(WebhookOutbox),
    Alertmanager(AlertmanagerOutbox),
}

impl Outbox {
    /// Takes a notification; what is dropped for it is counted.
    pub(super) fn accept(&mut self, notification: Notification, tally: &mut Tally) {
        match self {
            Self::Webhook(outbox) => outbox.accept(notification, tally),
            Self::Alertmanager(outbox) => outbox.accept(notification, tally),
        }
    }

    pub(super) fn next(&mut self, now: Now) -> Next {
        match self {
            Self::Webhook(outbox) => outbox.next(now),
            Self::Alertmanager(outbox) => outbox.next(now),
        }
    }

    /// Takes note of what became of the delivery that [`next`](Self::next) gave last. `random` is any number.
    pub(super) fn finish(&mut self, result: &Result<(), DeliveryError>, now: Now, random: u32, tally: &mut Tally) {
        match self {
            Self::Webhook(outbox) => outbox.finish(result, now, random, tally),
            Self::Alertmanager(outbox) => outbox.finish(result, now, random, tally),
        }
    }

    /// Gives up on all there is, which counts as failed.
    pub(super) fn abandon(&mut self, tally: &mut Tally) {
        tally.failed += match self {
            Self::Webhook(outbox) => outbox.abandon(),
            Self::Alertmanager(outbox) => outbox.abandon(),
        };
    }
}

/// The failures in a row of one delivery.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempts {
    retries: u32,
    failures: u32,
    not_before: Duration,
}

/// What to do about a delivery that was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Done,
    TryAgain,
    GiveUp,
}

impl Attempts {
    pub(super) fn new(retries: u32) -> Self {
        Self { retries, failures: 0, not_before: Duration::ZERO }
    }

    /// When the next attempt is due, if it is not due now.
    pub(super) fn wait(&self, now: Now) -> Option<Duration> {
        (self.not_before > now.passed).then_some(self.not_before)
    }

    pub(super) fn judge(&mut self, result: &Result<(), DeliveryError>, now: Now, random: u32) -> Verdict {
        let asked = match result {
            Ok(()) => {
                *self = Self::new(self.retries);
                return Verdict::Done;
            }
            Err(DeliveryError { retry: Retry::Later, .. }) => Some(None),
            Err(DeliveryError { retry: Retry::After(after), .. }) => Some(Some(*after)),
            Err(DeliveryError { retry: Retry::Never, .. }) => None,
        };
        self.failures += 1;
        match asked {
            Some(asked) if self.failures <= self.retries => {
                self.not_before = now.passed.saturating_add(backoff::wait(self.failures, asked, random));
                Verdict::TryAgain
            }
            _ => {
                *self = Self::new(self.retries);
                Verdict::GiveUp
            }
        }
    }
}
