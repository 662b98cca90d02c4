//! Conditions: which form a table has, and the short form of a flag's conditions.

use flags_core::Condition;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    Entry, Reader, entries, flag::named_variant, name_or_names, operator::OPERATORS, schedule::percentage_or_zero,
};
use crate::{Code, leaf, shape};

/// The keys that say which form a condition has, apart from `attribute`.
const FORMS: [&str; 11] = [
    "segment",
    "predicate",
    "flag",
    "environment",
    "after",
    "before",
    "chain_height",
    "sync_progress",
    "percentage",
    "all",
    "any",
];

/// The keys that go with one form only.
const COMPANIONS: [(&str, &str); 3] = [("variant", "flag"), ("salt", "percentage"), ("bucket_by", "percentage")];

impl Reader<'_> {
    /// The conditions of a flag: the short form, or a list.
    pub(super) fn flag_conditions(&mut self, value: &DeValue<'_>) -> Vec<Condition> {
        match value {
            DeValue::Table(table) => short_form(table),
            _ => self.conditions(value),
        }
    }

    /// A list of conditions. One that cannot be read is always true, so that positions stay.
    pub(super) fn conditions(&mut self, value: &DeValue<'_>) -> Vec<Condition> {
        let items = value.as_array().map_or(&[][..], |items| items);
        items.iter().map(|item| self.condition(item).unwrap_or(Condition::All(vec![]))).collect()
    }

    fn condition(&mut self, node: &Spanned<DeValue<'_>>) -> Option<Condition> {
        let table = node.get_ref().as_table()?;
        if entries(table).any(|(name, _)| !shape::is_condition_key(name)) {
            // The unknown key was reported; what is missing is most likely what it should have been.
            return None;
        }
        match table.get("attribute") {
            Some(attribute) => self.attribute_condition(node, table, attribute),
            None => self.other_condition(node, table),
        }
    }

    fn attribute_condition(
        &mut self,
        node: &Spanned<DeValue<'_>>,
        table: &DeTable<'_>,
        attribute: &Spanned<DeValue<'_>>,
    ) -> Option<Condition> {
        let other =
            entries(table).find(|(name, _)| (FORMS.contains(name) || *name == "not") && !OPERATORS.contains(name));
        if let Some((name, entry)) = other {
            let (first, _) = table.get_key_value("attribute")?;
            self.two_forms("attribute", first.span(), name, entry);
            return None;
        }
        if self.stray_companion(table, None) {
            return None;
        }
        let operators: Vec<(&str, Entry<'_>)> = entries(table).filter(|(name, _)| OPERATORS.contains(name)).collect();
        let path = leaf::text(attribute.get_ref())?;
        self.tests(node, &path, table, &operators)
    }

    fn other_condition(&mut self, node: &Spanned<DeValue<'_>>, table: &DeTable<'_>) -> Option<Condition> {
        let is_form = |name: &str| FORMS.contains(&name) || name == "not";
        if let Some((name, entry)) = entries(table).find(|(name, _)| OPERATORS.contains(name) && !is_form(name)) {
            self.report(Code::CONDITION_FORM, entry.key.span(), format!("`{name}` has no `attribute` to look at"))
                .label("a test of what?")
                .help(format!("write `{{ attribute = \"…\", {name} = … }}`"));
            return None;
        }
        if let Some((_, entry)) = entries(table).find(|(name, _)| *name == "ignore_case") {
            self.misplaced_ignore_case(entry);
            return None;
        }
        let forms: Vec<(&str, Entry<'_>)> = entries(table).filter(|(name, _)| is_form(name)).collect();
        let condition = match forms[..] {
            [] => {
                if entries(table).next().is_some() && self.stray_companion(table, None) {
                    return None;
                }
                self.report(Code::CONDITION_FORM, node.span(), "this condition says nothing")
                    .label("an empty condition")
                    .help(
                        "write `attribute` with an operator, or one of `segment`, `predicate`, `flag`, `environment`, \
                           `after`, `before`, `chain_height`, `sync_progress`, `percentage`, `all`, `any`, `not`",
                    );
                return None;
            }
            [(name, entry)] => {
                if self.stray_companion(table, Some(name)) {
                    return None;
                }
                self.form(name, entry, table)?
            }
            [("after", _), ("before", _)] | [("before", _), ("after", _)] => {
                if self.stray_companion(table, None) {
                    return None;
                }
                let read = forms.iter().filter_map(|(name, entry)| self.form(name, *entry, table)).collect();
                Condition::All(read)
            }
            [(first, entry), (second, other), ..] => {
                self.two_forms(first, entry.key.span(), second, other);
                return None;
            }
        };
        Some(condition)
    }

    /// The condition of a form that stands alone.
    fn form(&mut self, name: &str, entry: Entry<'_>, table: &DeTable<'_>) -> Option<Condition> {
        let value = entry.value.get_ref();
        Some(match name {
            "segment" => Condition::Segment(leaf::text(value)?),
            "predicate" => Condition::Predicate(leaf::text(value)?),
            "flag" => Condition::Flag {
                flag: leaf::text(value)?,
                variant: table.get("variant").and_then(|variant| named_variant(variant.get_ref())),
            },
            "environment" => Condition::Environment(name_or_names(value)),
            "after" => Condition::After(leaf::instant(value).ok()?),
            "before" => Condition::Before(leaf::instant(value).ok()?),
            "chain_height" | "sync_progress" => at_least(name, value)?,
            "percentage" => Condition::Percentage {
                percentage: percentage_or_zero(value),
                salt: table.get("salt").and_then(|salt| leaf::text(salt.get_ref())),
                bucket_by: table.get("bucket_by").map(|names| name_or_names(names.get_ref())).unwrap_or_default(),
            },
            "all" => Condition::All(self.conditions(value)),
            "any" => Condition::Any(self.conditions(value)),
            "not" => self.condition(entry.value)?.negate(),
            _ => return None,
        })
    }

    fn two_forms(&mut self, first: &str, span: std::ops::Range<usize>, second: &str, other: Entry<'_>) {
        self.report(
            Code::CONDITION_FORM,
            other.key.span(),
            format!("`{first}` and `{second}` are two conditions in one table"),
        )
        .label("a second condition")
        .related(span, "the first condition")
        .help("write two tables in the list, `{ … }, { … }`: all of them have to hold");
    }

    /// Reports a key such as `salt` without the form it goes with.
    fn stray_companion(&mut self, table: &DeTable<'_>, form: Option<&str>) -> bool {
        let stray = COMPANIONS.iter().find_map(|(companion, wanted)| {
            let (key, _) = table.get_key_value(*companion)?;
            (form != Some(wanted)).then_some((key, companion, wanted))
        });
        let Some((key, companion, wanted)) = stray else { return false };
        self.report(Code::CONDITION_FORM, key.span(), format!("`{companion}` stands beside `{wanted}` only"))
            .label(format!("there is no `{wanted}` here"));
        true
    }

    pub(super) fn misplaced_ignore_case(&mut self, entry: Entry<'_>) {
        self.report(Code::MISPLACED_IGNORE_CASE, entry.key.span(), "`ignore_case` means nothing here")
            .label("there is no test of a string here")
            .help(
                "it goes with `equals`, `not_equals`, `in`, `not_in`, `contains`, `not_contains`, `starts_with`, \
                   `ends_with` and `matches`",
            );
    }
}

fn short_form(table: &DeTable<'_>) -> Vec<Condition> {
    let mut conditions = vec![];
    for (name, entry) in entries(table) {
        let value = entry.value.get_ref();
        match name {
            "after" => conditions.extend(leaf::instant(value).ok().map(Condition::After)),
            "before" => conditions.extend(leaf::instant(value).ok().map(Condition::Before)),
            "chain_height" | "sync_progress" => conditions.extend(at_least(name, value)),
            "custom" => conditions.extend(name_or_names(value).into_iter().map(Condition::Predicate)),
            _ => {}
        }
    }
    conditions
}

fn at_least(attribute: &str, value: &DeValue<'_>) -> Option<Condition> {
    leaf::number(value).map(|number| Condition::attribute(attribute).at_least(number))
}
