//! `GET /ofrep/v1/events`: an event stream that says when to ask again (OFREP ADR-0008).
//!
//! An event tells that something changed and nothing about what: the client asks for its own context. Its id is the digest
//! of what is served. So a client that lost the connection, and comes back with the last id it saw, hears at once if it
//! missed something; and one whose first answer was outdated by the time the stream was open hears of it because the
//! address it was given names the digest of that answer. Whoever reads slowly gets the newest event and not all of them.

use std::{convert::Infallible, sync::Arc, sync::atomic::Ordering, time::Duration};

use axum::{
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::{
        IntoResponse as _, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use flags::Timestamp;
use futures_util::stream;
use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, watch};

use crate::{layers::unauthorized, metrics::Route, respond::Failure, router::SharedState, shared::Shared};

/// How long a client waits before it comes back after the connection was lost.
const RETRY: Duration = Duration::from_secs(2);
/// For how long a page may be hidden before its client closes the stream.
const INACTIVITY_SECONDS: u32 = 120;

/// Where the event stream is, as the answer to a bulk evaluation says it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventStream {
    r#type: &'static str,
    endpoint: Endpoint,
    inactivity_delay_sec: u32,
}

/// The address without its origin. The client completes it with the origin by which it reached the server, so that it is
/// right behind any proxy; an `url` would have to be guessed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Endpoint {
    request_uri: String,
}

impl EventStream {
    /// The stream for a client that was answered from the state of that digest.
    pub(crate) fn since(shared: &Shared, digest: u64) -> Self {
        let key = shared.token.as_ref().map_or_else(String::new, |token| format!("&key={}", token.stream_key()));
        let request_uri = format!("{}{}?since={digest:016x}{key}", shared.base_path, Route::Events.path());
        Self { r#type: "sse", endpoint: Endpoint { request_uri }, inactivity_delay_sec: INACTIVITY_SECONDS }
    }
}

/// What the address of a stream may say.
#[derive(Debug, Deserialize)]
pub(crate) struct Parameters {
    since: Option<String>,
    key: Option<String>,
}

/// Answers `GET /ofrep/v1/events`.
pub(crate) async fn events(
    State(shared): State<SharedState>,
    parameters: Result<Query<Parameters>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let Parameters { since, key } = match parameters {
        Ok(Query(parameters)) => parameters,
        Err(rejection) => return Failure::general(rejection.body_text()).respond(StatusCode::BAD_REQUEST),
    };
    let by_key = |token: &crate::Token| key.as_ref().is_some_and(|shown| token.admits_stream(shown));
    if shared.token.as_ref().is_some_and(|token| !token.admits(&headers) && !by_key(token)) {
        return unauthorized();
    }
    let Ok(permit) = Arc::clone(&shared.streams).try_acquire_owned() else {
        shared.metrics.streams_refused.fetch_add(1, Ordering::Relaxed);
        let details = "too many event streams are open; come back later, or ask again from time to time instead";
        return Failure::general(details).respond_later(StatusCode::SERVICE_UNAVAILABLE, 30);
    };
    let last_seen = headers.get("last-event-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let seen = last_seen.or(since).unwrap_or_else(|| digest(&shared));
    let heartbeat = KeepAlive::new().interval(shared.limits.heartbeat);
    let following = Following { changed: shared.changed.clone(), shared, seen, begun: false, _permit: permit };
    let mut response = Sse::new(stream::unfold(following, Following::next)).keep_alive(heartbeat).into_response();
    // A proxy that gathers answers would hold events back.
    response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

/// One open stream.
struct Following {
    shared: SharedState,
    changed: watch::Receiver<Timestamp>,
    /// The digest the client knows of.
    seen: String,
    begun: bool,
    _permit: OwnedSemaphorePermit,
}

impl Following {
    /// Waits for the next event; `None` when the server is stopping.
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        if !self.begun {
            self.begun = true;
            let greeting = Event::default().comment("flags").retry(RETRY);
            return Some((Ok(greeting), self));
        }
        loop {
            // Marked as seen before it is looked at, so that a change after this line wakes the next turn.
            let at = *self.changed.borrow_and_update();
            let current = digest(&self.shared);
            if current != self.seen {
                self.shared.metrics.stream_events.fetch_add(1, Ordering::Relaxed);
                let event = event(&current, at);
                self.seen = current;
                return Some((Ok(event), self));
            }
            tokio::select! {
                () = self.shared.stopped() => return None,
                changed = self.changed.changed() => changed.ok()?,
            }
        }
    }
}

fn digest(shared: &Shared) -> String {
    format!("{:016x}", shared.flags.snapshot().set().digest())
}

fn event(digest: &str, at: Timestamp) -> Event {
    let data = serde_json::json!({
        "type": "refetchEvaluation",
        "etag": digest,
        "lastModified": at.as_millis().div_euclid(1000),
    });
    Event::default().event("message").id(digest).data(data.to_string())
}
