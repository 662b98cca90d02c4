//! All that an analysis has to say, as plain data.

use flags_core::Timestamp;

use super::{Check, CheckOutcome, Decision, MetricAnalysis, Plan, Progress};
use crate::Name;

/// All that an analysis has to say, as plain data; its `Display` is for people.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    /// The experiment's key.
    pub experiment: Name,
    /// The instant at which it was asked.
    pub at: Timestamp,
    /// By what rules it is judged, all of them fixed before the data.
    pub plan: Plan,
    /// Where the experiment stands.
    pub progress: Progress,
    /// The checks of the data.
    pub checks: Vec<Check>,
    /// The arms in the order of the definition, then those that only the data know.
    pub arms: Vec<ArmUsers>,
    /// The metrics in the order of the definition.
    pub metrics: Vec<MetricAnalysis>,
    /// The metrics for parts of the units; exploratory.
    pub segments: Vec<SegmentAnalysis>,
    /// What to do.
    pub decision: Decision,
}

/// How many units an arm has.
#[derive(Clone, Debug, PartialEq)]
pub struct ArmUsers {
    /// Its name.
    pub name: Name,
    /// Whether it is the control.
    pub control: bool,
    /// Its units, without those that were seen in another arm too.
    pub users: u64,
    /// How many there should be by the weights that were in force; `None` where those are not known.
    pub expected: Option<f64>,
}

/// The metrics for the units that have something in common.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentAnalysis {
    /// What they have in common: the name of an attribute.
    pub dimension: Name,
    /// The attribute's value.
    pub value: Name,
    /// How many they are, in all arms.
    pub users: u64,
    /// The metrics.
    pub metrics: Vec<MetricAnalysis>,
}

impl Analysis {
    /// The metric of that name.
    #[must_use]
    pub fn metric(&self, name: &str) -> Option<&MetricAnalysis> {
        self.metrics.iter().find(|metric| *metric.name == *name)
    }

    /// Whether its numbers are not shown before their time. Whoever shows more of the experiment, such as its days, should not
    /// do so either then.
    #[must_use]
    pub fn is_withheld(&self) -> bool {
        self.metrics.iter().any(|metric| matches!(&metric.control.value, Err(reason) if reason.is_withheld()))
    }

    /// Whether a check has failed, so that nothing here can be trusted.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.checks.iter().any(|check| check.outcome == CheckOutcome::Failed)
    }
}
