//! Rules: who gets what.

use alloc::{boxed::Box, vec::Vec};

use super::Condition;
use crate::Percentage;

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
