//! Whether some value of one attribute can pass several tests.
//!
//! "No" is certain; "yes" means that no reason against it was found.

use std::{cmp::Ordering, net::IpAddr};

use flags_core::{
    Timestamp, Value, VersionRequirement,
    definition::{Comparison, Test, TextMatch},
};

use super::{number::compare, versions};

/// How many comparisons the look at two long lists may take; beyond, they are taken to have something in common.
const MOST_COMPARISONS: usize = 1_000_000;

/// Whether a value, or the lack of one, can pass all of the tests.
pub(super) fn satisfiable(tests: &[&Test]) -> bool {
    if tests.iter().any(|test| matches!(test, Test::Exists(false))) {
        // Missing passes this test and no other.
        return tests.iter().all(|test| matches!(test, Test::Exists(false)));
    }
    tests.iter().fold(kinds::ANY, |kinds, test| kinds & kinds_of(test)) != 0
        && some_named_value_passes(tests)
        && numbers_overlap(tests)
        && instants_overlap(tests)
        && some_version_passes(tests)
        && some_address_passes(tests)
}

/// Sorts of values, as bits.
mod kinds {
    pub(super) const TEXT: u8 = 1;
    pub(super) const NUMBER: u8 = 2;
    pub(super) const BOOLEAN: u8 = 4;
    pub(super) const LIST: u8 = 8;
    pub(super) const ANY: u8 = u8::MAX;
}

/// The sorts of values that can pass the test: a value of another type fails every one, negated or not.
fn kinds_of(test: &Test) -> u8 {
    let of = |value: &Value| match value {
        Value::String(_) => kinds::TEXT,
        Value::Integer(_) | Value::Float(_) => kinds::NUMBER,
        Value::Boolean(_) => kinds::BOOLEAN,
        _ => kinds::ANY,
    };
    match test {
        Test::Equals { value, .. } => of(value),
        Test::In { values, .. } => values.iter().fold(0, |kinds, value| kinds | of(value)),
        Test::Contains { .. } => kinds::TEXT | kinds::LIST,
        Test::Number { .. } | Test::BetweenNumbers { .. } => kinds::NUMBER,
        Test::Affix { .. }
        | Test::Matches(_)
        | Test::Before(_)
        | Test::After(_)
        | Test::BetweenInstants { .. }
        | Test::Version(_)
        | Test::IpIn(_) => kinds::TEXT,
        _ => kinds::ANY,
    }
}

/// Where a test names the only values it passes, one of them has to pass the other tests.
fn some_named_value_passes(tests: &[&Test]) -> bool {
    let named = tests.iter().enumerate().filter_map(|(at, test)| match test {
        Test::Equals { value, negated: false, ignore_case } => Some((at, std::slice::from_ref(value), *ignore_case)),
        Test::In { values, negated: false, ignore_case } => Some((at, &**values, *ignore_case)),
        _ => None,
    });
    let Some((at, values, any_case)) = named.min_by_key(|(_, values, any_case)| (*any_case, values.len())) else {
        return true;
    };
    let work: usize = tests.iter().map(|test| if let Test::In { values, .. } = test { values.len() } else { 1 }).sum();
    if values.len().saturating_mul(work) > MOST_COMPARISONS {
        return true;
    }
    values.iter().any(|value| {
        let others = tests.iter().enumerate().filter(|(other, _)| *other != at);
        others.map(|(_, test)| passes(test, value, any_case)).all(|answer| answer != Some(false))
    })
}

