//! `[alerts.KEY]`: what somebody should hear of, as plain data.

use std::time::Duration;

/// What somebody should hear of.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AlertDefinition {
    /// Its key.
    pub key: Box<str>,
    /// What sets it off.
    pub when: AlertCondition,
    /// How serious it is; a warning unless written.
    pub severity: AlertSeverity,
    /// How long it stays silent after it fired; ten minutes unless written.
    pub cooldown: Duration,
    /// How long the condition has to hold before it fires (`for`); not at all unless written.
    pub hold: Duration,
    /// The keys of the channels it goes to, all of them defined; empty stands for every channel there is.
    pub notify: Vec<Box<str>>,
    /// What to do about it.
    pub description: Option<Box<str>>,
}

/// How serious an alert is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AlertSeverity {
    /// Worth knowing.
    Info,
    /// Somebody should look at it soon.
    #[default]
    Warning,
    /// Somebody should look at it now.
    Critical,
}

/// What sets an alert off.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum AlertCondition {
    /// Evaluations take long.
    EvaluationLatency {
        /// The quantile that is judged, between 0 and 1.
        percentile: f64,
        /// The bound it has to stay at or below.
        above: Duration,
        /// Over how long evaluation times are gathered; five minutes unless written, longer than nothing.
        window: Duration,
        /// How many measured evaluations it takes to judge; 20 unless written.
        min_samples: u64,
    },
    /// Too many outcomes of a flag are errors.
    FlagErrorRate {
        /// The share of errors it has to stay at or below, from 0 to 1.
        above: f64,
        /// The flag, which is defined; `None` stands for every flag.
        flag: Option<Box<str>>,
        /// Over how long outcomes are counted; five minutes unless written, longer than nothing.
        window: Duration,
        /// How many outcomes it takes to judge; 10 unless written.
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
    /// A changed file was refused.
    ReloadFailed,
}

impl AlertSeverity {
    /// Its name, as it is written in a file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }

    /// The severity of that name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name {
            "info" => Some(Self::Info),
            "warning" => Some(Self::Warning),
            "critical" => Some(Self::Critical),
            _ => None,
        }
    }
}
