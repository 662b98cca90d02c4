//! Schedules that go from few to everybody too fast for anybody to notice.

use flags_core::{FlagDefinition, PathPart, Percentage};

use super::{
    Finding, LintCode,
    subject::{Present, Subject},
};

/// Below this share few are reached: 10 percent, in thousandths of a percent.
const FEW: u32 = 10_000;
/// How long the way from there to everybody should take at least: an hour.
const SHORTEST_MICROS: i64 = 3_600 * 1_000_000;

pub(super) fn check(subject: &Subject<'_>, form: &FlagDefinition, findings: &mut Vec<Finding>) {
    let mut present = Present { state: form.state, percentage: form.rollout_percentage };
    let mut steps: Vec<_> = form.schedule.iter().enumerate().collect();
    steps.sort_by_key(|(_, step)| step.at);
    // The last step that led away from few, and how many they were.
    let mut left_few: Option<(flags_core::Timestamp, Percentage)> = None;
    for (at, step) in steps {
        let before = present.share();
        present.apply(step);
        let after = present.share();
        if before.thousandths() < FEW && after.thousandths() >= FEW {
            left_few = Some((step.at, before));
        }
        let reached_all = before != Percentage::HUNDRED && after == Percentage::HUNDRED;
        let Some((start, few)) = left_few.filter(|_| reached_all && step.at > subject.now) else { continue };
        let micros = step.at.as_micros().saturating_sub(start.as_micros());
        // From nobody to everybody in one step is a launch, and meant to be one.
        let launch = before == Percentage::ZERO;
        if micros < SHORTEST_MICROS && !launch {
            let message = format!("the schedule goes from {few} % to 100 % {}", within(micros));
            let path: [PathPart; 2] = ["schedule".into(), at.into()];
            let finding = Finding::new(LintCode::ShortRollout, path, message);
            findings.push(
                finding.help("leave at least an hour between the steps, so that metrics can show what goes wrong"),
            );
        }
    }
}

fn within(micros: i64) -> String {
    match micros / 60_000_000 {
        0 if micros == 0 => "in one step".to_owned(),
        0 => "in less than a minute".to_owned(),
        1 => "in 1 minute".to_owned(),
        minutes => format!("in {minutes} minutes"),
    }
}

#[cfg(test)]
mod tests {
    use flags_core::{ScheduleStep, State};

    use super::*;
    use crate::lint::test_support::{at, found};

    fn schedule(start: f64, steps: &[(&str, f64)]) -> Vec<String> {
        let percent = |number: f64| Percentage::new(number).unwrap();
        let flag = FlagDefinition::new("a").state(State::Rollout).rollout(percent(start));
        let steps = steps.iter().map(|(time, share)| {
            let day = if time.contains('T') { (*time).to_owned() } else { format!("2026-12-01T{time}Z") };
            ScheduleStep::at(at(&day)).rollout(percent(*share))
        });
        found([steps.fold(flag, FlagDefinition::schedule)])
    }

    #[test]
    fn too_fast() {
        for (start, steps, expected) in [
            (
                0.0,
                &[("09:00:00", 1.0), ("09:10:00", 50.0), ("09:20:00", 100.0)][..],
                Some("schedule[2]: the schedule goes from 1 % to 100 % in 10 minutes"),
            ),
            (
                0.0,
                &[("09:00:00", 50.0), ("09:59:59", 100.0)],
                Some("schedule[1]: the schedule goes from 0 % to 100 % in 59 minutes"),
            ),
            (5.0, &[("09:00:00", 100.0)], Some("schedule[0]: the schedule goes from 5 % to 100 % in one step")),
            // Written in another order.
            (
                5.0,
                &[("09:30:00", 100.0), ("09:00:00", 50.0)],
                Some("schedule[0]: the schedule goes from 5 % to 100 % in 30 minutes"),
            ),
            // An hour is enough; half of everybody are not few; a launch is a launch; the past is past.
            (0.0, &[("09:00:00", 50.0), ("10:00:00", 100.0)], None),
            (50.0, &[("09:00:00", 100.0)], None),
            (0.0, &[("09:00:00", 100.0)], None),
            (5.0, &[("2026-11-01T09:00:00Z", 100.0)], None),
            (5.0, &[("09:00:00", 50.0), ("09:30:00", 1.0)], None),
        ] {
            let expected: Vec<String> =
                expected.iter().map(|text| format!("short-rollout features.a.{text}")).collect();
            assert_eq!(schedule(start, steps), expected, "{start} {steps:?}");
        }
    }
}
