//! Writes parts of a definition in the notation of the file: `{ attribute = "country", in = ["US", "CA"] }`.
//!
//! What is written here reads back as the same part, so it serves differences, explanations and messages alike.

use std::fmt::Write as _;

use flags_core::{
    Condition, FlagDefinition, Percentage, RuleDefinition, Serve, Timestamp, Value, ValueType,
    definition::{Prerequisite, Test, TextMatch, VariantDefinition},
};
use toml_edit::{Datetime, InlineTable, Key, Value as Toml};

/// Writes a condition as the inline table a file would have it in.
///
/// ```
/// use flags_core::Condition;
///
/// let condition = Condition::attribute("country").is_in(["US", "CA"]);
/// let text = flags_config::condition_toml(&condition);
/// assert_eq!(text, r#"{ attribute = "country", in = ["US", "CA"] }"#);
/// ```
#[must_use]
pub fn condition_toml(condition: &Condition) -> String {
    condition_value(condition).to_string()
}

/// Writes a rule as the inline table a file would have it in. The flag it stands in tells whether its variants are
/// written as names or as `true` and `false`.
#[must_use]
pub fn rule_toml(flag: &FlagDefinition, rule: &RuleDefinition) -> String {
    let mut table = InlineTable::new();
    if let Some(name) = &rule.name {
        table.insert("name", string(name));
    }
    if !rule.when.is_empty() {
        table.insert("when", conditions_value(&rule.when));
    }
    if let Some(percentage) = rule.rollout_percentage {
        table.insert("rollout_percentage", percentage_value(percentage));
    }
    match &rule.serve {
        None => {}
        Some(Serve::Variant(name)) => {
            table.insert("serve", variant_value(flag, name));
        }
        Some(Serve::Split(arms)) => {
            let mut split = InlineTable::new();
            for (name, weight) in arms {
                split.insert(&**name, Toml::from(i64::from(*weight)));
            }
            table.insert("split", split.into());
        }
    }
    Toml::from(table).to_string()
}

/// Writes a value as TOML.
#[must_use]
pub fn value_toml(value: &Value) -> String {
    value_value(value).to_string()
}

/// A text in quotes, escaped as TOML asks.
pub(crate) fn string_toml(text: &str) -> String {
    string(text).to_string()
}

/// A key, in quotes only where TOML asks for them.
pub(crate) fn key_toml(key: &str) -> String {
    Key::new(key).display_repr().into_owned()
}

/// Several texts as an array.
pub(crate) fn strings_toml<T: AsRef<str>>(texts: &[T]) -> String {
    Toml::Array(texts.iter().map(|text| string(text.as_ref())).collect()).to_string()
}

/// A variant of the flag: by name, or `true` and `false` where the flag has no variants of its own.
pub(crate) fn variant_toml(flag: &FlagDefinition, name: &str) -> String {
    variant_value(flag, name).to_string()
}

/// What a flag requires of another one.
pub(crate) fn prerequisite_toml(prerequisite: &Prerequisite) -> String {
    match &prerequisite.variant {
        None => string_toml(&prerequisite.flag),
        Some(variant) => {
            Toml::from(table([("flag", string(&prerequisite.flag)), ("variant", string(variant))])).to_string()
        }
    }
}

/// A variant as it stands behind its name: the value alone where the weight is 1 and the value is not a table.
pub(crate) fn variant_definition_toml(variant: &VariantDefinition) -> String {
    let value = value_value(&variant.value);
    if variant.weight == 1 && !value.is_inline_table() {
        value.to_string()
    } else {
        Toml::from(table([("value", value), ("weight", Toml::from(i64::from(variant.weight)))])).to_string()
    }
}

fn condition_value(condition: &Condition) -> Toml {
    table_of(condition).into()
}

fn conditions_value(conditions: &[Condition]) -> Toml {
    Toml::Array(conditions.iter().map(condition_value).collect())
}

fn table_of(condition: &Condition) -> InlineTable {
    match condition {
        Condition::Attribute { path, test } => test_table(path, test),
        Condition::Segment(key) => table([("segment", string(key))]),
        Condition::Predicate(name) => table([("predicate", string(name))]),
        Condition::Flag { flag, variant: None } => table([("flag", string(flag))]),
        Condition::Flag { flag, variant: Some(variant) } => {
            table([("flag", string(flag)), ("variant", string(variant))])
        }
        Condition::Environment(names) => table([("environment", one_or_many(names))]),
        Condition::After(at) => table([("after", instant(*at))]),
        Condition::Before(at) => table([("before", instant(*at))]),
        Condition::Percentage { percentage, salt, bucket_by } => {
            let mut table = table([("percentage", percentage_value(*percentage))]);
            if let Some(salt) = salt {
                table.insert("salt", string(salt));
            }
            if !bucket_by.is_empty() {
                table.insert("bucket_by", one_or_many(bucket_by));
            }
            table
        }
        Condition::All(inner) => table([("all", conditions_value(inner))]),
        Condition::Any(inner) => table([("any", conditions_value(inner))]),
        Condition::Not(inner) => table([("not", condition_value(inner))]),
        // A form added to the core later is still shown, if not in the notation.
        other => table([("condition", string(&format!("{other:?}")))]),
    }
}

