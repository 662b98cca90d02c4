//! Whether a value passes a test. A missing value, or one of another type, fails every test but `exists = false`.

use core::{cmp::Ordering, net::IpAddr};

use crate::{
    FlagSet, Timestamp, ValueRef,
    definition::{Comparison, TextMatch},
    fold,
    number::Number,
    set::{Check, Span},
};

impl FlagSet {
    /// The usual tests; the value is looked at where it lies, as copying it about costs more than most tests.
    #[inline]
    pub(super) fn passes(&self, test: &Check, value: &Option<ValueRef<'_>>) -> bool {
        match test {
            Check::Text { operand, negated } => match value {
                Some(ValueRef::String(value)) => operand.is(&self.texts, value) != *negated,
                _ => false,
            },
            Check::TextIn { set, negated } => match value {
                Some(ValueRef::String(value)) => self.text_set_has(*set, value) != *negated,
                _ => false,
            },
            Check::CompareInteger { comparison, number } => match value {
                Some(ValueRef::Integer(value)) => match comparison {
                    Comparison::GreaterThan => value > number,
                    Comparison::AtLeast => value >= number,
                    Comparison::LessThan => value < number,
                    Comparison::AtMost => value <= number,
                },
                Some(ValueRef::Float(value)) => {
                    let order = Number::Float(*value).compare(Number::Integer(*number));
                    order.is_some_and(|order| comparison.admits(order))
                }
                _ => false,
            },
            Check::Exists(there) => value.is_some() == *there,
            test => value.is_some_and(|value| self.passes_otherwise(test, value)),
        }
    }

    /// The tests that are less usual or cost more, out of the way of the others.
    fn passes_otherwise(&self, test: &Check, value: ValueRef<'_>) -> bool {
        match (test, value) {
            (Check::Compare { comparison, number }, value) => {
                Number::of(value).and_then(|value| value.compare(*number)).is_some_and(|order| comparison.admits(order))
            }
            (Check::FoldedText { text, negated }, ValueRef::String(value)) => {
                fold::equals(value, self.texts.get(*text), true) != *negated
            }
            (Check::Boolean { value: wanted, negated }, ValueRef::Boolean(value)) => (value == *wanted) != *negated,
            (Check::Number { number, negated }, value) => Number::of(value)
                .and_then(|value| value.compare(*number))
                .is_some_and(|order| order.is_eq() != *negated),
            (Check::NumberIn { numbers, negated }, value) => Number::of(value)
                .and_then(|value| self.number_is_in(*numbers, value))
                .is_some_and(|found| found != *negated),
            (Check::Contains { text, negated, ignore_case }, ValueRef::String(value)) => {
                fold::contains(value, self.texts.get(*text), *ignore_case) != *negated
            }
            (Check::Contains { text, negated, ignore_case }, ValueRef::List(list)) => {
                let wanted = self.texts.get(*text);
                let has = (0..list.len())
                    .filter_map(|at| list.item(at))
                    .any(|item| matches!(item, ValueRef::String(item) if fold::equals(item, wanted, *ignore_case)));
                has != *negated
            }
            (Check::Affix { side, texts, ignore_case }, ValueRef::String(value)) => {
                texts.of(&self.text_lists).iter().map(|text| self.texts.get(*text)).any(|part| match side {
                    TextMatch::StartsWith => fold::starts_with(value, part, *ignore_case),
                    TextMatch::EndsWith => fold::ends_with(value, part, *ignore_case),
                })
            }
            (Check::Matches(pattern), ValueRef::String(value)) => {
                self.patterns.get(*pattern as usize).is_some_and(|pattern| pattern.is_match(value))
            }
            (Check::BetweenNumbers(bounds), value) => self.number_is_between(*bounds, value).unwrap_or(false),
            (Check::BetweenInstants { low, high }, ValueRef::String(value)) => {
                Timestamp::parse(value).is_some_and(|at| (*low..=*high).contains(&at))
            }
            (Check::Before(limit), ValueRef::String(value)) => Timestamp::parse(value).is_some_and(|at| at < *limit),
            (Check::After(limit), ValueRef::String(value)) => Timestamp::parse(value).is_some_and(|at| at >= *limit),
            (Check::IpIn(ranges), ValueRef::String(value)) => self.is_in_ranges(*ranges, value),
            _ => false,
        }
    }

    /// Whether a number is in a list in ascending order; `None` for not-a-number, which is of no list's type.
    fn number_is_in(&self, numbers: Span, value: Number) -> Option<bool> {
        value.compare(value)?;
        let compare = |known: &Number| known.compare(value).unwrap_or(Ordering::Equal);
        Some(numbers.of(&self.numbers).binary_search_by(compare).is_ok())
    }

    fn number_is_between(&self, bounds: Span, value: ValueRef<'_>) -> Option<bool> {
        let value = Number::of(value)?;
        let [low, high] = bounds.of(&self.numbers) else { return None };
        Some(value.compare(*low)?.is_ge() && value.compare(*high)?.is_le())
    }

    pub(super) fn is_in_ranges(&self, ranges: Span, value: &str) -> bool {
        value
            .parse::<IpAddr>()
            .is_ok_and(|address| ranges.of(&self.ip_ranges).iter().any(|range| range.contains(address)))
    }

    #[inline]
    pub(super) fn text_set_has(&self, set: u32, value: &str) -> bool {
        self.text_sets.get(set as usize).is_some_and(|set| set.has(&self.texts, &self.operands, value))
    }
}
