//! Answers of Prometheus to a query at one instant, from bytes to samples.
//!
//! The bytes come from a network, so nothing is taken for granted: what is not an answer is a problem in words, never a panic,
//! and never a number.

use flags_core::Timestamp;
use serde_json::Value;
use thiserror::Error;

use crate::guardrail::Sample;

/// How much of what a server wrote is shown, in characters.
const SHOWN: usize = 300;

/// Why an answer of Prometheus holds no samples.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AnswerProblem {
    /// Prometheus says what is wrong, such as `bad_data: 1:5: parse error: unclosed left parenthesis`.
    #[error("{kind}: {message}")]
    Refused {
        /// Its word for it.
        kind: Box<str>,
        /// What it says.
        message: Box<str>,
    },
    /// There are warnings: the answer may be partial.
    #[error("the answer comes with a warning and may be partial: {warning}")]
    Warned {
        /// The first of them.
        warning: Box<str>,
    },
    /// It has another form than one number for each series.
    #[error("the query yields {found}, and a number is needed")]
    WrongType {
        /// What it is.
        found: &'static str,
    },
    /// It is something else altogether.
    #[error("this is no answer of Prometheus: {what}")]
    Malformed {
        /// What is missing.
        what: &'static str,
    },
}

const fn malformed(what: &'static str) -> AnswerProblem {
    AnswerProblem::Malformed { what }
}

/// The samples of an answer: one for each series, one for a scalar.
///
/// # Errors
///
/// When it is a refusal, comes with warnings, has another type than a vector or a scalar, or is no answer at all.
///
/// ```
/// use flags_core::Timestamp;
/// use flags_rollout::{guardrail::Sample, signals::decode_answer};
///
/// let answer = br#"{"status": "success", "data": {"resultType": "scalar", "result": [1700000000.25, "+Inf"]}}"#;
/// let at = Timestamp::from_millis(1_700_000_000_250);
/// assert_eq!(decode_answer(answer), Ok(vec![Sample { value: f64::INFINITY, at }]));
/// ```
pub fn decode_answer(body: &[u8]) -> Result<Vec<Sample>, AnswerProblem> {
    let answer: Value = serde_json::from_slice(body).map_err(|_| malformed("it is not JSON"))?;
    let text = |key: &str| answer.get(key).and_then(Value::as_str).map(shown);
    match answer.get("status").and_then(Value::as_str) {
        Some("success") => {}
        Some("error") => {
            let kind = text("errorType").unwrap_or_else(|| "error".into());
            let message = text("error").unwrap_or_else(|| "it does not say what".into());
            return Err(AnswerProblem::Refused { kind, message });
        }
        _ => return Err(malformed("it has no `status` that says `success` or `error`")),
    }
    // What Prometheus 3 calls `infos` is advice on the query, and no reason to doubt the answer.
    match answer.get("warnings") {
        None | Some(Value::Null) => {}
        Some(Value::Array(warnings)) if warnings.is_empty() => {}
        Some(warnings) => {
            let first = warnings.get(0).unwrap_or(warnings).as_str().unwrap_or("it does not say which");
            return Err(AnswerProblem::Warned { warning: shown(first) });
        }
    }
    let data = answer.get("data").ok_or(malformed("it has no `data`"))?;
    let result = data.get("result").ok_or(malformed("it has no `data.result`"))?;
    match data.get("resultType").and_then(Value::as_str) {
        Some("vector") => {
            let series = result.as_array().ok_or(malformed("its vector is no list"))?;
            series.iter().map(of_series).collect()
        }
        Some("scalar") => Ok(vec![sample(result)?]),
        Some("matrix") => Err(AnswerProblem::WrongType { found: "a range of numbers over time" }),
        Some("string") => Err(AnswerProblem::WrongType { found: "a text" }),
        _ => Err(malformed("it has no `data.resultType` that is known")),
    }
}

fn of_series(series: &Value) -> Result<Sample, AnswerProblem> {
    match (series.get("value"), series.get("histogram")) {
        (Some(pair), _) => sample(pair),
        (None, Some(_)) => Err(AnswerProblem::WrongType { found: "a histogram" }),
        (None, None) => Err(malformed("a series has no `value`")),
    }
}

/// An instant in seconds, and a number as a text.
fn sample(pair: &Value) -> Result<Sample, AnswerProblem> {
    let Some([Value::Number(seconds), Value::String(value)]) = pair.as_array().map(Vec::as_slice) else {
        return Err(malformed("a sample is not a pair of an instant and a number as a text"));
    };
    let value = value.parse().map_err(|_| malformed("a sample has a value that is no number"))?;
    let millis = seconds.as_f64().map(|seconds| (seconds * 1_000.0).round()).filter(|millis| millis.abs() < 1e15);
    let millis = millis.ok_or(malformed("a sample has an instant that is none"))?;
    #[expect(clippy::cast_possible_truncation, reason = "it is a whole number, far within the range")]
    Ok(Sample { value, at: Timestamp::from_millis(millis as i64) })
}

/// The beginning of a foreign text, on one line.
pub(super) fn shown(text: &str) -> Box<str> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line: String = words.join(" ").chars().filter(|character| !character.is_control()).take(SHOWN).collect();
    line.into()
}
