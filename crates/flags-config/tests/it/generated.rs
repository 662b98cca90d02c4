//! What is generated from the table of shapes and the table of codes is fresh (B1, B2).

use flags_config::{Code, Severity, reference, schema};
use serde_json::Value;

use crate::support::{assert_fresh, folder, read};

#[test]
fn the_schema_is_fresh() {
    let text = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    assert_fresh("config/flags.schema.json", &text);
}

#[test]
fn the_reference_of_the_format_is_fresh() {
    assert_fresh("docs/reference/format.md", &reference());
}

#[test]
fn the_reference_of_the_diagnostics_is_fresh() {
    assert_fresh("docs/reference/diagnostics.md", &Code::reference());
}

/// A TOML text as an editor's schema check sees it: datetimes are strings.
fn as_json(text: &str) -> Value {
    fn convert(value: &toml::Value) -> Value {
        match value {
            toml::Value::String(text) => Value::String(text.clone()),
            toml::Value::Integer(number) => (*number).into(),
            toml::Value::Float(number) => (*number).into(),
            toml::Value::Boolean(value) => (*value).into(),
            toml::Value::Datetime(datetime) => Value::String(datetime.to_string()),
            toml::Value::Array(items) => items.iter().map(convert).collect(),
            toml::Value::Table(table) => {
                Value::Object(table.iter().map(|(key, value)| (key.clone(), convert(value))).collect())
            }
        }
    }
    convert(&toml::Value::Table(text.parse().unwrap()))
}

fn validator() -> jsonschema::Validator {
    jsonschema::options().should_validate_formats(true).build(&schema()).unwrap()
}

#[test]
fn the_schema_is_a_schema() {
    assert!(jsonschema::meta::is_valid(&schema()));
}

/// The shipped files and the samples satisfy the schema. The sample of the rollout plan is the rest of a flag.
#[test]
fn samples_satisfy_the_schema() {
    let validator = validator();
    let mut files = folder("config");
    files.extend(folder("crates/flags-testkit/data/format").into_iter().filter(|file| file.name() != "rollout.toml"));
    for file in files {
        let json = as_json(file.text());
        let errors: Vec<String> =
            validator.iter_errors(&json).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", file.name());
    }
    let features = read("crates/flags-testkit/data/format/features.toml");
    let rollout = read("crates/flags-testkit/data/format/rollout.toml");
    assert!(validator.is_valid(&as_json(&(features + &rollout))));
}

/// The schema refuses what can be refused by looking at one value: the bad example of every code of that sort.
#[test]
fn the_schema_refuses_bad_examples() {
    let validator = validator();
    for id in [
        "FLG010", "FLG011", "FLG012", "FLG013", "FLG014", "FLG015", "FLG018", "FLG019", "FLG023", "FLG024", "FLG025",
        "FLG030", "FLG034",
    ] {
        let code = Code::from_id(id).unwrap();
        assert!(!validator.is_valid(&as_json(code.bad_example())), "{id}");
        assert!(validator.is_valid(&as_json(code.good_example())), "{id}");
    }
}

/// Codes are found in any case, and explain themselves.
#[test]
fn codes_are_looked_up_and_explained() {
    let code = Code::from_id("flg014").unwrap();
    assert_eq!((code.id(), code.name(), code.severity()), ("FLG014", "unknown-word", Severity::Error));
    let text = code.explain();
    for part in [code.title(), code.explanation(), code.bad_example(), code.good_example()] {
        assert!(text.contains(part), "{text}");
    }
    assert!(Code::from_id("FLG999").is_none());
    let ids: Vec<&str> = Code::all().map(Code::id).collect();
    assert!(ids.is_sorted() && ids.contains(&"FLG099") && ids.contains(&"FLG100"), "{ids:?}");
}
