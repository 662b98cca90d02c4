//! Answers in JSON.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::Serialize;

/// What went wrong, in the words of the protocol.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Failure<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<&'a str>,
    pub(crate) error_code: &'static str,
    /// The protocol allows to leave it out; the Python client stumbles over that.
    pub(crate) error_details: String,
}

impl Failure<'_> {
    /// A failure that is about no flag.
    pub(crate) fn general(details: impl Into<String>) -> Self {
        Self { key: None, error_code: "GENERAL", error_details: details.into() }
    }

    pub(crate) fn respond(&self, status: StatusCode) -> Response {
        json(status, self)
    }

    /// An answer that also says when to come back.
    pub(crate) fn respond_later(&self, status: StatusCode, seconds: u16) -> Response {
        let mut response = self.respond(status);
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        response
    }
}

/// An answer of one JSON document.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => json_bytes(status, bytes),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written as JSON");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// An answer of a JSON document that is written already.
pub(crate) fn json_bytes(status: StatusCode, bytes: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // Decisions are the asker's alone, and nobody but the asker may keep them.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
