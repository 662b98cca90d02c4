//! Members of a segment that are excluded from it as well.

use std::collections::HashSet;

use flags_core::{PathPart, SegmentDefinition};

use super::{Finding, LintCode, subject::Subject};

pub(super) fn check(_: &Subject<'_>, segment: &SegmentDefinition, findings: &mut Vec<Finding>) {
    let excluded: HashSet<&str> = segment.exclude.iter().map(|unit| &**unit).collect();
    for (at, unit) in segment.members.iter().enumerate().filter(|(_, unit)| excluded.contains(&***unit)) {
        let path: [PathPart; 2] = ["members".into(), at.into()];
        let message = format!("`{unit}` is a member of segment `{}` and excluded from it", segment.key);
        let finding = Finding::new(LintCode::ExcludedMember, path, message);
        findings.push(finding.help("`exclude` wins; remove the unit from one of the two lists"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::test_support::found_with;

    #[test]
    fn in_both_lists() {
        let segment = SegmentDefinition::new("s").member("a").member("b").exclude("c").exclude("b");
        assert_eq!(
            found_with([], [segment]),
            ["excluded-member segments.s.members[1]: `b` is a member of segment `s` and excluded from it"]
        );
    }
}
