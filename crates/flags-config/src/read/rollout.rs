//! `[features.KEY.rollout]`, of a flag and of a flag in single environments.

use flags_core::Percentage;
use flags_rollout::plan::{OnRollback, RolloutDefinition, StageDefinition, Strategy};
use toml::de::{DeTable, DeValue};

use super::{Reader, Signals, duration_or, entries, guardrail::on_breach, items, schedule::percentage_or_zero};
use crate::leaf;

/// A plan as it is written, and whose it is.
pub(crate) struct WrittenPlan {
    pub(crate) flag: Box<str>,
    pub(crate) environment: Option<Box<str>>,
    pub(crate) definition: RolloutDefinition,
}

impl Reader<'_> {
    /// The plans of a flag: its own, and those of its environments.
    pub(crate) fn plans(&mut self, key: &str, flag: &DeTable<'_>, signals: &Signals<'_>) -> Vec<WrittenPlan> {
        let mut plans = vec![];
        for (environment, table) in in_forms(flag, "rollout") {
            let definition = self.plan(table, signals);
            plans.push(WrittenPlan { flag: key.into(), environment: environment.map(Into::into), definition });
        }
        plans
    }

    fn plan(&mut self, table: &DeTable<'_>, signals: &Signals<'_>) -> RolloutDefinition {
        let strategy = table.get("strategy").and_then(|value| value.get_ref().as_str()).and_then(Strategy::from_name);
        // Where the strategy is missing or misspelled, whatever is written is taken for right.
        let guess = if table.contains_key("stages") { Strategy::Custom } else { Strategy::Linear };
        let mut plan = RolloutDefinition::new(strategy.unwrap_or(guess));
        for (name, entry) in entries(table) {
            let value = entry.value.get_ref();
            match name {
                "start" => plan.start = Some(percentage_or_zero(value)),
                "target" => plan.target = Some(percentage_or_zero(value)),
                "duration" => plan.duration = value.as_str().and_then(leaf::duration),
                "stages" => plan.stages = items(value).iter().map(|item| stage(item.get_ref())).collect(),
                "auto_advance" => plan.auto_advance = value.as_bool().unwrap_or(plan.auto_advance),
                "guardrails" => {
                    plan.guardrails = items(value).iter().map(|item| self.guardrail(item, signals)).collect();
                }
                "min_samples" => plan.min_samples = samples(value).unwrap_or(plan.min_samples),
                "not_before" => plan.not_before = leaf::instant(value).ok(),
                "freezes" => plan.freezes = items(value).iter().map(|item| self.freeze(item)).collect(),
                "grace" => plan.grace = duration_or(value, plan.grace),
                "settle_timeout" => plan.settle_timeout = self.some_time(name, entry.value, plan.settle_timeout),
                "deadline" => plan.deadline = Some(self.some_time(name, entry.value, plan.cooldown)),
                "cooldown" => plan.cooldown = duration_or(value, plan.cooldown),
                "on_rollback" => plan.on_rollback = on_rollback(value).unwrap_or(plan.on_rollback),
                "on_mismatch" => plan.on_mismatch = on_breach(value).unwrap_or(plan.on_mismatch),
                "alpha" => plan.alpha = leaf::float(value).unwrap_or(plan.alpha),
                "catastrophe" => plan.catastrophe = leaf::float(value).unwrap_or(plan.catastrophe),
                "dry_run" => plan.dry_run = value.as_bool().unwrap_or(plan.dry_run),
                _ => {}
            }
        }
        plan
    }
}

/// The tables of that name in a flag, and in the flag in single environments, each with its environment.
pub(super) fn in_forms<'t>(
    flag: &'t DeTable<'t>,
    name: &'static str,
) -> impl Iterator<Item = (Option<&'t str>, &'t DeTable<'t>)> {
    let environments = flag.get("environments").and_then(|table| table.get_ref().as_table());
    let forms = environments
        .into_iter()
        .flat_map(entries)
        .filter_map(|(environment, entry)| Some((Some(environment), entry.value.get_ref().as_table()?)));
    std::iter::once((None, flag))
        .chain(forms)
        .filter_map(move |(environment, form)| Some((environment, form.get(name)?.get_ref().as_table()?)))
}

fn stage(value: &DeValue<'_>) -> StageDefinition {
    let mut stage = StageDefinition::new(Percentage::ZERO);
    for (name, entry) in value.as_table().into_iter().flat_map(entries) {
        let value = entry.value.get_ref();
        match name {
            "percentage" => stage.percentage = percentage_or_zero(value),
            "hold" => stage.hold = value.as_str().and_then(leaf::duration),
            "min_samples" => stage.min_samples = samples(value),
            "approval" => stage.approval = value.as_bool().unwrap_or_default(),
            _ => {}
        }
    }
    stage
}

/// A number of runs.
pub(super) fn samples(value: &DeValue<'_>) -> Option<u64> {
    leaf::integer(value).and_then(|count| count.try_into().ok())
}

fn on_rollback(value: &DeValue<'_>) -> Option<OnRollback> {
    let word = value.as_str()?;
    [OnRollback::Previous, OnRollback::Zero, OnRollback::Kill].into_iter().find(|known| known.name() == word)
}
