//! A webhook: a queue of notifications, sent in order, and their form as JSON.

use std::collections::VecDeque;

use serde_json::{Map, Value, json};

use super::{
    MAX_WAITING,
    delivery::{Delivery, DeliveryError},
    outbox::{Attempts, Next, Now, Tally, Verdict},
};
use crate::alerts::{Notification, NotificationStatus};

/// How many notifications go into one delivery.
const BATCH: usize = 50;

/// What waits to be sent to a webhook.
#[derive(Debug)]
pub(super) struct WebhookOutbox {
    environment: Box<str>,
    link: Option<Box<str>>,
    waiting: VecDeque<Notification>,
    /// The delivery that is under way or will be tried again.
    current: Option<Delivery>,
    attempts: Attempts,
    /// Makes the identifiers of deliveries.
    identifiers: fastrand::Rng,
}

impl WebhookOutbox {
    pub(super) fn new(environment: &str, link: Option<Box<str>>, retries: u32, identifiers: fastrand::Rng) -> Self {
        Self {
            environment: environment.into(),
            link,
            waiting: VecDeque::new(),
            current: None,
            attempts: Attempts::new(retries),
            identifiers,
        }
    }

    pub(super) fn accept(&mut self, notification: Notification, tally: &mut Tally) {
        if self.waiting.len() == MAX_WAITING {
            self.waiting.pop_front();
            tally.dropped += 1;
        }
        self.waiting.push_back(notification);
    }

    pub(super) fn next(&mut self, now: Now) -> Next {
        if self.current.is_none() && !self.waiting.is_empty() {
            let batch: Vec<Notification> = self.waiting.drain(..self.waiting.len().min(BATCH)).collect();
            self.current = Some(self.delivery(&batch));
        }
        match (&self.current, self.attempts.wait(now)) {
            (None, _) => Next::Rest,
            (Some(_), Some(until)) => Next::Wait(until),
            (Some(delivery), None) => Next::Send(delivery.clone()),
        }
    }

    pub(super) fn finish(&mut self, result: &Result<(), DeliveryError>, now: Now, random: u32, tally: &mut Tally) {
        let count = self.current.as_ref().map_or(0, |delivery| delivery.notifications);
        match self.attempts.judge(result, now, random) {
            Verdict::TryAgain => return,
            Verdict::Done => tally.sent += count,
            Verdict::GiveUp => tally.failed += count,
        }
        self.current = None;
    }

    /// Returns how many notifications were given up.
    pub(super) fn abandon(&mut self) -> u64 {
        let current = self.current.take().map_or(0, |delivery| delivery.notifications);
        let waiting = self.waiting.drain(..).count();
        current + u64::try_from(waiting).unwrap_or(u64::MAX)
    }

    fn delivery(&mut self, batch: &[Notification]) -> Delivery {
        let identifier = format!("{:032x}", self.identifiers.u128(..));
        let mut body = json!({
            "version": 1,
            "id": identifier,
            "text": batch.iter().map(line).collect::<Vec<_>>().join("\n"),
            "environment": &*self.environment,
            "link": self.link.as_deref(),
            "alerts": batch.iter().map(alert).collect::<Vec<_>>(),
        });
        forget_nulls(&mut body);
        Delivery { body: body.to_string(), notifications: u64::try_from(batch.len()).unwrap_or(u64::MAX) }
    }
}

/// A notification as a line for people, for receivers that show `text`.
pub(super) fn line(notification: &Notification) -> String {
    let head = match notification.status {
        NotificationStatus::Firing => notification.severity.name(),
        NotificationStatus::Resolved(_) => "resolved",
    };
    format!("[{head}] {}: {}", notification.rule, notification.summary)
}

fn alert(notification: &Notification) -> Value {
    let resolution = match notification.status {
        NotificationStatus::Firing => None,
        NotificationStatus::Resolved(resolution) => Some(resolution.name()),
    };
    let mut alert = json!({
        "status": notification.status.name(),
        "rule": &*notification.rule,
        "condition": notification.condition,
        "severity": notification.severity.name(),
        "flag": notification.subject.flag(),
        "experiment": notification.subject.experiment(),
        "summary": &*notification.summary,
        "description": notification.description.as_deref(),
        "value": notification.value,
        "bound": notification.bound,
        "starts_at": notification.starts_at.to_string(),
        "ends_at": notification.ends_at.map(|end| end.to_string()),
        "resolution": resolution,
        "untold": notification.untold,
    });
    forget_nulls(&mut alert);
    alert
}

/// What there is nothing to say of is left out.
fn forget_nulls(value: &mut Value) {
    if let Value::Object(object) = value {
        *object = std::mem::take(object).into_iter().filter(|(_, value)| !value.is_null()).collect::<Map<_, _>>();
    }
}
