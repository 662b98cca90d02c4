//! Conditions and segments, case by case as the format's tables list them.

use std::cmp::Ordering;

use flags_core::{
    Condition, Value,
    definition::{Comparison, Test, TextMatch},
};

use super::{Oracle, address, draw, instant, number, text, version};
use crate::oracle::text::Place;

/// What a percentage condition takes from the flag or the segment it stands in.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) salt: &'a str,
    pub(super) bucket_by: &'a [Box<str>],
}

impl Oracle<'_> {
    /// Whether a condition holds.
    pub(super) fn holds(&self, condition: &Condition, scope: Scope<'_>) -> bool {
        match condition {
            Condition::Attribute { path, test } => passes(self.attribute(path).as_ref(), test),
            Condition::Segment(key) => self.is_in_segment(key),
            Condition::Predicate(name) => (self.predicates)(name).unwrap_or(false),
            Condition::Flag { flag, variant } => self.serves(flag, variant.as_deref()),
            Condition::Environment(names) => names.iter().any(|name| **name == *self.environment),
            Condition::After(instant) => self.now >= *instant,
            Condition::Before(instant) => self.now < *instant,
            Condition::Percentage { percentage, salt, bucket_by } => {
                let bucket_by = if bucket_by.is_empty() { scope.bucket_by } else { bucket_by };
                let salt = salt.as_deref().unwrap_or(scope.salt);
                self.unit(bucket_by)
                    .is_some_and(|unit| draw::bucket(salt, "percentage", &unit) < percentage.thousandths())
            }
            Condition::All(inner) => inner.iter().all(|condition| self.holds(condition, scope)),
            Condition::Any(inner) => inner.iter().any(|condition| self.holds(condition, scope)),
            Condition::Not(inner) => !self.holds(inner, scope),
            other => unreachable!("a kind of condition the oracle has not been taught: {other:?}"),
        }
    }

    /// Whether the context is in a segment.
    pub(super) fn is_in_segment(&self, key: &str) -> bool {
        let segment = self.definitions.segments.iter().find(|segment| *segment.key == *key);
        let segment = segment.expect("checked definitions name known segments only");
        if let Some(unit) = self.unit(&segment.bucket_by) {
            if segment.exclude.iter().any(|listed| **listed == *unit) {
                return false;
            }
            if segment.members.iter().any(|listed| **listed == *unit) {
                return true;
            }
        }
        let scope = Scope { salt: segment.salt.as_deref().unwrap_or(&segment.key), bucket_by: &segment.bucket_by };
        !segment.when.is_empty() && segment.when.iter().all(|condition| self.holds(condition, scope))
    }
}

/// Whether an attribute passes a test. Missing or of another type, it passes none but `exists = false`.
fn passes(value: Option<&Value>, test: &Test) -> bool {
    if let Test::Exists(there) = test {
        return value.is_some() == *there;
    }
    let Some(value) = value else { return false };
    match test {
        Test::Equals { value: operand, negated, ignore_case } => {
            same_type(value, operand) && is_equal(value, operand, *ignore_case) != *negated
        }
        Test::In { values, negated, ignore_case } => {
            let typed = values.first().is_some_and(|first| same_type(value, first));
            typed && values.iter().any(|operand| is_equal(value, operand, *ignore_case)) != *negated
        }
        Test::Contains { text: part, negated, ignore_case } => match value {
            Value::String(text) => text::has(text, part, Place::Anywhere, *ignore_case) != *negated,
            Value::List(items) => {
                let operand = Value::String(part.clone());
                items.iter().any(|item| is_equal(item, &operand, *ignore_case)) != *negated
            }
            _ => false,
        },
        Test::Affix { side, texts, ignore_case } => {
            let place = match side {
                TextMatch::StartsWith => Place::Start,
                TextMatch::EndsWith => Place::End,
            };
            string(value).is_some_and(|text| texts.iter().any(|part| text::has(text, part, place, *ignore_case)))
        }
        Test::Matches(pattern) => {
            string(value).is_some_and(|text| text::matches(text, pattern.source(), pattern.ignores_case()))
        }
        Test::Number { comparison, operand } => number::compare(value, operand).is_some_and(|order| match comparison {
            Comparison::GreaterThan => order == Ordering::Greater,
            Comparison::AtLeast => order != Ordering::Less,
            Comparison::LessThan => order == Ordering::Less,
            Comparison::AtMost => order != Ordering::Greater,
        }),
        Test::BetweenNumbers { low, high } => {
            let from_low = number::compare(value, low);
            let from_high = number::compare(value, high);
            matches!(from_low, Some(Ordering::Greater | Ordering::Equal))
                && matches!(from_high, Some(Ordering::Less | Ordering::Equal))
        }
        Test::BetweenInstants { low, high } => date_time(value).is_some_and(|at| *low <= at && at <= *high),
        Test::Before(bound) => date_time(value).is_some_and(|at| at < *bound),
        Test::After(bound) => date_time(value).is_some_and(|at| at >= *bound),
        Test::Version(requirement) => string(value).is_some_and(|text| version::meets(text, requirement.source())),
        Test::IpIn(ranges) => {
            string(value).is_some_and(|text| ranges.iter().any(|range| address::within(text, &range.to_string())))
        }
        other => unreachable!("a test the oracle has not been taught: {other:?}"),
    }
}

fn string(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

fn date_time(value: &Value) -> Option<flags_core::Timestamp> {
    instant::parse(string(value)?)
}

/// Whether two values are both texts, both numbers, or both booleans. What is "not a number" is none.
fn same_type(a: &Value, b: &Value) -> bool {
    let kind = |value: &Value| match value {
        Value::String(_) => Some("string"),
        Value::Float(number) if number.is_nan() => None,
        Value::Integer(_) | Value::Float(_) => Some("number"),
        Value::Boolean(_) => Some("boolean"),
        _ => None,
    };
    kind(a).is_some() && kind(a) == kind(b)
}

fn is_equal(a: &Value, b: &Value, ignore_case: bool) -> bool {
    match (a, b) {
        (Value::String(a), Value::String(b)) => text::has(a, b, Place::Whole, ignore_case),
        (Value::Boolean(a), Value::Boolean(b)) => a == b,
        _ => number::compare(a, b) == Some(Ordering::Equal),
    }
}
