//! Kills that were written into the file and left there.

use flags_core::{FlagDefinition, State};

use super::{Finding, LintCode, subject::Subject};

pub(super) fn check(_: &Subject<'_>, form: &FlagDefinition, findings: &mut Vec<Finding>) {
    if form.state == State::EmergencyOff {
        let message = format!("`{}` is in `emergency_off`, and everything below it with it", form.key);
        let finding = Finding::new(LintCode::KillLeftOn, ["state".into()], message);
        findings.push(finding.help("when the incident is over, write `enabled = true` or `enabled = false`"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::test_support::found;

    #[test]
    fn in_the_flag_or_in_an_environment() {
        let killed = FlagDefinition::new("a").environment("e", |flag| flag.state(State::EmergencyOff));
        assert_eq!(
            found([killed, FlagDefinition::new("b").state(State::EmergencyOff)]),
            [
                "kill-left-on features.a.environments.e.state: `a` is in `emergency_off`, and everything below it with it",
                "kill-left-on features.b.state: `b` is in `emergency_off`, and everything below it with it",
            ]
        );
    }
}
