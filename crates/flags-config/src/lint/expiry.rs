//! Flags past their last day, or close to it.

use flags_core::{FlagDefinition, Timestamp};

use super::{Finding, LintCode, subject::Subject};

/// How long before the last day a reminder is given: 14 days.
const NOTICE_MICROS: i64 = 14 * 86_400 * 1_000_000;

pub(super) fn check(subject: &Subject<'_>, flag: &FlagDefinition, findings: &mut Vec<Finding>) {
    let Some(date) = flag.expires else { return };
    let end = date.end();
    let (code, verb, help) = if has_passed(end, subject.now) {
        (LintCode::Expired, "expired on", "remove the flag and the branch nobody needs, or write a later day")
    } else if end.as_micros().saturating_sub(subject.now.as_micros()) <= NOTICE_MICROS {
        (LintCode::ExpiresSoon, "expires on", "plan its removal, or write a later day")
    } else {
        return;
    };
    let message = format!("`{}` {verb} {date}", flag.key);
    findings.push(Finding::new(code, ["expires".into()], message).help(help));
}

/// Whether the last day is over.
pub(super) fn has_passed(end: Timestamp, now: Timestamp) -> bool {
    end <= now
}

#[cfg(test)]
mod tests {
    use flags_core::{Date, FlagDefinition};

    use crate::lint::test_support::found;

    #[test]
    fn the_last_day_counts_in_full() {
        for (month, day, expected) in [
            (11, 19, &["expired features.a.expires: `a` expired on 2026-11-19"][..]),
            (11, 20, &["expires-soon features.a.expires: `a` expires on 2026-11-20"]),
            (12, 3, &["expires-soon features.a.expires: `a` expires on 2026-12-03"]),
            (12, 4, &[]),
        ] {
            let flag = FlagDefinition { expires: Date::new(2026, month, day), ..FlagDefinition::new("a") };
            assert_eq!(found([flag]), expected);
        }
    }
}
