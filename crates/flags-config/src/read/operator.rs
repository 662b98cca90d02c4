//! Operators: the tests of an attribute.

use flags_core::{
    Condition, Pattern, Value,
    definition::{Comparison, Test, TextMatch},
};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{Entry, Reader, entries, name_or_names};
use crate::{Code, leaf};

/// Every operator of the format.
pub(super) const OPERATORS: [&str; 19] = [
    "equals",
    "not_equals",
    "in",
    "not_in",
    "contains",
    "not_contains",
    "starts_with",
    "ends_with",
    "matches",
    "greater_than",
    "less_than",
    "at_least",
    "at_most",
    "between",
    "before",
    "after",
    "version",
    "ip_in",
    "exists",
];

/// The operators that look at strings, so that `ignore_case` may stand beside them.
const ON_STRINGS: [&str; 9] =
    ["equals", "not_equals", "in", "not_in", "contains", "not_contains", "starts_with", "ends_with", "matches"];

impl Reader<'_> {
    /// The test of an attribute, or the two tests of a range.
    pub(super) fn tests(
        &mut self,
        node: &Spanned<DeValue<'_>>,
        path: &str,
        table: &DeTable<'_>,
        operators: &[(&str, Entry<'_>)],
    ) -> Option<Condition> {
        let ignore_case = match entries(table).find(|(name, _)| *name == "ignore_case") {
            Some((_, entry)) => {
                if !operators.is_empty() && !operators.iter().any(|(name, _)| ON_STRINGS.contains(name)) {
                    self.misplaced_ignore_case(entry);
                }
                entry.value.get_ref().as_bool().unwrap_or_default()
            }
            None => false,
        };
        match operators {
            [] => {
                let span = table.get_key_value("attribute").map_or_else(|| node.span(), |(key, _)| key.span());
                self.report(Code::CONDITION_OPERATORS, span, format!("the condition on `{path}` has no operator"))
                    .label("what of it?")
                    .help(format!("add one, such as `equals`, `in` or `at_least`; `exists = true` asks whether there is a `{path}`"));
                None
            }
            [(name, entry)] => self.test(name, *entry, ignore_case).map(|test| on(path, test)),
            [(a, first), (b, second)] if is_range(a, b) => {
                let tests = [self.test(a, *first, false)?, self.test(b, *second, false)?];
                Some(Condition::All(tests.into_iter().map(|test| on(path, test)).collect()))
            }
            [(a, first), (b, second), ..] => {
                let message = format!("`{a}` and `{b}` are two tests in one table");
                self.report(Code::CONDITION_OPERATORS, second.key.span(), message)
                    .label("a second operator")
                    .related(first.key.span(), "the first operator")
                    .help(format!(
                        "write a table for each, `{{ attribute = \"{path}\", {a} = … }}, {{ attribute = \"{path}\", {b} = … }}`: all \
                         of them have to hold"
                    ));
                None
            }
        }
    }

    fn test(&mut self, operator: &str, entry: Entry<'_>, ignore_case: bool) -> Option<Test> {
        let value = entry.value.get_ref();
        let negated = operator.starts_with("not_");
        Some(match operator {
            "equals" | "not_equals" => Test::Equals { value: scalar(value)?, negated, ignore_case },
            "in" | "not_in" => {
                let items = value.as_array()?.iter();
                let values = items.map(|item| scalar(item.get_ref()).unwrap_or(Value::Boolean(false))).collect();
                Test::In { values, negated, ignore_case }
            }
            "contains" | "not_contains" => Test::Contains { text: leaf::text(value)?, negated, ignore_case },
            "starts_with" => Test::Affix { side: TextMatch::StartsWith, texts: name_or_names(value), ignore_case },
            "ends_with" => Test::Affix { side: TextMatch::EndsWith, texts: name_or_names(value), ignore_case },
            "matches" => Test::Matches(self.pattern(entry, ignore_case)?),
            "greater_than" => number(Comparison::GreaterThan, value)?,
            "at_least" => number(Comparison::AtLeast, value)?,
            "less_than" => number(Comparison::LessThan, value)?,
            "at_most" => number(Comparison::AtMost, value)?,
            "between" => self.between(entry)?,
            "before" => Test::Before(leaf::instant(value).ok()?),
            "after" => Test::After(leaf::instant(value).ok()?),
            "version" => Test::Version(leaf::version(value)?),
            "ip_in" => Test::IpIn(value.as_array()?.iter().filter_map(|item| leaf::ip_range(item.get_ref())).collect()),
            "exists" => Test::Exists(value.as_bool()?),
            _ => return None,
        })
    }

    fn pattern(&mut self, entry: Entry<'_>, ignore_case: bool) -> Option<Pattern> {
        match Pattern::new(entry.value.get_ref().as_str()?, ignore_case) {
            Ok(pattern) => Some(pattern),
            Err(error) => {
                self.report(
                    Code::INVALID_PATTERN,
                    entry.value.span(),
                    format!("`matches` is not a regular expression: {error}"),
                )
                .label("does not compile")
                .help("single quotes keep backslashes as they are: '^v\\d+$'");
                None
            }
        }
    }

    fn between(&mut self, entry: Entry<'_>) -> Option<Test> {
        let [low, high] = &**entry.value.get_ref().as_array()? else { return None };
        let (low, high) = (low.get_ref(), high.get_ref());
        match (leaf::number(low), leaf::number(high)) {
            (Some(low), Some(high)) => Some(Test::BetweenNumbers { low, high }),
            (None, None) => {
                Some(Test::BetweenInstants { low: leaf::instant(low).ok()?, high: leaf::instant(high).ok()? })
            }
            _ => {
                self.report(Code::MIXED_LIST, entry.value.span(), "`between` mixes a number and an instant")
                    .label("expected two numbers or two instants");
                None
            }
        }
    }
}

fn on(path: &str, test: Test) -> Condition {
    Condition::Attribute { path: path.into(), test }
}

fn number(comparison: Comparison, value: &DeValue<'_>) -> Option<Test> {
    leaf::number(value).map(|operand| Test::Number { comparison, operand })
}

fn scalar(value: &DeValue<'_>) -> Option<Value> {
    match value {
        DeValue::Integer(_) | DeValue::Float(_) => leaf::number(value),
        DeValue::String(_) | DeValue::Boolean(_) => leaf::free(value),
        _ => None,
    }
}

/// Whether two operators are the two ends of a range, in either order.
fn is_range(a: &str, b: &str) -> bool {
    let pair = |a: &str, b: &str| {
        matches!((a, b), ("greater_than" | "at_least", "less_than" | "at_most") | ("after", "before"))
    };
    pair(a, b) || pair(b, a)
}
