//! What is settled when measuring begins.

use std::sync::Arc;

use crate::{MetricsOptions, MonotonicClock, branch::BranchSetup, record::FlagRecord, sketch::UnitHasher};

/// What is settled when measuring begins.
pub(crate) struct Setup {
    pub(crate) chosen: MetricsOptions,
    pub(crate) clock: Arc<dyn MonotonicClock>,
    pub(crate) unit_hasher: UnitHasher,
    pub(crate) branches: Arc<BranchSetup>,
    /// For all flags that do not exist.
    pub(crate) unknown: Arc<FlagRecord>,
}

impl Setup {
    pub(crate) fn new(chosen: MetricsOptions, clock: Arc<dyn MonotonicClock>) -> Self {
        let branches = Arc::new(BranchSetup::new(Arc::clone(&clock), chosen.window));
        Self {
            unit_hasher: UnitHasher::new(chosen.unit_seed),
            unknown: Arc::new(FlagRecord::new(&branches, chosen.slow_after)),
            branches,
            clock,
            chosen,
        }
    }

    /// What belongs to a flag that is new.
    pub(crate) fn record(&self) -> Arc<FlagRecord> {
        Arc::new(FlagRecord::new(&self.branches, self.chosen.slow_after))
    }
}
