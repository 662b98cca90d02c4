//! An Alertmanager: the alerts as they are, told again while they fire, and their form for its API.

use std::{collections::BTreeMap, time::Duration};

use flags_core::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    delivery::{Delivery, DeliveryError},
    outbox::{Attempts, Next, Now, Tally, Verdict},
};
use crate::alerts::{AlertSubject, Notification};

/// How often an alert that fires is told again.
const AGAIN: Duration = Duration::from_secs(60);
/// How long an Alertmanager takes an alert for firing that it does not hear of again: a few times [`AGAIN`], as Prometheus does.
const LIFE_MICROS: i64 = 4 * 60 * 1_000_000;
/// How many alerts are kept track of; beyond that they are dropped and counted.
const MOST: usize = 10_000;

/// What an Alertmanager is to be told.
#[derive(Debug)]
pub(super) struct AlertmanagerOutbox {
    environment: Box<str>,
    link: Option<Box<str>>,
    alerts: BTreeMap<(Box<str>, AlertSubject), Known>,
    attempts: Attempts,
    /// When everything was last posted, or given up on.
    posted: Duration,
}

#[derive(Debug)]
struct Known {
    notification: Notification,
    /// Whether it is not told yet.
    new: bool,
}

impl AlertmanagerOutbox {
    pub(super) fn new(environment: &str, link: Option<Box<str>>, retries: u32) -> Self {
        Self {
            environment: environment.into(),
            link,
            alerts: BTreeMap::new(),
            attempts: Attempts::new(retries),
            posted: Duration::ZERO,
        }
    }

    pub(super) fn accept(&mut self, notification: Notification, tally: &mut Tally) {
        let key = (notification.rule.clone(), notification.subject.clone());
        if self.alerts.len() >= MOST && !self.alerts.contains_key(&key) {
            tally.dropped += 1;
            return;
        }
        self.alerts.insert(key, Known { notification, new: true });
    }

    pub(super) fn next(&mut self, now: Now) -> Next {
        let again = self.posted.saturating_add(AGAIN);
        let news = self.alerts.values().any(|known| known.new);
        if self.alerts.is_empty() {
            return Next::Rest;
        }
        if !news && again > now.passed {
            return Next::Remind(again);
        }
        match self.attempts.wait(now) {
            Some(until) => Next::Wait(until),
            None => Next::Send(self.delivery(now.clock)),
        }
    }

    pub(super) fn finish(&mut self, result: &Result<(), DeliveryError>, now: Now, random: u32, tally: &mut Tally) {
        let news = self.news();
        match self.attempts.judge(result, now, random) {
            Verdict::TryAgain => return,
            Verdict::Done => tally.sent += news,
            // What fires is told again with the rest in a minute. What is over ends there by itself, as it is not told again.
            Verdict::GiveUp => tally.failed += news,
        }
        self.posted = now.passed;
        self.alerts.retain(|_, known| known.notification.is_firing());
        self.alerts.values_mut().for_each(|known| known.new = false);
    }

    /// Returns how many notifications were given up.
    pub(super) fn abandon(&mut self) -> u64 {
        let news = self.news();
        self.alerts.clear();
        news
    }

    fn news(&self) -> u64 {
        let news = self.alerts.values().filter(|known| known.new).count();
        u64::try_from(news).unwrap_or(u64::MAX)
    }

    /// Everything there is: what fires, and what is over and not told yet.
    fn delivery(&self, clock: Timestamp) -> Delivery {
        let alerts: Vec<Value> = self.alerts.values().map(|known| self.alert(&known.notification, clock)).collect();
        Delivery { body: Value::Array(alerts).to_string(), notifications: self.news() }
    }

    fn alert(&self, notification: &Notification, clock: Timestamp) -> Value {
        let mut labels = Map::new();
        let mut label = |name: &str, value: Option<&str>| {
            // An empty label is none, and refused.
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                labels.insert(name.into(), value.into());
            }
        };
        label("alertname", Some(&notification.rule));
        label("condition", Some(notification.condition));
        label("severity", Some(notification.severity.name()));
        label("flag", notification.subject.flag());
        label("experiment", notification.subject.experiment());
        label("environment", Some(&self.environment));
        let mut annotations = Map::from_iter([("summary".to_owned(), Value::from(&*notification.summary))]);
        if let Some(description) = notification.description.as_deref().filter(|text| !text.is_empty()) {
            annotations.insert("description".into(), description.into());
        }
        let alive = Timestamp::from_micros(clock.as_micros().saturating_add(LIFE_MICROS));
        let mut alert = json!({
            "labels": labels,
            "annotations": annotations,
            "startsAt": notification.starts_at.to_string(),
            "endsAt": notification.ends_at.unwrap_or(alive).to_string(),
        });
        if let Some(link) = &self.link {
            alert["generatorURL"] = Value::from(&**link);
        }
        alert
    }
}

/// Where alerts are posted, below the address of an Alertmanager.
pub(super) fn endpoint(url: &str) -> String {
    let base = url.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let base = base.strip_suffix("/api/v2/alerts").unwrap_or(base);
    format!("{base}/api/v2/alerts")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoint_is_added_once() {
        for (url, expected) in [
            ("http://a:9093", "http://a:9093/api/v2/alerts"),
            ("http://a:9093/", "http://a:9093/api/v2/alerts"),
            ("https://a/prefix/", "https://a/prefix/api/v2/alerts"),
            ("https://a/prefix/api/v2/alerts", "https://a/prefix/api/v2/alerts"),
            ("https://a/#/alerts", "https://a/api/v2/alerts"),
        ] {
            assert_eq!(endpoint(url), expected);
        }
    }
}
