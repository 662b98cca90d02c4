//! Explanations as JSON: the whole tree of steps and notes.

use flags::{
    ErrorCode, Explanation,
    core::{ExplainedStep, Note, StepVerdict},
};
use serde_json::{Value as Json, json};

use super::JsonValue;

/// An explanation as JSON, with every step of the evaluation order. What is absent is null.
pub(crate) fn explanation(explanation: &Explanation) -> Json {
    json!({
        "flag": explanation.flag,
        "environment": explanation.environment,
        "on": explanation.on,
        "value": explanation.value.as_ref().map(JsonValue::from),
        "variant": explanation.variant,
        "reason": explanation.reason.name(),
        "cause": explanation.cause.name(),
        "detail": explanation.detail,
        "error_code": explanation.error.map(ErrorCode::name),
        "bucket": explanation.bucket,
        "steps": explanation.steps.iter().map(step).collect::<Vec<_>>(),
    })
}

fn step(step: &ExplainedStep) -> Json {
    let decided_by = match step.verdict {
        StepVerdict::NotReached { decided_by } => Some(decided_by),
        _ => None,
    };
    json!({
        "number": step.number,
        "name": step.name,
        "verdict": step.verdict.name(),
        "decided_by": decided_by,
        "notes": step.notes.iter().map(note).collect::<Vec<_>>(),
    })
}

fn note(of: &Note) -> Json {
    json!({
        "kind": of.kind.name(),
        "expected": of.expected,
        "actual": of.actual,
        "holds": of.holds,
        "notes": of.notes.iter().map(note).collect::<Vec<_>>(),
        "flag": of.flag.as_deref().map(explanation),
    })
}
