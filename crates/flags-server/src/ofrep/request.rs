//! Reading the body of an evaluation: `{"context": {"targetingKey": "user-42", "country": "NL"}}`.

use axum::{body::Bytes, extract::rejection::BytesRejection, http::StatusCode, response::Response};
use flags::Context;
use serde_json::Value;

use super::context::context;
use crate::{Limits, respond::Failure};

/// Why a request has no context to evaluate for.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    code: &'static str,
    details: String,
}

impl Refusal {
    fn parse(details: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: "PARSE_ERROR", details: details.into() }
    }

    fn invalid(details: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: "INVALID_CONTEXT", details: details.into() }
    }

    /// The answer, about the flag called `key` where the request was about one.
    pub(super) fn respond(self, key: Option<&str>) -> Response {
        Failure { key, error_code: self.code, error_details: self.details }.respond(self.status)
    }
}

/// Reads the context of a request. A body without one, as some clients send it, is the empty context.
pub(super) fn read(body: Result<Bytes, BytesRejection>, limits: &Limits) -> Result<Context, Refusal> {
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal {
            status: StatusCode::PAYLOAD_TOO_LARGE,
            code: "GENERAL",
            details: format!(
                "the body is longer than {} bytes; send only the attributes flags ask for",
                limits.body_bytes
            ),
        },
        _ => Refusal::parse("the body did not arrive whole"),
    })?;
    if body.is_empty() {
        return Err(Refusal::parse("the body is empty; send `{\"context\": {\"targetingKey\": \"…\"}}`"));
    }
    let body: Value =
        serde_json::from_slice(&body).map_err(|error| Refusal::parse(format!("the body is not JSON: {error}")))?;
    let Value::Object(mut fields) = body else {
        return Err(Refusal::invalid(format!("the body must be an object with a `context`, and is {}", kind(&body))));
    };
    match fields.remove("context") {
        None | Some(Value::Null) => Ok(Context::anonymous()),
        Some(Value::Object(attributes)) => context(attributes, limits.context_names).map_err(Refusal::invalid),
        Some(other) => Err(Refusal::invalid(format!("`context` must be an object, and is {}", kind(&other)))),
    }
}

/// What a JSON value is, in words.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
