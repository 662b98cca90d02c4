//! What a set knows of its experiments, and which of them differ between two sets.

use alloc::vec::Vec;

use super::{Experiment, ExperimentArm, FlagSet, NONE, TrafficGate, narrow};
use crate::{ChangeKind, ExperimentDefinition, Object, Timestamp, definition::ExperimentStatus};

/// The place of an experiment in one [`FlagSet`]; good for that set only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ExperimentId(pub(crate) u32);

impl FlagSet {
    /// The place of the experiment called `key`.
    #[must_use]
    pub fn find_experiment(&self, key: &str) -> Option<ExperimentId> {
        let key_at = |place: &u32| self.experiments.get(*place as usize).map_or("", |found| self.texts.get(found.key));
        let found = self.experiments_by_key.binary_search_by(|place| key_at(place).cmp(key)).ok()?;
        self.experiments_by_key.get(found).map(|place| ExperimentId(*place))
    }

    /// What is known of the experiment called `key`.
    #[must_use]
    pub fn experiment(&self, key: &str) -> Option<ExperimentView<'_>> {
        self.view_experiment(self.find_experiment(key)?)
    }

    /// What is known of an experiment of this set.
    #[must_use]
    pub fn view_experiment(&self, id: ExperimentId) -> Option<ExperimentView<'_>> {
        Some(ExperimentView { set: self, experiment: self.experiments.get(id.0 as usize)?, id })
    }

    /// Every experiment, in the order of the definitions.
    pub fn experiments(&self) -> impl ExactSizeIterator<Item = ExperimentView<'_>> {
        self.experiments.iter().enumerate().map(|(at, experiment)| ExperimentView {
            set: self,
            experiment,
            id: ExperimentId(narrow(at)),
        })
    }

    /// The experiments whose assignments or descriptions may differ between `older` and this set, in the order of their keys.
    #[must_use]
    pub fn experiment_changes_since<'s>(&'s self, older: &'s Self) -> Vec<ExperimentChange<'s>> {
        let mut changes = Vec::new();
        for experiment in self.experiments() {
            let kind = match older.experiment(experiment.key()) {
                None => ChangeKind::Added,
                Some(old) if old.fingerprint() != experiment.fingerprint() => ChangeKind::Changed,
                Some(_) => continue,
            };
            changes.push(ExperimentChange { key: experiment.key(), kind });
        }
        let removed = older.experiments().map(ExperimentView::key).filter(|key| self.find_experiment(key).is_none());
        changes.extend(removed.map(|key| ExperimentChange { key, kind: ChangeKind::Removed }));
        changes.sort_unstable_by_key(|change| change.key);
        changes
    }

    /// The arm at a place among all arms.
    pub(crate) fn arm_view(&self, place: u32) -> Option<ArmView<'_>> {
        let arm = self.experiment_arms.get(place as usize)?;
        Some(ArmView { set: self, arm, place })
    }
}

/// One experiment that differs between two sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExperimentChange<'s> {
    /// The experiment's key.
    pub key: &'s str,
    /// What became of it.
    pub kind: ChangeKind,
}

/// What a set knows of one experiment.
#[derive(Clone, Copy, Debug)]
pub struct ExperimentView<'s> {
    set: &'s FlagSet,
    experiment: &'s Experiment,
    id: ExperimentId,
}

impl<'s> ExperimentView<'s> {
    /// Its place.
    #[must_use]
    pub fn id(self) -> ExperimentId {
        self.id
    }

