//! Segments nothing refers to.

use flags_core::SegmentDefinition;

use super::{Finding, LintCode, subject::Subject};

pub(super) fn check(subject: &Subject<'_>, segment: &SegmentDefinition, findings: &mut Vec<Finding>) {
    if !subject.is_segment_used(&segment.key) {
        let message = format!("nothing refers to segment `{}`", segment.key);
        findings.push(Finding::new(LintCode::UnusedSegment, [], message).help("remove it, or use it"));
    }
}

#[cfg(test)]
mod tests {
    use flags_core::{Condition, Definitions, FlagDefinition, RuleDefinition, SegmentDefinition, definition::Targets};

    use crate::lint::{
        Linter,
        test_support::{now, shown},
    };

    #[test]
    fn every_way_of_naming_a_segment_counts() {
        let targets = Targets { segments: vec!["targeted".into()], ..Targets::default() };
        let nested = Condition::Any(vec![Condition::All(vec![Condition::segment("nested").negate()])]);
        let definitions = Definitions {
            flags: vec![
                FlagDefinition::new("a").targets(targets).condition(Condition::segment("conditional")),
                FlagDefinition::new("b").rule(RuleDefinition::new().when(nested)),
                FlagDefinition::new("c").environment("e", |flag| flag.condition(Condition::segment("elsewhere"))),
            ],
            segments: ["targeted", "conditional", "nested", "elsewhere", "inner", "audience", "nobody"]
                .map(|key| SegmentDefinition::new(key).when(Condition::segment("inner")))
                .into(),
            ..Definitions::default()
        };
        let linter = Linter::new(&definitions, now()).uses_segment("audience");
        let expected = ["unused-segment segments.nobody: nothing refers to segment `nobody`"];
        assert_eq!(shown(&linter.findings()), expected);
    }
}
