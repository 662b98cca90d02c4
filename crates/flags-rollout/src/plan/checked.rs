//! Plans that have been checked, with their stages worked out.

use std::{hash::Hasher, time::Duration};

use flags_core::Percentage;
use siphasher::sip::SipHasher13;

use super::{Freeze, GuardrailDefinition, OnBreach, RolloutDefinition};

/// A plan that has been checked: its stages rise to the target, its guardrails are there.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub(super) definition: RolloutDefinition,
    pub(super) stages: Vec<Stage>,
    pub(super) fingerprint: u64,
}

/// One stage of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The share of units that get the flag.
    pub percentage: Percentage,
    /// How long it lasts at least.
    pub hold: Duration,
    /// How many outcomes each arm needs before it is left.
    pub min_samples: u64,
    /// Whether a person has to let it go on.
    pub approval: bool,
}

impl Plan {
    pub(super) fn new(definition: RolloutDefinition, stages: Vec<Stage>) -> Self {
        let fingerprint = fingerprint(&definition, &stages);
        Self { definition, stages, fingerprint }
    }

    /// The definition it was made from.
    #[must_use]
    pub fn definition(&self) -> &RolloutDefinition {
        &self.definition
    }

    /// The stages, at least one, their percentages rising.
    #[must_use]
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// The stage of an index; the last one for any beyond.
    #[must_use]
    pub fn stage(&self, index: usize) -> Stage {
        // There is at least one; `check` sees to that.
        let last = self.stages.len().saturating_sub(1);
        self.stages.get(index.min(last)).copied().unwrap_or(Stage {
            percentage: Percentage::ZERO,
            hold: Duration::ZERO,
            min_samples: 0,
            approval: true,
        })
    }

    /// The index of the last stage.
    #[must_use]
    pub fn last_stage(&self) -> usize {
        self.stages.len().saturating_sub(1)
    }

    /// The guardrails, in the order they are written.
    #[must_use]
    pub fn guardrails(&self) -> &[GuardrailDefinition] {
        &self.definition.guardrails
    }

    /// Whether it may not advance at an instant, by one of its freeze windows.
    #[must_use]
    pub fn is_frozen(&self, now: flags_core::Timestamp) -> bool {
        self.definition.freezes.iter().any(|freeze: &Freeze| freeze.holds_at(now))
    }

    /// Whether a stage is left without anything being measured: no guardrail, no samples.
    #[must_use]
    pub fn is_unmonitored(&self, stage: usize) -> bool {
        self.guardrails().is_empty() && self.stage(stage).min_samples == 0
    }

    /// Whether all its guardrails that act compare with a control group, of which there is none at 100 percent: nothing but
    /// the catastrophe rule watches the last stage then. A bound (`max`) beside the comparison mends it.
    #[must_use]
    pub fn is_unwatched_at_the_end(&self) -> bool {
        let acting = self.guardrails().iter().filter(|guardrail| guardrail.on_breach != OnBreach::Notify);
        let mut compares_only = acting.map(|guardrail| guardrail.max.is_none() && guardrail.max_increase.is_some());
        let everybody = self.stage(self.last_stage()).percentage == Percentage::HUNDRED;
        everybody && !self.guardrails().is_empty() && compares_only.all(|only| only)
    }

    /// How often a single comparison may err: the plan's alpha shared out over all comparisons of all stages that have a
    /// control group (Bonferroni).
    #[must_use]
    pub fn alpha_per_comparison(&self) -> f64 {
        let compared = self.guardrails().iter().filter(|guardrail| guardrail.max_increase.is_some()).count().max(1);
        let stages = self.stages.iter().filter(|stage| stage.percentage.is_partial()).count().max(1);
        self.definition.alpha / (compared * stages) as f64
    }

    /// What tells this plan from another: the same for plans that act alike, on every machine.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// How long it takes at least, if nothing is waited for.
    #[must_use]
    pub fn shortest(&self) -> Duration {
        self.stages.iter().fold(Duration::ZERO, |sum, stage| sum.saturating_add(stage.hold))
    }
}

/// The hash of everything a plan acts by, written out field by field, so that it does not depend on how types are printed.
fn fingerprint(definition: &RolloutDefinition, stages: &[Stage]) -> u64 {
    let mut text = String::new();
    let mut field = |value: &str| {
        text.push_str(&value.len().to_string());
        text.push(':');
        text.push_str(value);
    };
    for stage in stages {
        field(&stage.percentage.thousandths().to_string());
        field(&stage.hold.as_micros().to_string());
        field(&stage.min_samples.to_string());
        field(if stage.approval { "approval" } else { "" });
    }
    field("guardrails");
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{:016x}", value.to_bits()));
    for guardrail in &definition.guardrails {
        field(guardrail.metric.name());
        field(&number(guardrail.max));
        field(&number(guardrail.max_increase));
        field(&guardrail.window.as_micros().to_string());
        field(&guardrail.min_samples.to_string());
        field(guardrail.on_breach.name());
        field(guardrail.on_missing.name());
    }
    field("plan");
    for freeze in &definition.freezes {
        match freeze {
            Freeze::Between { from, until } => field(&format!("{} {}", from.as_micros(), until.as_micros())),
            Freeze::Weekly { days, from, until, offset_minutes } => {
                let days: Vec<&str> = days.iter().map(|day| day.name()).collect();
                field(&format!("{} {} {} {offset_minutes}", days.join(" "), from.minutes(), until.minutes()));
            }
        }
    }
    let times = [definition.grace, definition.settle_timeout, definition.cooldown];
    for time in times.into_iter().chain(definition.deadline) {
        field(&time.as_micros().to_string());
    }
    field(&definition.not_before.map_or_else(String::new, |at| at.as_micros().to_string()));
    field(definition.on_rollback.name());
    field(definition.on_mismatch.name());
    field(&number(Some(definition.alpha)));
    field(&number(Some(definition.catastrophe)));
    field(&format!("{} {}", definition.auto_advance, definition.dry_run));
    let mut hasher = SipHasher13::new_with_keys(0, 0);
    hasher.write(text.as_bytes());
    hasher.finish()
}
