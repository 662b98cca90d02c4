//! What sets an alert off.

use std::time::Duration;

/// What sets an alert off; the [module](crate::alerts) says what each means and what resolves it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum AlertCondition {
    /// Evaluations take long.
    EvaluationLatency {
        /// The quantile that is judged, between 0 and 1.
        percentile: f64,
        /// The bound it has to stay at or below. What is measured ends at the highest bound of the histogram (10 ms):
        /// above that, this never holds.
        above: Duration,
        /// Over how long evaluation times are gathered.
        window: Duration,
        /// How many sampled evaluation times it takes to judge; fewer are missing data.
        min_samples: u64,
    },
    /// Too many outcomes of a flag's branches are errors.
    FlagErrorRate {
        /// The share of errors it has to stay at or below, from 0 to 1.
        above: f64,
        /// The flag; `None` stands for every flag, each with an alert of its own.
        flag: Option<Box<str>>,
        /// Over how long outcomes are counted.
        window: Duration,
        /// How many outcomes it takes to judge; fewer are missing data.
        min_samples: u64,
    },
    /// A rollout was rolled back.
    Rollback,
    /// A rollout waits for a person, a change of it is not in force, a guardrail that only tells has failed, or a circuit
    /// breaker is open.
    RolloutAttention,
    /// An experiment has a verdict.
    ExperimentSignificant,
    /// A flag changed outside of the usual way.
    UnexpectedChange,
    /// Changed definitions were refused.
    ReloadFailed,
}

impl AlertCondition {
    /// Its name in definitions, such as `flag_error_rate`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::EvaluationLatency { .. } => "evaluation_latency",
            Self::FlagErrorRate { .. } => "flag_error_rate",
            Self::Rollback => "rollback",
            Self::RolloutAttention => "rollout_attention",
            Self::ExperimentSignificant => "experiment_significant",
            Self::UnexpectedChange => "unexpected_change",
            Self::ReloadFailed => "reload_failed",
        }
    }

    /// Whether it is a thing that happens, rather than one that goes on.
    pub(super) const fn is_occurrence(&self) -> bool {
        matches!(self, Self::Rollback | Self::ExperimentSignificant | Self::UnexpectedChange)
    }
}
