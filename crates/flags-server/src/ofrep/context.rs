//! From a JSON object to an evaluation context.

use flags::{Context, Object, Value};
use serde_json::{Map, Value as Json};

use super::request::kind;

/// The names under which a client may send the targeting key, the protocol's own first.
const TARGETING_KEYS: [&str; 2] = ["targetingKey", "targeting_key"];

/// Makes a context of the fields of a JSON object.
///
/// Null is as good as absent. A whole number is an integer if it fits in 64 bits, any other number a float. The error says
/// what is wrong, in words.
pub(super) fn context(mut attributes: Map<String, Json>, most_names: usize) -> Result<Context, String> {
    let mut context = Context::anonymous();
    let given = TARGETING_KEYS.map(|name| (name, attributes.shift_remove(name).filter(|value| !value.is_null())));
    if let Some((name, value)) = given.into_iter().find_map(|(name, value)| Some((name, value?))) {
        context = Context::new(targeting_key(name, value)?);
    }
    // A name is looked for among those before it, so the effort grows with the square of their number.
    check_names(&attributes, most_names)?;
    for (name, value) in attributes {
        if let Some(value) = convert(value, most_names)? {
            context.insert(name, value);
        }
    }
    Ok(context)
}

fn targeting_key(name: &str, value: Json) -> Result<String, String> {
    match value {
        Json::String(key) => Ok(key),
        // Ids are numbers in many databases.
        Json::Number(number) if !number.is_f64() => Ok(number.to_string()),
        other => Err(format!("`{name}` must be a string, and is {}", kind(&other))),
    }
}

fn check_names(object: &Map<String, Json>, most_names: usize) -> Result<(), String> {
    match object.len() {
        count if count > most_names => Err(format!(
            "an object of the context has {count} names, and {most_names} is the most; send fewer attributes"
        )),
        _ => Ok(()),
    }
}

/// The value, or `None` for null.
fn convert(value: Json, most_names: usize) -> Result<Option<Value>, String> {
    Ok(Some(match value {
        Json::Null => return Ok(None),
        Json::Bool(value) => Value::Boolean(value),
        Json::Number(number) => match number.as_i64() {
            Some(integer) => Value::Integer(integer),
            // Every other number of JSON has a nearest float.
            None => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => Value::String(text.into()),
        Json::Array(items) => {
            let items = items.into_iter().filter_map(|item| convert(item, most_names).transpose());
            Value::List(items.collect::<Result<_, _>>()?)
        }
        Json::Object(fields) => {
            check_names(&fields, most_names)?;
            let mut object = Object::new();
            for (name, value) in fields {
                if let Some(value) = convert(value, most_names)? {
                    object.insert(name, value);
                }
            }
            Value::Object(object)
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Context, String> {
        let Ok(Json::Object(attributes)) = serde_json::from_str(json) else { panic!("{json} is no object") };
        context(attributes, 3)
    }

    #[test]
    fn the_targeting_key_has_two_names_and_may_be_a_number() {
        for (json, key) in [
            (r#"{"targetingKey": "a"}"#, Some("a")),
            (r#"{"targeting_key": "b"}"#, Some("b")),
            (r#"{"targeting_key": "b", "targetingKey": "a"}"#, Some("a")),
            (r#"{"targetingKey": null, "targeting_key": "b"}"#, Some("b")),
            (r#"{"targetingKey": 42}"#, Some("42")),
            (r#"{"targetingKey": 18446744073709551615}"#, Some("18446744073709551615")),
            (r#"{"targetingKey": ""}"#, Some("")),
            (r"{}", None),
        ] {
            let context = read(json).unwrap();
            assert_eq!(context.key(), key, "{json}");
            assert!(context.attributes().is_empty(), "{json}");
        }
        for (json, message) in [
            (r#"{"targetingKey": true}"#, "`targetingKey` must be a string, and is a boolean"),
            (r#"{"targeting_key": 1.5}"#, "`targeting_key` must be a string, and is a number"),
        ] {
            assert_eq!(read(json).unwrap_err(), message);
        }
    }

    #[test]
    fn values_keep_their_type_and_null_is_absent() {
        let context =
            read(r#"{"plan": {"name": "gold", "until": null, "seats": 3}, "tags": ["a", null, 1, 1.0], "gone": null}"#)
                .unwrap();
        let expected = Context::anonymous()
            .set("plan", Object::new().set("name", "gold").set("seats", 3))
            .set("tags", Value::List(vec!["a".into(), 1.into(), 1.0.into()]));
        assert_eq!(context, expected);
        let context = read(r#"{"most": 9223372036854775807, "more": 9223372036854775808, "yes": true}"#).unwrap();
        let expected =
            Context::anonymous().set("most", i64::MAX).set("more", 9_223_372_036_854_775_808.0).set("yes", true);
        assert_eq!(context, expected);
    }

    #[test]
    fn too_many_names_are_refused_at_any_depth() {
        let message = "an object of the context has 4 names, and 3 is the most; send fewer attributes";
        assert_eq!(read(r#"{"a": 1, "b": 2, "c": 3, "d": 4}"#).unwrap_err(), message);
        assert_eq!(read(r#"{"a": [{"a": 1, "b": 2, "c": 3, "d": 4}]}"#).unwrap_err(), message);
        assert!(read(r#"{"targetingKey": "u", "a": 1, "b": 2, "c": 3}"#).is_ok());
    }
}
