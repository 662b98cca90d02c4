//! From a decision to what goes over the wire, as the protocol has it and as real clients need it.
//!
//! Where the protocol leaves a choice, or clients ask for more than it says:
//!
//! - `reason` is always there and one of OpenFeature's standard words in upper case, `variant` always, and `errorDetails`
//!   with every error: the Python client fails on an answer without them.
//! - A float keeps its fraction (`1.0`), because the Python client takes `1` for an integer.
//! - Where the caller's default is to be used, `value` is left out; null is a type mismatch in every client. `variant` is
//!   the empty string then: a string, as the schema asks for, there for Python, and empty for whoever looks at it. (The
//!   older client for Node.js, 0.1.3, takes any answer without a value for an error. It serves the default all the same.)
//! - Metadata holds booleans, strings and numbers only, since nothing else is metadata in OpenFeature.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use flags::{Decision, ErrorCode, Object, Reason, ValueRef};
use serde::{Serialize, Serializer, ser::SerializeMap as _, ser::SerializeSeq as _};

use crate::respond::Failure;

/// The outcome for one flag, as it stands in an answer.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Answer<'a> {
    Success(Success<'a>),
    Failure(Failure<'a>),
}

/// A decision.
#[derive(Debug, Serialize)]
pub(super) struct Success<'a> {
    key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Wire<'a>>,
    variant: &'a str,
    reason: &'static str,
    metadata: BTreeMap<String, Wire<'a>>,
}

impl<'a> Answer<'a> {
    /// The answer for the flag called `key`.
    pub(super) fn of(key: &'a str, decision: &Decision<'a>) -> Self {
        if let Some(code) = decision.error() {
            return Self::Failure(Failure {
                key: Some(key),
                error_code: code.name(),
                error_details: details(key, code),
            });
        }
        Self::Success(Success {
            key,
            value: decision.value().map(Wire),
            variant: decision.variant().unwrap_or_default(),
            reason: reason(decision.reason()),
            metadata: metadata(decision),
        })
    }

    /// The answer with more metadata of the server's own; a flag's own metadata of that name is left as it is.
    pub(super) fn with_metadata(mut self, name: &str, number: u64) -> Self {
        if let Self::Success(success) = &mut self {
            let number = i64::try_from(number).unwrap_or(i64::MAX);
            success.metadata.entry(name.to_owned()).or_insert(Wire(ValueRef::Integer(number)));
        }
        self
    }

    /// The status under which it is the answer to a request for one flag.
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Success(_) => StatusCode::OK,
            Self::Failure(failure) if failure.error_code == ErrorCode::FlagNotFound.name() => StatusCode::NOT_FOUND,
            Self::Failure(_) => StatusCode::BAD_REQUEST,
        }
    }
}

fn details(key: &str, code: ErrorCode) -> String {
    match code {
        ErrorCode::TargetingKeyMissing => format!(
            "`{key}` is served to a share of its users, and the context has nothing to tell them apart by; send \
             `targetingKey`, or the attribute the flag is bucketed by"
        ),
        _ => format!("`{key}` could not be evaluated"),
    }
}

/// A new reason of the evaluator's must not reach clients that know only the standard ones.
fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Static
        | Reason::Default
        | Reason::TargetingMatch
        | Reason::Split
        | Reason::Disabled
        | Reason::Error => reason.name(),
        _ => "UNKNOWN",
    }
}

/// Which step decided, which rule or arm of an experiment, and the flag's own metadata, which wins where names are the same.
fn metadata<'a>(decision: &Decision<'a>) -> BTreeMap<String, Wire<'a>> {
    let mut metadata = BTreeMap::new();
    metadata.insert("cause".to_owned(), Wire(ValueRef::String(decision.cause().name())));
    if let Some((number, name)) = decision.rule() {
        let rule = name.map_or(ValueRef::Integer(i64::from(number)), ValueRef::String);
        metadata.insert("rule".to_owned(), Wire(rule));
    }
    if let Some((experiment, arm)) = decision.experiment() {
        metadata.insert("experiment".to_owned(), Wire(ValueRef::String(experiment)));
        metadata.insert("arm".to_owned(), Wire(ValueRef::String(arm)));
    }
    if let Some(own) = decision.metadata() {
        flatten(&mut metadata, "", own);
    }
    metadata
}

/// Nested objects become names with dots; lists are left out.
fn flatten<'a>(metadata: &mut BTreeMap<String, Wire<'a>>, prefix: &str, object: &'a Object) {
    for (name, value) in object.iter() {
        match value {
            flags::Value::Object(inner) => flatten(metadata, &format!("{prefix}{name}."), inner),
            flags::Value::List(_) => {}
            plain => {
                metadata.insert(format!("{prefix}{name}"), Wire(plain.as_ref()));
            }
        }
    }
}

/// A value as JSON.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wire<'a>(ValueRef<'a>);

impl Serialize for Wire<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            ValueRef::Boolean(value) => serializer.serialize_bool(value),
            ValueRef::Integer(value) => serializer.serialize_i64(value),
            ValueRef::Float(value) => serializer.serialize_f64(value),
            ValueRef::String(text) => serializer.serialize_str(text),
            ValueRef::List(list) => {
                let mut items = serializer.serialize_seq(Some(list.len()))?;
                for item in (0..list.len()).filter_map(|at| list.item(at)) {
                    items.serialize_element(&Wire(item))?;
                }
                items.end()
            }
            ValueRef::Object(object) => {
                let mut fields = serializer.serialize_map(None)?;
                let mut outcome = Ok(());
                object.visit(&mut |name, value| {
                    if outcome.is_ok() {
                        outcome = fields.serialize_entry(name, &Wire(value));
                    }
                });
                outcome?;
                fields.end()
            }
            _ => serializer.serialize_none(),
        }
    }
}
