//! `[migrations.KEY]`.

use std::time::Duration;

use flags_rollout::{
    migration::PhaseDefinition,
    plan::{GuardMetric, GuardrailDefinition},
};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{Reader, Signals, duration_or, entries, items, names};
use crate::leaf;

/// A migration as it is written.
pub(crate) struct WrittenMigration {
    pub(crate) key: Box<str>,
    pub(crate) description: Option<Box<str>>,
    pub(crate) phases: Vec<PhaseDefinition>,
    pub(crate) rollback_on_failure: bool,
}

impl Reader<'_> {
    pub(crate) fn migration(&mut self, key: &str, table: &DeTable<'_>, signals: &Signals<'_>) -> WrittenMigration {
        let mut migration =
            WrittenMigration { key: key.into(), description: None, phases: vec![], rollback_on_failure: true };
        for (name, entry) in entries(table) {
            let value = entry.value.get_ref();
            match name {
                "description" => migration.description = leaf::text(value),
                "phases" => migration.phases = items(value).iter().map(|item| self.phase(item, signals)).collect(),
                "rollback_on_failure" => migration.rollback_on_failure = value.as_bool().unwrap_or(true),
                _ => {}
            }
        }
        migration
    }

    fn phase(&mut self, item: &Spanned<DeValue<'_>>, signals: &Signals<'_>) -> PhaseDefinition {
        let mut phase = PhaseDefinition::new("", "");
        for (name, entry) in item.get_ref().as_table().into_iter().flat_map(entries) {
            let value = entry.value.get_ref();
            match name {
                "name" => phase.name = leaf::text(value).unwrap_or_default(),
                "flag" => phase.flag = leaf::text(value).unwrap_or_default(),
                "requires" => phase.requires = names(value),
                "hold" => phase.hold = duration_or(value, Duration::ZERO),
                "rollback_flag" => phase.rollback_flag = leaf::text(value),
                "guardrails" => {
                    phase.guardrails = items(value).iter().map(|item| self.phase_guardrail(item, signals)).collect();
                }
                _ => {}
            }
        }
        phase
    }

    /// One without a metric, which was reported, is taken for one without a bound, which was as well.
    fn phase_guardrail(&mut self, item: &Spanned<DeValue<'_>>, signals: &Signals<'_>) -> GuardrailDefinition {
        if item.get_ref().get("metric").is_none() {
            return GuardrailDefinition::new(GuardMetric::ErrorRate);
        }
        self.guardrail(item, signals)
    }
}
