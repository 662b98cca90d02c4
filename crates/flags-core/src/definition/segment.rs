//! Segments (cohorts): named groups of units and contexts.

use alloc::{boxed::Box, vec::Vec};

use super::Condition;

/// A named group: explicit members, exclusions, and conditions.
///
/// A context is in the segment if its unit is not excluded and is a member, or if all of a non-empty `when` holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SegmentDefinition {
    /// The segment's key.
    pub key: Box<str>,
    /// What it is for.
    pub description: Option<Box<str>>,
    /// Units that are always in, unless excluded.
    pub members: Vec<Box<str>>,
    /// Units that are never in.
    pub exclude: Vec<Box<str>>,
    /// Conditions that all have to hold; empty means that nobody is in by condition.
    pub when: Vec<Condition>,
    /// The attributes the unit is taken from, the first present counting; empty means the set's.
    pub bucket_by: Vec<Box<str>>,
    /// What keys the draws of `percentage` conditions in it; `None` means the key.
    pub salt: Option<Box<str>>,
}

impl SegmentDefinition {
    /// A segment nobody is in.
    #[must_use]
    pub fn new(key: impl Into<Box<str>>) -> Self {
        Self { key: key.into(), ..Self::default() }
    }

    /// The segment with one more member.
    #[must_use]
    pub fn member(mut self, unit: impl Into<Box<str>>) -> Self {
        self.members.push(unit.into());
        self
    }

    /// The segment with one more unit that is never in.
    #[must_use]
    pub fn exclude(mut self, unit: impl Into<Box<str>>) -> Self {
        self.exclude.push(unit.into());
        self
    }

    /// The segment with one more condition; all of them have to hold.
    #[must_use]
    pub fn when(mut self, condition: Condition) -> Self {
        self.when.push(condition);
        self
    }

    /// The segment with the attribute its unit is taken from, after those named before.
    #[must_use]
    pub fn bucket_by(mut self, attribute: impl Into<Box<str>>) -> Self {
        self.bucket_by.push(attribute.into());
        self
    }

    /// The segment with a description.
    #[must_use]
    pub fn description(mut self, text: impl Into<Box<str>>) -> Self {
        self.description = Some(text.into());
        self
    }
}
