//! What clients may cost.

use std::{sync::mpsc, time::Duration};

use axum::body::Body;
use flags::Flags;
use flags_server::{Limits, Server};
use futures_util::stream;
use tower::ServiceExt as _;

use crate::support::{ALL, ONE, post, server, soon};

#[tokio::test]
async fn a_long_body_is_refused() {
    let router = server().into_router();
    let fits = format!(r#"{{"context": {{"note": "{}"}}}}"#, "x".repeat(1024 * 1024 - 25));
    assert_eq!(fits.len(), 1024 * 1024);
    assert_eq!(post(&router, ALL, &fits).await.status, 200);
    let answer = post(&router, &format!("{ONE}string"), &format!("{fits} ")).await;
    insta::assert_snapshot!(answer.shown());
}

#[tokio::test]
async fn a_context_of_too_many_names_is_refused() {
    let router = server().into_router();
    let names = |count: usize| {
        let names: Vec<String> = (0..count).map(|at| format!(r#""a{at}": {at}"#)).collect();
        format!(r#"{{"context": {{{}}}}}"#, names.join(","))
    };
    assert_eq!(post(&router, ALL, &names(1000)).await.status, 200);
    let answer = post(&router, ALL, &names(1001)).await;
    assert_eq!((answer.status.as_u16(), answer.json()["errorCode"].as_str()), (400, Some("INVALID_CONTEXT")));
}

// Deep nesting is refused by the reader of JSON and overflows no stack.
#[tokio::test]
async fn a_deep_context_is_refused() {
    let router = server().into_router();
    let deep = format!(r#"{{"context": {{"a": {}1{}}}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    let answer = post(&router, ALL, &deep).await;
    assert_eq!((answer.status.as_u16(), answer.json()["errorCode"].as_str()), (400, Some("PARSE_ERROR")));
}

// A body that does not arrive is given up on.
#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_arrive_is_given_up_on() {
    let router = server().into_router();
    let body = Body::from_stream(stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let request = axum::http::Request::post(ALL).body(body).unwrap();
    let started = tokio::time::Instant::now();
    let response = router.oneshot(request).await.unwrap();
    assert_eq!(response.status(), 408);
    assert_eq!(response.headers()["connection"], "close");
    assert_eq!(started.elapsed(), Duration::from_secs(10));
}

// Beyond the bound, clients are told to come back, in the one way that every client understands.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_is_turned_away() {
    let (entered, inside) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let released = std::sync::Mutex::new(released);
    let flags = Flags::builder()
        .toml("[features.slow]\nenabled = true\nconditions = { custom = \"slow\" }\n[features.a]\nenabled = true")
        .predicate("slow", move |_| {
            entered.send(()).unwrap();
            released.lock().unwrap().recv().is_ok()
        })
        .build()
        .unwrap();
    let mut limits = Limits::default();
    limits.concurrent_evaluations = 1;
    let router = Server::new(flags).limits(limits).into_router();
    let slow = tokio::spawn({
        let router = router.clone();
        async move { post(&router, &format!("{ONE}slow"), "{}").await }
    });
    soon(tokio::task::spawn_blocking(move || inside.recv().unwrap())).await.unwrap();
    let refused = post(&router, &format!("{ONE}a"), "{}").await;
    assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (429, Some("1")));
    assert!(refused.json()["errorDetails"].is_string());
    assert_eq!(crate::support::get(&router, "/healthz").await.status, 200);
    release.send(()).unwrap();
    assert_eq!(soon(slow).await.unwrap().json()["value"], true);
    assert_eq!(post(&router, &format!("{ONE}a"), "{}").await.status, 200);
}

// A panic of the application's costs one request and not the connection.
#[tokio::test]
async fn a_panic_is_an_answer() {
    let flags = Flags::builder()
        .toml("[features.bad]\nenabled = true\nconditions = { custom = \"bad\" }\n[features.a]\nenabled = true")
        .predicate("bad", |_| panic!("a predicate with a mistake in it"))
        .build()
        .unwrap();
    let router = Server::new(flags).into_router();
    let answer = post(&router, &format!("{ONE}bad"), "{}").await;
    assert_eq!(answer.status, 500);
    assert!(answer.json()["errorDetails"].is_string());
    assert!(!answer.text.contains("mistake"));
    assert_eq!(post(&router, &format!("{ONE}a"), "{}").await.json()["value"], true);
}
