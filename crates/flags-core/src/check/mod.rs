//! Consistency: whatever has passed here can be compiled, and whatever is compiled holds.
//!
//! Every problem is found in one pass and named by its place. References between flags, segments and experiments are followed
//! in [`graph`].

mod conditions;
mod experiments;
mod flags;
mod graph;
mod overlap;

use alloc::{boxed::Box, vec, vec::Vec};
use core::ops::Deref;

use hashbrown::HashMap;

use crate::{
    DefinitionError, DefinitionErrors, Definitions, ExperimentDefinition, FlagDefinition, PathPart, Problem,
    definition::{SegmentDefinition, is_key},
};

/// Definitions that have passed [`Definitions::check`]: every reference holds, and nothing refers to itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CheckedDefinitions(Definitions);

impl CheckedDefinitions {
    /// The definitions, to be changed and checked again.
    #[must_use]
    pub fn into_inner(self) -> Definitions {
        self.0
    }
}

impl Deref for CheckedDefinitions {
    type Target = Definitions;

    fn deref(&self) -> &Definitions {
        &self.0
    }
}

impl Definitions {
    /// Checks that the definitions are consistent, in every environment that is written.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, each with its place: unknown or doubled keys, variants that do not exist or are of another
    /// type, splits without weight, experiments in each other's way, references in a circle, and the limits on depth, cost and
    /// size.
    ///
    /// ```
    /// use flags_core::{Definitions, FlagDefinition};
    ///
    /// let definitions = Definitions { flags: vec![FlagDefinition::new("cart").requires("shop")], ..Definitions::default() };
    /// assert_eq!(definitions.check().unwrap_err().to_string(), "features.cart.requires[0]: there is no flag `shop`");
    /// ```
    pub fn check(self) -> Result<CheckedDefinitions, DefinitionErrors> {
        let errors = Checker::problems(&self);
        if errors.is_empty() { Ok(CheckedDefinitions(self)) } else { Err(DefinitionErrors(errors)) }
    }
}

/// The state of one check.
struct Checker<'d> {
    definitions: &'d Definitions,
    flags: HashMap<&'d str, &'d FlagDefinition, foldhash::fast::FixedState>,
    segments: HashMap<&'d str, &'d SegmentDefinition, foldhash::fast::FixedState>,
    /// Where the check is at present.
    path: Vec<PathPart>,
    errors: Vec<DefinitionError>,
}

impl<'d> Checker<'d> {
    fn new(definitions: &'d Definitions) -> Self {
        Self {
            definitions,
            flags: HashMap::with_capacity_and_hasher(definitions.flags.len(), foldhash::fast::FixedState::default()),
            segments: HashMap::with_capacity_and_hasher(
                definitions.segments.len(),
                foldhash::fast::FixedState::default(),
            ),
            path: vec![],
            errors: vec![],
        }
    }

    fn problems(definitions: &'d Definitions) -> Vec<DefinitionError> {
        let mut checker = Self::new(definitions);
        checker.run();
        checker.errors
    }

    fn run(&mut self) {
        let definitions = self.definitions;
        if size_of_definitions(definitions) > MAX_SIZE {
            self.report(Problem::TooLarge);
            return;
        }
        for flag in &definitions.flags {
            let doubled = self.flags.insert(&flag.key, flag).is_some();
            self.at("features", |checker| checker.check_key(&flag.key, doubled));
        }
        for segment in &definitions.segments {
            let doubled = self.segments.insert(&segment.key, segment).is_some();
            self.at("segments", |checker| checker.check_key(&segment.key, doubled));
        }
        for segment in &definitions.segments {
            self.at("segments", |checker| {
                checker.at(&*segment.key, |checker| checker.check_conditions("when", &segment.when));
            });
        }
        for flag in &definitions.flags {
            self.at("features", |checker| checker.at(&*flag.key, |checker| checker.check_flag(flag)));
        }
        self.check_experiments();
        // A circle among names that do not exist would be reported as both; the names come first.
        if self.errors.is_empty() {
            self.errors = graph::problems(definitions);
        }
    }

    fn check_key(&mut self, key: &str, doubled: bool) {
        self.at(key, |checker| {
            if !is_key(key) {
                checker.report(Problem::InvalidKey);
            }
            if doubled {
                checker.report(Problem::DuplicateKey);
            }
        });
    }

    fn report(&mut self, problem: Problem) {
        self.errors.push(DefinitionError { path: self.path.clone(), problem });
    }

    /// Runs a check one step further down.
    fn at(&mut self, part: impl Into<PathPart>, check: impl FnOnce(&mut Self)) {
        self.path.push(part.into());
        check(self);
        self.path.pop();
    }

    /// Runs a check for every element of a list.
    fn at_each<T>(&mut self, name: &'static str, items: &'d [T], mut check: impl FnMut(&mut Self, &'d T)) {
        if !items.is_empty() {
            self.at(name, |checker| {
                for (index, item) in items.iter().enumerate() {
                    checker.at(index, |checker| check(checker, item));
                }
            });
        }
    }
}

/// How large a set may be: indices into a compiled set have 32 bits, and this stays well below.
const MAX_SIZE: usize = 1 << 30;

/// An upper bound on what compiling the definitions counts: characters and elements.
fn size_of_definitions(definitions: &Definitions) -> usize {
    let texts = |list: &[Box<str>]| list.iter().map(|text| text.len() + 1).sum::<usize>();
    let flag = |flag: &FlagDefinition| {
        flag.key.len()
            + flag.variants.iter().map(|variant| variant.name.len() + 8).sum::<usize>()
            + flag.overrides.iter().map(|(unit, _)| unit.len() + 8).sum::<usize>()
            + texts(&flag.targets.users)
            + texts(&flag.targets.node_ids)
            + texts(&flag.targets.validator_keys)
            + flag.rules.iter().map(|rule| conditions::size(&rule.when) + 64).sum::<usize>()
            + conditions::size(&flag.conditions)
            + 64
    };
    let experiment = |experiment: &ExperimentDefinition| {
        experiment.key.len()
            + experiment.arms.iter().map(|arm| arm.name.len() + arm.overrides.len() + 16).sum::<usize>()
            + conditions::size(&experiment.audience)
            + 64
    };
    definitions
        .flags
        .iter()
        .map(|base| flag(base) + base.environments.iter().map(|(_, form)| flag(form)).sum::<usize>())
        .sum::<usize>()
        + definitions
            .segments
            .iter()
            .map(|segment| texts(&segment.members) + texts(&segment.exclude) + conditions::size(&segment.when) + 64)
            .sum::<usize>()
        + definitions.experiments.iter().map(experiment).sum::<usize>()
        + definitions.layers.len() * 192
        + definitions.holdouts.iter().map(|holdout| holdout.named().len() + 192).sum::<usize>()
}
