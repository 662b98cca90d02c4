//! What alerts hear of rollouts.

use flags_metrics::alerts::Event;
use flags_rollout::{
    machine::{Alert, Entry},
    plan::Phase,
};

use crate::client::Inner;

impl Inner {
    /// A rollout wants somebody to hear of something.
    pub(crate) fn alert_of_rollout(&self, flag: &str, alert: &Alert) {
        if let Alert::RollingBack { because } = alert {
            self.record_event(&Event::RolledBack { flag: flag.into(), detail: because.clone() });
        }
    }

    /// A rollout went from one phase into another.
    pub(crate) fn alert_of_progress(&self, flag: &str, entry: &Entry) {
        let goes_on = matches!(entry.to, Phase::Planned | Phase::Canary | Phase::Gradual | Phase::Majority);
        if goes_on {
            self.record_event(&Event::RolloutResumed { flag: flag.into() });
        }
    }
}
