//! Conditions become nodes; a list of conditions becomes a run of neighbouring nodes.

use alloc::{boxed::Box, sync::Arc, vec::Vec};

use super::{Compiler, Scope};
use crate::{
    BucketKey, Condition, Purpose, Value,
    definition::Test,
    number::Number,
    set::{Asked, Check, ConditionDraw, NONE, Node, Operand, PredicateSlot, Span, VARIANT_OFF, VARIANT_ON, narrow},
};

impl<'c> Compiler<'c> {
    /// The run of nodes of a list of conditions.
    pub(super) fn conditions(&mut self, conditions: &'c [Condition], scope: Scope<'c>) -> Span {
        // Inner conditions are laid down first, so that the list itself is one run.
        let nodes: Vec<Node> = conditions.iter().map(|condition| self.node(condition, scope)).collect();
        let start = self.nodes.len();
        self.nodes.extend(nodes);
        Span::new(start, self.nodes.len())
    }

    fn node(&mut self, condition: &'c Condition, scope: Scope<'c>) -> Node {
        match condition {
            Condition::Attribute { path, test } => Node::Attribute { path: self.path(path), test: self.check(test) },
            Condition::Segment(key) => Node::Segment(self.segment_place(key)),
            Condition::Predicate(name) => Node::Predicate(self.predicate(name)),
            Condition::Flag { flag, variant } => {
                let place = self.flag_place(flag);
                Node::Flag { flag: place, asked: self.asked(place, variant.as_deref()) }
            }
            Condition::Environment(names) => {
                let holds = names.iter().any(|name| **name == *self.environment);
                Node::Environment { holds, names: self.text_list(names) }
            }
            Condition::After(at) => Node::After(*at),
            Condition::Before(at) => Node::Before(*at),
            Condition::Percentage { percentage, salt, bucket_by } => {
                let key = BucketKey::new(salt.as_deref().unwrap_or(scope.salt), Purpose::Percentage);
                let unit = if bucket_by.is_empty() { scope.unit } else { self.unit(bucket_by) };
                self.draws.push(ConditionDraw { key, unit });
                Node::Percentage { draw: narrow(self.draws.len() - 1), percentage: *percentage }
            }
            Condition::All(inner) => Node::All(self.conditions(inner, scope)),
            Condition::Any(inner) => Node::Any(self.conditions(inner, scope)),
            Condition::Not(inner) => {
                let node = self.node(inner, scope);
                self.nodes.push(node);
                Node::Not(narrow(self.nodes.len() - 1))
            }
        }
    }

