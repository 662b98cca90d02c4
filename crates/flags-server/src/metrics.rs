//! Counters of requests: one atomic for each route and status, all there from the start.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::StatusCode;

/// A route, as metrics and the log name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Evaluate,
    EvaluateAll,
    Events,
    Health,
    Ready,
    Metrics,
    /// Whatever is not a route.
    Other,
}

impl Route {
    pub(crate) const ALL: [Self; 7] =
        [Self::Evaluate, Self::EvaluateAll, Self::Events, Self::Health, Self::Ready, Self::Metrics, Self::Other];

    /// The path with its parameters as the router writes them.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            // A key that was not percent-encoded may hold slashes; it is a flag nobody knows, not a path nobody knows.
            Self::Evaluate => "/ofrep/v1/evaluate/flags/{*key}",
            Self::EvaluateAll => "/ofrep/v1/evaluate/flags",
            Self::Events => "/ofrep/v1/events",
            Self::Health => "/healthz",
            Self::Ready => "/readyz",
            Self::Metrics => "/metrics",
            Self::Other => "other",
        }
    }

    /// The name on a metric.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Evaluate => "/ofrep/v1/evaluate/flags/{key}",
            route => route.path(),
        }
    }

    pub(crate) fn of(path: Option<&str>) -> Self {
        Self::ALL.into_iter().find(|route| Some(route.path()) == path).unwrap_or(Self::Other)
    }
}

/// The statuses that are answered with; anything else counts as the last.
const STATUSES: [u16; 13] = [200, 204, 304, 400, 401, 404, 405, 408, 413, 429, 500, 503, 0];

/// What the server counts.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    requests: [[AtomicU64; STATUSES.len()]; Route::ALL.len()],
    pub(crate) streams_refused: AtomicU64,
    pub(crate) stream_events: AtomicU64,
}

impl Metrics {
    /// Counts a request that was answered.
    pub(crate) fn answered(&self, route: Route, status: StatusCode) {
        let at = STATUSES.iter().position(|known| *known == status.as_u16()).unwrap_or(STATUSES.len() - 1);
        self.requests[route as usize][at].fetch_add(1, Ordering::Relaxed);
    }

    /// The requests that were answered, by route and status; those that never were are left out.
    pub(crate) fn requests(&self) -> impl Iterator<Item = (Route, String, u64)> {
        Route::ALL.into_iter().flat_map(move |route| {
            STATUSES.iter().zip(&self.requests[route as usize]).filter_map(move |(status, count)| {
                let count = count.load(Ordering::Relaxed);
                let status = if *status == 0 { "other".to_owned() } else { status.to_string() };
                (count > 0).then_some((route, status, count))
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_route_and_status() {
        let metrics = Metrics::default();
        metrics.answered(Route::Evaluate, StatusCode::OK);
        metrics.answered(Route::Evaluate, StatusCode::OK);
        metrics.answered(Route::Other, StatusCode::IM_A_TEAPOT);
        let counted: Vec<_> = metrics.requests().collect();
        assert_eq!(counted, [(Route::Evaluate, "200".to_owned(), 2), (Route::Other, "other".to_owned(), 1)]);
    }

    #[test]
    fn every_route_is_found_by_its_path() {
        for (at, route) in Route::ALL.into_iter().enumerate() {
            assert_eq!(route as usize, at);
            assert_eq!(Route::of(Some(route.path())), route);
        }
        assert_eq!(Route::of(None), Route::Other);
    }
}
