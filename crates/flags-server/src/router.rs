//! Which path leads where, and through what.

use std::{any::Any, sync::Arc};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::{Method, StatusCode},
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use tower_http::catch_panic::CatchPanicLayer;

use crate::{
    Server, events, exposition, health, layers, metrics::Route, ofrep, origin, respond::Failure, shared::Shared,
};

/// What handlers are given.
pub(crate) type SharedState = Arc<Shared>;

/// The routes of a server.
pub(crate) fn router(server: &Server, shared: &SharedState) -> Router {
    let state = || Arc::clone(shared);
    let evaluations = Router::new()
        .route(Route::Evaluate.path(), post(ofrep::evaluate))
        .route(Route::EvaluateAll.path(), post(ofrep::evaluate_all))
        // From the inside out: a stranger takes up no room.
        .route_layer(from_fn_with_state(state(), layers::crowding))
        .route_layer(from_fn_with_state(state(), layers::token));
    let metrics = Router::new().route(Route::Metrics.path(), get(exposition::metrics));
    let metrics = match shared.public_metrics {
        true => metrics,
        false => metrics.route_layer(from_fn_with_state(state(), layers::token)),
    };
    let mut routes = Router::new()
        .merge(evaluations)
        .merge(metrics)
        // It looks at the token itself: a browser's event stream shows a key of its own.
        .route(Route::Events.path(), get(events::events))
        .route(Route::Health.path(), get(health::healthz))
        .route(Route::Ready.path(), get(health::readyz))
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(shared.limits.body_bytes))
        .layer(from_fn_with_state(state(), layers::deadline))
        .layer(CatchPanicLayer::custom(panicked));
    if let Some(cors) = origin::cors(&server.origins) {
        routes = routes.layer(cors);
    }
    routes
        .layer(from_fn(layers::hardening))
        .layer(from_fn_with_state(state(), layers::record))
        .with_state(Arc::clone(shared))
}

async fn unknown_path(request: Request) -> Response {
    let details = format!(
        "there is nothing at `{}`; flags are evaluated by `POST {}` and `POST {}`",
        request.uri().path(),
        Route::Evaluate.label(),
        Route::EvaluateAll.label()
    );
    Failure::general(details).respond(StatusCode::NOT_FOUND)
}

/// The header `Allow` is added by the router.
async fn wrong_method(request: Request) -> Response {
    if request.method() == Method::OPTIONS {
        return StatusCode::NO_CONTENT.into_response();
    }
    let path = request.uri().path();
    let wanted =
        if path.starts_with(Route::EvaluateAll.path()) { "POST, with the context as a JSON body" } else { "GET" };
    let details = format!("`{path}` does not answer {}; use {wanted}", request.method());
    Failure::general(details).respond(StatusCode::METHOD_NOT_ALLOWED)
}

fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    // What it said is in the program's own log: the panic hook wrote it.
    tracing::error!("a request was given up because of a panic, most likely in a registered predicate or an observer");
    Failure::general("the server failed on this request; its log says more").respond(StatusCode::INTERNAL_SERVER_ERROR)
}
