//! Flags as people write them.

use alloc::{boxed::Box, vec, vec::Vec};
use core::fmt;

use super::Condition;
use crate::{Date, IpRange, Object, Percentage, Timestamp, Value, ValueType};

/// One flag as it is written, before anything is resolved.
///
/// Build one field by field, or with the fluent methods:
///
/// ```
/// use flags_core::{Condition, FlagDefinition, Percentage, RuleDefinition};
///
/// let flag = FlagDefinition::new("checkout")
///     .variant("classic", "classic")
///     .variant("express", "express")
///     .off("classic")
///     .rule(RuleDefinition::new().name("staff").when(Condition::segment("staff")).serve("express"))
///     .serve("classic")
///     .rollout(Percentage::HUNDRED);
/// assert_eq!(&*flag.key, "checkout");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FlagDefinition {
    /// The flag's key.
    pub key: Box<str>,
    /// The type of its values.
    pub value_type: ValueType,
    /// What it does.
    pub description: Option<Box<str>>,
    /// Who answers for it.
    pub owner: Option<Box<str>>,
    /// Free words to find it by.
    pub tags: Vec<Box<str>>,
    /// Free data that travels with every decision.
    pub metadata: Object,
    /// The last day it should exist.
    pub expires: Option<Date>,
    /// Whether a change at run time needs a second person.
    pub protected: bool,
    /// When it was first written.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// Who changed it last.
    pub updated_by: Option<Box<str>>,
    /// The flag it belongs to: it is off where that one is not on.
    pub parent: Option<Box<str>>,
    /// What other flags have to serve.
    pub requires: Vec<Prerequisite>,
    /// Whether it is in force, in the format's words.
    pub state: State,
    /// What it can serve. Empty for a boolean flag with the two variants `on` (true) and `off` (false).
    pub variants: Vec<VariantDefinition>,
    /// The variant served when off; `None` means `false` for a boolean flag without variants, else the caller's default.
    pub off: Option<Box<str>>,
    /// What it serves when on; `None` means a split over all variants by their weights, or `on`.
    pub serve: Option<Serve>,
    /// The share of units it is on for; `None` means all.
    pub rollout_percentage: Option<Percentage>,
    /// Dated changes.
    pub schedule: Vec<ScheduleStep>,
    /// Units that get a variant of their own, by name (`on` or `off` for a boolean flag without variants).
    pub overrides: Vec<(Box<str>, Box<str>)>,
    /// What has to hold for the flag to be on at all.
    pub conditions: Vec<Condition>,
    /// Whom it is meant for.
    pub targets: Targets,
    /// Whom it serves what, the first that applies deciding.
    pub rules: Vec<RuleDefinition>,
    /// The attributes the unit is taken from, the first present counting; empty means the set's.
    pub bucket_by: Vec<Box<str>>,
    /// What keys its draws; `None` means the key.
    pub salt: Option<Box<str>>,
    /// The flag as it is in certain environments, whole: the base with the environment's fields in place of its own.
    pub environments: Vec<(Box<str>, FlagDefinition)>,
}

impl FlagDefinition {
    /// A boolean flag that is on for everybody.
    #[must_use]
    pub fn new(key: impl Into<Box<str>>) -> Self {
        Self { key: key.into(), ..Self::default() }
    }

    /// The flag as it is in `environment`: that environment's own form, or this one.
    #[must_use]
    pub fn in_environment(&self, environment: &str) -> &Self {
        self.environments.iter().find(|(name, _)| &**name == environment).map_or(self, |(_, flag)| flag)
    }

    /// What sort of flag it is, inferred from what is written.
    #[must_use]
    pub fn kind(&self) -> FlagKind {
        let partial = |percentage: Option<Percentage>| percentage.is_some_and(Percentage::is_partial);
        if self.state == State::EmergencyOff || self.tags.iter().any(|tag| &**tag == "kill-switch") {
            FlagKind::KillSwitch
        } else if !self.variants.is_empty() {
            FlagKind::Multivariate
        } else if partial(self.rollout_percentage) || self.schedule.iter().any(|step| partial(step.rollout_percentage))
        {
            FlagKind::Percentage
        } else if !self.targets.is_empty() || !self.overrides.is_empty() {
            FlagKind::AllowList
        } else {
            FlagKind::Boolean
        }
    }

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

/// Whether a flag is in force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum State {
    /// Off.
    Disabled,
    /// On only where the environment is `development`.
    Development,
    /// On for a small percentage.
    Canary,
    /// On for a growing percentage.
    Rollout,
    /// On.
    #[default]
    Enabled,
    /// Killed, and everything below it.
    EmergencyOff,
}

impl State {
    /// Every state, in the order of the format's documentation.
    pub const ALL: [Self; 6] =
        [Self::Disabled, Self::Development, Self::Canary, Self::Rollout, Self::Enabled, Self::EmergencyOff];

