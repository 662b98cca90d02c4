//! Experiments that end before they have the units they need.

use std::time::Duration;

use flags_ab::plan::{PlannedSample, planned_sample};
use flags_core::{ExperimentDefinition, Timestamp, definition::ExperimentStatus};

use super::{Finding, LintCode, subject::Subject};

const SECONDS_PER_DAY: u64 = 86_400;

/// An experiment that is yet to run, or runs, and cannot have its sample by its end.
pub(super) fn check(subject: &Subject<'_>, experiment: &ExperimentDefinition, findings: &mut Vec<Finding>) {
    let is_over = experiment.status == ExperimentStatus::Stopped || experiment.winner.is_some();
    let Some(end) = experiment.end.filter(|end| *end > subject.now && !is_over) else { return };
    // Definitions that make no plan possible are none of a lint's business.
    let Some(Ok(plan)) = planned_sample(experiment) else { return };
    let Some(needed) = plan.days else { return };
    let start = experiment.start.unwrap_or(subject.now);
    let given = days_between(start, end);
    if needed <= given {
        return;
    }
    let reached = plan.units * given / needed;
    let PlannedSample { metric, units, .. } = &plan;
    let message = format!(
        "experiment `{}` needs {} units to find what `{metric}` is to find, and has about {} by its end",
        experiment.key,
        rounded(*units),
        rounded(reached),
    );
    let days = needed.ceil();
    let help = if days < MOST_DAYS {
        let enough = start.saturating_add(Duration::from_secs(days as u64 * SECONDS_PER_DAY));
        format!("let it run for {days} days, until {enough}, or give it more `traffic`, or look for a larger effect",)
    } else {
        format!("that would take {days} days; give it more `traffic`, or look for a larger effect")
    };
    findings.push(Finding::new(LintCode::SampleOutOfReach, ["end".into()], message).help(help));
}

/// Beyond a year nobody wants to be told the day.
const MOST_DAYS: f64 = 366.0;

fn days_between(start: Timestamp, end: Timestamp) -> f64 {
    end.saturating_since(start).as_secs_f64() / SECONDS_PER_DAY as f64
}

/// Up, to three digits that count: a plan is no more exact than that.
fn rounded(units: f64) -> String {
    let step = 10_f64.powf((units.max(1.0).log10().floor() - 2.0).max(0.0));
    let units = format!("{:.0}", (units / step).ceil() * step);
    let mut grouped = String::with_capacity(units.len() * 4 / 3);
    for (at, digit) in units.chars().enumerate() {
        if at > 0 && (units.len() - at).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use flags_core::{
        Definitions, Percentage,
        definition::{AnalysisDefinition, ArmDefinition, MetricDefinition},
    };

    use super::*;
    use crate::lint::{
        Linter,
        test_support::{at, now},
    };

    fn experiment() -> ExperimentDefinition {
        let sales = MetricDefinition::conversion("sales", "buy").baseline(0.05).minimum_detectable_effect(0.1);
        ExperimentDefinition::new("label")
            .status(ExperimentStatus::Running)
            .start(at("2026-11-20T00:00:00Z"))
            .end(at("2026-11-30T00:00:00Z"))
            .arm(ArmDefinition::control("plain"))
            .arm(ArmDefinition::new("bold"))
            .metric(sales)
            .analysis(AnalysisDefinition { daily_units: Some(5_000), ..AnalysisDefinition::default() })
    }

    #[track_caller]
    fn told(experiment: ExperimentDefinition) -> Vec<String> {
        let definitions = Definitions { experiments: vec![experiment], ..Definitions::default() };
        assert!(definitions.clone().check().is_ok());
        let findings = Linter::new(&definitions, now()).findings();
        let told = findings.into_iter().filter(|finding| finding.code == LintCode::SampleOutOfReach);
        told.map(|finding| format!("{}; {}", finding.message, finding.help.unwrap_or_default())).collect()
    }

    // F6
    #[test]
    fn too_few_days() {
        assert_eq!(
            told(experiment()),
            [
                "experiment `label` needs 62 500 units to find what `sales` is to find, and has about 50 000 by its end; let it run \
                 for 13 days, until 2026-12-03T00:00:00Z, or give it more `traffic`, or look for a larger effect"
            ]
        );
        assert_eq!(told(experiment().end(at("2026-12-03T00:00:00Z"))), [""; 0]);
    }

    #[test]
    fn a_share_of_the_traffic_takes_longer() {
        let told = told(experiment().traffic(Percentage::new(2.0).unwrap()));
        assert_eq!(told.len(), 1);
        assert!(
            told[0].ends_with("that would take 625 days; give it more `traffic`, or look for a larger effect"),
            "{told:?}"
        );
    }

    #[test]
    fn what_is_over_or_says_too_little_is_left_alone() {
        assert_eq!(told(experiment().status(ExperimentStatus::Stopped)), [""; 0]);
        assert_eq!(told(experiment().winner("bold")), [""; 0]);
        let mut silent = experiment();
        silent.metrics[0].baseline = None;
        assert_eq!(told(silent), [""; 0]);
        assert_eq!(told(experiment().analysis(AnalysisDefinition::default())), [""; 0]);
    }
}
