//! Canaries that are too large to be one.

use flags_core::{FlagDefinition, PathPart, Percentage, State};

use super::{
    Finding, LintCode,
    subject::{Present, Subject},
};

/// The largest share a canary should have: 5 percent, in thousandths of a percent.
pub(super) const LARGEST: u32 = 5_000;

pub(super) fn check(subject: &Subject<'_>, form: &FlagDefinition, findings: &mut Vec<Finding>) {
    let mut report = |path: Vec<PathPart>, percentage: Percentage| {
        let message = format!("`{}` is a canary for {percentage} %, more than 5 %", form.key);
        let finding = Finding::new(LintCode::LargeCanary, path, message);
        findings.push(finding.help("lower the percentage, or write `state = \"rollout\"`"));
    };
    let too_large = |present: &Present| match present {
        Present { state: State::Canary, percentage: Some(share) } if share.thousandths() > LARGEST => Some(*share),
        _ => None,
    };
    let mut present = Present { state: form.state, percentage: form.rollout_percentage };
    if let Some(share) = too_large(&present) {
        report(vec!["rollout_percentage".into()], share);
        return;
    }
    // The steps in the order of their instants, each with the position it is written at.
    let mut steps: Vec<_> = form.schedule.iter().enumerate().collect();
    steps.sort_by_key(|(_, step)| step.at);
    for (at, step) in steps {
        present.apply(step);
        if let Some(share) = too_large(&present)
            && step.at > subject.now
        {
            report(vec!["schedule".into(), at.into()], share);
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use flags_core::ScheduleStep;

    use super::*;
    use crate::lint::test_support::{at, found};

    fn percent(number: f64) -> Percentage {
        Percentage::new(number).unwrap()
    }

    #[test]
    fn above_five_percent() {
        let canary = |share: f64| FlagDefinition::new("a").state(State::Canary).rollout(percent(share));
        assert_eq!(found([canary(5.0)]), Vec::<String>::new());
        assert_eq!(
            found([canary(5.001)]),
            ["large-canary features.a.rollout_percentage: `a` is a canary for 5.001 %, more than 5 %"]
        );
        assert_eq!(found([canary(50.0).state(State::Rollout)]), Vec::<String>::new());
        let mut left = ScheduleStep::at(at("2026-12-03T00:00:00Z")).rollout(percent(50.0));
        left.state = Some(State::Rollout);
        let grown =
            canary(1.0).schedule(left).schedule(ScheduleStep::at(at("2026-12-02T00:00:00Z")).rollout(percent(20.0)));
        assert_eq!(found([grown]), ["large-canary features.a.schedule[1]: `a` is a canary for 20 %, more than 5 %"]);
    }
}
