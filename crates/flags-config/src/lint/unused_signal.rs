//! Signals no guardrail is on.

use std::collections::HashSet;

use flags_core::PathPart;
use flags_rollout::plan::GuardMetric;

use super::{Finding, LintCode, sections::Sections};

pub(super) fn check(sections: &Sections<'_>, findings: &mut Vec<Finding>) {
    let of_plans = sections.rollouts.iter().flat_map(|section| section.plan.guardrails());
    let phases = sections.migrations.iter().flat_map(|section| section.migration.phases());
    let used: HashSet<&str> = of_plans
        .chain(phases.flat_map(|phase| &phase.guardrails))
        .filter_map(|guardrail| match &guardrail.metric {
            GuardMetric::Signal(name) | GuardMetric::SignalCounts(name) => Some(&**name),
            _ => None,
        })
        .collect();
    for signal in sections.signals.iter().filter(|signal| !used.contains(&*signal.key)) {
        let path = ["signals".into(), PathPart::Key(signal.key.clone())];
        let message = format!("no guardrail is on signal `{}`", signal.key);
        findings.push(
            Finding::new(LintCode::UnusedSignal, path, message)
                .help("remove it, or name it as the `metric` of a guardrail"),
        );
    }
}
