//! Parents and prerequisites that keep a flag off for everybody.

use flags_core::{FlagDefinition, PathPart, State};

use super::{
    Finding, LintCode,
    subject::{Subject, serves_when_off},
};

pub(super) fn check(subject: &Subject<'_>, form: &FlagDefinition, findings: &mut Vec<Finding>) {
    // A flag that is off by itself loses nothing.
    if !subject.form_can_be_on(form) {
        return;
    }
    if let Some(key) = &form.parent
        && let Some(parent) = subject.flag(key)
        && !subject.can_be_on(parent)
    {
        let message = format!("`{}` can never be on: its parent `{key}` {}", form.key, why_off(parent));
        let finding = Finding::new(LintCode::ParentNeverOn, ["parent".into()], message);
        findings.push(finding.help(format!("switch `{key}` on, or `{}` off", form.key)));
    }
    for (at, required) in form.requires.iter().enumerate() {
        let Some(other) = subject.flag(&required.flag) else { continue };
        let key = &required.flag;
        let (reason, help) = match &required.variant {
            None if !subject.can_be_on(other) => {
                (why_off(other), format!("switch `{key}` on, or drop the prerequisite"))
            }
            Some(variant) if !subject.can_serve(other, variant) => (
                format!("never serves `{variant}`"),
                format!("let a rule, a split or an override of `{key}` serve it, or drop the prerequisite"),
            ),
            // It may be what is served while the flag is off, so being off is no reason by itself.
            Some(variant) if !subject.can_be_on(other) && !serves_when_off(other, variant) => {
                (why_off(other), format!("switch `{key}` on, or drop the prerequisite"))
            }
            _ => continue,
        };
        let path: [PathPart; 2] = ["requires".into(), at.into()];
        let message = format!("`{}` can never be on: it requires `{key}`, which {reason}", form.key);
        findings.push(Finding::new(LintCode::UnmetPrerequisite, path, message).help(help));
    }
}

/// Why a flag is never on, as the end of a sentence about it.
fn why_off(flag: &FlagDefinition) -> String {
    match flag.state {
        State::EmergencyOff => "is in `emergency_off`".to_owned(),
        State::Disabled => "is disabled".to_owned(),
        _ => "admits nobody".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use flags_core::{Percentage, RuleDefinition, ScheduleStep};

    use super::*;
    use crate::lint::test_support::{at, found};

    fn with(other: FlagDefinition) -> Vec<String> {
        found([FlagDefinition::new("a").parent("b").requires("b"), other])
            .into_iter()
            .filter(|line| line.contains("never be on"))
            .collect()
    }

    #[test]
    fn flags_that_are_off_for_good() {
        for (other, why) in [
            (FlagDefinition::new("b").enabled(false), "is disabled"),
            (FlagDefinition::new("b").state(State::EmergencyOff), "is in `emergency_off`"),
            (FlagDefinition::new("b").rollout(Percentage::ZERO), "admits nobody"),
            (
                FlagDefinition::new("b")
                    .schedule(ScheduleStep::at(at("2026-11-01T00:00:00Z")).rollout(Percentage::ZERO)),
                "admits nobody",
            ),
        ] {
            assert_eq!(
                with(other),
                [
                    format!("parent-never-on features.a.parent: `a` can never be on: its parent `b` {why}"),
                    format!(
                        "unmet-prerequisite features.a.requires[0]: `a` can never be on: it requires `b`, which {why}"
                    ),
                ]
            );
        }
    }

    #[test]
    fn flags_that_may_come_on() {
        for other in [
            FlagDefinition::new("b"),
            FlagDefinition::new("b").state(State::Development),
            FlagDefinition::new("b").enabled(false).environment("e", |flag| flag.enabled(true)),
            FlagDefinition::new("b")
                .enabled(false)
                .schedule(ScheduleStep::at(at("2026-12-01T00:00:00Z")).enabled(true)),
            FlagDefinition::new("b").rollout(Percentage::ZERO).rule(RuleDefinition::new()),
            FlagDefinition::new("b").rollout(Percentage::ZERO).override_unit("u", "on"),
        ] {
            assert_eq!(with(other), Vec::<String>::new());
        }
        // A flag that is off itself loses nothing by its parent.
        let off = found([FlagDefinition::new("a").parent("b").enabled(false), FlagDefinition::new("b").enabled(false)]);
        assert_eq!(off, Vec::<String>::new());
    }

    #[test]
    fn variants_that_are_never_served() {
        let other = FlagDefinition::new("b")
            .variant("v1", 1)
            .weighted_variant("v2", 2, 0)
            .variant("v3", 3)
            .variant("v4", 4)
            .variant("v5", 5)
            .off("v5")
            .split([("v1", 1)])
            .rule(RuleDefinition::new().when(flags_core::Condition::predicate("p")).serve("v3"))
            .override_unit("u", "v4");
        for (variant, served) in [("v1", true), ("v2", false), ("v3", true), ("v4", true), ("v5", true)] {
            let found = found([FlagDefinition::new("a").requires_variant("b", variant), other.clone()]);
            let message = format!("`a` can never be on: it requires `b`, which never serves `{variant}`");
            let expected = format!("unmet-prerequisite features.a.requires[0]: {message}");
            assert_eq!(found, if served { vec![] } else { vec![expected] });
        }
        for plain in [FlagDefinition::new("b"), FlagDefinition::new("b").enabled(false)] {
            let user = FlagDefinition::new("a").requires_variant("b", "off");
            assert_eq!(found([user, plain]), Vec::<String>::new());
        }
    }
}
