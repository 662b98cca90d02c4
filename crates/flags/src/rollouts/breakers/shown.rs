//! The circuit breakers of a client as metrics.

use std::sync::Arc;

use flags_metrics::{Samples, table};
use flags_rollout::breaker::BreakerPhase;

use super::BreakerView;
use crate::client::Inner;

/// What breakers show.
pub(crate) const SHOWN: &[table::Metric] = &[table::BREAKER_STATE, table::BREAKER_TRANSITIONS];

impl Inner {
    /// Shows how the breakers stand, and how often they have come into which state in this process.
    pub(crate) fn show_breakers(self: &Arc<Self>, samples: &mut Samples) {
        for breaker in self.rollouts.breakers.all() {
            let present = BreakerView::of(self, &breaker).phase;
            for phase in BreakerPhase::ALL {
                let is_present = u64::from(phase == present);
                samples.add_count(&table::BREAKER_STATE, &[breaker.key(), phase.name()], is_present);
            }
            for (phase, count) in breaker.transitions() {
                samples.add_count(&table::BREAKER_TRANSITIONS, &[breaker.key(), phase.name()], count);
            }
        }
    }
}
