//! Boolean flags that have said the same to everybody for months.

use flags_core::{FlagDefinition, Percentage, Serve, State, Timestamp, ValueType};

use super::{Finding, LintCode, expiry::has_passed, subject::Subject};

/// How long a flag has to have been left alone: 90 days.
const AGE_DAYS: i64 = 90;
const DAY_MICROS: i64 = 86_400 * 1_000_000;

/// Tags of flags that are meant to stay.
const PERMANENT: [&str; 2] = ["permanent", "kill-switch"];

pub(super) fn check(subject: &Subject<'_>, flag: &FlagDefinition, findings: &mut Vec<Finding>) {
    let Some(touched) = flag.updated_at.max(flag.created_at) else { return };
    let days = subject.now.as_micros().saturating_sub(touched.as_micros()) / DAY_MICROS;
    let expired = flag.expires.is_some_and(|date| has_passed(date.end(), subject.now));
    let meant_to_stay = flag.tags.iter().any(|tag| PERMANENT.contains(&&**tag));
    if days < AGE_DAYS || expired || meant_to_stay || subject.is_flag_used(&flag.key) || subject.is_driven(&flag.key) {
        return;
    }
    let Some(on) = constant(flag) else { return };
    let message = format!(
        "`{}` has been {} for everybody, unchanged since {} ({days} days)",
        flag.key,
        if on { "on" } else { "off" },
        day_of(touched),
    );
    let help = if on {
        "keep the branch that is on and remove the flag; tag it `permanent` if it is meant to stay"
    } else {
        "remove the flag and the branch it never takes; tag it `permanent` if it is meant to stay"
    };
    findings.push(Finding::new(LintCode::Stale, [], message).help(help));
}

/// What the flag says to everybody, if it says the same to everybody.
fn constant(flag: &FlagDefinition) -> Option<bool> {
    let plain = flag.value_type == ValueType::Boolean
        && flag.variants.is_empty()
        && flag.rules.is_empty()
        && flag.conditions.is_empty()
        && flag.targets.is_empty()
        && flag.schedule.is_empty()
        && flag.overrides.is_empty()
        && flag.environments.is_empty();
    if !plain {
        return None;
    }
    let off = !matches!(&flag.off, Some(variant) if &**variant != "off");
    let serves_on = match &flag.serve {
        None => true,
        Some(Serve::Variant(name)) => &**name == "on",
        Some(Serve::Split(_)) => return None,
    };
    match (flag.state, flag.rollout_percentage.unwrap_or(Percentage::HUNDRED)) {
        (State::Disabled, _) | (State::Canary | State::Rollout | State::Enabled, Percentage::ZERO) if off => {
            Some(false)
        }
        // Whether it is on depends on the others, so it is not constant by itself.
        _ if flag.parent.is_some() || !flag.requires.is_empty() => None,
        (State::Canary | State::Rollout | State::Enabled, Percentage::HUNDRED) => Some(serves_on),
        _ => None,
    }
}

fn day_of(at: Timestamp) -> String {
    at.to_string().chars().take_while(|&letter| letter != 'T').collect()
}

#[cfg(test)]
mod tests {
    use flags_core::{Condition, FlagDefinition, RuleDefinition};

    use super::*;
    use crate::lint::test_support::{at, found};

    fn old(key: &str) -> FlagDefinition {
        FlagDefinition { created_at: Some(at("2026-03-01T00:00:00Z")), ..FlagDefinition::new(key) }
    }

    #[test]
    fn old_constants_are_found() {
        let updated = FlagDefinition { updated_at: Some(at("2026-08-22T00:00:00Z")), ..old("updated") };
        assert_eq!(
            found([
                old("on"),
                old("off").enabled(false),
                old("zero").rollout(Percentage::ZERO),
                old("all").state(State::Rollout).rollout(Percentage::HUNDRED),
                old("serving_off").serve("off"),
                updated,
            ]),
            [
                "stale features.on: `on` has been on for everybody, unchanged since 2026-03-01 (264 days)",
                "stale features.off: `off` has been off for everybody, unchanged since 2026-03-01 (264 days)",
                "stale features.zero: `zero` has been off for everybody, unchanged since 2026-03-01 (264 days)",
                "stale features.all: `all` has been on for everybody, unchanged since 2026-03-01 (264 days)",
                "stale features.serving_off: `serving_off` has been off for everybody, unchanged since 2026-03-01 (264 days)",
                "stale features.updated: `updated` has been on for everybody, unchanged since 2026-08-22 (90 days)",
            ]
        );
    }

    #[test]
    fn what_still_decides_or_is_young_is_left_alone() {
        let young = FlagDefinition { updated_at: Some(at("2026-08-23T00:00:00Z")), ..old("young") };
        let flags = [
            FlagDefinition::new("undated"),
            young,
            old("partial").rollout(Percentage::new(50.0).unwrap()),
            old("ruled").rule(RuleDefinition::new().when(Condition::predicate("p"))),
            old("conditional").condition(Condition::predicate("p")),
            old("overridden").override_unit("u", "off"),
            old("elsewhere").environment("development", |flag| flag.enabled(false)),
            old("several").variant("a", true).variant("b", false),
            old("permanent").tag("permanent"),
            old("switch").tag("kill-switch"),
            old("child").parent("partial"),
            old("developing").state(State::Development),
            old("used"),
            FlagDefinition::new("user").requires("used"),
        ];
        assert_eq!(found(flags), Vec::<String>::new());
    }
}
