//! Conditions of every kind, on attributes that contexts have, with operands that often fit.

use flags_core::{
    Condition, IpRange, Pattern, Percentage, Value, VersionRequirement,
    definition::{Comparison, Test, TextMatch},
};

use super::{
    Known,
    choices::Choices,
    context::named_instant,
    pool::{
        BUCKET_BY, ENVIRONMENTS, NODES, PATTERNS, PERCENTAGES, PREDICATES, RANGES, REQUIREMENTS, SALTS, TEXTS, UNITS,
        UNREGISTERED, numbers,
    },
};

/// One condition that refers to nothing but what is known already; nested at most three deep.
pub(super) fn condition(choices: &mut Choices<'_>, known: &Known) -> Condition {
    nested(choices, known, 3)
}

fn nested(choices: &mut Choices<'_>, known: &Known, depth: usize) -> Condition {
    match choices.below(24) {
        0 => Condition::Environment(boxed(choices.some(&ENVIRONMENTS, 1, 2))),
        1 => Condition::After(named_instant(choices)),
        2 => Condition::Before(named_instant(choices)),
        3 | 4 => percentage(choices),
        5 => Condition::predicate(choices.pick(&[PREDICATES[0].0, PREDICATES[1].0, UNREGISTERED])),
        6 | 7 if !known.segments.is_empty() => Condition::Segment(choices.pick(&known.segments)),
        8 if !known.flags.is_empty() => {
            let (flag, variant) = known.flag_and_variant(choices);
            Condition::Flag { flag, variant }
        }
        9 if depth > 1 => Condition::Not(Box::new(nested(choices, known, depth - 1))),
        10 | 11 if depth > 1 => {
            let count = choices.below(4);
            Condition::Any((0..count).map(|_| nested(choices, known, depth - 1)).collect())
        }
        12 if depth > 1 => {
            let count = choices.below(3);
            Condition::All((0..count).map(|_| nested(choices, known, depth - 1)).collect())
        }
        _ => on_attribute(choices),
    }
}

fn percentage(choices: &mut Choices<'_>) -> Condition {
    Condition::Percentage {
        percentage: Percentage::from_thousandths(choices.pick(&PERCENTAGES)).expect("the alphabet is in range"),
        salt: choices.chance(30).then(|| choices.pick(&SALTS).into()),
        bucket_by: boxed(if choices.chance(30) { choices.some(&BUCKET_BY, 1, 2) } else { vec![] }),
    }
}

fn on_attribute(choices: &mut Choices<'_>) -> Condition {
    let usual = choices.below(15) < 14;
    let (paths, test): (&[&str], Test) = match choices.below(9) {
        0 | 1 => (&["country", "email", "profile.plan"], text_test(choices)),
        2 => {
            let text = choices.pick(&UNITS).into();
            let negated = choices.chance(30);
            let test = Test::Equals { value: Value::String(text), negated, ignore_case: false };
            (&["user_id", "targeting_key", "session_id"], test)
        }
        3 => (&["age", "chain_height", "sync_progress", "profile.level.years"], number_test(choices)),
        4 => (&["app_version"], Test::Version(parsed(choices.pick(&REQUIREMENTS), VersionRequirement::parse))),
        5 => (&["ip_address"], Test::IpIn(ranges(choices))),
        6 => (&["signup"], instant_test(choices)),
        7 => (&["groups", "country"], {
            let text = choices.pick(&TEXTS).into();
            Test::Contains { text, negated: choices.chance(40), ignore_case: choices.chance(40) }
        }),
        _ => (&["beta", "user_id", "profile.plan", "tenant", "nothing", "node_id"], other_test(choices)),
    };
    let path = if usual {
        choices.pick(paths)
    } else {
        choices.pick(&["country", "age", "groups", "profile", "beta", "tenant", "signup", "profile.plan.x", ""])
    };
    Condition::Attribute { path: path.into(), test }
}

fn text_test(choices: &mut Choices<'_>) -> Test {
    let ignore_case = choices.chance(40);
    let negated = choices.chance(35);
    match choices.below(6) {
        0 => Test::Equals { value: Value::from(choices.pick(&TEXTS)), negated, ignore_case },
        1 | 2 => {
            let values = choices.some(&TEXTS, 1, 6).into_iter().map(Value::from).collect();
            Test::In { values, negated, ignore_case }
        }
        3 => Test::Contains { text: choices.pick(&TEXTS).into(), negated, ignore_case },
        4 => {
            let side = choices.pick(&[TextMatch::StartsWith, TextMatch::EndsWith]);
            Test::Affix { side, texts: boxed(choices.some(&TEXTS, 1, 3)), ignore_case }
        }
        _ => {
            let source = choices.pick(&PATTERNS);
            Test::Matches(parsed(source, |source| Pattern::new(source, ignore_case)))
        }
    }
}

fn number_test(choices: &mut Choices<'_>) -> Test {
    let number = choices.pick(&numbers());
    let negated = choices.chance(35);
    let comparisons = [Comparison::AtLeast, Comparison::GreaterThan, Comparison::LessThan, Comparison::AtMost];
    match choices.below(6) {
        0 => Test::Equals { value: number, negated, ignore_case: false },
        1 => Test::In { values: choices.some(&numbers(), 1, 6), negated, ignore_case: false },
        2 => Test::BetweenNumbers { low: number, high: choices.pick(&numbers()) },
        _ => Test::Number { comparison: choices.pick(&comparisons), operand: number },
    }
}

fn instant_test(choices: &mut Choices<'_>) -> Test {
    let instant = named_instant(choices);
    match choices.below(3) {
        0 => Test::Before(instant),
        1 => Test::After(instant),
        _ => Test::BetweenInstants { low: instant, high: named_instant(choices) },
    }
}

fn other_test(choices: &mut Choices<'_>) -> Test {
    let negated = choices.chance(35);
    match choices.below(4) {
        0 => Test::Exists(choices.chance(60)),
        1 => Test::Equals { value: Value::Boolean(choices.chance(50)), negated, ignore_case: false },
        2 => Test::Equals { value: choices.pick(&[Value::Integer(7), Value::Float(7.0)]), negated, ignore_case: true },
        _ => Test::In {
            values: choices.some(&NODES, 1, 2).into_iter().map(Value::from).collect(),
            negated,
            ignore_case: true,
        },
    }
}

pub(super) fn ranges(choices: &mut Choices<'_>) -> Vec<IpRange> {
    choices.some(&RANGES, 1, 2).into_iter().map(|range| parsed(range, IpRange::parse)).collect()
}

pub(super) fn boxed(texts: Vec<&str>) -> Vec<Box<str>> {
    texts.into_iter().map(Into::into).collect()
}

fn parsed<T, E: std::fmt::Debug>(text: &str, parse: impl FnOnce(&str) -> Result<T, E>) -> T {
    parse(text).expect("the alphabets of operands are well formed")
}
