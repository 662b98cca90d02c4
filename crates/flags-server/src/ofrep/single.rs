//! `POST /ofrep/v1/evaluate/flags/{key}`: one flag.

use axum::{
    body::Bytes,
    extract::{
        Path, State,
        rejection::{BytesRejection, PathRejection},
    },
    http::StatusCode,
    response::Response,
};

use super::{answer::Answer, bulk::revision, request, suggestion::not_found};
use crate::{
    respond::{Failure, json},
    router::SharedState,
};

/// Evaluates the flag in the path for the context in the body.
pub(crate) async fn evaluate(
    State(shared): State<SharedState>,
    key: Result<Path<String>, PathRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Ok(Path(key)) = key else {
        let details = "the key in the path is not UTF-8 once its percent-encoding is undone";
        return Failure::general(details).respond(StatusCode::BAD_REQUEST);
    };
    let context = match request::read(body, &shared.limits) {
        Ok(context) => context,
        Err(refusal) => return refusal.respond(Some(&key)),
    };
    let snapshot = shared.flags.snapshot();
    let decision = snapshot.evaluate(&key, &context);
    let mut response = if decision.flag().is_none() {
        not_found(&key, snapshot.set()).respond(StatusCode::NOT_FOUND)
    } else {
        let answer = Answer::of(&key, &decision).with_metadata("revision", snapshot.revision());
        json(answer.status(), &answer)
    };
    response.headers_mut().insert("flags-revision", revision(&snapshot));
    response
}
