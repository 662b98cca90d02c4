//! The arms side by side, for all units or for those that have something in common.

use std::collections::BTreeMap;

use super::{MetricSummary, SummaryError};
use crate::Name;

/// The arms side by side, over some set of units.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Slice {
    /// What is known of each arm, by its name.
    pub arms: BTreeMap<Name, ArmSummary>,
}

/// What is known of an arm.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ArmSummary {
    /// The units whose first exposure was to this arm, without those that were seen in another one too.
    pub users: u64,
    /// The units whose first exposure was to this arm and that were seen in another one later; they are in nothing else here.
    pub in_two_arms: u64,
    /// The metrics, by their names.
    pub metrics: BTreeMap<Name, MetricSummary>,
}

impl Slice {
    /// The units of an arm; 0 if it has none.
    #[must_use]
    pub fn users(&self, arm: &str) -> u64 {
        self.arms.get(arm).map_or(0, |arm| arm.users)
    }

    /// The units of all arms.
    #[must_use]
    pub fn all_users(&self) -> u64 {
        self.arms.values().fold(0, |sum, arm| sum.saturating_add(arm.users))
    }

    /// The units that were left out because they were seen in two arms.
    #[must_use]
    pub fn in_two_arms(&self) -> u64 {
        self.arms.values().fold(0, |sum, arm| sum.saturating_add(arm.in_two_arms))
    }

    /// A metric in an arm, if anything is known of it.
    #[must_use]
    pub fn metric(&self, arm: &str, metric: &str) -> Option<&MetricSummary> {
        self.arms.get(arm)?.metrics.get(metric)
    }

    /// Takes in what another slice holds of other units.
    ///
    /// # Errors
    ///
    /// [`SummaryError::Merge`] if the sums of a metric do not fit together. The slice is then left as it was.
    pub fn absorb(&mut self, other: &Self) -> Result<(), SummaryError> {
        let mut merged = self.clone();
        for (name, theirs) in &other.arms {
            let arm = merged.arms.entry(name.clone()).or_default();
            arm.users = arm.users.saturating_add(theirs.users);
            arm.in_two_arms = arm.in_two_arms.saturating_add(theirs.in_two_arms);
            for (metric, theirs) in &theirs.metrics {
                let both = match arm.metrics.get(metric) {
                    None => *theirs,
                    Some(ours) => ours.merge(*theirs).map_err(|reason| SummaryError::Merge {
                        arm: name.clone(),
                        metric: metric.clone(),
                        reason,
                    })?,
                };
                arm.metrics.insert(metric.clone(), both);
            }
        }
        *self = merged;
        Ok(())
    }
}
