//! What every request passes on its way: the log and the counters, the deadline, the token, the crowd.

use std::{sync::Arc, time::Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use tokio::time;

use crate::{metrics::Route, respond::Failure, router::SharedState};

/// Counts the request and writes a line about it. Neither the query (it may hold a key) nor the body is told.
pub(crate) async fn record(State(shared): State<SharedState>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let route = Route::of(request.extensions().get::<MatchedPath>().map(MatchedPath::as_str));
    let method = request.method().clone();
    let response = next.run(request).await;
    let status = response.status();
    shared.metrics.answered(route, status);
    let (route, status, micros) = (route.label(), status.as_u16(), started.elapsed().as_micros());
    // A 429 is no warning: a crowd would fill the log as well. It is counted.
    if response.status().is_server_error() {
        tracing::warn!(%method, route, status, micros, "answered");
    } else {
        tracing::debug!(%method, route, status, micros, "answered");
    }
    response
}

/// Keeps browsers from taking an answer for something else.
pub(crate) async fn hardening(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Gives up on a request that takes too long, most likely because its body does not arrive.
pub(crate) async fn deadline(State(shared): State<SharedState>, request: Request, next: Next) -> Response {
    let limit = shared.limits.request_timeout;
    match time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let mut response =
                Failure::general(format!("the request was not complete within {} s", limit.as_secs_f64()))
                    .respond(StatusCode::REQUEST_TIMEOUT);
            // The rest of its body would be taken for the next request.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            response
        }
    }
}

/// Lets in only who shows the token, where there is one.
pub(crate) async fn token(State(shared): State<SharedState>, request: Request, next: Next) -> Response {
    match &shared.token {
        Some(token) if !token.admits(request.headers()) => unauthorized(),
        _ => next.run(request).await,
    }
}

/// The answer to a stranger: no body, as the protocol has it.
pub(crate) fn unauthorized() -> Response {
    let challenge = HeaderValue::from_static("Bearer realm=\"flags\"");
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, challenge)]).into_response()
}

/// Turns requests away when too many are under way. 429 and not 503, because the protocol's clients rest after a 429 and
/// take a 503 for a broken server.
pub(crate) async fn crowding(State(shared): State<SharedState>, request: Request, next: Next) -> Response {
    let shared = Arc::clone(&shared);
    let Ok(_permit) = shared.evaluations.try_acquire() else {
        let details = "too many evaluations are under way; come back in a second";
        return Failure::general(details).respond_later(StatusCode::TOO_MANY_REQUESTS, 1);
    };
    next.run(request).await
}
