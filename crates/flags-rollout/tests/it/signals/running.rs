//! Signals as a whole: who takes what, and who waits for whom.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use flags_core::Timestamp;
use flags_rollout::{
    guardrail::{Arms, Counts, Reading},
    machine::Verdict,
    signals::{CountQueries, HealthCheck, PushError, SignalDefinition, SignalSource, SignalState, Signals},
};
use flags_testkit::ManualClock;

use super::server::{PATIENCE, Server, one};

const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn second(second: u64) -> Timestamp {
    START.saturating_add(Duration::from_secs(second))
}

fn prometheus(key: &str, server: &Server) -> SignalDefinition {
    let source = SignalSource::Prometheus { url: server.url().into(), query: key.into(), credentials: None };
    let mut definition = SignalDefinition::new(key, source);
    (definition.interval, definition.timeout) = (Duration::from_millis(20), PATIENCE);
    definition
}

fn pushed(key: &str) -> SignalDefinition {
    SignalDefinition::new(key, SignalSource::Pushed)
}

fn pushed_counts(key: &str) -> SignalDefinition {
    SignalDefinition::new(key, SignalSource::PushedCounts)
}

fn signals(definitions: impl IntoIterator<Item = SignalDefinition>) -> (Signals, ManualClock) {
    let clock = ManualClock::new(START);
    (Signals::start(definitions, Arc::new(clock.clone())), clock)
}

fn arms(control: (u64, u64), treatment: (u64, u64)) -> Arms<Counts> {
    Arms::new(Counts::new(control.0, control.1), Counts::new(treatment.0, treatment.1))
}

/// Takes until there is something.
#[track_caller]
fn wait(signals: &Signals, consumer: &str, signal: &str, since: Timestamp) -> Reading {
    let started = Instant::now();
    loop {
        match signals.take(consumer, signal, since) {
            Reading::Nothing => assert!(started.elapsed() < PATIENCE, "nothing comes: {signals:?}"),
            reading => return reading,
        }
        thread::yield_now();
    }
}

// E5
#[test]
fn each_consumer_takes_each_answer_once() {
    let (signals, clock) = signals([pushed("queue")]);
    assert_eq!(signals.take("checkout", "queue", START), Reading::Nothing);
    signals.push("queue", 7.0).unwrap();
    assert_eq!(signals.take("checkout", "queue", START), Reading::Value(7.0));
    assert_eq!(signals.take("checkout", "queue", START), Reading::Nothing);
    assert_eq!(signals.take("search", "queue", START), Reading::Value(7.0));

    // A stage that begins now knows nothing yet; what was pushed before says nothing of it.
    clock.advance(Duration::from_secs(60));
    assert_eq!(signals.take("cart", "queue", second(60)), Reading::Nothing);
    signals.push("queue", 8.0).unwrap();
    assert_eq!(signals.take("cart", "queue", second(60)), Reading::Value(8.0));
    // What nobody took for a while is none of the present any more.
    clock.advance(Duration::from_secs(301));
    let Reading::Missing(Verdict::NoData, text) = signals.take("checkout", "queue", START) else { panic!("a value") };
    assert_eq!(&*text, "the last sample is 301 s old");

    signals.push("queue", f64::NAN).unwrap();
    assert!(matches!(signals.take("checkout", "queue", START), Reading::Missing(Verdict::NoData, _)));
    let Reading::Missing(Verdict::Error, text) = signals.take("checkout", "deleted", START) else { panic!("a value") };
    assert_eq!(&*text, "no signal is called `deleted` any more");
}

#[test]
fn counts_are_what_was_counted_since_they_were_last_taken_in_this_stage() {
    let (signals, clock) = signals([pushed_counts("orders")]);
    let push = |control, treatment| signals.push_counts("orders", arms(control, treatment)).unwrap();
    push((5, 500), (5, 500));
    assert_eq!(signals.take("checkout", "orders", START), Reading::Nothing, "the first look is where it starts from");
    push((6, 510), (5, 520));
    assert_eq!(signals.take("checkout", "orders", START), Reading::Counts(arms((1, 10), (0, 20))));
    assert_eq!(signals.take("checkout", "orders", START), Reading::Nothing);

    // Two pushes, one look.
    push((6, 520), (5, 530));
    push((7, 530), (6, 540));
    assert_eq!(signals.take("checkout", "orders", START), Reading::Counts(arms((1, 20), (1, 20))));

    // The application was started anew: nothing is added, and nothing is taken away.
    push((0, 3), (0, 4));
    assert_eq!(signals.take("checkout", "orders", START), Reading::Nothing);
    push((0, 13), (1, 24));
    assert_eq!(signals.take("checkout", "orders", START), Reading::Counts(arms((0, 10), (1, 20))));

    // Another stage begins: what was counted across its beginning belongs to neither.
    clock.advance(Duration::from_secs(60));
    push((9, 100), (9, 100));
    assert_eq!(signals.take("checkout", "orders", second(60)), Reading::Nothing);
    push((9, 101), (9, 102));
    assert_eq!(signals.take("checkout", "orders", second(60)), Reading::Counts(arms((0, 1), (0, 2))));
}

