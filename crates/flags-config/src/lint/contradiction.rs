//! Conditions that cannot hold, alone or together with others of the same list.

use flags_core::{
    Condition, ExperimentDefinition, FlagDefinition, PathPart, Percentage, SegmentDefinition, definition::Test,
};

use super::{Finding, LintCode, satisfiable::satisfiable, subject::Subject, versions};
use crate::diff::condition_toml;

/// How many conditions of one list are compared with each other.
const MOST_COMPARED: usize = 200;

/// A condition of a list, and where it stands.
type Placed<'d> = (Vec<PathPart>, &'d Condition);

pub(super) fn check_flag(_: &Subject<'_>, form: &FlagDefinition, findings: &mut Vec<Finding>) {
    let own = check_list(&["conditions".into()], &form.conditions, findings);
    for (at, rule) in form.rules.iter().enumerate() {
        let place: [PathPart; 3] = ["rules".into(), at.into(), "when".into()];
        let conditions = check_list(&place, &rule.when, findings);
        // A rule is only asked where the flag's conditions hold.
        findings.extend(across(&own, &conditions));
    }
}

pub(super) fn check_segment(_: &Subject<'_>, segment: &SegmentDefinition, findings: &mut Vec<Finding>) {
    check_list(&["when".into()], &segment.when, findings);
}

pub(super) fn check_experiment(_: &Subject<'_>, experiment: &ExperimentDefinition, findings: &mut Vec<Finding>) {
    check_list(&["audience".into()], &experiment.audience, findings);
}

/// Whether a condition holds for every context there is.
pub(super) fn always(condition: &Condition) -> bool {
    match condition {
        Condition::All(inner) => inner.iter().all(always),
        Condition::Any(inner) => inner.iter().any(always),
        Condition::Not(inner) => never(inner).is_some(),
        _ => false,
    }
}

/// Why a condition never holds, looked at by itself.
fn never(condition: &Condition) -> Option<String> {
    match condition {
        Condition::Percentage { percentage: Percentage::ZERO, .. } => Some("it admits nobody".to_owned()),
        Condition::Any(inner) if inner.is_empty() => Some("it asks for one of no alternatives".to_owned()),
        Condition::Attribute { test, .. } if !satisfiable(&[test]) => Some(match test {
            Test::BetweenNumbers { low, high } => format!("its lower end {low} is above its upper end {high}"),
            Test::BetweenInstants { low, high } => format!("its lower end {low} is after its upper end {high}"),
            Test::Version(requirement) if !versions::satisfiable(&[requirement]) => {
                format!("no version meets `{}`", requirement.source())
            }
            _ => "no value passes it".to_owned(),
        }),
        _ => None,
    }
}

/// Checks a list of which everything has to hold. Returns its conditions, lists within it laid out flat, for a look across lists.
fn check_list<'d>(place: &[PathPart], conditions: &'d [Condition], findings: &mut Vec<Finding>) -> Vec<Placed<'d>> {
    let mut flat = Vec::new();
    flatten(place, conditions, &mut flat);
    let mut sound = Vec::new();
    for (path, condition) in flat {
        if let Some(reason) = never(condition) {
            let message = format!("`{}` never holds: {reason}", shown(condition));
            findings.push(Finding::new(LintCode::ContradictoryConditions, path, message));
            continue;
        }
        match condition {
            Condition::Any(inner) => {
                for (at, inner) in inner.iter().enumerate() {
                    let mut path = path.clone();
                    path.extend(["any".into(), at.into()]);
                    check_alone(&path, inner, findings);
                }
            }
            Condition::Not(inner) => {
                let mut path = path.clone();
                path.push("not".into());
                check_alone(&path, inner, findings);
            }
            _ => {}
        }
        sound.push((path, condition));
    }
    sound.truncate(MOST_COMPARED);
    if let Some(finding) = first_contradiction(&sound) {
        findings.push(finding);
    }
    sound
}

/// Checks a condition that is no element of a list of which everything has to hold.
fn check_alone(path: &[PathPart], condition: &Condition, findings: &mut Vec<Finding>) {
    if let Condition::All(inner) = condition {
        let mut path = path.to_vec();
        path.push("all".into());
        check_list(&path, inner, findings);
    } else {
        // A list of one would give its element another path, so that its findings are brought back to this one.
        let mut found = Vec::new();
        check_list(&[], std::slice::from_ref(condition), &mut found);
        findings.extend(found.into_iter().map(|mut finding| {
            finding.path.splice(0..1, path.iter().cloned());
            finding
        }));
    }
}

