//! Conditions, in the general and in the short form.

use flags_core::{
    Condition, IpRange, Pattern, VersionRequirement,
    definition::{Comparison, Test, TextMatch},
};
use toml::{Table, Value as Toml};

use super::{
    Read, ReadError, array, table, text_of, unexpected,
    value::{boolean, instant, parsed, percentage, texts, value},
};

/// A list of conditions, one in each table, or the one table of the short form, which holds several; all of them have to hold.
pub(super) fn conditions(written: &Toml) -> Read<Vec<Condition>> {
    match written {
        Toml::Table(short) => parts(short),
        list => each(list),
    }
}

fn each(list: &Toml) -> Read<Vec<Condition>> {
    array(list)?.iter().map(|item| one(table(item)?)).collect()
}

/// One table as one condition: a pair of operators, or a short form of several, means all of them.
fn one(written: &Table) -> Read<Condition> {
    let mut parts = parts(written)?;
    match parts.len() {
        1 => Ok(parts.remove(0)),
        _ => Ok(Condition::All(parts)),
    }
}

fn parts(written: &Table) -> Read<Vec<Condition>> {
    if let Some(path) = written.get("attribute") {
        return attribute(text_of(path)?, written);
    }
    if let Some(flag) = written.get("flag") {
        let variant = written.get("variant").map(super::flag::variant_name).transpose()?;
        return Ok(vec![Condition::Flag { flag: text_of(flag)?.into(), variant }]);
    }
    if let Some(share) = written.get("percentage") {
        return Ok(vec![Condition::Percentage {
            percentage: percentage(share)?,
            salt: written.get("salt").map(|salt| text_of(salt).map(Into::into)).transpose()?,
            bucket_by: written.get("bucket_by").map(texts).transpose()?.unwrap_or_default(),
        }]);
    }
    let mut conditions = vec![];
    for (key, operand) in written {
        match key.as_str() {
            "segment" => conditions.push(Condition::segment(text_of(operand)?)),
            "predicate" | "custom" => conditions.extend(texts(operand)?.into_iter().map(Condition::Predicate)),
            "environment" => conditions.push(Condition::Environment(texts(operand)?)),
            "after" => conditions.push(Condition::After(instant(operand)?)),
            "before" => conditions.push(Condition::Before(instant(operand)?)),
            "chain_height" | "sync_progress" => {
                conditions.push(Condition::attribute(key.as_str()).at_least(value(operand)));
            }
            "all" => conditions.push(Condition::All(each(operand)?)),
            "any" => conditions.push(Condition::Any(each(operand)?)),
            "not" => conditions.push(Condition::Not(Box::new(one(table(operand)?)?))),
            _ => return Err(unexpected("a condition", key)),
        }
    }
    Ok(conditions)
}

fn attribute(path: &str, written: &Table) -> Read<Vec<Condition>> {
    let ignore_case = written.get("ignore_case").map(boolean).transpose()?.unwrap_or(false);
    let operators = written.iter().filter(|(key, _)| *key != "attribute" && *key != "ignore_case");
    operators
        .map(|(operator, operand)| {
            Ok(Condition::Attribute { path: path.into(), test: test(operator, operand, ignore_case)? })
        })
        .collect()
}

fn test(operator: &str, operand: &Toml, ignore_case: bool) -> Read<Test> {
    let negated = operator.starts_with("not_");
    let number = |comparison| Test::Number { comparison, operand: value(operand) };
    Ok(match operator {
        "equals" | "not_equals" => Test::Equals { value: value(operand), negated, ignore_case },
        "in" | "not_in" => Test::In { values: array(operand)?.iter().map(value).collect(), negated, ignore_case },
        "contains" | "not_contains" => Test::Contains { text: text_of(operand)?.into(), negated, ignore_case },
        "starts_with" => Test::Affix { side: TextMatch::StartsWith, texts: texts(operand)?, ignore_case },
        "ends_with" => Test::Affix { side: TextMatch::EndsWith, texts: texts(operand)?, ignore_case },
        "matches" => Test::Matches(parsed(operand, |source| Pattern::new(source, ignore_case))?),
        "greater_than" => number(Comparison::GreaterThan),
        "at_least" => number(Comparison::AtLeast),
        "less_than" => number(Comparison::LessThan),
        "at_most" => number(Comparison::AtMost),
        "between" => match array(operand)? {
            [low @ (Toml::Integer(_) | Toml::Float(_)), high] => {
                Test::BetweenNumbers { low: value(low), high: value(high) }
            }
            [low, high] => Test::BetweenInstants { low: instant(low)?, high: instant(high)? },
            _ => return Err(ReadError("`between` takes two operands".to_owned())),
        },
        "before" => Test::Before(instant(operand)?),
        "after" => Test::After(instant(operand)?),
        "version" => Test::Version(parsed(operand, VersionRequirement::parse)?),
        "ip_in" => {
            let ranges = array(operand)?.iter().map(|range| parsed(range, IpRange::parse));
            Test::IpIn(ranges.collect::<Read<_>>()?)
        }
        "exists" => Test::Exists(boolean(operand)?),
        _ => return Err(unexpected("a condition on an attribute", operator)),
    })
}
