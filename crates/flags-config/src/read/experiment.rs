//! `[experiments.KEY]`, `[layers.KEY]` and `[holdouts.KEY]`.

use std::collections::HashMap;

use flags_core::{
    ExperimentDefinition, FlagDefinition, Percentage,
    definition::{
        AnalysisDefinition, AnalysisMethod, ArmDefinition, Correction, DecisionMode, ExperimentStatus, Goal,
        HeldOutFrom, HoldoutDefinition, LayerDefinition, MetricDefinition, MetricKind, MetricRole,
    },
};
use toml::de::{DeTable, DeValue};

use super::{Reader, entries, flag::named_variant, name_or_names, names, rule::weight, schedule::percentage_or_zero};
use crate::leaf;

/// The flags by key: what `true` stands for depends on the flag.
pub(crate) type Flags<'f> = HashMap<&'f str, &'f FlagDefinition>;

impl Reader<'_> {
    pub(crate) fn experiment(&mut self, key: &str, table: &DeTable<'_>, flags: &Flags<'_>) -> ExperimentDefinition {
        let mut experiment = ExperimentDefinition::new(key);
        for (name, entry) in entries(table) {
            let value = entry.value.get_ref();
            match name {
                "hypothesis" => experiment.hypothesis = leaf::text(value),
                "description" => experiment.description = leaf::text(value),
                "owner" => experiment.owner = leaf::text(value),
                "status" => experiment.status = word(value, ExperimentStatus::from_name),
                "start" => experiment.start = leaf::instant(value).ok(),
                "end" => experiment.end = leaf::instant(value).ok(),
                "layer" => experiment.layer = leaf::text(value),
                "traffic" => experiment.traffic = Some(percentage_or_zero(value)),
                "bucket_by" => experiment.bucket_by = name_or_names(value),
                "salt" => experiment.salt = leaf::text(value),
                "audience" => experiment.audience = self.conditions(value),
                "arms" => experiment.arms = tables(value).map(|table| arm(table, flags)).collect(),
                "metrics" => experiment.metrics = tables(value).map(metric).collect(),
                "analysis" => {
                    if let Some(table) = value.as_table() {
                        experiment.analysis = analysis(table);
                        experiment.winner = table.get("winner").and_then(|winner| leaf::text(winner.get_ref()));
                    }
                }
                _ => {}
            }
        }
        experiment
    }
}

pub(crate) fn layer(key: &str, table: &DeTable<'_>) -> LayerDefinition {
    let mut layer = LayerDefinition::new(key);
    for (name, entry) in entries(table) {
        match name {
            "description" => layer.description = leaf::text(entry.value.get_ref()),
            "salt" => layer.salt = leaf::text(entry.value.get_ref()),
            _ => {}
        }
    }
    layer
}

pub(crate) fn holdout(key: &str, table: &DeTable<'_>) -> HoldoutDefinition {
    let mut holdout = HoldoutDefinition::new(key, Percentage::ZERO);
    for (name, entry) in entries(table) {
        let value = entry.value.get_ref();
        match name {
            "percentage" => holdout.percentage = percentage_or_zero(value),
            "experiments" => holdout.experiments = HeldOutFrom::Experiments(names(value)),
            "description" => holdout.description = leaf::text(value),
            "salt" => holdout.salt = leaf::text(value),
            _ => {}
        }
    }
    holdout
}

fn arm(table: &DeTable<'_>, flags: &Flags<'_>) -> ArmDefinition {
    let mut arm = ArmDefinition::new("");
    for (name, entry) in entries(table) {
        let value = entry.value.get_ref();
        match name {
            "name" => arm.name = leaf::text(value).unwrap_or_default(),
            "control" => arm.control = value.as_bool().unwrap_or_default(),
            "weight" => arm.weight = weight(value),
            "description" => arm.description = leaf::text(value),
            "payload" => arm.payload = value.as_table().map(leaf::object).unwrap_or_default(),
            "overrides" => {
                let named = value.as_table().into_iter().flat_map(entries).filter_map(|(flag, entry)| {
                    let variant = served(entry.value.get_ref(), flags.get(flag).copied())?;
                    Some((flag.into(), variant))
                });
                arm.overrides = named.collect();
            }
            _ => {}
        }
    }
    arm
}

/// The name of a variant. `true` and `false` are those of a boolean flag, by value where it has names of its own for them.
fn served(value: &DeValue<'_>, flag: Option<&FlagDefinition>) -> Option<Box<str>> {
    if let (Some(boolean), Some(flag)) = (value.as_bool(), flag) {
        let mut same = flag.variants.iter().filter(|variant| variant.value == boolean.into());
        if let (Some(variant), None) = (same.next(), same.next()) {
            return Some(variant.name.clone());
        }
    }
    named_variant(value)
}

fn metric(table: &DeTable<'_>) -> MetricDefinition {
    let mut metric = MetricDefinition::default();
    for (name, entry) in entries(table) {
        let value = entry.value.get_ref();
        match name {
            "name" => metric.name = leaf::text(value).unwrap_or_default(),
            "kind" => metric.kind = word(value, MetricKind::from_name),
            "event" => metric.event = leaf::text(value),
            "numerator" => metric.numerator = leaf::text(value),
            "denominator" => metric.denominator = leaf::text(value),
            "role" => metric.role = word(value, MetricRole::from_name),
            "goal" => metric.goal = word(value, Goal::from_name),
            "window" => metric.window = value.as_str().and_then(leaf::duration),
            "minimum_detectable_effect" => metric.minimum_detectable_effect = leaf::float(value),
            "baseline" => metric.baseline = leaf::float(value),
            "deviation" => metric.deviation = leaf::float(value),
            "margin" => metric.margin = leaf::float(value),
            "winsorize" => metric.winsorize = leaf::float(value),
            _ => {}
        }
    }
    metric
}

fn analysis(table: &DeTable<'_>) -> AnalysisDefinition {
    let mut analysis = AnalysisDefinition::default();
    for (name, entry) in entries(table) {
        let value = entry.value.get_ref();
        match name {
            "confidence" => analysis.confidence = leaf::float(value).unwrap_or(analysis.confidence),
            "power" => analysis.power = leaf::float(value).unwrap_or(analysis.power),
            "method" => analysis.method = word(value, AnalysisMethod::from_name),
            "correction" => analysis.correction = word(value, Correction::from_name),
            "decide" => analysis.decide = word(value, DecisionMode::from_name),
            "daily_units" => analysis.daily_units = leaf::integer(value).and_then(|units| u64::try_from(units).ok()),
            _ => {}
        }
    }
    analysis
}

/// The tables of a list. What is none was refused, so that positions do not matter any more.
fn tables<'t>(value: &'t DeValue<'t>) -> impl Iterator<Item = &'t DeTable<'t>> {
    let items = value.as_array().map_or(&[][..], |items| items);
    items.iter().filter_map(|item| item.get_ref().as_table())
}

/// What a word stands for; the default in place of one that was refused.
fn word<T: Default>(value: &DeValue<'_>, from_name: impl Fn(&str) -> Option<T>) -> T {
    value.as_str().and_then(from_name).unwrap_or_default()
}
