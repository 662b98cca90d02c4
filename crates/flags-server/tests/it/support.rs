//! Definitions, requests and answers for the other modules.

use std::time::Duration;

use axum::{
    Router,
    body::Body,
    http::{Request, Response, StatusCode, header},
};
use flags::Flags;
use flags_server::Server;
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;

/// One flag of each type and each sort of answer.
pub(crate) const DEFINITIONS: &str = r#"
[features.boolean]
enabled = true
metadata = { owner = "growth", priority = 3, ratio = 0.5, risk = { level = "low", reviewed = true }, tags = ["a"] }

[features.string]
enabled = true
variants = { control = "classic", express = "express" }
off = "control"
serve = "control"
[[features.string.rules]]
name = "benelux"
when = [{ attribute = "country", in = ["NL", "BE"] }]
serve = "express"

[features.integer]
enabled = true
variants = { few = 3, many = 9007199254740993 }
serve = "few"
[[features.integer.rules]]
when = [{ attribute = "plan.seats", at_least = 10 }]
serve = "many"

[features.float]
enabled = true
variants = { whole = 1.0, half = 0.5 }
serve = "whole"

[features.object]
enabled = true
variants = { plain = { copy = "Buy", size = 2, ratio = 2.0, steps = [1, "two", { three = 3 }] } }
serve = "plain"

[features.off]
enabled = false

[features.code_default]
enabled = false
variants = { a = "a", b = "b" }
serve = "a"

[features.half]
enabled = true
rollout_percentage = 50
"#;

pub(crate) const ONE: &str = "/ofrep/v1/evaluate/flags/";
pub(crate) const ALL: &str = "/ofrep/v1/evaluate/flags";

pub(crate) fn flags(text: &str) -> Flags {
    Flags::builder().toml(text).environment("test").build().unwrap()
}

pub(crate) fn server() -> Server {
    Server::new(flags(DEFINITIONS))
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: axum::http::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/json"), "{}", self.text);
        serde_json::from_str(&self.text).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The status and the body, for snapshots.
    pub(crate) fn shown(&self) -> String {
        let body = match serde_json::from_str::<Value>(&self.text) {
            Ok(json) => serde_json::to_string_pretty(&json).unwrap(),
            Err(_) => self.text.clone(),
        };
        format!("{}\n{body}", self.status)
    }
}

/// Sends a request; `headers` are lines such as `if-none-match: *`.
pub(crate) async fn send(router: &Router, method: &str, path: &str, headers: &[&str], body: &str) -> Answer {
    let response = open(router, method, path, headers, body).await;
    let (parts, body) = response.into_parts();
    let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    Answer { status: parts.status, headers: parts.headers, text }
}

/// Sends a request and leaves the body to be read.
pub(crate) async fn open(router: &Router, method: &str, path: &str, headers: &[&str], body: &str) -> Response<Body> {
    let mut request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, "application/json");
    for line in headers {
        let (name, value) = line.split_once(": ").unwrap();
        request = request.header(name, value);
    }
    router.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap()
}

pub(crate) async fn post(router: &Router, path: &str, body: &str) -> Answer {
    send(router, "POST", path, &[], body).await
}

pub(crate) async fn get(router: &Router, path: &str) -> Answer {
    send(router, "GET", path, &[], "").await
}

/// Waits for what must happen. The time is there so that a failure ends; no test depends on how long it is.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), what).await.expect("it has happened within a minute")
}
