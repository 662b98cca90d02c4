//! Checks of conditions: operands of the right sort, names that exist, depth.

use alloc::boxed::Box;

use super::Checker;
use crate::{
    Condition, PathPart, Problem, Value,
    definition::{Prerequisite, Test},
};

/// How deep conditions may be nested.
pub(super) const MAX_DEPTH: usize = 32;

impl<'d> Checker<'d> {
    /// Checks a list of conditions that stands in the field `name`.
    pub(super) fn check_conditions(&mut self, name: &'static str, conditions: &'d [Condition]) {
        self.at_each(name, conditions, |checker, condition| checker.check_condition(condition, 1));
    }

    fn check_condition(&mut self, condition: &'d Condition, depth: usize) {
        if depth > MAX_DEPTH {
            self.report(Problem::TooDeep);
            return;
        }
        match condition {
            Condition::Attribute { test, .. } => self.check_test(test),
            Condition::Segment(key) => self.at("segment", |checker| checker.check_segment_reference(key)),
            Condition::Flag { flag, variant } => self.check_flag_reference("flag", flag, variant.as_deref()),
            Condition::Environment(names) => {
                if names.is_empty() {
                    self.at("environment", |checker| checker.report(Problem::EmptyList));
                }
            }
            Condition::All(inner) => {
                self.at_each("all", inner, |checker, inner| checker.check_condition(inner, depth + 1));
            }
            Condition::Any(inner) => {
                self.at_each("any", inner, |checker, inner| checker.check_condition(inner, depth + 1));
            }
            Condition::Not(inner) => self.at("not", |checker| checker.check_condition(inner, depth + 1)),
            Condition::Predicate(_) | Condition::After(_) | Condition::Before(_) | Condition::Percentage { .. } => {}
        }
    }

    fn check_test(&mut self, test: &Test) {
        match test {
            Test::Equals { value, negated, .. } => {
                let name = if *negated { "not_equals" } else { "equals" };
                if !matches!(value, Value::String(_) | Value::Boolean(_)) && !is_number(value) {
                    self.at(name, |checker| checker.report(Problem::NotAScalar));
                }
            }
            Test::In { values, negated, .. } => {
                let name = if *negated { "not_in" } else { "in" };
                let texts = values.iter().filter(|value| matches!(value, Value::String(_))).count();
                let numbers = values.iter().filter(|value| is_number(value)).count();
                if values.is_empty() {
                    self.at(name, |checker| checker.report(Problem::EmptyList));
                } else if texts != values.len() && numbers != values.len() {
                    self.at(name, |checker| checker.report(Problem::MixedList));
                }
            }
            Test::Affix { side, texts, .. } if texts.is_empty() => {
                let name = match side {
                    crate::definition::TextMatch::StartsWith => "starts_with",
                    crate::definition::TextMatch::EndsWith => "ends_with",
                };
                self.at(name, |checker| checker.report(Problem::EmptyList));
            }
            Test::Number { comparison, operand } if !is_number(operand) => {
                self.at(comparison.name(), |checker| checker.report(Problem::NotANumber));
            }
            Test::BetweenNumbers { low, high } => {
                for (index, value) in [low, high].into_iter().enumerate() {
                    if !is_number(value) {
                        self.at("between", |checker| checker.at(index, |checker| checker.report(Problem::NotANumber)));
                    }
                }
            }
            Test::IpIn(ranges) if ranges.is_empty() => self.at("ip_in", |checker| checker.report(Problem::EmptyList)),
            _ => {}
        }
    }

    pub(super) fn check_segment_reference(&mut self, key: &'d str) {
        if !self.segments.contains_key(key) {
            self.report(Problem::UnknownSegment { name: key.into() });
        }
    }

    /// Checks a reference to a flag and perhaps to one of its variants; the names stand in the fields `field` and `variant`.
    pub(super) fn check_flag_reference(&mut self, field: &'static str, key: &'d str, variant: Option<&str>) {
        let Some(flag) = self.flags.get(key).copied() else {
            self.at(field, |checker| checker.report(Problem::UnknownFlag { name: key.into() }));
            return;
        };
        // The variant has to exist in some form of the other flag: which form is in force depends on the environment.
        if let Some(variant) = variant
            && !has_variant(flag, variant)
            && !flag.environments.iter().any(|(_, form)| has_variant(form, variant))
        {
            self.at("variant", |checker| checker.report_unknown_variant(flag, variant));
        }
    }

    pub(super) fn check_prerequisite(&mut self, required: &'d Prerequisite) {
        // The short form of a prerequisite is the key alone, so an unknown key is the whole element's fault.
        if self.flags.contains_key(&*required.flag) {
            self.check_flag_reference("flag", &required.flag, required.variant.as_deref());
        } else {
            self.report(Problem::UnknownFlag { name: required.flag.clone() });
        }
    }

    pub(super) fn report_unknown_variant(&mut self, flag: &crate::FlagDefinition, name: &str) {
        let known = if flag.variants.is_empty() {
            alloc::vec!["on".into(), "off".into()]
        } else {
            flag.variants.iter().map(|variant| variant.name.clone()).collect()
        };
        self.report(Problem::UnknownVariant { flag: flag.key.clone(), name: name.into(), known });
    }
}

/// Whether a flag has a variant of that name; a flag without written variants has `on` and `off`.
pub(super) fn has_variant(flag: &crate::FlagDefinition, name: &str) -> bool {
    if flag.variants.is_empty() {
        matches!(name, "on" | "off")
    } else {
        flag.variants.iter().any(|variant| &*variant.name == name)
    }
}

pub(super) fn is_number(value: &Value) -> bool {
    match value {
        Value::Integer(_) => true,
        Value::Float(number) => number.is_finite(),
        _ => false,
    }
}

/// An upper bound on what compiling the conditions counts: characters and elements. Stops at the depth that is refused.
pub(super) fn size(conditions: &[Condition]) -> usize {
    fn texts(list: &[Box<str>]) -> usize {
        list.iter().map(|text| text.len() + 1).sum()
    }
    fn value(value: &Value) -> usize {
        if let Value::String(text) = value { text.len() + 1 } else { 1 }
    }
    fn one(condition: &Condition, depth: usize) -> usize {
        if depth > MAX_DEPTH {
            return 0;
        }
        1 + match condition {
            Condition::All(inner) | Condition::Any(inner) => inner.iter().map(|inner| one(inner, depth + 1)).sum(),
            Condition::Not(inner) => one(inner, depth + 1),
            Condition::Environment(names) => texts(names),
            Condition::Attribute { path, test } => {
                path.len()
                    + match test {
                        Test::In { values, .. } => values.iter().map(value).sum(),
                        Test::Affix { texts: list, .. } => texts(list),
                        Test::Equals { value: operand, .. } => value(operand),
                        Test::Contains { text, .. } => text.len(),
                        Test::IpIn(ranges) => ranges.len(),
                        _ => 2,
                    }
            }
            _ => 8,
        }
    }
    conditions.iter().map(|condition| one(condition, 1)).sum()
}

impl From<&Box<str>> for PathPart {
    fn from(key: &Box<str>) -> Self {
        Self::Key(key.clone())
    }
}