    /// The word the format uses for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Development => "development",
            Self::Canary => "canary",
            Self::Rollout => "rollout",
            Self::Enabled => "enabled",
            Self::EmergencyOff => "emergency_off",
        }
    }

    /// The state called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// Whether a flag in this state is on in `environment`, all else aside.
    #[must_use]
    pub fn is_on_in(self, environment: &str) -> bool {
        match self {
            Self::Canary | Self::Rollout | Self::Enabled => true,
            Self::Development => environment == "development",
            Self::Disabled | Self::EmergencyOff => false,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What sort of flag it is, inferred from what is written ([`FlagDefinition::kind`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FlagKind {
    /// On or off.
    Boolean,
    /// On for a share of units.
    Percentage,
    /// On for those who are listed.
    AllowList,
    /// Serves one of several variants.
    Multivariate,
    /// There to switch something off: it is in `emergency_off`, or tagged `kill-switch`.
    KillSwitch,
}

impl FlagKind {
    /// Its name, in lower case with hyphens.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Percentage => "percentage",
            Self::AllowList => "allow-list",
            Self::Multivariate => "multivariate",
            Self::KillSwitch => "kill-switch",
        }
    }
}

impl fmt::Display for FlagKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One of the values a flag can serve.
#[derive(Clone, Debug, PartialEq)]
pub struct VariantDefinition {
    /// Its name, unique in the flag.
    pub name: Box<str>,
    /// The value served.
    pub value: Value,
    /// Its share of the default split, relative to the others; 0 means never by split.
    pub weight: u32,
}

/// What is served: one variant, or a split over several.
#[derive(Clone, Debug, PartialEq, Hash)]
pub enum Serve {
    /// That variant.
    Variant(Box<str>),
    /// One of the variants, by weight, in written order.
    Split(Vec<(Box<str>, u32)>),
}

impl Serve {
    /// A split over `arms`.
    #[must_use]
    pub fn split<T: Into<Box<str>>>(arms: impl IntoIterator<Item = (T, u32)>) -> Self {
        Self::Split(arms.into_iter().map(|(name, weight)| (name.into(), weight)).collect())
    }
}

/// What another flag has to serve.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Prerequisite {
    /// The other flag.
    pub flag: Box<str>,
    /// The variant it has to serve; `None` asks for "on".
    pub variant: Option<Box<str>>,
}

/// Whom a flag is meant for. Within a dimension any entry suffices; every dimension that is not empty has to match.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub struct Targets {
    /// Environments of the client.
    pub environments: Vec<Box<str>>,
    /// Values of `user_id`.
    pub users: Vec<Box<str>>,
    /// Values of `node_id`.
    pub node_ids: Vec<Box<str>>,
    /// Values of `validator_key`.
    pub validator_keys: Vec<Box<str>>,
    /// Ranges that hold `ip_address`.
    pub ip_ranges: Vec<IpRange>,
    /// Segments the context is in.
    pub segments: Vec<Box<str>>,
}

impl Targets {
    /// Whether nothing is written, so that everybody is meant.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One rule: who it is for, and what they get.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub struct RuleDefinition {
    /// A name for people; a rule without one is known by its number.
    pub name: Option<Box<str>>,
    /// What has to hold; an empty list always does.
    pub when: Vec<Condition>,
    /// The share of the matching units the rule takes; the others go on to the next rule. `None` takes all.
    pub rollout_percentage: Option<Percentage>,
    /// What they get; `None` means what the flag serves when on.
    pub serve: Option<Serve>,
}

impl RuleDefinition {
    /// A rule that takes everybody and serves what the flag serves when on.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The rule with a name.
    #[must_use]
    pub fn name(mut self, name: impl Into<Box<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The rule with one more condition; all of them have to hold.
    #[must_use]
    pub fn when(mut self, condition: Condition) -> Self {
        self.when.push(condition);
        self
    }

    /// The rule for that share of the matching units.
    #[must_use]
    pub fn rollout(mut self, percentage: Percentage) -> Self {
        self.rollout_percentage = Some(percentage);
        self
    }

    /// The rule serving one variant.
    #[must_use]
    pub fn serve(mut self, variant: impl Into<Box<str>>) -> Self {
        self.serve = Some(Serve::Variant(variant.into()));
        self
    }

    /// The rule serving a weighted split.
    #[must_use]
    pub fn split<T: Into<Box<str>>>(mut self, arms: impl IntoIterator<Item = (T, u32)>) -> Self {
        self.serve = Some(Serve::split(arms));
        self
    }
}

/// A dated change: from its instant on, the fields it names replace the flag's.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct ScheduleStep {
    /// From when on.
    pub at: Timestamp,
    /// The new state.
    pub state: Option<State>,
    /// The new rollout percentage.
    pub rollout_percentage: Option<Percentage>,
}

impl ScheduleStep {
    /// A step that changes nothing yet.
    #[must_use]
    pub fn at(at: Timestamp) -> Self {
        Self { at, state: None, rollout_percentage: None }
    }

    /// The step that switches the flag on or off.
    #[must_use]
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.state = Some(if enabled { State::Enabled } else { State::Disabled });
        self
    }

    /// The step that changes the rollout percentage.
    #[must_use]
    pub fn rollout(mut self, percentage: Percentage) -> Self {
        self.rollout_percentage = Some(percentage);
        self
    }
}
