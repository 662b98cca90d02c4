//! Flags that are marked as deprecated: still on, or still depended on.

use flags_core::{ExperimentDefinition, FlagDefinition, PathPart, SegmentDefinition, Value};

use super::{Finding, LintCode, subject::Subject};
use crate::diff::references::{Reference, visit_experiment, visit_flag, visit_segment};

pub(super) fn check(subject: &Subject<'_>, form: &FlagDefinition, findings: &mut Vec<Finding>) {
    if is_deprecated(form) {
        if subject.form_can_be_on(form) {
            let message = format!("`{}` is deprecated and still on", form.key);
            let finding = Finding::new(LintCode::DeprecatedFlag, [], message);
            findings.push(finding.help("move its users to what replaces it, and switch it off"));
        }
        // What is on its way out may depend on something else that is.
        return;
    }
    let user = format!("`{}`", form.key);
    visit_flag(form, &mut |path, reference| findings.extend(refers(subject, &user, path, reference)));
}

pub(super) fn check_segment(subject: &Subject<'_>, segment: &SegmentDefinition, findings: &mut Vec<Finding>) {
    let user = format!("segment `{}`", segment.key);
    visit_segment(segment, &mut |path, reference| findings.extend(refers(subject, &user, path, reference)));
}

pub(super) fn check_experiment(subject: &Subject<'_>, experiment: &ExperimentDefinition, findings: &mut Vec<Finding>) {
    let user = format!("experiment `{}`", experiment.key);
    visit_experiment(experiment, &mut |path, reference| findings.extend(refers(subject, &user, path, reference)));
}

/// By its tag `deprecated`, or by `deprecated = true` in its metadata.
fn is_deprecated(flag: &FlagDefinition) -> bool {
    flag.tags.iter().any(|tag| &**tag == "deprecated") || flag.metadata.get("deprecated") == Some(&Value::Boolean(true))
}

fn refers(subject: &Subject<'_>, user: &str, path: &[PathPart], reference: Reference<'_>) -> Option<Finding> {
    let key = reference.flag()?;
    subject.flag(key).filter(|flag| is_deprecated(flag))?;
    let message = match reference {
        Reference::Parent(_) => format!("the parent of {user}, `{key}`, is deprecated"),
        Reference::Prerequisite { .. } => format!("{user} requires `{key}`, which is deprecated"),
        Reference::Condition { .. } | Reference::Segment(_) => {
            format!("a condition of {user} asks for `{key}`, which is deprecated")
        }
    };
    let finding = Finding::new(LintCode::DeprecatedReference, path.to_vec(), message);
    Some(finding.help(format!("move it off `{key}` before that flag is removed")))
}

#[cfg(test)]
mod tests {
    use flags_core::Condition;

    use super::*;
    use crate::lint::test_support::found_with;

    #[test]
    fn on_or_depended_on() {
        let old = FlagDefinition::new("old").tag("deprecated");
        let off = FlagDefinition::new("off").metadata("deprecated", true).enabled(false);
        let kept = FlagDefinition::new("kept").metadata("deprecated", false);
        let sibling = FlagDefinition::new("sibling").tag("deprecated").enabled(false).requires("old");
        let user = FlagDefinition::new("user")
            .parent("old")
            .requires("old")
            .requires("kept")
            .condition(Condition::Any(vec![Condition::flag_on("off"), Condition::flag_on("kept")]));
        let segment = SegmentDefinition::new("s").when(Condition::flag_on("old").negate());
        assert_eq!(
            found_with([old, off, kept, sibling, user], [segment]),
            [
                "deprecated-flag features.old: `old` is deprecated and still on",
                "deprecated-reference features.user.parent: the parent of `user`, `old`, is deprecated",
                "deprecated-reference features.user.requires[0]: `user` requires `old`, which is deprecated",
                "deprecated-reference features.user.conditions[0].any[0].flag: a condition of `user` asks for `off`, which is deprecated",
                "deprecated-reference segments.s.when[0].not.flag: a condition of segment `s` asks for `old`, which is deprecated",
            ]
        );
    }
}