/// Whether the value passes the test, if that is certain. With `any_case`, the value stands for itself in any case.
fn passes(test: &Test, value: &Value, any_case: bool) -> Option<bool> {
    match (test, value) {
        (Test::Equals { value: wanted, negated, ignore_case }, _) => {
            let same = equal(wanted, value, *ignore_case, any_case)?;
            // In another case it may be unequal, so being told "not equal" is certain only where case does not count.
            decide(same, *negated, any_case && !*ignore_case)
        }
        (Test::In { values, negated, ignore_case }, _) => {
            let mut uncertain = false;
            let same = values.iter().any(|wanted| match equal(wanted, value, *ignore_case, any_case) {
                Some(same) => same,
                None => {
                    uncertain = true;
                    false
                }
            });
            if uncertain && !same { None } else { decide(same, *negated, any_case && !*ignore_case) }
        }
        (Test::Contains { text, negated, ignore_case }, Value::String(value)) => {
            let (value, text) = folded(value, text, *ignore_case || any_case)?;
            decide(value.contains(&text), *negated, any_case && !*ignore_case)
        }
        (Test::Affix { side, texts, ignore_case }, Value::String(value)) => {
            for text in texts {
                let (value, text) = folded(value, text, *ignore_case || any_case)?;
                let found = match side {
                    TextMatch::StartsWith => value.starts_with(&text),
                    TextMatch::EndsWith => value.ends_with(&text),
                };
                if found {
                    return Some(true);
                }
            }
            Some(false)
        }
        (Test::Matches(pattern), Value::String(value)) if !any_case => Some(pattern.is_match(value)),
        (Test::Number { comparison, operand }, _) => compare(value, operand).map(|order| holds(*comparison, order)),
        (Test::BetweenNumbers { low, high }, _) => Some(compare(value, low)?.is_ge() && compare(value, high)?.is_le()),
        (Test::Before(at), Value::String(value)) if !any_case => Some(Timestamp::parse(value).is_some_and(|t| t < *at)),
        (Test::After(at), Value::String(value)) if !any_case => Some(Timestamp::parse(value).is_some_and(|t| t >= *at)),
        (Test::BetweenInstants { low, high }, Value::String(value)) if !any_case => {
            Some(Timestamp::parse(value).is_some_and(|at| (*low..=*high).contains(&at)))
        }
        (Test::Version(requirement), Value::String(value)) if !any_case => Some(requirement.is_met_by(value)),
        (Test::IpIn(ranges), Value::String(value)) if !any_case => {
            Some(value.parse::<IpAddr>().is_ok_and(|address| ranges.iter().any(|range| range.contains(address))))
        }
        _ => None,
    }
}

/// The answer of a test that may be negated. Where the value may be in another case than the one compared, only "the same, but
/// for the case, and so perhaps not equal" is left open.
fn decide(same: bool, negated: bool, case_open: bool) -> Option<bool> {
    if case_open && same { None } else { Some(same != negated) }
}

/// Whether two values are equal; `None` where that depends on how letters beyond ASCII are folded.
fn equal(a: &Value, b: &Value, ignore_case: bool, any_case: bool) -> Option<bool> {
    match (a, b) {
        (Value::String(a), Value::String(b)) => {
            let (a, b) = folded(a, b, ignore_case || any_case)?;
            Some(a == b)
        }
        (Value::Boolean(a), Value::Boolean(b)) => Some(a == b),
        _ => Some(compare(a, b) == Some(Ordering::Equal)),
    }
}

/// Both texts, in lower case where case does not count; `None` where that is not as simple as for ASCII.
fn folded(a: &str, b: &str, ignore_case: bool) -> Option<(String, String)> {
    if !ignore_case {
        Some((a.to_owned(), b.to_owned()))
    } else if a.is_ascii() && b.is_ascii() {
        Some((a.to_ascii_lowercase(), b.to_ascii_lowercase()))
    } else {
        None
    }
}

fn holds(comparison: Comparison, order: Ordering) -> bool {
    match comparison {
        Comparison::GreaterThan => order.is_gt(),
        Comparison::AtLeast => order.is_ge(),
        Comparison::LessThan => order.is_lt(),
        Comparison::AtMost => order.is_le(),
    }
}

/// One end of an interval.
#[derive(Clone, Copy)]
struct End<T> {
    at: T,
    included: bool,
}

