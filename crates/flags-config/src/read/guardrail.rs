//! Guardrails of rollout plans and of phases of migrations.

use std::collections::HashMap;

use flags_rollout::plan::{GuardMetric, GuardrailDefinition, OnBreach, OnMissing};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{Entry, Reader, entries, rollout::samples};
use crate::{Code, leaf, place::Defined};

/// The signals of all files by key, and whether they count the runs of both arms.
#[derive(Default)]
pub(crate) struct Signals<'t>(HashMap<&'t str, bool>);

impl<'t> Signals<'t> {
    pub(crate) fn of(signals: &[Defined<'t>]) -> Self {
        let counted = |table: &DeTable<'_>| {
            let pushed = table.get("counts").and_then(|counts| counts.get_ref().as_bool());
            pushed == Some(true) || table.contains_key("treatment") || table.contains_key("control")
        };
        let signal = |defined: &Defined<'t>| {
            (&**defined.entry.key.get_ref(), defined.entry.value.get_ref().as_table().is_some_and(counted))
        };
        Self(signals.iter().map(signal).collect())
    }

    /// Whether there is a signal of that name, well defined or not.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The metric of a name.
    fn metric(&self, name: &str) -> GuardMetric {
        match GuardMetric::from_name(name) {
            GuardMetric::Signal(name) if self.0.get(&*name) == Some(&true) => GuardMetric::SignalCounts(name),
            metric => metric,
        }
    }
}

impl Reader<'_> {
    pub(super) fn guardrail(&mut self, item: &Spanned<DeValue<'_>>, signals: &Signals<'_>) -> GuardrailDefinition {
        // Without a metric, which was reported, it is taken for one that anything goes with.
        let mut guardrail = GuardrailDefinition::new(GuardMetric::Latency(flags_rollout::plan::LatencyQuantile::P50));
        let mut max = None;
        for (name, entry) in item.get_ref().as_table().into_iter().flat_map(entries) {
            let value = entry.value.get_ref();
            match name {
                "metric" => {
                    if let Some(name) = value.as_str() {
                        guardrail.metric = signals.metric(name);
                    }
                }
                "rule" => {
                    if let Some(name) = leaf::text(value) {
                        guardrail.metric = GuardMetric::Rule(name);
                    }
                }
                "max" => max = Some(entry),
                "max_increase" => guardrail.max_increase = leaf::float(value),
                "window" => guardrail.window = self.some_time(name, entry.value, guardrail.window),
                "min_samples" => guardrail.min_samples = samples(value).unwrap_or(guardrail.min_samples),
                "on_breach" => guardrail.on_breach = on_breach(value).unwrap_or(guardrail.on_breach),
                "on_missing" => guardrail.on_missing = on_missing(value).unwrap_or(guardrail.on_missing),
                _ => {}
            }
        }
        guardrail.max = max.and_then(|entry| self.bound(entry, &guardrail.metric));
        guardrail
    }

    /// The largest value allowed: a number, or a duration for a latency.
    fn bound(&mut self, entry: Entry<'_>, metric: &GuardMetric) -> Option<f64> {
        let value = entry.value.get_ref();
        let Some(duration) = value.as_str().and_then(leaf::duration) else { return leaf::float(value) };
        if !matches!(metric, GuardMetric::Latency(_)) {
            let message = format!("`max` of `{metric}` is a duration, and `{metric}` is not a time");
            self.report(Code::WRONG_TYPE, entry.value.span(), message).label("expected a number").help(match metric {
                GuardMetric::ErrorRate | GuardMetric::SignalCounts(_) => {
                    "write the share of runs, such as `0.05` for five in a hundred"
                }
                GuardMetric::Rule(_) => "a rule of the application has its bounds itself: remove `max`",
                _ => "write the number in the unit of the signal",
            });
        }
        Some(duration.as_secs_f64())
    }
}

pub(super) fn on_breach(value: &DeValue<'_>) -> Option<OnBreach> {
    let word = value.as_str()?;
    [OnBreach::Rollback, OnBreach::Pause, OnBreach::Notify].into_iter().find(|known| known.name() == word)
}

fn on_missing(value: &DeValue<'_>) -> Option<OnMissing> {
    let word = value.as_str()?;
    [OnMissing::Hold, OnMissing::Rollback, OnMissing::Ignore].into_iter().find(|known| known.name() == word)
}
