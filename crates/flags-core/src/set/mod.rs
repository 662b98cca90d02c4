//! The compiled set: an immutable snapshot that evaluations read.

mod experiment;
mod experiments;
mod model;
mod reach;
mod text;
mod text_set;

use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::hash::{BuildHasher as _, Hasher as _};

use foldhash::fast::FixedState;
use hashbrown::HashTable;

pub use self::experiments::{ArmView, ExperimentChange, ExperimentId, ExperimentView};
pub(crate) use self::{
    experiment::{
        ArmVariant, Experiment, ExperimentArm, ExperimentControls, FlagExperiment, Holdout, Layer, TrafficGate,
    },
    model::{
        Arm, Asked, Check, ConditionDraw, Details, Extra, Flag, FlagControls, Gates, NONE, Node, Path,
        PredicateFunction, PredicateSlot, Required, Rule, Segment, Serving, Special, Split, Step, TargetPaths, Targets,
        TextSet, UnitSource, VARIANT_OFF, VARIANT_ON, Variant,
    },
    text::{Operand, Span, Text, Texts, TextsBuilder, narrow},
};
use crate::{
    ExperimentDefinition, FlagKind, IpRange, Object, Pattern, Value, ValueType, VersionRequirement, number::Number,
    prefix::same_bytes,
};

/// Where a flag is, and its key: with the key at hand, reading the flag need not wait for comparing its name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IndexEntry {
    pub(crate) key: Text,
    pub(crate) flag: u32,
}

/// The hash of a flag's key: of its bytes, without the terminator that hashing a `str` adds.
#[inline]
pub(crate) fn hash_key(hasher: &FixedState, key: &str) -> u64 {
    let mut state = hasher.build_hasher();
    state.write(key.as_bytes());
    state.finish()
}

/// An immutable, consistent snapshot of all flags for one environment.
///
/// Every reference is resolved, so an evaluation is arithmetic on places: no lock, no allocation, no clock unless a flag has
/// a schedule. Share it behind an `Arc`; a change of definitions or controls makes a new one.
///
/// ```
/// use flags_core::{CompileOptions, Context, Definitions, FlagDefinition, FlagSet, Timestamp};
///
/// let definitions = Definitions { flags: vec![FlagDefinition::new("cart")], ..Definitions::default() };
/// let set = FlagSet::compile(&definitions.check()?, &CompileOptions::new("production"));
/// assert!(set.is_enabled("cart", &Context::new("user-42"), &Timestamp::default()));
/// # Ok::<(), flags_core::DefinitionErrors>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct FlagSet {
    pub(crate) environment: Box<str>,
    pub(crate) texts: Texts,
    pub(crate) index: HashTable<IndexEntry>,
    pub(crate) hasher: FixedState,
    pub(crate) flags: Box<[Flag]>,
    pub(crate) rules: Box<[Rule]>,
    pub(crate) variants: Box<[Variant]>,
    pub(crate) splits: Box<[Split]>,
    pub(crate) arms: Box<[Arm]>,
    pub(crate) extras: Box<[Extra]>,
    pub(crate) segments: Box<[Segment]>,
    pub(crate) nodes: Box<[Node]>,
    pub(crate) paths: Box<[Path]>,
    pub(crate) target_paths: TargetPaths,
    pub(crate) units: Box<[UnitSource]>,
    pub(crate) text_lists: Box<[Text]>,
    /// The texts of the sets below.
    pub(crate) operands: Box<[Operand]>,
    pub(crate) text_sets: Box<[TextSet]>,
    pub(crate) numbers: Box<[Number]>,
    pub(crate) patterns: Box<[Pattern]>,
    pub(crate) versions: Box<[VersionRequirement]>,
    pub(crate) ip_ranges: Box<[IpRange]>,
    pub(crate) draws: Box<[ConditionDraw]>,
    pub(crate) predicates: Box<[PredicateSlot]>,
    pub(crate) controls: Vec<FlagControls>,
    pub(crate) experiments: Box<[Experiment]>,
    /// The places of the experiments in the order of their keys.
    pub(crate) experiments_by_key: Box<[u32]>,
    pub(crate) experiment_arms: Box<[ExperimentArm]>,
    /// What flags serve in the arms of their experiments.
    pub(crate) arm_variants: Box<[ArmVariant]>,
    /// The flags of each experiment.
    pub(crate) experiment_flags: Box<[u32]>,
    /// The holdouts that name each experiment.
    pub(crate) experiment_holdouts: Box<[u32]>,
    /// The holdouts that cover all of them.
    pub(crate) common_holdouts: Box<[u32]>,
    pub(crate) layers: Box<[Layer]>,
    pub(crate) holdouts: Box<[Holdout]>,
    /// The experiments as they are written, for whoever judges them.
    pub(crate) experiment_definitions: Arc<[ExperimentDefinition]>,
    /// Of each flag, then each segment, then each experiment: a hash of what is written of it alone.
    pub(crate) own_fingerprints: Box<[u64]>,
    /// Of each experiment: a hash of what is written to describe and to judge it.
    pub(crate) described_fingerprints: Box<[u64]>,
    /// Of each flag and then each experiment: a hash of everything its decisions depend on.
    pub(crate) fingerprints: Box<[u64]>,
    pub(crate) digest: u64,
}

