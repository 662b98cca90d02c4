//! Rules that earlier rules leave nobody for, and rules that admit nobody themselves.

use flags_core::{Condition, FlagDefinition, PathPart, Percentage, RuleDefinition};

use super::{Finding, LintCode, contradiction::always, subject::Subject};

/// How far back a rule is compared with the ones before it, so that a flag of very many rules stays cheap to look at.
const LOOK_BACK: usize = 200;

/// Reports rules that come too late.
pub(super) fn check(_: &Subject<'_>, form: &FlagDefinition, findings: &mut Vec<Finding>) {
    let mut catch_all: Option<usize> = None;
    for (at, rule) in form.rules.iter().enumerate() {
        let before = &form.rules[..at];
        let nearest = at.saturating_sub(LOOK_BACK);
        let taken_by = catch_all.or_else(|| (nearest..at).find(|&earlier| takes_all_of(&before[earlier], rule)));
        if let Some(earlier) = taken_by
            && admits_somebody(rule)
        {
            let message = format!(
                "{} is never reached: {} takes everybody it could match",
                name(at, rule),
                name(earlier, &form.rules[earlier])
            );
            let path: [PathPart; 2] = ["rules".into(), at.into()];
            let finding = Finding::new(LintCode::UnreachableRule, path, message);
            findings.push(finding.help("put the narrower rule first, or remove this one"));
        }
        if catch_all.is_none() && is_full(rule) && rule.when.iter().all(always) {
            catch_all = Some(at);
        }
    }
}

/// Reports rules with a percentage of 0.
pub(super) fn check_empty(_: &Subject<'_>, form: &FlagDefinition, findings: &mut Vec<Finding>) {
    for (at, rule) in form.rules.iter().enumerate().filter(|(_, rule)| !admits_somebody(rule)) {
        let path: [PathPart; 3] = ["rules".into(), at.into(), "rollout_percentage".into()];
        let message = format!("{} admits nobody", name(at, rule));
        let finding = Finding::new(LintCode::EmptyRule, path, message);
        findings.push(finding.help("raise its percentage, or remove the rule"));
    }
}

/// Whether the earlier rule leaves nobody for the later one: it asks for no more, and admits no fewer. The percentages of all
/// rules of a flag are one draw, so the smaller one admits only units that the larger one admits.
fn takes_all_of(earlier: &RuleDefinition, later: &RuleDefinition) -> bool {
    let asks_no_more = |condition: &Condition| later.when.contains(condition) || always(condition);
    share(earlier) >= share(later) && earlier.when.iter().all(asks_no_more)
}

fn share(rule: &RuleDefinition) -> Percentage {
    rule.rollout_percentage.unwrap_or(Percentage::HUNDRED)
}

fn is_full(rule: &RuleDefinition) -> bool {
    share(rule) == Percentage::HUNDRED
}

fn admits_somebody(rule: &RuleDefinition) -> bool {
    share(rule) != Percentage::ZERO
}

/// What people call the rule: by name, else by its number, counted from 1 as they do.
fn name(at: usize, rule: &RuleDefinition) -> String {
    match &rule.name {
        Some(name) => format!("rule `{name}`"),
        None => format!("rule {}", at + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::test_support::found;

    fn percent(number: f64) -> Percentage {
        Percentage::new(number).unwrap()
    }

    fn country(name: &str) -> Condition {
        Condition::attribute("country").equals(name)
    }

    #[test]
    fn behind_a_rule_for_everybody() {
        let flag = FlagDefinition::new("a")
            .rule(RuleDefinition::new().name("half").rollout(percent(50.0)))
            .rule(RuleDefinition::new().name("all").when(Condition::All(vec![])))
            .rule(RuleDefinition::new().when(country("NL")));
        let found = found([flag]);
        assert!(found.contains(
            &"unreachable-rule features.a.rules[2]: rule 3 is never reached: rule `all` takes everybody it could match".into()
        ));
        assert_eq!(found.iter().filter(|line| line.starts_with("unreachable")).count(), 1);
    }

    #[test]
    fn behind_a_rule_that_asks_for_less() {
        let adult = || Condition::attribute("age").at_least(18);
        for (earlier, later, reached) in [
            (RuleDefinition::new().when(country("NL")), RuleDefinition::new().when(adult()).when(country("NL")), false),
            (RuleDefinition::new().when(country("NL")), RuleDefinition::new().when(country("DE")), true),
            (RuleDefinition::new().when(adult()).when(country("NL")), RuleDefinition::new().when(adult()), true),
            // One draw: 10 % of a flag are among its 20 %.
            (
                RuleDefinition::new().when(adult()).rollout(percent(20.0)),
                RuleDefinition::new().when(adult()).rollout(percent(10.0)),
                false,
            ),
            (
                RuleDefinition::new().when(adult()).rollout(percent(10.0)),
                RuleDefinition::new().when(adult()).rollout(percent(20.0)),
                true,
            ),
            (RuleDefinition::new().when(adult()).rollout(percent(10.0)), RuleDefinition::new().when(adult()), true),
            // A context without a unit passes this one by.
            (RuleDefinition::new().when(Condition::percentage(Percentage::HUNDRED)), RuleDefinition::new(), true),
        ] {
            let found = found([FlagDefinition::new("a").rule(earlier).rule(later)]);
            assert_eq!(!found.iter().any(|line| line.starts_with("unreachable-rule")), reached, "{found:?}");
        }
    }

    #[test]
    fn rules_for_nobody() {
        let flag = FlagDefinition::new("a")
            .rule(RuleDefinition::new().when(country("NL")).rollout(Percentage::ZERO))
            .environment("e", |flag| flag.rule(RuleDefinition::new().name("x").rollout(Percentage::ZERO)));
        assert_eq!(
            found([flag]),
            [
                "empty-rule features.a.rules[0].rollout_percentage: rule 1 admits nobody",
                "empty-rule features.a.environments.e.rules[1].rollout_percentage: rule `x` admits nobody",
            ]
        );
    }
}
