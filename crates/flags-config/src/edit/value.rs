//! Values as they are written into a file.

use flags_core::{Percentage, State, Timestamp, ValueType};
use toml_edit::{Datetime, Value};

use super::field::Kind;
use crate::diff::value_toml;

/// The value as TOML, or what the field takes instead. `has_variants` says whether the flag's variants have names.
pub(super) fn written(kind: Kind, value: &str, has_variants: impl Fn() -> bool) -> Result<String, &'static str> {
    let value = value.trim();
    match kind {
        Kind::Boolean => boolean(value).ok_or("`true` or `false`"),
        Kind::State => {
            let name = unquoted(value);
            let state = State::from_name(&name)
                .ok_or("`disabled`, `development`, `canary`, `rollout`, `enabled` or `emergency_off`")?;
            Ok(quoted(state.name()))
        }
        Kind::ValueType => {
            let name = unquoted(value);
            let value_type =
                ValueType::from_name(&name).ok_or("`boolean`, `string`, `integer`, `float` or `object`")?;
            Ok(quoted(value_type.name()))
        }
        Kind::Percentage => {
            let number = value.parse::<f64>().ok().and_then(|number| Percentage::new(number).ok());
            number.map(|share| share.to_string()).ok_or("a number from 0 to 100 with at most three decimals")
        }
        Kind::Weight => {
            let weight = value.parse::<u32>().ok().filter(|weight| i32::try_from(*weight).is_ok());
            weight.map(|weight| weight.to_string()).ok_or("a whole number from 0 to 2147483647")
        }
        Kind::Integer => match toml(value) {
            Some(number @ Value::Integer(_)) => Ok(number.to_string()),
            _ => Err("a whole number"),
        },
        Kind::Number => match toml(value) {
            Some(number @ Value::Integer(_)) => Ok(number.to_string()),
            Some(Value::Float(number)) if number.value().is_finite() => Ok(Value::Float(number).to_string()),
            _ => Err("a number"),
        },
        Kind::Text => Ok(text(value)),
        Kind::Variant => match boolean(value) {
            Some(switch) if !has_variants() => Ok(switch),
            _ => Ok(text(value)),
        },
        Kind::TextOrList => match toml(value) {
            Some(list @ Value::Array(_)) => Ok(list.to_string()),
            _ => Ok(text(value)),
        },
        Kind::List => match toml(value) {
            Some(list @ Value::Array(_)) => Ok(list.to_string()),
            _ => Err("a list such as `[\"a\", \"b\"]`"),
        },
        Kind::Instant => {
            let instant = unquoted(value);
            Timestamp::parse(&instant).ok_or("an instant with its offset, such as `2026-12-01T09:00:00Z`")?;
            Ok(instant.parse::<Datetime>().map_or_else(|_| quoted(&instant), |instant| instant.to_string()))
        }
        Kind::Date => {
            let date = unquoted(value);
            let parsed = date.parse::<Datetime>().ok();
            let plain = parsed.filter(|date| date.date.is_some() && date.time.is_none() && date.offset.is_none());
            plain.map(|date| date.to_string()).ok_or("a date such as `2027-03-31`")
        }
        Kind::Any | Kind::VariantValue => Ok(toml(value).map_or_else(|| quoted(value), |value| value.to_string())),
    }
}

fn boolean(value: &str) -> Option<String> {
    matches!(value, "true" | "false").then(|| value.to_owned())
}

/// The value as TOML without the white space and the comment around it, if it is TOML.
fn toml(value: &str) -> Option<Value> {
    let mut value = value.parse::<Value>().ok()?;
    value.decor_mut().clear();
    Some(value)
}

/// A text that is written in quotes as it is; any other is put in quotes.
fn text(value: &str) -> String {
    match toml(value) {
        Some(text @ Value::String(_)) => text.to_string(),
        _ => quoted(value),
    }
}

fn quoted(value: &str) -> String {
    value_toml(&value.into())
}

fn unquoted(value: &str) -> String {
    match toml(value) {
        Some(Value::String(text)) => text.into_value(),
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind() {
        for (kind, value, expected) in [
            (Kind::Boolean, "true", Some("true")),
            (Kind::Boolean, "yes", None),
            (Kind::State, "canary", Some("\"canary\"")),
            (Kind::State, "'canary'", Some("\"canary\"")),
            (Kind::State, "on", None),
            (Kind::ValueType, "integer", Some("\"integer\"")),
            (Kind::ValueType, "int", None),
            (Kind::Percentage, "12.345", Some("12.345")),
            (Kind::Percentage, "50.0", Some("50")),
            (Kind::Percentage, "12.3456", None),
            (Kind::Percentage, "101", None),
            (Kind::Percentage, "NaN", None),
            (Kind::Weight, "3", Some("3")),
            (Kind::Weight, "-1", None),
            (Kind::Weight, "2147483648", None),
            (Kind::Integer, "1_000_000", Some("1_000_000")),
            (Kind::Integer, "1.5", None),
            (Kind::Number, "0.95", Some("0.95")),
            (Kind::Number, "inf", None),
            (Kind::Text, "two words", Some("\"two words\"")),
            (Kind::Text, "'as it is'", Some("'as it is'")),
            (Kind::Text, "5", Some("\"5\"")),
            (Kind::Text, "say \"hi\"", Some("'say \"hi\"'")),
            (Kind::Text, "two\nlines", Some("\"two\\nlines\"")),
            (Kind::TextOrList, "user_id", Some("\"user_id\"")),
            (Kind::TextOrList, "['a', 'b']", Some("['a', 'b']")),
            (Kind::List, " [\"a\"] ", Some("[\"a\"]")),
            (Kind::List, "[\"a\"] # why", None),
            (Kind::List, "a", None),
            (Kind::Instant, "2026-12-01T09:00:00Z", Some("2026-12-01T09:00:00Z")),
            (Kind::Instant, "2026-12-01T09:00:00", None),
            (Kind::Date, "2027-03-31", Some("2027-03-31")),
            (Kind::Date, "2027-03-31T00:00:00Z", None),
            (Kind::Date, "soon", None),
            (Kind::Variant, "true", Some("true")),
            (Kind::Variant, "express", Some("\"express\"")),
            (Kind::Any, "5", Some("5")),
            (Kind::Any, "low", Some("\"low\"")),
            (Kind::Any, "{ a = 1 }", Some("{ a = 1 }")),
            (Kind::Any, "a = 1", Some("\"a = 1\"")),
        ] {
            assert_eq!(written(kind, value, || false).ok().as_deref(), expected, "{kind:?} {value}");
        }
        assert_eq!(written(Kind::Variant, "true", || true).as_deref(), Ok("\"true\""));
    }
}
