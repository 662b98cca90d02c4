//! C7: the event stream.

use axum::{Router, body::Body, http::Response};
use flags::{FlagDefinition, Flags};
use flags_server::{Limits, Server};
use http_body_util::BodyExt as _;
use serde_json::Value;

use crate::support::{ALL, DEFINITIONS, flags, get, open, post, soon};

/// Reads a stream until it has said `what`, and returns everything since the last time.
async fn until(stream: &mut Response<Body>, what: &str) -> String {
    let mut text = String::new();
    while !text.contains(what) {
        let frame = soon(stream.body_mut().frame()).await.expect("the stream goes on").unwrap();
        text.push_str(std::str::from_utf8(&frame.into_data().unwrap()).unwrap());
    }
    text
}

async fn listen(router: &Router, path: &str, headers: &[&str]) -> Response<Body> {
    let mut stream = open(router, "GET", path, headers, "").await;
    assert_eq!(stream.status(), 200);
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    assert_eq!(until(&mut stream, "\n\n").await, ": flags\nretry: 2000\n\n");
    stream
}

fn digest(flags: &Flags) -> String {
    flags.status().digest
}

// C7: a change is announced, with an id by which it is known again.
#[tokio::test]
async fn a_change_is_announced() {
    let flags = flags(DEFINITIONS);
    let router = Server::new(flags.clone()).into_router();
    let mut stream = listen(&router, "/ofrep/v1/events", &[]).await;
    flags.toggle("off").unwrap();
    let text = until(&mut stream, "\n\n").await;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[..2], ["event: message", &format!("id: {}", digest(&flags))]);
    let data: Value = serde_json::from_str(lines[2].strip_prefix("data: ").unwrap()).unwrap();
    let expected = serde_json::json!({
        "type": "refetchEvaluation",
        "etag": digest(&flags),
        "lastModified": flags.status().changed_at.as_millis() / 1000,
    });
    assert_eq!(data, expected);
    flags.toggle("off").unwrap();
    assert!(until(&mut stream, "\n\n").await.contains(&digest(&flags)));
}

// C7: what changed between the answer and the stream, or while the connection was lost, is announced at once.
#[tokio::test]
async fn nothing_is_missed() {
    let flags = flags(DEFINITIONS);
    let router = Server::new(flags.clone()).into_router();
    let answer = post(&router, ALL, "{}").await.json();
    let uri = answer["eventStreams"][0]["endpoint"]["requestUri"].as_str().unwrap();
    let before = digest(&flags);
    flags.toggle("off").unwrap();
    let after = digest(&flags);

    let mut late = listen(&router, uri, &[]).await;
    assert!(until(&mut late, "\n\n").await.contains(&format!("id: {after}\n")));
    let mut back = listen(&router, uri, &[&format!("last-event-id: {before}")]).await;
    assert!(until(&mut back, "\n\n").await.contains(&format!("id: {after}\n")));

    // One that has seen it hears of the next change only.
    let mut seen = listen(&router, uri, &[&format!("last-event-id: {after}")]).await;
    flags.update("string", |flag| FlagDefinition { rules: vec![], ..flag }).unwrap();
    let text = until(&mut seen, "\n\n").await;
    assert!(text.contains(&format!("id: {}\n", digest(&flags))) && !text.contains(&after), "{text}");
}

// C7: there are so many streams and no more; a place is free again when its stream is.
#[tokio::test]
async fn streams_are_bounded() {
    let mut limits = Limits::default();
    limits.event_streams = 2;
    let router = Server::new(flags(DEFINITIONS)).limits(limits).into_router();
    let first = listen(&router, "/ofrep/v1/events", &[]).await;
    let second = listen(&router, "/ofrep/v1/events", &[]).await;
    let refused = get(&router, "/ofrep/v1/events").await;
    assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (503, Some("30")));
    assert_eq!(refused.json()["errorCode"], "GENERAL");
    let metrics = get(&router, "/metrics").await.text;
    assert!(metrics.contains("\nflags_event_streams 2\n"), "{metrics}");
    assert!(metrics.contains("\nflags_event_streams_refused_total 1\n"), "{metrics}");
    drop(first);
    let third = listen(&router, "/ofrep/v1/events", &[]).await;
    drop((second, third));
    assert!(get(&router, "/metrics").await.text.contains("\nflags_event_streams 0\n"));
}

// A stream that has nothing to say shows that it is alive.
#[tokio::test(start_paused = true)]
async fn a_quiet_stream_has_a_heartbeat() {
    let router = Server::new(flags(DEFINITIONS)).into_router();
    let mut stream = listen(&router, "/ofrep/v1/events", &[]).await;
    let started = tokio::time::Instant::now();
    let frame = stream.body_mut().frame().await.unwrap().unwrap();
    assert_eq!(frame.into_data().unwrap(), ":\n\n");
    assert_eq!(started.elapsed().as_secs(), 15);
}
