//! What belongs to a flag by its name, whatever set it is compiled into: its units and its branches.

use std::{
    borrow::Cow,
    sync::{
        Arc, OnceLock, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use crate::{
    branch::{Branch, BranchSetup},
    histogram::nanos,
    sketch::Sketch,
    table::{NO_VARIANT, OTHER},
};

/// The units and branches of one flag, made when they are first needed.
pub(crate) struct FlagRecord {
    units: OnceLock<Sketch>,
    setup: Arc<BranchSetup>,
    /// In nanoseconds; shared with the branches.
    slow_after: Arc<AtomicU64>,
    /// By variant, in the order they were made.
    branches: RwLock<Vec<(Box<str>, Branch)>>,
}

impl FlagRecord {
    pub(crate) fn new(setup: &Arc<BranchSetup>, slow_after: Duration) -> Self {
        Self {
            units: OnceLock::new(),
            setup: Arc::clone(setup),
            slow_after: Arc::new(AtomicU64::new(nanos(slow_after))),
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

    pub(crate) fn set_slow_after(&self, slow_after: Duration) {
        self.slow_after.store(nanos(slow_after), Relaxed);
    }

    /// Makes sure that there are branches for these variants, if the flag has none yet.
    pub(crate) fn prepare_branches<'v>(&self, variants: impl Iterator<Item = &'v str>) {
        if self.is_measured() {
            return;
        }
        for variant in variants {
            let _ = self.branch(Some(variant));
        }
    }

    /// Whether the flag has branches.
    pub(crate) fn is_measured(&self) -> bool {
        !self.read().is_empty()
    }

    /// The branch of a variant, or of the caller's default.
    pub(crate) fn branch(&self, variant: Option<&str>) -> Branch {
        let variant = &*variant_label(variant);
        let find = |branches: &[(Box<str>, Branch)]| {
            branches.iter().find(|(name, _)| **name == *variant).map(|(_, branch)| branch.clone())
        };
        if let Some(found) = find(&self.read()) {
            return found;
        }
        let mut branches = self.branches.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have been faster.
        find(&branches).unwrap_or_else(|| {
            let branch = Branch::new(Arc::clone(&self.setup), Arc::clone(&self.slow_after));
            branches.push((variant.into(), branch.clone()));
            branch
        })
    }

    /// The branch of a variant, if it has been made.
    pub(crate) fn find_branch(&self, variant: Option<&str>) -> Option<Branch> {
        let variant = &*variant_label(variant);
        self.read().iter().find(|(name, _)| **name == *variant).map(|(_, branch)| branch.clone())
    }

    /// All branches, by the names of their variants.
    pub(crate) fn branches(&self) -> Vec<(Box<str>, Branch)> {
        self.read().clone()
    }

    /// Forgets the branches of variants that are not among these. Runs that are under way then are recorded nowhere.
    pub(crate) fn retain_branches(&self, is_there: impl Fn(&str) -> bool) {
        let mut branches = self.branches.write().unwrap_or_else(PoisonError::into_inner);
        branches.retain(|(name, _)| **name == *NO_VARIANT || is_there(name));
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Vec<(Box<str>, Branch)>> {
        // The list is whole after every step.
        self.branches.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The label of a variant, or of none. Variants may have any name, so one that is ours is told apart.
pub(crate) fn variant_label(variant: Option<&str>) -> Cow<'_, str> {
    match variant {
        None => NO_VARIANT.into(),
        Some(name) if [NO_VARIANT, OTHER].contains(&name) => format!("{name}_").into(),
        Some(name) => name.into(),
    }
}
