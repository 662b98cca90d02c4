//! The outboxes on a clock that is moved by hand.

use std::time::Duration;

use flags_core::Timestamp;
use serde_json::Value;

use super::{
    MAX_WAITING,
    alertmanager::AlertmanagerOutbox,
    delivery::{Delivery, DeliveryError, Retry},
    outbox::{Next, Now, Outbox, Tally},
    webhook::WebhookOutbox,
};
use crate::alerts::{AlertCondition, AlertRule, AlertSeverity, Alerts, Event, Notification};

/// The second at which the wall clock shows 2026-11-20T12:00:00Z.
fn at(second: u64) -> Now {
    let passed = Duration::from_secs(second);
    let start = Timestamp::parse("2026-11-20T12:00:00Z").unwrap();
    Now { passed, clock: Timestamp::from_micros(start.as_micros() + i64::try_from(passed.as_micros()).unwrap()) }
}

/// Alerts to tell of: `flag` is rolled back at a second, and its rollout goes on at another.
fn story(flag: &str, back: u64, resumed: u64) -> (Notification, Notification) {
    let rule = AlertRule::new("rolled_back", AlertCondition::Rollback)
        .severity(AlertSeverity::Critical)
        .description("read the runbook");
    let mut alerts = Alerts::new([rule]);
    let event = Event::RolledBack { flag: flag.into(), detail: "error rate 8 % above 5 %".into() };
    let mut firing = alerts.record(&event, at(back).clock);
    let mut resolved = alerts.record(&Event::RolloutResumed { flag: flag.into() }, at(resumed).clock);
    (firing.remove(0), resolved.remove(0))
}

fn webhook(retries: u32) -> Outbox {
    let identifiers = fastrand::Rng::with_seed(7);
    Outbox::Webhook(WebhookOutbox::new(
        "production",
        Some("https://grafana.example/d/flags".into()),
        retries,
        identifiers,
    ))
}

fn alertmanager(retries: u32) -> Outbox {
    Outbox::Alertmanager(AlertmanagerOutbox::new("production", Some("https://grafana.example/d/flags".into()), retries))
}

/// An outbox and what was counted.
struct Sender {
    outbox: Outbox,
    tally: Tally,
}

impl Sender {
    fn new(outbox: Outbox) -> Self {
        Self { outbox, tally: Tally::default() }
    }

    fn accept(&mut self, notification: &Notification) -> &mut Self {
        self.outbox.accept(notification.clone(), &mut self.tally);
        self
    }

    /// The body that is due.
    #[track_caller]
    fn due(&mut self, second: u64) -> Value {
        match self.outbox.next(at(second)) {
            Next::Send(Delivery { body, .. }) => serde_json::from_str(&body).unwrap(),
            other => panic!("nothing to send at {second}: {other:?}"),
        }
    }

    fn finish(&mut self, second: u64, result: &Result<(), DeliveryError>) {
        // The shortest waits: half of the full ones.
        self.outbox.finish(result, at(second), 0, &mut self.tally);
    }

    fn counted(&self) -> (u64, u64, u64) {
        (self.tally.sent, self.tally.failed, self.tally.dropped)
    }
}

fn later() -> Result<(), DeliveryError> {
    Err(DeliveryError::later("there was no answer in time"))
}

fn never() -> Result<(), DeliveryError> {
    Err(DeliveryError { message: "it answered 400".into(), retry: Retry::Never })
}

// D6
#[test]
fn the_body_of_a_webhook_is_as_documented() {
    let (firing, resolved) = story("checkout", 0, 90);
    let mut sender = Sender::new(webhook(3));
    let body = sender.accept(&firing).accept(&resolved).due(100);
    let shown = serde_json::to_string_pretty(&body).unwrap();
    let page = include_str!("../../../../docs/reference/webhook.md");
    assert!(page.contains(&shown), "docs/reference/webhook.md shows another body");
}

// D6
#[test]
fn a_webhook_is_tried_again_with_growing_waits_and_the_same_body() {
    let (firing, resolved) = story("checkout", 0, 1);
    let mut sender = Sender::new(webhook(2));
    let first = sender.accept(&firing).due(0);
    sender.finish(0, &later());
    // What came in between waits its turn.
    sender.accept(&resolved);
    assert_eq!(sender.outbox.next(at(0)), Next::Wait(Duration::from_millis(250)));
    assert_eq!(sender.due(1), first);
    sender.finish(1, &Err(DeliveryError { message: String::new(), retry: Retry::After(Duration::from_secs(9)) }));
    assert_eq!(sender.outbox.next(at(9)), Next::Wait(Duration::from_secs(10)));
    assert_eq!(sender.due(10), first);
    assert_eq!(sender.counted(), (0, 0, 0));
    sender.finish(10, &later());
    assert_eq!(sender.counted(), (0, 1, 0), "given up after two retries");
    let second = sender.due(10);
    assert_ne!(second["id"], first["id"]);
    assert_eq!(second["alerts"][0]["status"], "resolved");
    sender.finish(10, &Ok(()));
    assert_eq!(sender.counted(), (1, 1, 0));
    assert_eq!(sender.outbox.next(at(11)), Next::Rest);
}