/// Whether the numbers that pass are more than none. Between two different numbers there is always another one, a float.
fn numbers_overlap(tests: &[&Test]) -> bool {
    let (mut lows, mut highs): (Vec<End<&Value>>, Vec<End<&Value>>) = (vec![], vec![]);
    for test in tests {
        match test {
            Test::Number { comparison, operand } => {
                let included = matches!(comparison, Comparison::AtLeast | Comparison::AtMost);
                let ends = match comparison {
                    Comparison::GreaterThan | Comparison::AtLeast => &mut lows,
                    Comparison::LessThan | Comparison::AtMost => &mut highs,
                };
                ends.push(End { at: operand, included });
            }
            Test::BetweenNumbers { low, high } => {
                lows.push(End { at: low, included: true });
                highs.push(End { at: high, included: true });
            }
            _ => {}
        }
    }
    overlap(&lows, &highs, compare)
}

fn instants_overlap(tests: &[&Test]) -> bool {
    let (mut lows, mut highs): (Vec<End<&Timestamp>>, Vec<End<&Timestamp>>) = (vec![], vec![]);
    for test in tests {
        match test {
            Test::After(at) => lows.push(End { at, included: true }),
            Test::Before(at) => highs.push(End { at, included: false }),
            Test::BetweenInstants { low, high } => {
                lows.push(End { at: low, included: true });
                highs.push(End { at: high, included: true });
            }
            _ => {}
        }
    }
    overlap(&lows, &highs, |a, b| Some(a.cmp(b)))
}

/// Whether every lower end is below every upper end, or equal to it where both are included.
fn overlap<T: Copy>(lows: &[End<T>], highs: &[End<T>], compare: impl Fn(T, T) -> Option<Ordering>) -> bool {
    lows.iter().all(|low| {
        highs.iter().all(|high| match compare(low.at, high.at) {
            Some(Ordering::Less) | None => true,
            Some(Ordering::Equal) => low.included && high.included,
            Some(Ordering::Greater) => false,
        })
    })
}

fn some_version_passes(tests: &[&Test]) -> bool {
    let requirements: Vec<&VersionRequirement> = tests
        .iter()
        .filter_map(|test| if let Test::Version(requirement) = test { Some(requirement) } else { None })
        .collect();
    requirements.is_empty() || versions::satisfiable(&requirements)
}

/// Whether each two lists of ranges have an address in common. Two ranges are apart, or one holds the other.
fn some_address_passes(tests: &[&Test]) -> bool {
    let lists: Vec<_> =
        tests.iter().filter_map(|test| if let Test::IpIn(ranges) = test { Some(ranges) } else { None }).collect();
    lists.iter().enumerate().all(|(at, a)| {
        lists[..at].iter().all(|b| {
            a.len().saturating_mul(b.len()) > MOST_COMPARISONS
                || a.iter().any(|a| b.iter().any(|b| a.contains(first_address(b)) || b.contains(first_address(a))))
        })
    })
}

/// The first address of a range, which its notation starts with.
fn first_address(range: &flags_core::IpRange) -> IpAddr {
    let text = range.to_string();
    let address = text.split_once('/').map_or(&*text, |(address, _)| address);
    address.parse().expect("a range is written as its first address, perhaps followed by the length of the prefix")
}

#[cfg(test)]
mod tests {
    use flags_core::{Condition, IpRange, Pattern};

    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn version(text: &str) -> Condition {
        Condition::attribute("x").version(VersionRequirement::parse(text).unwrap())
    }

    fn ip(ranges: &[&str]) -> Condition {
        Condition::attribute("x").ip_in(ranges.iter().map(|range| IpRange::parse(range).unwrap()))
    }

