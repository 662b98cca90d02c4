//! `/metrics`: what there is to count, in the text format of Prometheus.

use std::sync::{Arc, Weak, atomic::Ordering};

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse as _, Response},
};
use flags::metrics::{Metrics, Samples, table};

use crate::{router::SharedState, shared::Shared};

/// Answers `GET /metrics`.
pub(crate) async fn metrics(State(shared): State<SharedState>) -> Response {
    let headers =
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (headers, shared.exposed.render()).into_response()
}

/// What a server of `flags` shows: what the client counts with, or else how the client stands.
pub(crate) fn exposed(flags: &flags::Flags) -> Metrics {
    flags.metrics().cloned().unwrap_or_else(|| {
        let metrics = Metrics::new();
        flags.show_status_in(&metrics);
        metrics
    })
}

/// Has the server's own counters shown with the others, for as long as it is there.
pub(crate) fn show(shared: &Arc<Shared>) {
    let server: Weak<Shared> = Arc::downgrade(shared);
    let shown = shared.exposed.add_source(
        &[
            table::BUILD_INFO,
            table::HTTP_REQUESTS,
            table::EVENT_STREAMS,
            table::EVENT_STREAMS_REFUSED,
            table::EVENT_STREAM_EVENTS,
        ],
        move |samples| {
            if let Some(shared) = server.upgrade() {
                read(&shared, samples);
            }
        },
    );
    if shown.is_err() {
        tracing::debug!("another server of this client shows its counters already");
    }
}

fn read(shared: &Shared, samples: &mut Samples) {
    samples.add_count(&table::BUILD_INFO, &[env!("CARGO_PKG_VERSION")], 1);
    for (route, status, count) in shared.metrics.requests() {
        samples.add_count(&table::HTTP_REQUESTS, &[route.label(), &status], count);
    }
    samples.add_count(&table::EVENT_STREAMS, &[], shared.open_streams() as u64);
    let (refused, events) = (&shared.metrics.streams_refused, &shared.metrics.stream_events);
    samples.add_count(&table::EVENT_STREAMS_REFUSED, &[], refused.load(Ordering::Relaxed));
    samples.add_count(&table::EVENT_STREAM_EVENTS, &[], events.load(Ordering::Relaxed));
}