#[test]
fn what_a_webhook_refuses_is_not_sent_again() {
    let (firing, _) = story("checkout", 0, 1);
    let mut sender = Sender::new(webhook(3));
    sender.accept(&firing).due(0);
    sender.finish(0, &never());
    assert_eq!(sender.outbox.next(at(0)), Next::Rest);
    assert_eq!(sender.counted(), (0, 1, 0));
}

#[test]
fn what_waits_is_bounded_and_sent_in_batches_in_order() {
    let mut sender = Sender::new(webhook(3));
    for number in 0..MAX_WAITING + 3 {
        sender.accept(&story(&format!("flag-{number}"), 0, 1).0);
    }
    assert_eq!(sender.counted(), (0, 0, 3));
    let mut flags = vec![];
    while let Next::Send(delivery) = sender.outbox.next(at(1)) {
        let body: Value = serde_json::from_str(&delivery.body).unwrap();
        let alerts = body["alerts"].as_array().unwrap();
        assert!(alerts.len() <= 50);
        flags.extend(alerts.iter().map(|alert| alert["flag"].as_str().unwrap().to_owned()));
        sender.finish(1, &Ok(()));
    }
    let expected: Vec<String> = (3..MAX_WAITING + 3).map(|number| format!("flag-{number}")).collect();
    assert_eq!(flags, expected, "the oldest three were dropped");
    assert_eq!(sender.counted(), (256, 0, 3));
}

// D6
#[test]
fn an_alertmanager_is_told_again_every_minute_while_an_alert_fires() {
    let (firing, resolved) = story("checkout", 0, 150);
    let mut sender = Sender::new(alertmanager(3));
    assert_eq!(sender.outbox.next(at(0)), Next::Rest);
    insta::assert_snapshot!(serde_json::to_string_pretty(&sender.accept(&firing).due(0)).unwrap());
    sender.finish(0, &Ok(()));
    assert_eq!(sender.outbox.next(at(59)), Next::Remind(Duration::from_secs(60)));
    // Told again, with an end further ahead, and not counted again.
    assert_eq!(sender.due(60)[0]["endsAt"], "2026-11-20T12:05:00Z");
    sender.finish(60, &Ok(()));
    assert_eq!(sender.counted(), (1, 0, 0));
    let other = story("search", 140, 200).0;
    let body = sender.accept(&resolved).accept(&other).due(150);
    let ends: Vec<&str> = body.as_array().unwrap().iter().map(|alert| alert["endsAt"].as_str().unwrap()).collect();
    assert_eq!(ends, ["2026-11-20T12:02:30Z", "2026-11-20T12:06:30Z"]);
    sender.finish(150, &Ok(()));
    assert_eq!(sender.counted(), (3, 0, 0));
    // Only what still fires is told again.
    let again = sender.due(210);
    assert_eq!(again.as_array().unwrap().len(), 1);
    assert_eq!(again[0]["labels"]["flag"], "search");
}

#[test]
fn an_alertmanager_that_was_away_is_told_how_things_are_now() {
    let (firing, resolved) = story("checkout", 0, 5);
    let mut sender = Sender::new(alertmanager(1));
    sender.accept(&firing).due(0);
    sender.finish(0, &later());
    assert_eq!(sender.outbox.next(at(0)), Next::Wait(Duration::from_millis(250)));
    // Over before it was ever told: it is told as over, once.
    let body = sender.accept(&resolved).due(5);
    assert_eq!((body.as_array().unwrap().len(), &body[0]["endsAt"]), (1, &Value::from("2026-11-20T12:00:05Z")));
    sender.finish(5, &later());
    assert_eq!(sender.counted(), (0, 1, 0));
    assert_eq!(sender.outbox.next(at(5)), Next::Rest, "what is over ends there by itself");
    // What fires is not given up: it is told in a minute.
    sender.accept(&story("search", 6, 7).0).due(6);
    sender.finish(6, &never());
    assert_eq!(sender.outbox.next(at(6)), Next::Remind(Duration::from_secs(66)));
    sender.due(66);
    sender.finish(66, &Ok(()));
}