fn test_table(path: &str, test: &Test) -> InlineTable {
    let negatable = |negated: bool, plain: &'static str, turned: &'static str| if negated { turned } else { plain };
    let (operator, operand, ignore_case) = match test {
        Test::Equals { value, negated, ignore_case } => {
            (negatable(*negated, "equals", "not_equals"), value_value(value), *ignore_case)
        }
        Test::In { values, negated, ignore_case } => {
            (negatable(*negated, "in", "not_in"), list_value(values), *ignore_case)
        }
        Test::Contains { text, negated, ignore_case } => {
            (negatable(*negated, "contains", "not_contains"), string(text), *ignore_case)
        }
        Test::Affix { side, texts, ignore_case } => {
            let operator = match side {
                TextMatch::StartsWith => "starts_with",
                TextMatch::EndsWith => "ends_with",
            };
            (operator, one_or_many(texts), *ignore_case)
        }
        Test::Matches(pattern) => ("matches", string(pattern.source()), pattern.ignores_case()),
        Test::Number { comparison, operand } => (comparison.name(), value_value(operand), false),
        Test::BetweenNumbers { low, high } => {
            ("between", Toml::Array([value_value(low), value_value(high)].into_iter().collect()), false)
        }
        Test::BetweenInstants { low, high } => {
            ("between", Toml::Array([instant(*low), instant(*high)].into_iter().collect()), false)
        }
        Test::Before(at) => ("before", instant(*at), false),
        Test::After(at) => ("after", instant(*at), false),
        Test::Version(requirement) => ("version", string(requirement.source()), false),
        Test::IpIn(ranges) => {
            ("ip_in", Toml::Array(ranges.iter().map(|range| string(&range.to_string())).collect()), false)
        }
        Test::Exists(there) => ("exists", Toml::from(*there), false),
        other => ("test", string(&format!("{other:?}")), false),
    };
    let mut table = table([("attribute", string(path)), (operator, operand)]);
    if ignore_case {
        table.insert("ignore_case", Toml::from(true));
    }
    table
}

fn variant_value(flag: &FlagDefinition, name: &str) -> Toml {
    match name {
        "on" | "off" if flag.variants.is_empty() && flag.value_type == ValueType::Boolean => Toml::from(name == "on"),
        _ => string(name),
    }
}

fn value_value(value: &Value) -> Toml {
    match value {
        Value::Boolean(value) => Toml::from(*value),
        Value::Integer(value) => Toml::from(*value),
        Value::Float(value) => Toml::from(*value),
        Value::String(text) => string(text),
        Value::List(items) => list_value(items),
        Value::Object(object) => {
            let mut table = InlineTable::new();
            for (name, value) in object.iter() {
                table.insert(name, value_value(value));
            }
            table.into()
        }
        other => string(&other.to_string()),
    }
}

fn list_value(items: &[Value]) -> Toml {
    Toml::Array(items.iter().map(value_value).collect())
}

fn percentage_value(percentage: Percentage) -> Toml {
    let thousandths = percentage.thousandths();
    if thousandths.is_multiple_of(1_000) {
        Toml::from(i64::from(thousandths / 1_000))
    } else {
        Toml::from(f64::from(thousandths) / 1_000.0)
    }
}

/// A date-time of TOML; as a text where the year is one TOML cannot write.
fn instant(at: Timestamp) -> Toml {
    let text = at.to_string();
    text.parse::<Datetime>().map_or_else(|_| string(&text), Toml::from)
}

fn one_or_many(texts: &[Box<str>]) -> Toml {
    match texts {
        [one] => string(one),
        many => Toml::Array(many.iter().map(|text| string(text)).collect()),
    }
}

/// A text on one line: left to itself, the writer takes several for a text with line breaks.
fn string(text: &str) -> Toml {
    if !text.contains(['\n', '\r']) {
        return Toml::from(text);
    }
    let mut basic = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => basic.push_str("\\\""),
            '\\' => basic.push_str("\\\\"),
            '\n' => basic.push_str("\\n"),
            '\r' => basic.push_str("\\r"),
            '\t' => basic.push_str("\\t"),
            control if control.is_control() => {
                let _ = write!(basic, "\\u{:04x}", u32::from(control));
            }
            other => basic.push(other),
        }
    }
    basic.push('"');
    basic.parse().unwrap_or_else(|_| Toml::from(text))
}

