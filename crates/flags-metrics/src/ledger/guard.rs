//! Which branches of a flag have a place among the series that are shown.

use super::{Budget, Overflow, Series};
use crate::{
    ShadowCounts,
    branch::{Branch, BranchOutcomes},
    histogram::BUCKETS,
    record::FlagRecord,
};

/// How many series a branch is shown as: three outcomes, and the buckets, sum and count of its latency.
pub(crate) const SERIES_PER_BRANCH: usize = 3 + BUCKETS + 2;

/// The places of one flag's branches. Once a branch has been given or refused a place, that stays so while it exists.
#[derive(Default)]
pub(crate) struct Guard {
    places: Vec<(Box<str>, Place)>,
    /// Ok, error, slow.
    pub(crate) fall_backs: Series<3>,
    /// In the order of [`ShadowResult::ALL`](crate::ShadowResult::ALL).
    pub(crate) shadows: Series<3>,
}

enum Place {
    Shown,
    /// With what has gone to the overflow.
    Refused(Box<BranchOutcomes>),
}

impl Guard {
    /// Finds places for branches that are new, and sends to the overflow what branches without a place have done.
    pub(super) fn place(&mut self, record: &FlagRecord, budget: &mut Budget, overflow: &mut Overflow) {
        if !record.is_measured() {
            return;
        }
        for (variant, branch) in record.branches() {
            let at = self.places.iter().position(|(known, _)| *known == variant).unwrap_or_else(|| {
                let fits = budget.take(SERIES_PER_BRANCH);
                let place = if fits { Place::Shown } else { Place::Refused(Box::default()) };
                self.places.push((variant, place));
                self.places.len() - 1
            });
            if let Some((_, Place::Refused(gone_by))) = self.places.get_mut(at) {
                let outcomes = branch.outcomes();
                overflow.guard.merge(&outcomes.since(gone_by));
                **gone_by = outcomes;
            }
        }
        if let Some(BranchOutcomes { ok, errors, slow, .. }) = record.common.fall_backs() {
            self.fall_backs.follow([ok, errors, slow], budget, &mut overflow.fall_backs);
        }
        if let Some(ShadowCounts { matches, mismatches, errors }) = record.common.shadows() {
            self.shadows.follow([matches, mismatches, errors], budget, &mut overflow.shadows);
        }
    }

    /// The branches that have a place.
    pub(crate) fn shown(&self, record: &FlagRecord) -> Vec<(Box<str>, Branch)> {
        let is_shown = |variant: &str| {
            self.places.iter().any(|(known, place)| **known == *variant && matches!(place, Place::Shown))
        };
        record.branches().into_iter().filter(|(variant, _)| is_shown(variant)).collect()
    }

    /// Gives back the places of branches that are no longer there.
    pub(super) fn retain(&mut self, record: &FlagRecord, budget: &mut Budget) {
        let branches = record.branches();
        self.places.retain(|(known, place)| {
            let is_there = branches.iter().any(|(variant, _)| variant == known);
            if !is_there && matches!(place, Place::Shown) {
                budget.give_back(SERIES_PER_BRANCH);
            }
            is_there
        });
    }

    pub(super) fn retire(&self, budget: &mut Budget) {
        let shown = self.places.iter().filter(|(_, place)| matches!(place, Place::Shown)).count();
        budget.give_back(shown * SERIES_PER_BRANCH);
        self.fall_backs.retire(budget);
        self.shadows.retire(budget);
    }
}
