//! `/healthz` and `/readyz`: whether the process lives, and whether and what it serves.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use flags::{ControlStatus, SourceStatus};
use serde::Serialize;
use serde_json::Value;

use crate::{respond::json, router::SharedState, shared::timestamp};

/// Answers `GET /healthz`: the process lives.
pub(crate) async fn healthz() -> Response {
    json(StatusCode::OK, &Brief { status: "ok", stale: None })
}

/// Answers `GET /readyz`: decisions are served.
///
/// Files that were refused leave the last good definitions in force, and those are served as well as ever: taking every
/// instance out of service because of a typing error would turn a harmless mistake into an outage. So it stays ready and
/// says `"stale": true`. Only a server that is stopping is not ready.
pub(crate) async fn readyz(State(shared): State<SharedState>, headers: HeaderMap) -> Response {
    let status = shared.flags.status();
    let stale = !status.is_fresh();
    let (code, word) = match shared.is_stopping() {
        false => (StatusCode::OK, "ready"),
        true => (StatusCode::SERVICE_UNAVAILABLE, "stopping"),
    };
    // Probes carry no token, and strangers need not know what the files are called and what is wrong in them.
    if shared.token.as_ref().is_some_and(|token| !token.admits(&headers)) {
        return json(code, &Brief { status: word, stale: Some(stale) });
    }
    let body = Full {
        status: word,
        stale,
        revision: status.revision,
        digest: &status.digest,
        environment: &status.environment,
        flags: status.flags,
        experiments: status.experiments,
        changed_at: status.changed_at.to_string(),
        source: status.source.as_ref().map(Source::of),
        controls: Controls::of(&status.controls),
    };
    json(code, &body)
}

#[derive(Serialize)]
struct Brief {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    stale: Option<bool>,
}

#[derive(Serialize)]
struct Full<'a> {
    status: &'static str,
    stale: bool,
    revision: u64,
    digest: &'a str,
    environment: &'a str,
    flags: usize,
    experiments: usize,
    changed_at: String,
    /// `null` where the flags come from no file.
    source: Option<Source<'a>>,
    controls: Controls<'a>,
}

#[derive(Serialize)]
struct Controls<'a> {
    revision: u64,
    in_force: usize,
    /// Those of flags or experiments, or with variants or arms, that are not defined at present.
    orphaned: usize,
    /// Those that wait for a second person to confirm them.
    unconfirmed: usize,
    proposals: usize,
    /// Why they could not be brought up to date; those that are known stay in force.
    error: Option<&'a str>,
}

impl<'a> Controls<'a> {
    fn of(status: &'a ControlStatus) -> Self {
        Self {
            revision: status.revision,
            in_force: status.in_force,
            orphaned: status.orphaned,
            unconfirmed: status.unconfirmed,
            proposals: status.proposals,
            error: status.error.as_deref(),
        }
    }
}

#[derive(Serialize)]
struct Source<'a> {
    path: String,
    mode: &'a str,
    caveats: &'a [String],
    loaded_at: Option<String>,
    checked_at: String,
    stale_since: Option<String>,
    loads_ok: u64,
    loads_failed: u64,
    error: Option<LoadError<'a>>,
}

#[derive(Serialize)]
struct LoadError<'a> {
    at: String,
    message: &'a str,
    /// As `flags check --format json` prints them; `null` where the files could not even be read.
    report: Option<Value>,
}

impl<'a> Source<'a> {
    fn of(source: &'a SourceStatus) -> Self {
        let instant = |moment| timestamp(moment).to_string();
        Self {
            path: source.path.display().to_string(),
            mode: &source.mode,
            caveats: &source.caveats,
            loaded_at: source.loaded_at.map(instant),
            checked_at: instant(source.checked_at),
            stale_since: source.stale_since.map(instant),
            loads_ok: source.loads_ok,
            loads_failed: source.loads_failed,
            error: source.error.as_ref().map(|failure| LoadError {
                at: instant(failure.at),
                message: &failure.message,
                report: failure.report.as_ref().map(|report| report.to_json()),
            }),
        }
    }
}