    /// Its key.
    #[must_use]
    pub fn key(self) -> &'s str {
        self.set.texts.get(self.experiment.key)
    }

    /// All of it as it is written: hypothesis, metrics, analysis and the rest.
    #[must_use]
    pub fn definition(self) -> Option<&'s ExperimentDefinition> {
        self.set.experiment_definitions.get(self.id.0 as usize)
    }

    /// Its status, controls considered and the clock not: one that is running enrols between its start and its end.
    #[must_use]
    pub fn status(self) -> ExperimentStatus {
        self.experiment.status_in_force()
    }

    /// From when on it enrols, if it is running; `None` if nothing holds it back. Starting it by a control lifts the start.
    #[must_use]
    pub fn start(self) -> Option<Timestamp> {
        self.experiment.start_in_force()
    }

    /// Until when it enrols, that instant not included, controls considered.
    #[must_use]
    pub fn end(self) -> Option<Timestamp> {
        self.experiment.end_in_force()
    }

    /// The arm that won, controls considered: the whole audience gets it.
    #[must_use]
    pub fn winner(self) -> Option<ArmView<'s>> {
        self.set.arm_view(self.experiment.winner_in_force())
    }

    /// Its arms, in written order.
    pub fn arms(self) -> impl ExactSizeIterator<Item = ArmView<'s>> {
        let arms = self.experiment.arms;
        let place = move |at: usize| narrow(arms.start() + at);
        arms.of(&self.set.experiment_arms).iter().enumerate().map(move |(at, arm)| ArmView {
            set: self.set,
            arm,
            place: place(at),
        })
    }

    /// The keys of the flags that its arms override.
    pub fn flags(self) -> impl Iterator<Item = &'s str> {
        let places = self.experiment.flags.of(&self.set.experiment_flags);
        places
            .iter()
            .filter_map(move |flag| self.set.flags.get(*flag as usize).map(|flag| self.set.texts.get(flag.key)))
    }

    /// The experiments in the way of this one, were it running: those that enrol for one of its flags, the clock aside, and do
    /// not share its layer.
    ///
    /// Definitions in which two running experiments are in each other's way are refused, but a control can start one beside
    /// another. Of the two, the one that is first in the definitions has the units of both.
    pub fn rivals(self) -> impl Iterator<Item = ExperimentView<'s>> {
        let layer = |experiment: &Experiment| match experiment.gate {
            TrafficGate::Layer { layer, .. } => Some(layer),
            TrafficGate::Own { .. } => None,
        };
        let own_layer = layer(self.experiment);
        let own_flags = self.experiment.flags.of(&self.set.experiment_flags);
        self.set.experiments().filter(move |other| {
            let enrols = other.status() == ExperimentStatus::Running && other.winner().is_none();
            let apart = own_layer.is_some() && layer(other.experiment) == own_layer;
            let flags = other.experiment.flags.of(&self.set.experiment_flags);
            other.id != self.id && enrols && !apart && flags.iter().any(|flag| own_flags.contains(flag))
        })
    }

    /// A hash of everything there is to it: equal fingerprints mean equal assignments, descriptions and analyses, within one
    /// release.
    #[must_use]
    pub fn fingerprint(self) -> u64 {
        let place = self.id.0 as usize;
        let deciding = self.set.fingerprints.get(self.set.flags.len() + place).copied().unwrap_or_default();
        let described = self.set.described_fingerprints.get(place).copied().unwrap_or_default();
        deciding ^ described.rotate_left(1)
    }
}

/// What a set knows of one arm of an experiment.
#[derive(Clone, Copy)]
pub struct ArmView<'s> {
    set: &'s FlagSet,
    arm: &'s ExperimentArm,
    place: u32,
}

impl<'s> ArmView<'s> {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'s str {
        self.set.texts.get(self.arm.name)
    }

    /// The experiment it belongs to.
    #[must_use]
    pub fn experiment(self) -> Option<ExperimentView<'s>> {
        self.set.view_experiment(ExperimentId(self.arm.experiment))
    }

    /// Its place among the arms of its experiment, counted from 0.
    #[must_use]
    pub fn index(self) -> usize {
        let first =
            self.set.experiments.get(self.arm.experiment as usize).map_or(0, |experiment| experiment.arms.start());
        (self.place as usize).saturating_sub(first)
    }

    /// Whether the others are compared with it.
    #[must_use]
    pub fn is_control(self) -> bool {
        self.definition().is_some_and(|arm| arm.control)
    }

    /// Its share, relative to the other arms.
    #[must_use]
    pub fn weight(self) -> u32 {
        self.definition().map_or(0, |arm| arm.weight)
    }

    /// The free data for the application, where there is any.
    #[must_use]
    pub fn payload(self) -> Option<&'s Object> {
        self.definition().map(|arm| &arm.payload).filter(|payload| !payload.is_empty())
    }

    fn definition(self) -> Option<&'s crate::definition::ArmDefinition> {
        self.set.experiment_definitions.get(self.arm.experiment as usize)?.arms.get(self.index())
    }
}

impl PartialEq for ArmView<'_> {
    /// Whether both are the same arm of the same set.
    fn eq(&self, other: &Self) -> bool {
        core::ptr::eq(self.set, other.set) && self.place == other.place
    }
}

impl Eq for ArmView<'_> {}

impl core::fmt::Debug for ArmView<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ArmView")
            .field("experiment", &self.experiment().map(ExperimentView::key))
            .field("name", &self.name())
            .finish_non_exhaustive()
    }
}

impl Experiment {
    /// The arm at a position of the draw, as its place among all arms, or [`NONE`].
    pub(crate) fn arm_at(&self, arms: &[ExperimentArm], position: u32) -> u32 {
        let own = self.arms.of(arms);
        let index = own.iter().map(|arm| usize::from(position >= arm.until)).sum::<usize>();
        if index < own.len() { narrow(self.arms.start() + index) } else { NONE }
    }
}
