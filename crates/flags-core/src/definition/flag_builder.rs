//! Flags built step by step: each method returns the flag with one thing more.

use alloc::{boxed::Box, vec};

use super::{
    Condition, FlagDefinition, Prerequisite, RuleDefinition, ScheduleStep, Serve, State, Targets, VariantDefinition,
};
use crate::{Percentage, Value, ValueType};

impl FlagDefinition {
    /// The flag switched on or off, like `enabled = …`.
    #[must_use]
    pub fn enabled(self, enabled: bool) -> Self {
        self.state(if enabled { State::Enabled } else { State::Disabled })
    }

    /// The flag in a state.
    #[must_use]
    pub fn state(mut self, state: State) -> Self {
        self.state = state;
        self
    }

    /// The flag with one more variant of weight 1. The first variant decides the flag's type, unless
    /// [`value_type`](Self::value_type) is set afterwards.
    #[must_use]
    pub fn variant(self, name: impl Into<Box<str>>, value: impl Into<Value>) -> Self {
        self.weighted_variant(name, value, 1)
    }

    /// The flag with one more variant of the given weight in the default split.
    #[must_use]
    pub fn weighted_variant(mut self, name: impl Into<Box<str>>, value: impl Into<Value>, weight: u32) -> Self {
        let value = value.into();
        if self.variants.is_empty()
            && let Some(value_type) = value.value_type()
        {
            self.value_type = value_type;
        }
        self.variants.push(VariantDefinition { name: name.into(), value, weight });
        self
    }

    /// The flag with a type of values.
    #[must_use]
    pub fn value_type(mut self, value_type: ValueType) -> Self {
        self.value_type = value_type;
        self
    }

    /// The flag with the variant served when off.
    #[must_use]
    pub fn off(mut self, variant: impl Into<Box<str>>) -> Self {
        self.off = Some(variant.into());
        self
    }

    /// The flag with the one variant served when on.
    #[must_use]
    pub fn serve(mut self, variant: impl Into<Box<str>>) -> Self {
        self.serve = Some(Serve::Variant(variant.into()));
        self
    }

    /// The flag with a weighted split served when on.
    #[must_use]
    pub fn split<T: Into<Box<str>>>(mut self, arms: impl IntoIterator<Item = (T, u32)>) -> Self {
        self.serve = Some(Serve::split(arms));
        self
    }

    /// The flag on for that share of units.
    #[must_use]
    pub fn rollout(mut self, percentage: Percentage) -> Self {
        self.rollout_percentage = Some(percentage);
        self
    }

    /// The flag with one more condition; all of them have to hold.
    #[must_use]
    pub fn condition(mut self, condition: Condition) -> Self {
        self.conditions.push(condition);
        self
    }

    /// The flag with one more rule, after those there are.
    #[must_use]
    pub fn rule(mut self, rule: RuleDefinition) -> Self {
        self.rules.push(rule);
        self
    }

    /// The flag with one unit that gets a variant of its own.
    #[must_use]
    pub fn override_unit(mut self, unit: impl Into<Box<str>>, variant: impl Into<Box<str>>) -> Self {
        self.overrides.push((unit.into(), variant.into()));
        self
    }

    /// The flag below a parent.
    #[must_use]
    pub fn parent(mut self, flag: impl Into<Box<str>>) -> Self {
        self.parent = Some(flag.into());
        self
    }

    /// The flag with another one that has to be on.
    #[must_use]
    pub fn requires(mut self, flag: impl Into<Box<str>>) -> Self {
        self.requires.push(Prerequisite { flag: flag.into(), variant: None });
        self
    }

    /// The flag with another one that has to serve a variant.
    #[must_use]
    pub fn requires_variant(mut self, flag: impl Into<Box<str>>, variant: impl Into<Box<str>>) -> Self {
        self.requires.push(Prerequisite { flag: flag.into(), variant: Some(variant.into()) });
        self
    }

    /// The flag meant for these.
    #[must_use]
    pub fn targets(mut self, targets: Targets) -> Self {
        self.targets = targets;
        self
    }

    /// The flag with one more dated change.
    #[must_use]
    pub fn schedule(mut self, step: ScheduleStep) -> Self {
        self.schedule.push(step);
        self
    }

    /// The flag with an attribute its unit is taken from, after those named before.
    #[must_use]
    pub fn bucket_by(mut self, attribute: impl Into<Box<str>>) -> Self {
        self.bucket_by.push(attribute.into());
        self
    }

    /// The flag with a salt of its own.
    #[must_use]
    pub fn salt(mut self, salt: impl Into<Box<str>>) -> Self {
        self.salt = Some(salt.into());
        self
    }

    /// The flag with a description.
    #[must_use]
    pub fn description(mut self, text: impl Into<Box<str>>) -> Self {
        self.description = Some(text.into());
        self
    }

    /// The flag with an owner.
    #[must_use]
    pub fn owner(mut self, owner: impl Into<Box<str>>) -> Self {
        self.owner = Some(owner.into());
        self
    }

    /// The flag with one more tag.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<Box<str>>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// The flag with one more piece of metadata.
    #[must_use]
    pub fn metadata(mut self, name: impl Into<crate::AttributeName>, value: impl Into<Value>) -> Self {
        self.metadata.insert(name, value);
        self
    }

    /// The flag with a form of its own in one environment: `change` is given the flag as it is so far.
    #[must_use]
    pub fn environment(mut self, name: impl Into<Box<str>>, change: impl FnOnce(Self) -> Self) -> Self {
        let base = Self { environments: vec![], ..self.clone() };
        self.environments.push((name.into(), change(base)));
        self
    }
}