/// The conditions of a list, those of an `all` in it as if they stood in the list themselves.
fn flatten<'d>(place: &[PathPart], conditions: &'d [Condition], flat: &mut Vec<Placed<'d>>) {
    for (at, condition) in conditions.iter().enumerate() {
        let mut path = place.to_vec();
        path.push(at.into());
        if let Condition::All(inner) = condition {
            path.push("all".into());
            flatten(&path, inner, flat);
        } else {
            flat.push((path, condition));
        }
    }
}

/// The first condition that contradicts an earlier one, or several earlier ones together.
fn first_contradiction(conditions: &[Placed<'_>]) -> Option<Finding> {
    for (at, (path, condition)) in conditions.iter().enumerate() {
        let earlier = &conditions[..at];
        if let Some((_, other)) = earlier.iter().find(|(_, other)| exclude_each_other(other, condition)) {
            let message = format!("`{}` and `{}` never hold together", shown(other), shown(condition));
            return Some(contradiction(path, message));
        }
        if let Condition::Attribute { path: attribute, test } = condition {
            let mut tests: Vec<&Test> = earlier
                .iter()
                .filter_map(|(_, other)| match other {
                    Condition::Attribute { path, test } if path == attribute => Some(test),
                    _ => None,
                })
                .collect();
            tests.push(test);
            if !satisfiable(&tests) {
                let message =
                    format!("no value of `{attribute}` passes `{}` and the conditions before it", shown(condition));
                return Some(contradiction(path, message));
            }
        }
    }
    None
}

/// The first of the rule's conditions that contradicts one of the flag's.
fn across(flag: &[Placed<'_>], rule: &[Placed<'_>]) -> Option<Finding> {
    rule.iter().find_map(|(path, condition)| {
        let (_, other) = flag.iter().find(|(_, other)| exclude_each_other(other, condition))?;
        let message = format!(
            "the rule never matches: `{}` contradicts the flag's condition `{}`",
            shown(condition),
            shown(other)
        );
        Some(contradiction(path, message))
    })
}

fn contradiction(path: &[PathPart], message: String) -> Finding {
    let help = "all conditions of a list have to hold; write `any` where one of them should do";
    Finding::new(LintCode::ContradictoryConditions, path.to_vec(), message).help(help)
}

/// Whether no context meets both, for a reason that lies in the two.
fn exclude_each_other(a: &Condition, b: &Condition) -> bool {
    match (a, b) {
        (Condition::Attribute { path: a, test: test_a }, Condition::Attribute { path: b, test: test_b }) => {
            a == b && !satisfiable(&[test_a, test_b])
        }
        (Condition::Environment(a), Condition::Environment(b)) => !a.iter().any(|name| b.contains(name)),
        (Condition::After(after), Condition::Before(before)) | (Condition::Before(before), Condition::After(after)) => {
            after >= before
        }
        // Two variants of one flag: it serves one at a time.
        (
            Condition::Flag { flag: a, variant: Some(variant_a) },
            Condition::Flag { flag: b, variant: Some(variant_b) },
        ) => a == b && variant_a != variant_b,
        (Condition::Not(a), b) | (b, Condition::Not(a)) => **a == *b,
        _ => false,
    }
}

/// A condition in the notation of the file, cut where it gets long.
fn shown(condition: &Condition) -> String {
    const LONGEST: usize = 100;
    let text = condition_toml(condition);
    match text.char_indices().nth(LONGEST) {
        None => text,
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use flags_core::{RuleDefinition, VersionRequirement};

    use super::*;
    use crate::lint::test_support::{at, found, found_with};

    fn conditions(conditions: impl IntoIterator<Item = Condition>) -> Vec<String> {
        found([conditions.into_iter().fold(FlagDefinition::new("a"), FlagDefinition::condition)])
    }

    fn country(name: &str) -> Condition {
        Condition::attribute("country").equals(name)
    }

    #[test]
    fn alone() {
        for (condition, reason) in [
            (Condition::attribute("x").between(5, 3), "its lower end 5 is above its upper end 3"),
            (Condition::percentage(Percentage::ZERO), "it admits nobody"),
            (Condition::Any(vec![]), "it asks for one of no alternatives"),
            (
                Condition::attribute("v").version(VersionRequirement::parse(">=3, <2").unwrap()),
                "no version meets `>=3, <2`",
            ),
        ] {
            let text = condition_toml(&condition);
            assert_eq!(
                conditions([condition]),
                [format!("contradictory-conditions features.a.conditions[0]: `{text}` never holds: {reason}")]
            );
        }
    }

    #[test]
    fn together() {
        let day = at("2026-12-01T00:00:00Z");
        let any = |conditions: Vec<Condition>| Condition::Any(conditions);
        for (a, b) in [
            (country("NL"), country("DE")),
            (Condition::environment(["mainnet"]), Condition::environment(["testnet", "canary"])),
            (Condition::After(day), Condition::Before(day)),
            (Condition::segment("staff"), Condition::segment("staff").negate()),
            (any(vec![country("NL")]).negate(), any(vec![country("NL")])),
            (Condition::flag_serves("f", "x"), Condition::flag_serves("f", "y")),
        ] {
            let message = format!("`{}` and `{}` never hold together", condition_toml(&a), condition_toml(&b));
            let expected = [format!("contradictory-conditions features.a.conditions[1]: {message}")];
            let found: Vec<_> = conditions([a, b]).into_iter().filter(|line| line.contains("contradictory")).collect();
            assert_eq!(found, expected);
        }
        // Each two of them can hold together, and all three cannot.
        let x = || Condition::attribute("x");
        let three = [x().is_in(["a", "b"]), x().not_equals("a"), x().not_equals("b")];
        let expected = r#"no value of `x` passes `{ attribute = "x", not_equals = "b" }` and the conditions before it"#;
        assert_eq!(conditions(three), [format!("contradictory-conditions features.a.conditions[2]: {expected}")]);
    }

    #[test]
    fn what_can_hold_is_left_alone() {
        let day = at("2026-12-01T00:00:00Z");
        assert_eq!(
            conditions([
                country("NL"),
                Condition::attribute("city").equals("DE"),
                Condition::Any(vec![country("NL"), country("DE")]),
                Condition::attribute("age").between(18, 30),
                Condition::attribute("age").not_equals(20),
                Condition::environment(["mainnet", "testnet"]),
                Condition::environment(["mainnet"]),
                Condition::Before(day),
                Condition::segment("staff").negate(),
            ]),
            Vec::<String>::new()
        );
    }

    #[test]
    fn at_any_depth() {
        let both = || Condition::All(vec![country("NL"), country("DE")]);
        let flag = FlagDefinition::new("a")
            .condition(Condition::All(vec![Condition::Any(vec![country("FR"), both()])]))
            .rule(RuleDefinition::new().when(both().negate()).when(country("FR")))
            .environment("e", |flag| flag.condition(country("BE")).condition(country("LU")));
        let paths: Vec<String> = found([flag]).iter().map(|line| line.split(": ").next().unwrap().to_owned()).collect();
        assert_eq!(
            paths,
            [
                "contradictory-conditions features.a.conditions[0].all[0].any[1].all[1]",
                "contradictory-conditions features.a.rules[0].when[0].not.all[1]",
                "contradictory-conditions features.a.environments.e.conditions[2]",
                "contradictory-conditions features.a.environments.e.rules[0].when[1]",
            ]
        );
        let segment = SegmentDefinition::new("s").when(Condition::percentage(Percentage::ZERO).negate());
        assert_eq!(
            found_with([], [segment]),
            ["contradictory-conditions segments.s.when[0].not: `{ percentage = 0 }` never holds: it admits nobody"]
        );
    }

    #[test]
    fn between_a_rule_and_its_flag() {
        let flag = FlagDefinition::new("a")
            .condition(country("NL"))
            .rule(RuleDefinition::new().when(country("DE")))
            .rule(RuleDefinition::new().when(Condition::attribute("city").equals("Utrecht")));
        assert_eq!(
            found([flag]),
            [
                r#"contradictory-conditions features.a.rules[0].when[0]: the rule never matches: `{ attribute = "country", equals = "DE" }` contradicts the flag's condition `{ attribute = "country", equals = "NL" }`"#
            ]
        );
    }
}