fn table<const N: usize>(fields: [(&str, Toml); N]) -> InlineTable {
    fields.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use flags_core::{IpRange, Object, Pattern, VersionRequirement};

    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn every_form_of_a_condition() {
        let attribute = Condition::attribute;
        for (condition, text) in [
            (attribute("country").equals("NL"), r#"{ attribute = "country", equals = "NL" }"#),
            (
                attribute("country").ignore_case().not_equals("nl"),
                r#"{ attribute = "country", not_equals = "nl", ignore_case = true }"#,
            ),
            (attribute("age").is_in([1, 2]), r#"{ attribute = "age", in = [1, 2] }"#),
            (attribute("age").not_in([1.5, 2.0]), r#"{ attribute = "age", not_in = [1.5, 2.0] }"#),
            (attribute("name").contains("a\"b"), r#"{ attribute = "name", contains = 'a"b' }"#),
            (attribute("name").not_contains("x"), r#"{ attribute = "name", not_contains = "x" }"#),
            (attribute("name").starts_with(["a"]), r#"{ attribute = "name", starts_with = "a" }"#),
            (attribute("name").ends_with(["a", "b"]), r#"{ attribute = "name", ends_with = ["a", "b"] }"#),
            (
                attribute("name").matches(Pattern::new("^a+$", true).unwrap()),
                r#"{ attribute = "name", matches = "^a+$", ignore_case = true }"#,
            ),
            (attribute("a.b").greater_than(30), r#"{ attribute = "a.b", greater_than = 30 }"#),
            (attribute("a.b").at_most(0.5), r#"{ attribute = "a.b", at_most = 0.5 }"#),
            (attribute("a").between(1, 2.5), r#"{ attribute = "a", between = [1, 2.5] }"#),
            (
                Condition::Attribute {
                    path: "t".into(),
                    test: Test::BetweenInstants {
                        low: at("2026-01-01T00:00:00Z"),
                        high: at("2026-02-01T00:00:00.25Z"),
                    },
                },
                r#"{ attribute = "t", between = [2026-01-01T00:00:00Z, 2026-02-01T00:00:00.25Z] }"#,
            ),
            (
                attribute("t").before(at("2026-01-01T00:00:00Z")),
                r#"{ attribute = "t", before = 2026-01-01T00:00:00Z }"#,
            ),
            (
                attribute("v").version(VersionRequirement::parse(">=2.4.0, <3").unwrap()),
                r#"{ attribute = "v", version = ">=2.4.0, <3" }"#,
            ),
            (
                attribute("ip").ip_in([IpRange::parse("10.0.0.0/8").unwrap()]),
                r#"{ attribute = "ip", ip_in = ["10.0.0.0/8"] }"#,
            ),
            (attribute("x").exists(false), r#"{ attribute = "x", exists = false }"#),
            (Condition::segment("staff"), r#"{ segment = "staff" }"#),
            (Condition::predicate("epoch_is_even"), r#"{ predicate = "epoch_is_even" }"#),
            (Condition::flag_serves("a", "b"), r#"{ flag = "a", variant = "b" }"#),
            (Condition::environment(["mainnet"]), r#"{ environment = "mainnet" }"#),
            (Condition::environment(["a", "b"]), r#"{ environment = ["a", "b"] }"#),
            (Condition::After(at("2026-01-01T00:00:00Z")), "{ after = 2026-01-01T00:00:00Z }"),
            (
                Condition::Percentage {
                    percentage: Percentage::new(12.5).unwrap(),
                    salt: Some("s".into()),
                    bucket_by: vec!["node_id".into()],
                },
                r#"{ percentage = 12.5, salt = "s", bucket_by = "node_id" }"#,
            ),
            (
                Condition::Any(vec![Condition::flag_on("a"), Condition::All(vec![]).negate()]),
                r#"{ any = [{ flag = "a" }, { not = { all = [] } }] }"#,
            ),
        ] {
            let written = condition_toml(&condition);
            assert_eq!(written, text);
            let document = format!("condition = {written}");
            assert!(document.parse::<toml_edit::DocumentMut>().is_ok(), "{document}");
        }
    }

    #[test]
    fn rules_and_values() {
        let flag = FlagDefinition::new("a").variant("x", "1").variant("y", "2");
        let rule = RuleDefinition::new()
            .name("na")
            .when(Condition::segment("staff"))
            .rollout(Percentage::HUNDRED)
            .split([("x", 1), ("y", 2)]);
        assert_eq!(
            rule_toml(&flag, &rule),
            r#"{ name = "na", when = [{ segment = "staff" }], rollout_percentage = 100, split = { x = 1, y = 2 } }"#
        );
        let boolean = FlagDefinition::new("b");
        assert_eq!(rule_toml(&boolean, &RuleDefinition::new().serve("off")), "{ serve = false }");
        let object = Object::new().set("copy", "Buy").set("sizes", [1, 2]).set("it's", true);
        let lines = "a\r\n\t\"b\"\\\u{1}\u{85}é";
        let written = value_toml(&lines.into());
        assert_eq!(written, r#""a\r\n\t\"b\"\\\u0001\u0085é""#);
        assert_eq!(written.parse::<Toml>().unwrap().as_str(), Some(lines));
        assert_eq!(value_toml(&object.into()), r#"{ copy = "Buy", sizes = [1, 2], "it's" = true }"#);
    }
}
