//! The smallest parts: values, lists of names, percentages, instants, contexts.

use flags_core::{Context, Object, Percentage, Timestamp, Value};
use toml::{Table, Value as Toml};

use super::{Read, ReadError, array, text_of};

/// The value a TOML value stands for. An instant becomes its text, as no value is an instant.
#[must_use]
pub fn value(written: &Toml) -> Value {
    match written {
        Toml::Boolean(value) => Value::Boolean(*value),
        Toml::Integer(value) => Value::Integer(*value),
        Toml::Float(value) => Value::Float(*value),
        Toml::String(text) => Value::from(text.as_str()),
        Toml::Datetime(instant) => Value::from(instant.to_string()),
        Toml::Array(items) => Value::List(items.iter().map(value).collect()),
        Toml::Table(fields) => {
            Value::Object(fields.iter().map(|(name, field)| (name.as_str(), value(field))).collect::<Object>())
        }
    }
}

/// The context whose attributes a table holds; `targeting_key` is the targeting key.
#[must_use]
pub fn context(written: &Table) -> Context {
    let mut context = Context::anonymous();
    for (name, attribute) in written {
        context.insert(name.as_str(), value(attribute));
    }
    context
}

/// One text or a list of them.
pub(super) fn texts(value: &Toml) -> Read<Vec<Box<str>>> {
    match value {
        Toml::String(text) => Ok(vec![text.as_str().into()]),
        list => array(list)?.iter().map(|item| text_of(item).map(Into::into)).collect(),
    }
}

pub(super) fn parsed<T, E: std::fmt::Display>(value: &Toml, parse: impl FnOnce(&str) -> Result<T, E>) -> Read<T> {
    parse(text_of(value)?).map_err(|error| ReadError(error.to_string()))
}

pub(super) fn boolean(value: &Toml) -> Read<bool> {
    value.as_bool().ok_or_else(|| ReadError(format!("expected a boolean, found {value:?}")))
}

pub(crate) fn percentage(value: &Toml) -> Read<Percentage> {
    let number = match value {
        Toml::Integer(whole) => whole.to_string().parse().unwrap_or(f64::NAN),
        Toml::Float(number) => *number,
        _ => f64::NAN,
    };
    Percentage::new(number).map_err(|error| ReadError(format!("{value:?}: {error}")))
}

pub(crate) fn instant(value: &Toml) -> Read<Timestamp> {
    let text = match value {
        Toml::Datetime(instant) => instant.to_string(),
        other => text_of(other)?.to_owned(),
    };
    Timestamp::parse(&text).ok_or_else(|| ReadError(format!("`{text}` is not an instant")))
}
