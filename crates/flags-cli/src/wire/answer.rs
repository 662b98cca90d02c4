//! The answer to one question: what a flag comes to for a context.

use flags::{Decision, FlagSet};
use serde::Serialize;
use serde_json::Value as Json;

use super::JsonValue;

/// One decision as JSON. What is absent is null.
#[derive(Serialize)]
pub(crate) struct Answer<'a> {
    flag: &'a str,
    value: Served<'a>,
    variant: Option<&'a str>,
    reason: &'static str,
    cause: &'static str,
    rule: Option<Rule<'a>>,
    #[serde(flatten)]
    experiment: Option<Experiment<'a>>,
    error_code: Option<&'static str>,
    bucket: Option<u32>,
    revision: &'a str,
}

/// The flag's value, or the caller's default.
#[derive(Serialize)]
#[serde(untagged)]
enum Served<'a> {
    Value(JsonValue<'a>),
    Default(&'a Json),
}

/// A rule by its name, or by its number from 1 where it has none.
#[derive(Serialize)]
#[serde(untagged)]
enum Rule<'a> {
    Name(&'a str),
    Number(u32),
}

/// The experiment and the arm that decided. Other answers lack both.
#[derive(Serialize)]
struct Experiment<'a> {
    experiment: &'a str,
    arm: &'a str,
}

impl<'a> Answer<'a> {
    pub(crate) fn new(flag: &'a str, decision: &Decision<'a>, default: &'a Json, revision: &'a str) -> Self {
        Self {
            flag,
            value: decision.value().map_or(Served::Default(default), |value| Served::Value(JsonValue(value))),
            variant: decision.variant(),
            reason: decision.reason().name(),
            cause: decision.cause().name(),
            rule: decision.rule().map(|(number, name)| name.map_or(Rule::Number(number), Rule::Name)),
            experiment: decision.experiment().map(|(experiment, arm)| Experiment { experiment, arm }),
            error_code: decision.error().map(flags::ErrorCode::name),
            bucket: decision.bucket(),
            revision,
        }
    }
}

/// The revision of a set, as answers name it: its digest in 16 hexadecimal digits.
pub(crate) fn revision(set: &FlagSet) -> String {
    format!("{:016x}", set.digest())
}
