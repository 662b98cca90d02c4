//! What a compiled set says of its experiments, laid out for recording: names that events share, and who has to hear of what.

use std::{collections::HashMap, fmt::Write as _, sync::Arc};

use flags_ab::{
    Name,
    record::{ExposureSeed, FirstExposures},
};
use flags_core::{ExperimentId, ExperimentView, FlagSet, definition::MetricDefinition};
use foldhash::fast::FixedState;

/// The experiments of one set.
#[derive(Debug, Default)]
pub(super) struct Names {
    experiments: HashMap<ExperimentId, Box<[Arc<ArmNames>]>, FixedState>,
    /// The events that metrics name.
    events: HashMap<Box<str>, EventNames, FixedState>,
    /// Every kind of unit there is.
    units: Box<[UnitSource]>,
}

/// What is recorded of an exposure to one arm.
#[derive(Debug)]
pub(super) struct ArmNames {
    /// `None` where nothing is recorded.
    pub(super) seed: Option<ExposureSeed>,
    pub(super) experiment: Name,
    pub(super) arm: Name,
    /// The weights of all arms.
    pub(super) split: Name,
    pub(super) unit_kind: Name,
}

/// What is recorded of a tracked event.
#[derive(Debug)]
pub(super) struct EventNames {
    pub(super) event: Name,
    pub(super) units: Box<[UnitSource]>,
}

/// A kind of unit, and an experiment that takes its unit so.
#[derive(Clone, Debug)]
pub(super) struct UnitSource {
    pub(super) unit_kind: Name,
    pub(super) experiment: ExperimentId,
}

impl Names {
    pub(super) fn of(set: &FlagSet, first: Option<&FirstExposures>) -> Self {
        let mut names = Self::default();
        let mut all = vec![];
        let mut by_event: HashMap<&str, Vec<UnitSource>> = HashMap::new();
        for experiment in set.experiments() {
            let Some(definition) = experiment.definition() else { continue };
            let source = UnitSource { unit_kind: definition.bucket_by.join("|").into(), experiment: experiment.id() };
            add(&mut all, &source);
            for event in definition.metrics.iter().flat_map(MetricDefinition::events) {
                add(by_event.entry(event).or_default(), &source);
            }
            names.experiments.insert(experiment.id(), arms(experiment, &source.unit_kind, first));
        }
        names.units = all.into();
        names.events = by_event
            .into_iter()
            .map(|(event, units)| (event.into(), EventNames { event: event.into(), units: units.into() }))
            .collect();
        names
    }

    /// Whether there is no experiment.
    pub(super) fn is_empty(&self) -> bool {
        self.experiments.is_empty()
    }

    pub(super) fn arm(&self, experiment: ExperimentId, index: usize) -> Option<&Arc<ArmNames>> {
        self.experiments.get(&experiment)?.get(index)
    }

    /// A tracked event that some metric names.
    pub(super) fn event(&self, event: &str) -> Option<&EventNames> {
        self.events.get(event)
    }

    /// Every kind of unit there is.
    pub(super) fn units(&self) -> &[UnitSource] {
        &self.units
    }
}

fn add(units: &mut Vec<UnitSource>, source: &UnitSource) {
    if !units.iter().any(|known| known.unit_kind == source.unit_kind) {
        units.push(source.clone());
    }
}

fn arms(experiment: ExperimentView<'_>, unit_kind: &Name, first: Option<&FirstExposures>) -> Box<[Arc<ArmNames>]> {
    let key = Name::from(experiment.key());
    let mut split = String::new();
    for arm in experiment.arms() {
        let comma = if split.is_empty() { "" } else { "," };
        // Writing to a string does not fail.
        let _ = write!(split, "{comma}{}={}", arm.name(), arm.weight());
    }
    let split = Name::from(split);
    let names = |arm: flags_core::ArmView<'_>| {
        Arc::new(ArmNames {
            seed: first.map(|first| first.seed(&key, arm.name(), unit_kind)),
            experiment: Name::clone(&key),
            arm: arm.name().into(),
            split: Name::clone(&split),
            unit_kind: Name::clone(unit_kind),
        })
    };
    experiment.arms().map(names).collect()
}