#[test]
fn what_is_pushed_to_the_wrong_signal_is_told() {
    let server = Server::silent();
    let (signals, _) = signals([pushed("queue"), pushed_counts("orders"), prometheus("errors", &server)]);
    let said = |result: Result<(), PushError>| result.unwrap_err().to_string();
    insta::assert_snapshot!(
        [
            said(signals.push("latency", 1.0)),
            said(signals.push("errors", 1.0)),
            said(signals.push("orders", 1.0)),
            said(signals.push_counts("queue", arms((0, 1), (0, 1)))),
            said(signals.push_counts("orders", arms((0, 1), (2, 1)))),
        ]
        .join("\n")
    );
    assert_eq!(signals.take("checkout", "orders", START), Reading::Nothing);
}

// E6
#[test]
fn a_server_that_hangs_keeps_no_other_waiting() {
    let (hanging, well) = (Server::silent(), Server::new(|request| Some(one(request, "0.5"))));
    let definitions = [prometheus("a_hanging", &hanging), prometheus("errors", &well), prometheus("latency", &well)];
    let (signals, _) = signals(definitions);
    hanging.request();
    for _ in 0..3 {
        for signal in ["errors", "latency"] {
            assert_eq!(wait(&signals, "checkout", signal, START), Reading::Value(0.5));
        }
    }
    assert_eq!(signals.take("checkout", "a_hanging", START), Reading::Nothing);
    let up: Vec<bool> = signals.states().iter().map(SignalState::is_up).collect();
    assert_eq!(up, [false, true, true]);
}

#[test]
fn counts_are_asked_for_again_and_again() {
    let counted = AtomicU64::new(0);
    let server = Server::new(move |request| {
        let value = match request.field("query") {
            Some("runs") => counted.fetch_add(10, Ordering::Relaxed).to_string(),
            _ => "0".into(),
        };
        Some(one(request, &value))
    });
    let queries = CountQueries { bad: "bad".into(), runs: "runs".into() };
    let source = SignalSource::PrometheusCounts {
        url: server.url().into(),
        queries: Arms::new(queries.clone(), queries),
        credentials: None,
    };
    let mut definition = SignalDefinition::new("orders", source);
    definition.interval = Duration::from_millis(10);
    let (signals, _) = signals([definition]);
    let Reading::Counts(counts) = wait(&signals, "checkout", "orders", START) else { panic!("no counts") };
    // Both arms ask the same server, which counts ten more each time.
    assert_eq!((counts.control.runs % 20, counts.treatment.runs % 20), (0, 0));
    assert!(counts.control.runs > 0 && counts.control.bad == 0, "{counts:?}");
}

#[test]
fn other_definitions_leave_what_stays_undisturbed() {
    let server = Server::new(|request| Some(one(request, "1")));
    let (signals, _) = signals([pushed("queue"), prometheus("errors", &server)]);
    signals.push("queue", 3.0).unwrap();
    wait(&signals, "checkout", "errors", START);

    let other = Server::new(|request| Some(one(request, "2")));
    signals.replace([pushed("queue"), prometheus("errors", &other)]);
    assert_eq!(signals.take("checkout", "queue", START), Reading::Value(3.0), "it was pushed before");
    assert_eq!(wait(&signals, "checkout", "errors", START), Reading::Value(2.0));
    signals.replace([]);
    assert!(matches!(signals.take("checkout", "errors", START), Reading::Missing(Verdict::Error, _)));
    assert!(matches!(signals.push("queue", 1.0), Err(PushError::Unknown { .. })));
}

#[test]
fn the_threads_end_when_they_are_told_to() {
    let server = Server::new(|request| Some(one(request, "1")));
    let health = HealthCheck {
        url: format!("{}/healthz", Server::answering("HTTP/1.1 200 OK\r\n\r\n").url()).into(),
        status: None,
        unreachable_is_unhealthy: true,
        credentials: None,
    };
    let health = SignalDefinition::new("health", SignalSource::Http(health));
    let (signals, _) = signals([prometheus("errors", &server), health]);
    wait(&signals, "checkout", "errors", START);
    assert!(signals.stop_and_wait(PATIENCE));
    server.requests();
    signals.replace([prometheus("latency", &server)]);
    assert!(signals.stop_and_wait(PATIENCE));
    assert!(server.requests().is_empty(), "nobody asks any more");
}
