//! Checks of a flag: variants and their types, what is served, percentages, references.

use super::{
    Checker,
    conditions::{has_variant, is_number},
};
use crate::{
    FlagDefinition, MAX_TOTAL_WEIGHT, Problem, ScheduleStep, Serve, State, Value, ValueType,
    definition::VariantDefinition,
};

impl<'d> Checker<'d> {
    /// Checks a flag and its forms in single environments. What is wrong in the base is not said again of a form of it.
    pub(super) fn check_flag(&mut self, flag: &'d FlagDefinition) {
        let before = self.errors.len();
        let depth = self.path.len();
        self.check_form(flag);
        let base_end = self.errors.len();
        for (environment, form) in &flag.environments {
            let form_start = self.errors.len();
            self.at("environments", |checker| checker.at(&**environment, |checker| checker.check_form(form)));
            let new = self.errors.split_off(form_start);
            let base = &self.errors[before..base_end];
            let fresh = new.into_iter().filter(|error| {
                !base
                    .iter()
                    .any(|known| known.problem == error.problem && known.path[depth..] == error.path[depth + 2..])
            });
            let fresh: alloc::vec::Vec<_> = fresh.collect();
            self.errors.extend(fresh);
        }
    }

    fn check_form(&mut self, flag: &'d FlagDefinition) {
        self.check_variants(flag);
        if let Some(off) = &flag.off
            && !has_variant(flag, off)
        {
            self.at("off", |checker| checker.report_unknown_variant(flag, off));
        }
        self.check_serve(flag, flag.serve.as_ref());
        if !flag.variants.is_empty() && flag.serve.is_none() {
            self.at("variants", |checker| checker.check_weights(flag.variants.iter().map(|variant| variant.weight)));
        }
        if let Some(parent) = &flag.parent {
            self.check_flag_reference("parent", parent, None);
        }
        self.at_each("requires", &flag.requires, Self::check_prerequisite);
        for (unit, variant) in &flag.overrides {
            if !has_variant(flag, variant) {
                self.at("overrides", |checker| {
                    checker.at(unit, |checker| checker.report_unknown_variant(flag, variant));
                });
            }
        }
        self.check_states(flag);
        self.check_conditions("conditions", &flag.conditions);
        self.at("targets", |checker| {
            checker.at_each("segments", &flag.targets.segments, |checker, key| checker.check_segment_reference(key));
        });
        self.at_each("rules", &flag.rules, |checker, rule| {
            checker.check_conditions("when", &rule.when);
            checker.check_serve(flag, rule.serve.as_ref());
        });
    }

    fn check_variants(&mut self, flag: &'d FlagDefinition) {
        if flag.variants.is_empty() && flag.value_type != ValueType::Boolean {
            self.at("type", |checker| checker.report(Problem::MissingVariants { value_type: flag.value_type }));
        }
        for (index, variant) in flag.variants.iter().enumerate() {
            self.at("variants", |checker| {
                checker.at(&variant.name, |checker| {
                    if flag.variants[..index].iter().any(|earlier| earlier.name == variant.name) {
                        checker.report(Problem::DuplicateVariant);
                    }
                    checker.check_value(flag.value_type, variant);
                });
            });
        }
    }

    fn check_value(&mut self, expected: ValueType, variant: &VariantDefinition) {
        let found = variant.value.value_type();
        if !found.is_some_and(|found| expected.accepts(found)) {
            self.report(Problem::WrongType { expected, found });
        } else if !is_finite(&variant.value) {
            self.report(Problem::NotFinite);
        }
    }

    fn check_serve(&mut self, flag: &'d FlagDefinition, serve: Option<&'d Serve>) {
        match serve {
            None => {}
            Some(Serve::Variant(name)) if has_variant(flag, name) => {}
            Some(Serve::Variant(name)) => {
                self.at("serve", |checker| checker.report_unknown_variant(flag, name));
            }
            Some(Serve::Split(arms)) => self.at("split", |checker| {
                for (index, (name, _)) in arms.iter().enumerate() {
                    if !has_variant(flag, name) {
                        checker.at(name, |checker| checker.report_unknown_variant(flag, name));
                    } else if arms[..index].iter().any(|(earlier, _)| earlier == name) {
                        checker.at(name, |checker| checker.report(Problem::DuplicateVariant));
                    }
                }
                checker.check_weights(arms.iter().map(|(_, weight)| *weight));
            }),
        }
    }

    pub(super) fn check_weights(&mut self, weights: impl Iterator<Item = u32>) {
        let total: u64 = weights.map(u64::from).sum();
        if total == 0 {
            self.report(Problem::ZeroWeights);
        } else if total > u64::from(MAX_TOTAL_WEIGHT) {
            self.report(Problem::WeightsTooLarge);
        }
    }

    /// `canary` and `rollout` ask for a percentage: the flag's, or one that is in force by then.
    fn check_states(&mut self, flag: &'d FlagDefinition) {
        let asks = |state: State| matches!(state, State::Canary | State::Rollout);
        if asks(flag.state) && flag.rollout_percentage.is_none() {
            self.at("state", |checker| checker.report(Problem::MissingPercentage));
        }
        self.at_each("schedule", &flag.schedule, |checker, step| {
            let in_force = |other: &ScheduleStep| other.at <= step.at && other.rollout_percentage.is_some();
            let written = flag.rollout_percentage.is_some() || flag.schedule.iter().any(in_force);
            if step.state.is_some_and(asks) && !written {
                checker.at("state", |checker| checker.report(Problem::MissingPercentage));
            }
        });
    }
}

/// Whether every number in a value is finite.
fn is_finite(value: &Value) -> bool {
    match value {
        Value::Float(_) => is_number(value),
        Value::List(items) => items.iter().all(is_finite),
        Value::Object(object) => object.iter().all(|(_, value)| is_finite(value)),
        Value::Boolean(_) | Value::Integer(_) | Value::String(_) => true,
    }
}