/// The place of a flag in one [`FlagSet`]; good for that set only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FlagId(pub(crate) u32);

impl FlagId {
    /// The place as a number, from 0 to the number of flags, the latter not included.
    #[must_use]
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl FlagSet {
    /// The environment the set was compiled for.
    #[must_use]
    pub fn environment(&self) -> &str {
        &self.environment
    }

    /// How many flags there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.flags.len()
    }

    /// Whether there is no flag.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.flags.is_empty()
    }

    /// The place of the flag called `key`.
    #[must_use]
    #[inline]
    pub fn find(&self, key: &str) -> Option<FlagId> {
        let same = |entry: &IndexEntry| same_bytes(self.texts.bytes(entry.key), key.as_bytes());
        self.index.find(hash_key(&self.hasher, key), same).map(|entry| FlagId(entry.flag))
    }

    /// The flag at a place, or `None` past the last.
    #[must_use]
    #[inline]
    pub fn flag_id(&self, index: usize) -> Option<FlagId> {
        (index < self.flags.len()).then(|| FlagId(narrow(index)))
    }

    /// What is known of the flag called `key`.
    #[must_use]
    pub fn flag(&self, key: &str) -> Option<FlagView<'_>> {
        self.view(self.find(key)?)
    }

    /// What is known of a flag of this set.
    #[must_use]
    pub fn view(&self, id: FlagId) -> Option<FlagView<'_>> {
        Some(FlagView { set: self, flag: self.flags.get(id.0 as usize)?, id })
    }

    /// Every flag, in the order of the definitions.
    pub fn flags(&self) -> impl ExactSizeIterator<Item = FlagView<'_>> {
        self.flags.iter().enumerate().map(|(at, flag)| FlagView { set: self, flag, id: FlagId(narrow(at)) })
    }

    /// A hash of everything in the set: equal digests mean equal definitions and controls, within one release of this crate.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.digest
    }

    /// The predicates that definitions name and nobody has registered; each counts as false.
    pub fn unregistered_predicates(&self) -> impl Iterator<Item = &str> {
        self.predicates.iter().filter(|slot| slot.function.is_none()).map(|slot| self.texts.get(slot.name))
    }

    /// The flags whose decisions or descriptions may differ between `older` and this set, in the order of their keys.
    ///
    /// A flag also counts as changed when a segment, a parent, a prerequisite or an experiment it depends on has changed.
    #[must_use]
    pub fn changes_since<'s>(&'s self, older: &'s FlagSet) -> Vec<FlagChange<'s>> {
        let mut changes = Vec::new();
        for flag in self.flags() {
            match older.flag(flag.key()) {
                None => changes.push(FlagChange { key: flag.key(), kind: ChangeKind::Added }),
                Some(old) if old.fingerprint() != flag.fingerprint() => {
                    changes.push(FlagChange { key: flag.key(), kind: ChangeKind::Changed });
                }
                Some(_) => {}
            }
        }
        let removed = older.flags().map(FlagView::key).filter(|key| self.find(key).is_none());
        changes.extend(removed.map(|key| FlagChange { key, kind: ChangeKind::Removed }));
        changes.sort_unstable_by_key(|change| change.key);
        changes
    }

    /// How many bytes of heap the set holds, near enough: its arenas and what hangs off them.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        fn arena<T>(items: &[T]) -> usize {
            core::mem::size_of_val(items)
        }
        self.texts.all().len()
            + self.index.allocation_size()
            + arena(&self.flags)
            + arena(&self.rules)
            + arena(&self.variants)
            + arena(&self.splits)
            + arena(&self.arms)
            + arena(&self.extras)
            + arena(&self.segments)
            + arena(&self.nodes)
            + arena(&self.paths)
            + arena(&self.text_lists)
            + arena(&self.operands)
            + arena(&self.text_sets)
            + arena(&self.numbers)
            + arena(&self.ip_ranges)
            + arena(&self.draws)
            + arena(&self.experiments)
            + arena(&self.experiments_by_key)
            + arena(&self.experiment_arms)
            + arena(&self.arm_variants)
            + arena(&self.experiment_flags)
            + arena(&self.experiment_holdouts)
            + arena(&self.common_holdouts)
            + arena(&self.layers)
            + arena(&self.holdouts)
            + arena(&self.own_fingerprints)
            + arena(&self.fingerprints)
    }
}

