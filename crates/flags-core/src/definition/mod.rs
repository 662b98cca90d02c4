//! Definitions: what people write, as plain data.
//!
//! Anything may be assembled here; [`Definitions::check`] says whether it is consistent, and only what has been checked is
//! compiled into a [`FlagSet`](crate::FlagSet).

mod analysis;
mod condition;
mod experiment;
mod flag;
mod flag_builder;
mod layer;
mod metric;
mod rule;
mod segment;
mod state;

use alloc::{boxed::Box, vec::Vec};

pub use self::{
    analysis::{AnalysisDefinition, AnalysisMethod, Correction, DecisionMode},
    condition::{Comparison, Condition, Test, TextMatch},
    experiment::{ArmDefinition, ExperimentDefinition, ExperimentStatus},
    flag::{FlagDefinition, Prerequisite, Targets, VariantDefinition},
    layer::{HeldOutFrom, HoldoutDefinition, LayerDefinition},
    metric::{Goal, MetricDefinition, MetricKind, MetricRole},
    rule::{RuleDefinition, Serve},
    segment::SegmentDefinition,
    state::{FlagKind, ScheduleStep, State},
};

/// Everything people wrote: flags, segments, experiments and the defaults they share.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Definitions {
    /// The attributes a unit is taken from where a flag or segment names none; empty means
    /// [`DEFAULT_BUCKET_BY`](crate::DEFAULT_BUCKET_BY).
    pub bucket_by: Vec<Box<str>>,
    /// The flags.
    pub flags: Vec<FlagDefinition>,
    /// The segments.
    pub segments: Vec<SegmentDefinition>,
    /// The layers that experiments name.
    pub layers: Vec<LayerDefinition>,
    /// The holdouts.
    pub holdouts: Vec<HoldoutDefinition>,
    /// The experiments; those of one layer own its buckets in this order.
    pub experiments: Vec<ExperimentDefinition>,
    /// The events the application tracks; a metric may name no other. Empty means that nobody has said.
    pub events: Vec<Box<str>>,
}

impl Definitions {
    /// The flag called `key`.
    #[must_use]
    pub fn flag(&self, key: &str) -> Option<&FlagDefinition> {
        self.flags.iter().find(|flag| &*flag.key == key)
    }

    /// The segment called `key`.
    #[must_use]
    pub fn segment(&self, key: &str) -> Option<&SegmentDefinition> {
        self.segments.iter().find(|segment| &*segment.key == key)
    }

    /// The experiment called `key`.
    #[must_use]
    pub fn experiment(&self, key: &str) -> Option<&ExperimentDefinition> {
        self.experiments.iter().find(|experiment| &*experiment.key == key)
    }
}

/// Whether `text` may be the key of a flag, a segment, an experiment, a layer or a holdout: 1 to 128 of `A-Z a-z 0-9 _ - .`, starting with a
/// letter or digit.
#[must_use]
pub fn is_key(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}
