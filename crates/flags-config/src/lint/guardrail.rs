//! Guardrails that say the same twice, or look at less time than their signal needs.

use std::collections::HashMap;

use flags_core::PathPart;
use flags_rollout::{
    plan::{GuardMetric, GuardrailDefinition},
    signals::{SignalDefinition, SignalSource},
};

use super::{
    Finding, LintCode,
    sections::{Sections, below},
};
use crate::duration::duration_text;

pub(super) fn check(sections: &Sections<'_>, findings: &mut Vec<Finding>) {
    let signals: HashMap<&str, &SignalDefinition> =
        sections.signals.iter().map(|signal| (&*signal.key, signal)).collect();
    for section in sections.rollouts {
        let mut start = below(&section.flag, section.environment.as_deref());
        start.push("rollout".into());
        duplicates(&start, section.plan.guardrails(), findings);
        short_windows(&start, section.plan.guardrails(), &signals, findings);
    }
    for section in sections.migrations {
        for (at, phase) in section.migration.phases().iter().enumerate() {
            let start: Vec<PathPart> =
                vec!["migrations".into(), PathPart::Key(section.key.clone()), "phases".into(), at.into()];
            duplicates(&start, &phase.guardrails, findings);
            short_windows(&start, &phase.guardrails, &signals, findings);
        }
    }
}

/// One that bounds the same metric in the same way, with the same consequence, as one before.
fn duplicates(start: &[PathPart], guardrails: &[GuardrailDefinition], findings: &mut Vec<Finding>) {
    let kind = |guardrail: &GuardrailDefinition| {
        (guardrail.max.is_some(), guardrail.max_increase.is_some(), guardrail.on_breach, guardrail.metric.clone())
    };
    for (at, guardrail) in guardrails.iter().enumerate() {
        let Some(first) = guardrails[..at].iter().position(|earlier| kind(earlier) == kind(guardrail)) else {
            continue;
        };
        let path = [start, &["guardrails".into(), at.into()]].concat();
        let message = format!("guardrails[{first}] bounds `{}` in the same way", guardrail.metric);
        findings.push(
            Finding::new(LintCode::DuplicateGuardrail, path, message)
                .help("only the stricter bound can matter; remove the other, or let it `notify`"),
        );
    }
}

fn short_windows(
    start: &[PathPart],
    guardrails: &[GuardrailDefinition],
    signals: &HashMap<&str, &SignalDefinition>,
    findings: &mut Vec<Finding>,
) {
    for (at, guardrail) in guardrails.iter().enumerate() {
        let (GuardMetric::Signal(name) | GuardMetric::SignalCounts(name)) = &guardrail.metric else { continue };
        let Some(signal) = signals.get(&**name) else { continue };
        let asked = !matches!(signal.source, SignalSource::Pushed | SignalSource::PushedCounts);
        if !asked || guardrail.window >= signal.interval {
            continue;
        }
        let path = [start, &["guardrails".into(), at.into(), "window".into()]].concat();
        let message = format!(
            "a window of {} is shorter than the interval of signal `{name}`, which is asked for every {}",
            duration_text(guardrail.window),
            duration_text(signal.interval)
        );
        findings.push(
            Finding::new(LintCode::ShortWindow, path, message)
                .help("most of the time there would be no data; write a window of several intervals"),
        );
    }
}