/// One flag that differs between two sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlagChange<'s> {
    /// The flag's key.
    pub key: &'s str,
    /// What became of it.
    pub kind: ChangeKind,
}

/// What became of a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It, or something it depends on, is different.
    Changed,
    /// It is gone.
    Removed,
}

/// What a set knows of one flag.
#[derive(Clone, Copy, Debug)]
pub struct FlagView<'s> {
    set: &'s FlagSet,
    flag: &'s Flag,
    id: FlagId,
}

impl<'s> FlagView<'s> {
    /// Its place.
    #[must_use]
    pub fn id(self) -> FlagId {
        self.id
    }

    /// Its key.
    #[must_use]
    pub fn key(self) -> &'s str {
        self.set.texts.get(self.flag.key)
    }

    /// The type of its values.
    #[must_use]
    pub fn value_type(self) -> ValueType {
        self.flag.value_type
    }

    /// Its state as written, without its schedule.
    #[must_use]
    pub fn state(self) -> crate::State {
        self.flag.state
    }

    /// Its rollout percentage as written, without its schedule and controls.
    #[must_use]
    pub fn rollout_percentage(self) -> crate::Percentage {
        self.flag.percentage
    }

    /// What sort of flag it is.
    #[must_use]
    pub fn kind(self) -> FlagKind {
        match self.details() {
            Some(details) => details.kind,
            None if !self.flag.variants.is_empty() => FlagKind::Multivariate,
            None if self.flag.percentage.is_partial() => FlagKind::Percentage,
            None => FlagKind::Boolean,
        }
    }

    /// Its variants, by name and value, in written order. A boolean flag without written ones has `on` and `off`.
    pub fn variants(self) -> impl Iterator<Item = (&'s str, &'s Value)> {
        let plain = Span::new(VARIANT_ON as usize, VARIANT_OFF as usize + 1);
        let span = if self.flag.variants.is_empty() { plain } else { self.flag.variants };
        span.of(&self.set.variants).iter().map(|variant| (self.set.texts.get(variant.name), &variant.value))
    }

    /// The places of its variants in the set, in the order of [`variants`](Self::variants): what
    /// [`Outcome::variant_place`](crate::Outcome::variant_place) is compared with.
    ///
    /// Flags without written variants share the first two places of the set, those of `on` and `off`. All others have places
    /// of their own.
    #[must_use]
    pub fn variant_places(self) -> core::ops::Range<usize> {
        if self.flag.variants.is_empty() {
            return VARIANT_ON as usize..VARIANT_OFF as usize + 1;
        }
        let start = self.flag.variants.start();
        start..start + self.flag.variants.of(&self.set.variants).len()
    }

    /// How many rules it has.
    #[must_use]
    pub fn rule_count(self) -> usize {
        self.flag.rules.len()
    }

    /// What it does, in words.
    #[must_use]
    pub fn description(self) -> Option<&'s str> {
        self.details()?.description.as_deref()
    }

    /// Who answers for it.
    #[must_use]
    pub fn owner(self) -> Option<&'s str> {
        self.details()?.owner.as_deref()
    }

    /// The words to find it by.
    pub fn tags(self) -> impl Iterator<Item = &'s str> {
        self.details().into_iter().flat_map(|details| &details.tags).map(|tag| &**tag)
    }

    /// The free data that travels with its decisions; empty where none is written.
    #[must_use]
    pub fn metadata(self) -> Option<&'s Object> {
        self.details().map(|details| &details.metadata).filter(|metadata| !metadata.is_empty())
    }

    /// The last day it should exist.
    #[must_use]
    pub fn expires(self) -> Option<crate::Date> {
        self.details()?.expires
    }

    /// Whether a change at run time needs a second person.
    #[must_use]
    pub fn is_protected(self) -> bool {
        self.details().is_some_and(|details| details.protected)
    }

    /// The key of its parent.
    #[must_use]
    pub fn parent(self) -> Option<&'s str> {
        let parent = self.extra()?.parent;
        self.set.flags.get(parent as usize).map(|flag| self.set.texts.get(flag.key))
    }

    /// A hash of everything its decisions depend on: equal fingerprints mean equal decisions, within one release.
    #[must_use]
    pub fn fingerprint(self) -> u64 {
        self.set.fingerprints.get(self.id.0 as usize).copied().unwrap_or_default()
    }

    /// The experiments that override it in some arm, in the order they are asked.
    pub fn experiments(self) -> impl Iterator<Item = ExperimentView<'s>> {
        let on_it = self.extra().into_iter().flat_map(|extra| &extra.experiments);
        on_it.filter_map(move |on_it| self.set.view_experiment(ExperimentId(on_it.experiment)))
    }

    fn extra(self) -> Option<&'s Extra> {
        self.set.extras.get(self.flag.extra as usize)
    }

    fn details(self) -> Option<&'s Details> {
        self.extra().map(|extra| &extra.details)
    }
}