    #[test]
    fn pairs_of_tests() {
        let x = || Condition::attribute("x");
        for (a, b, expected) in [
            (x().equals("NL"), x().equals("NL"), true),
            (x().equals("NL"), x().equals("DE"), false),
            (x().equals("NL"), x().equals("nl"), false),
            (x().ignore_case().equals("NL"), x().equals("nl"), true),
            (x().ignore_case().equals("NL"), x().equals("de"), false),
            (x().ignore_case().equals("NL"), x().not_equals("nl"), true),
            (x().ignore_case().equals("NL"), x().ignore_case().not_equals("nl"), false),
            (x().ignore_case().equals("É"), x().equals("é"), true),
            (x().equals("NL"), x().not_equals("NL"), false),
            (x().equals("NL"), x().not_equals("DE"), true),
            (x().equals(5), x().equals(5.0), true),
            (x().equals(5), x().equals("5"), false),
            (x().equals(true), x().equals(false), false),
            (x().equals(true), x().not_equals(false), true),
            (x().is_in(["NL", "DE"]), x().is_in(["DE", "FR"]), true),
            (x().is_in(["NL", "DE"]), x().is_in(["FR"]), false),
            (x().is_in(["NL", "DE"]), x().not_in(["NL", "DE", "FR"]), false),
            (x().is_in(["NL", "DE"]), x().not_in(["NL"]), true),
            (x().is_in(["NL", "DE"]), x().equals("FR"), false),
            (x().equals("abc"), x().contains("b"), true),
            (x().equals("abc"), x().contains("d"), false),
            (x().equals("abc"), x().not_contains("b"), false),
            (x().equals("abc"), x().starts_with(["x", "ab"]), true),
            (x().equals("abc"), x().ends_with(["x", "ab"]), false),
            (x().equals("abc"), x().ignore_case().starts_with(["AB"]), true),
            (x().equals("abc"), x().matches(Pattern::new("^b", false).unwrap()), false),
            (x().contains("a"), x().not_contains("b"), true),
            (x().at_least(10), x().less_than(5), false),
            (x().at_least(5), x().less_than(5), false),
            (x().at_least(5), x().at_most(5), true),
            (x().greater_than(5), x().less_than(6), true),
            (x().between(1, 5), x().greater_than(5), false),
            (x().between(1, 5), x().at_least(4.5), true),
            (x().between(1, 5), x().equals(6), false),
            (x().at_least(5), x().equals("5"), false),
            (x().equals(5), x().not_in([5.0, 6.0]), false),
            (x().exists(false), x().equals(5), false),
            (x().exists(false), x().not_equals(5), false),
            (x().exists(false), x().exists(true), false),
            (x().exists(false), x().exists(false), true),
            (x().exists(true), x().equals(5), true),
            (x().after(at("2026-01-01T00:00:00Z")), x().before(at("2026-01-01T00:00:00Z")), false),
            (x().after(at("2026-01-01T00:00:00Z")), x().before(at("2026-01-02T00:00:00Z")), true),
            (x().after(at("2026-01-01T00:00:00Z")), x().equals("2025-01-01T00:00:00Z"), false),
            (x().after(at("2026-01-01T00:00:00Z")), x().equals("tomorrow"), false),
            (version("^1"), version("^2"), false),
            (version("^1"), version("<1.5"), true),
            (version("^1"), x().equals("2.0.0"), false),
            (ip(&["10.0.0.0/8"]), ip(&["10.1.0.0/16"]), true),
            (ip(&["10.1.0.0/16"]), ip(&["10.0.0.0/8"]), true),
            (ip(&["10.0.0.0/8", "::1"]), ip(&["192.168.0.0/16", "2001:db8::/32"]), false),
            (ip(&["10.0.0.0/8"]), x().equals("10.1.2.3"), true),
            (ip(&["10.0.0.0/8"]), x().equals("11.1.2.3"), false),
        ] {
            let test = |condition: &Condition| match condition {
                Condition::Attribute { test, .. } => test.clone(),
                _ => unreachable!("all of the above are tests of an attribute"),
            };
            let (a, b) = (test(&a), test(&b));
            assert_eq!(satisfiable(&[&a, &b]), expected, "{a:?} {b:?}");
            assert_eq!(satisfiable(&[&b, &a]), expected, "{b:?} {a:?}");
        }
    }
}