    fn check(&mut self, test: &'c Test) -> Check {
        match test {
            Test::Equals { value: Value::String(text), negated, ignore_case: true } => {
                Check::FoldedText { text: self.texts.intern(text), negated: *negated }
            }
            Test::Equals { value: Value::String(text), negated, ignore_case: false } => {
                Check::Text { operand: Operand::new(self.texts.intern(text), text), negated: *negated }
            }
            Test::Equals { value, negated, .. } => match (value, Number::of(value.as_ref())) {
                (_, Some(number)) => Check::Number { number, negated: *negated },
                (value, None) => Check::Boolean { value: *value == Value::Boolean(true), negated: *negated },
            },
            Test::In { values, negated, ignore_case } => {
                let numbers: Vec<Number> = values.iter().filter_map(|value| Number::of(value.as_ref())).collect();
                if numbers.is_empty() {
                    let texts = values.iter().filter_map(|value| match value {
                        Value::String(text) => Some(text),
                        _ => None,
                    });
                    Check::TextIn { set: self.text_set(texts, *ignore_case), negated: *negated }
                } else {
                    Check::NumberIn { numbers: self.sorted_numbers(numbers), negated: *negated }
                }
            }
            Test::Contains { text, negated, ignore_case } => {
                Check::Contains { text: self.texts.intern(text), negated: *negated, ignore_case: *ignore_case }
            }
            Test::Affix { side, texts, ignore_case } => {
                Check::Affix { side: *side, texts: self.text_list(texts), ignore_case: *ignore_case }
            }
            Test::Matches(pattern) => {
                // A pattern is costly to compile and to keep, so equal ones are shared.
                let known = self.patterns.iter().position(|known| known == pattern);
                Check::Matches(narrow(known.unwrap_or_else(|| {
                    self.patterns.push(pattern.clone());
                    self.patterns.len() - 1
                })))
            }
            Test::Number { comparison, operand } => match checked_number(operand) {
                Number::Integer(number) => Check::CompareInteger { comparison: *comparison, number },
                number => Check::Compare { comparison: *comparison, number },
            },
            Test::BetweenNumbers { low, high } => {
                let start = self.numbers.len();
                self.numbers.extend([checked_number(low), checked_number(high)]);
                Check::BetweenNumbers(Span::new(start, self.numbers.len()))
            }
            Test::BetweenInstants { low, high } => Check::BetweenInstants { low: *low, high: *high },
            Test::Before(at) => Check::Before(*at),
            Test::After(at) => Check::After(*at),
            Test::Version(requirement) => {
                let place = narrow(self.versions.len());
                let known = *self.known_versions.entry(Box::from(requirement.source())).or_insert(place);
                if known == place {
                    self.versions.push(requirement.clone());
                }
                Check::Version(known)
            }
            Test::IpIn(ranges) => Check::IpIn(self.ip_ranges(ranges)),
            Test::Exists(there) => Check::Exists(*there),
        }
    }

    pub(super) fn ip_ranges(&mut self, ranges: &[crate::IpRange]) -> Span {
        let start = self.ip_ranges.len();
        self.ip_ranges.extend_from_slice(ranges);
        Span::new(start, self.ip_ranges.len())
    }

    /// Numbers in ascending order, so that a large list is searched by halves.
    fn sorted_numbers(&mut self, mut numbers: Vec<Number>) -> Span {
        numbers.sort_by(|a, b| a.compare(*b).unwrap_or(core::cmp::Ordering::Equal));
        let start = self.numbers.len();
        self.numbers.extend(numbers);
        Span::new(start, self.numbers.len())
    }

    fn predicate(&mut self, name: &str) -> u32 {
        let name_text = self.texts.intern(name);
        let known = self.predicate_slots.iter().position(|slot| slot.name == name_text);
        narrow(known.unwrap_or_else(|| {
            let function = self.predicates.get(name).map(|function| Arc::clone(&function));
            self.predicate_slots.push(PredicateSlot { name: name_text, function });
            self.predicate_slots.len() - 1
        }))
    }

    pub(super) fn flag_place(&self, key: &str) -> u32 {
        self.flag_places.get(key).copied().unwrap_or(NONE)
    }

    pub(super) fn segment_place(&self, key: &str) -> u32 {
        self.segment_places.get(key).copied().unwrap_or(NONE)
    }

    /// What is asked of the flag at `flag`.
    pub(super) fn asked(&mut self, flag: u32, variant: Option<&str>) -> Asked {
        match variant {
            None => Asked::On,
            Some(name) => Asked::Variant { name: self.texts.intern(name), variant: self.variant_place(flag, name) },
        }
    }

    /// The place of a variant of the flag at `flag`, or [`NONE`].
    pub(super) fn variant_place(&self, flag: u32, name: &str) -> u32 {
        let Some(form) = self.flag_forms.get(flag as usize) else { return NONE };
        if form.variants.is_empty() {
            return match name {
                "on" => VARIANT_ON,
                "off" => VARIANT_OFF,
                _ => NONE,
            };
        }
        let first = self.variant_starts.get(flag as usize).copied().unwrap_or(NONE);
        let offset = form.variants.iter().position(|variant| &*variant.name == name);
        offset.map_or(NONE, |offset| first.saturating_add(narrow(offset)))
    }
}

/// A number that has been checked to be one.
fn checked_number(value: &Value) -> Number {
    Number::of(value.as_ref()).unwrap_or(Number::Integer(0))
}
