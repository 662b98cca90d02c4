//! The context a flag is asked for: JSON and `--set`, in the same words as over HTTP.

use std::path::Path;

use clap::Args;
use flags::{Context, Object, Value};
use serde_json::{Map, Value as Json};

use crate::{failure::Failure, input};

/// The name of the targeting key, as files and contexts have it.
const TARGETING_KEY: &str = "targeting_key";
/// The same as OpenFeature spells it.
const OPENFEATURE_TARGETING_KEY: &str = "targetingKey";

/// Who asks.
#[derive(Args, Debug, Default)]
pub(crate) struct ContextOptions {
    /// The context as a JSON object: written out, @FILE to read it from a file, or - for standard input. `targeting_key` is
    /// the targeting key.
    #[arg(long, short, value_name = "JSON")]
    context: Option<String>,
    /// Sets one attribute, over the context. The value is JSON, or text as it is. Can be given several times.
    #[arg(long = "set", short, value_name = "NAME=VALUE", value_parser = assignment)]
    set: Vec<(String, Json)>,
}

impl ContextOptions {
    /// Whether the context is read from standard input.
    pub(crate) fn reads_stdin(&self) -> bool {
        self.context.as_deref() == Some("-")
    }

    /// Puts the context together.
    pub(crate) fn read(&self) -> Result<Context, Failure> {
        let mut fields = match self.context.as_deref() {
            None => Map::new(),
            Some("-") => object(&input::text(Path::new("-"))?, "on standard input")?,
            Some(text) => match text.strip_prefix('@') {
                Some(path) => object(&input::text(Path::new(path))?, &format!("in {path}"))?,
                None => object(text, "given with --context")?,
            },
        };
        fields.extend(self.set.iter().cloned());
        Ok(from_json(&fields))
    }
}

fn object(text: &str, place: &str) -> Result<Map<String, Json>, Failure> {
    match serde_json::from_str(text) {
        Ok(Json::Object(fields)) => Ok(fields),
        Ok(other) => {
            let found = kind(&other);
            Err(Failure::Usage(format!(
                r#"the context {place} is {found}; expected an object such as {{"targeting_key":"user-42","country":"NL"}}"#
            )))
        }
        Err(error) => Err(Failure::Usage(format!(
            r#"the context {place} is not JSON: {error}; expected an object such as {{"targeting_key":"user-42"}}"#
        ))),
    }
}

/// Reads `name=value`. What is no JSON is text.
fn assignment(text: &str) -> Result<(String, Json), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), json_or_text(value))),
        _ => Err("expected NAME=VALUE, such as country=NL".to_owned()),
    }
}

/// JSON if it is, else the text itself.
pub(crate) fn json_or_text(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.to_owned()))
}

/// The context of a JSON object. An attribute that is null is as good as absent.
pub(crate) fn from_json(fields: &Map<String, Json>) -> Context {
    let mut context = Context::anonymous();
    let has_own = fields.get(TARGETING_KEY).is_some_and(|key| !key.is_null());
    for (name, json) in fields {
        let name = if name == OPENFEATURE_TARGETING_KEY && !has_own { TARGETING_KEY } else { name };
        if let Some(value) = value(json) {
            context.insert(name, value);
        }
    }
    context
}

/// A value of JSON; `None` for null. Integers beyond 64 bits become floats.
fn value(json: &Json) -> Option<Value> {
    Some(match json {
        Json::Null => return None,
        Json::Bool(value) => Value::Boolean(*value),
        Json::Number(number) => match number.as_i64() {
            Some(integer) => Value::Integer(integer),
            None => Value::Float(number.as_f64()?),
        },
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => Value::List(items.iter().filter_map(value).collect()),
        Json::Object(fields) => {
            let fields = fields.iter().filter_map(|(name, field)| Some((name.as_str(), value(field)?)));
            Value::Object(fields.collect::<Object>())
        }
    })
}

/// What sort of JSON it is, with an article.
pub(crate) fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use flags::Attributes as _;

    use super::*;

    fn context(json: &str) -> Context {
        from_json(&object(json, "here").unwrap())
    }

    #[test]
    fn numbers_nulls_and_nesting() {
        let context = context(
            r#"{"a":null,"b":9223372036854775807,"c":9223372036854775808,"d":1.0,"e":{"x":null,"y":[1,null]}}"#,
        );
        let found = |name: &str| context.attribute(&name.into()).map(flags::ValueRef::to_value);
        assert_eq!(found("a"), None);
        assert_eq!(found("b"), Some(Value::Integer(i64::MAX)));
        assert_eq!(found("c"), Some(Value::Float(9_223_372_036_854_775_808.0)));
        assert_eq!(found("d"), Some(Value::Float(1.0)));
        assert_eq!(found("e"), Some(Object::new().set("y", [1]).into()));
    }

    #[test]
    fn both_spellings_of_the_targeting_key() {
        assert_eq!(context(r#"{"targeting_key":"a"}"#).key(), Some("a"));
        assert_eq!(context(r#"{"targetingKey":"a"}"#).key(), Some("a"));
        assert_eq!(context(r#"{"targetingKey":7}"#).key(), Some("7"));
        assert_eq!(context(r#"{"targeting_key":"a","targetingKey":"b"}"#).key(), Some("a"));
        assert_eq!(context(r#"{"targeting_key":null,"targetingKey":"b"}"#).key(), Some("b"));
    }

    #[test]
    fn assignments() {
        for (text, expected) in [
            ("country=NL", Some(("country", Json::from("NL")))),
            ("age=45", Some(("age", Json::from(45)))),
            ("beta=true", Some(("beta", Json::from(true)))),
            ("id=\"42\"", Some(("id", Json::from("42")))),
            ("url=a=b", Some(("url", Json::from("a=b")))),
            ("empty=", Some(("empty", Json::from("")))),
            ("=x", None),
            ("country", None),
        ] {
            let found = assignment(text).ok();
            assert_eq!(found.as_ref().map(|(name, value)| (name.as_str(), value.clone())), expected, "{text}");
        }
    }
}
