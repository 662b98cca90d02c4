//! What belongs to a flag by its name, whatever set it is compiled into: its units and its branches.

use std::{
    borrow::Cow,
    sync::{Arc, OnceLock, PoisonError, RwLock},
    time::Duration,
};

use crate::{
    branch::{Branch, BranchSetup, Common},
    sketch::Sketch,
    table::{NO_VARIANT, OTHER},
};

/// The units and branches of one flag, made when they are first needed.
pub(crate) struct FlagRecord {
    units: OnceLock<Sketch>,
    setup: Arc<BranchSetup>,
    /// Shared with the branches.
    pub(crate) common: Arc<Common>,
    /// By variant, in the order they were made.
    branches: RwLock<Vec<(Box<str>, Branch)>>,
}

impl FlagRecord {
    pub(crate) fn new(setup: &Arc<BranchSetup>, slow_after: Duration) -> Self {
        Self {
            units: OnceLock::new(),
            setup: Arc::clone(setup),
            common: Arc::new(Common::new(slow_after)),
            branches: RwLock::default(),
        }
    }

    /// The units, to count one more.
    #[inline]
    pub(crate) fn units(&self) -> &Sketch {
        self.units.get_or_init(Sketch::new)
    }

    /// How many units there were; `None` before the first.
    pub(crate) fn unique_units(&self) -> Option<f64> {
        self.units.get().map(Sketch::estimate)
    }

    /// Whether the flag has branches.
    pub(crate) fn is_measured(&self) -> bool {
        !self.read().is_empty()
    }

    /// The branch of a variant, or of the caller's default, if it has been made.
    pub(crate) fn find_branch(&self, variant: Option<&str>) -> Option<Branch> {
        find(&self.read(), &variant_label(variant))
    }

    /// The branch of a variant, or of the caller's default. The first of a flag brings those of all its variants along.
    pub(crate) fn branch<'v>(&self, variant: Option<&str>, variants: impl Iterator<Item = &'v str>) -> Branch {
        let label = variant_label(variant);
        if let Some(found) = find(&self.read(), &label) {
            return found;
        }
        let mut branches = self.branches.write().unwrap_or_else(PoisonError::into_inner);
        if branches.is_empty() {
            branches.extend(variants.map(|variant| (variant_label(Some(variant)).into(), self.new_branch())));
        }
        // Among those just made, or made by a thread that was faster.
        find(&branches, &label).unwrap_or_else(|| {
            let branch = self.new_branch();
            branches.push((label.into(), branch.clone()));
            branch
        })
    }

    /// Makes the branches those of these labels: a flag that is measured has other variants now. Runs that are under way in a
    /// branch that goes are recorded nowhere.
    pub(crate) fn redefine_branches<'l>(&self, labels: impl Iterator<Item = &'l str> + Clone) {
        let mut branches = self.branches.write().unwrap_or_else(PoisonError::into_inner);
        if branches.is_empty() {
            return;
        }
        branches.retain(|(known, _)| **known == *NO_VARIANT || labels.clone().any(|label| **known == *label));
        for label in labels {
            if find(&branches, label).is_none() {
                branches.push((label.into(), self.new_branch()));
            }
        }
    }

    fn new_branch(&self) -> Branch {
        Branch::new(Arc::clone(&self.setup), Arc::clone(&self.common))
    }

    /// All branches, by the names of their variants.
    pub(crate) fn branches(&self) -> Vec<(Box<str>, Branch)> {
        self.read().clone()
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Vec<(Box<str>, Branch)>> {
        // The list is whole after every step.
        self.branches.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn find(branches: &[(Box<str>, Branch)], label: &str) -> Option<Branch> {
    branches.iter().find(|(known, _)| **known == *label).map(|(_, branch)| branch.clone())
}

/// The label of a variant, or of none. Variants may have any name, so one that is ours is told apart.
pub(crate) fn variant_label(variant: Option<&str>) -> Cow<'_, str> {
    match variant {
        None => NO_VARIANT.into(),
        Some(name) if [NO_VARIANT, OTHER].contains(&name) => format!("{name}_").into(),
        Some(name) => name.into(),
    }
}
