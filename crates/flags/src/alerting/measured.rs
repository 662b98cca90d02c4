//! What a client has measured, as rules ask for it.

use std::time::Duration;

use flags_metrics::{
    Metrics,
    alerts::{EvaluationTimes, FlagOutcomes, Measurements},
};

use crate::client::Inner;

/// A client, asked by its rules. Without metrics nothing is measured.
pub(super) struct Measured<'c> {
    pub(super) client: &'c Inner,
}

impl Measured<'_> {
    fn metrics(&self) -> Option<&Metrics> {
        self.client.metering.metrics()
    }
}

impl Measurements for Measured<'_> {
    fn evaluation_times(&self) -> Option<EvaluationTimes> {
        self.metrics().map(|metrics| EvaluationTimes::from(&metrics.evaluation_durations()))
    }

    fn outcomes(&self, over: Duration) -> Vec<FlagOutcomes> {
        let Some(metrics) = self.metrics() else { return vec![] };
        let outcomes = |flag: String| {
            let window = metrics.flag_window(&flag, over);
            FlagOutcomes { flag: flag.into(), count: window.count, errors: window.errors }
        };
        metrics.measured_flags().into_iter().map(outcomes).filter(|outcomes| outcomes.count > 0).collect()
    }

    fn has_flag(&self, key: &str) -> bool {
        self.client.current.unforced().set.find(key).is_some()
    }
}
