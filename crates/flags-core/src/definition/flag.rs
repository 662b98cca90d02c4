//! Flags as people write them.

use alloc::{boxed::Box, vec::Vec};

use super::{Condition, FlagKind, RuleDefinition, ScheduleStep, Serve, State};
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
