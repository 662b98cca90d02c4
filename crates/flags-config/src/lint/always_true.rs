//! Conditions that hold for everybody and so say nothing.

use flags_core::{Condition, ExperimentDefinition, FlagDefinition, PathPart, Percentage, SegmentDefinition};

use super::{Finding, LintCode, subject::Subject};

pub(super) fn check_flag(_: &Subject<'_>, form: &FlagDefinition, findings: &mut Vec<Finding>) {
    check_list(&mut vec!["conditions".into()], &form.conditions, findings);
    for (at, rule) in form.rules.iter().enumerate() {
        check_list(&mut vec!["rules".into(), at.into(), "when".into()], &rule.when, findings);
    }
}

/// A segment by `percentage = 100` is left alone: it is how a segment of every unit is written, as an empty `when` is nobody.
pub(super) fn check_segment(_: &Subject<'_>, segment: &SegmentDefinition, findings: &mut Vec<Finding>) {
    if let [Condition::Percentage { .. }] = segment.when.as_slice() {
        return;
    }
    check_list(&mut vec!["when".into()], &segment.when, findings);
}

pub(super) fn check_experiment(_: &Subject<'_>, experiment: &ExperimentDefinition, findings: &mut Vec<Finding>) {
    check_list(&mut vec!["audience".into()], &experiment.audience, findings);
}

fn check_list(path: &mut Vec<PathPart>, conditions: &[Condition], findings: &mut Vec<Finding>) {
    for (at, condition) in conditions.iter().enumerate() {
        path.push(at.into());
        check(path, condition, findings);
        path.pop();
    }
}

fn check(path: &mut Vec<PathPart>, condition: &Condition, findings: &mut Vec<Finding>) {
    let mut report = |message: &str| {
        let finding = Finding::new(LintCode::AlwaysTrueCondition, path.clone(), message);
        findings.push(finding.help("remove the condition, or write what was meant"));
    };
    match condition {
        Condition::Percentage { percentage: Percentage::HUNDRED, .. } => report("`percentage = 100` admits every unit"),
        Condition::All(inner) if inner.is_empty() => report("`all = []` asks for nothing, so it always holds"),
        Condition::All(inner) | Condition::Any(inner) => {
            path.push(if matches!(condition, Condition::All(_)) { "all" } else { "any" }.into());
            check_list(path, inner, findings);
            path.pop();
        }
        Condition::Not(inner) => {
            path.push("not".into());
            check(path, inner, findings);
            path.pop();
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use flags_core::RuleDefinition;

    use super::*;
    use crate::lint::test_support::{found, found_with};

    #[test]
    fn at_any_depth() {
        let hundred = || Condition::percentage(Percentage::HUNDRED);
        let flag = FlagDefinition::new("a")
            .condition(hundred())
            .rule(RuleDefinition::new().when(Condition::Any(vec![Condition::segment("s"), hundred().negate()])))
            .rule(RuleDefinition::new().when(Condition::All(vec![])));
        assert_eq!(
            found([flag]),
            [
                "always-true-condition features.a.conditions[0]: `percentage = 100` admits every unit",
                "always-true-condition features.a.rules[0].when[0].any[1].not: `percentage = 100` admits every unit",
                "always-true-condition features.a.rules[1].when[0]: `all = []` asks for nothing, so it always holds",
            ]
        );
        let everybody = SegmentDefinition::new("everybody").when(hundred());
        let mixed = SegmentDefinition::new("mixed").when(hundred()).when(Condition::predicate("p"));
        assert_eq!(
            found_with([], [everybody, mixed]),
            ["always-true-condition segments.mixed.when[0]: `percentage = 100` admits every unit"]
        );
    }
}
