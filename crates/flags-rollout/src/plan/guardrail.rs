//! Guardrails as people write them.

use std::{fmt, time::Duration};

/// A metric that has to stay within bounds while a rollout advances.
#[derive(Clone, Debug, PartialEq)]
pub struct GuardrailDefinition {
    /// What is measured.
    pub metric: GuardMetric,
    /// The largest value allowed: a share from 0 to 1 for the error rate, seconds for a latency, the signal's unit for a
    /// signal.
    pub max: Option<f64>,
    /// The largest increase allowed relative to the concurrent control group: 0.1 allows a rate of 1.1 percent where the
    /// control has one of 1.
    pub max_increase: Option<f64>,
    /// Over how long a bound on a signal is looked at; data older than that are missing data.
    pub window: Duration,
    /// How many outcomes each arm needs before the guardrail can pass. It can fail before.
    pub min_samples: u64,
    /// What to do when it fails.
    pub on_breach: OnBreach,
    /// What to do without data.
    pub on_missing: OnMissing,
}

impl GuardrailDefinition {
    /// A guardrail without bounds, with the format's defaults for the rest.
    #[must_use]
    pub fn new(metric: GuardMetric) -> Self {
        Self {
            metric,
            max: None,
            max_increase: None,
            window: Duration::from_secs(5 * 60),
            min_samples: 100,
            on_breach: OnBreach::Rollback,
            on_missing: OnMissing::Hold,
        }
    }

    /// The guardrail with an absolute bound.
    #[must_use]
    pub fn max(mut self, max: f64) -> Self {
        self.max = Some(max);
        self
    }

    /// The guardrail with a bound relative to the control group.
    #[must_use]
    pub fn max_increase(mut self, increase: f64) -> Self {
        self.max_increase = Some(increase);
        self
    }

    /// The guardrail with something else to do when it fails.
    #[must_use]
    pub fn on_breach(mut self, on_breach: OnBreach) -> Self {
        self.on_breach = on_breach;
        self
    }

    /// The guardrail with something else to do without data.
    #[must_use]
    pub fn on_missing(mut self, on_missing: OnMissing) -> Self {
        self.on_missing = on_missing;
        self
    }
}

/// What a guardrail measures.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GuardMetric {
    /// The share of runs that failed.
    ErrorRate,
    /// A quantile of the times runs take, judged as the share of runs that took longer than the bound.
    Latency(LatencyQuantile),
    /// A health signal from outside the process, by its name: one number for all units.
    Signal(Box<str>),
    /// A signal from outside the process that counts the runs of both arms, by its name.
    SignalCounts(Box<str>),
    /// A rule the application brings along, by its name.
    Rule(Box<str>),
}

impl GuardMetric {
    /// The metric of a name in the format: one that is built in, else the signal of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        match name {
            "error_rate" => Self::ErrorRate,
            "latency_p50" => Self::Latency(LatencyQuantile::P50),
            "latency_p95" => Self::Latency(LatencyQuantile::P95),
            "latency_p99" => Self::Latency(LatencyQuantile::P99),
            signal => Self::Signal(signal.into()),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::ErrorRate => "error_rate",
            Self::Latency(quantile) => quantile.name(),
            Self::Signal(name) | Self::SignalCounts(name) | Self::Rule(name) => name,
        }
    }

    /// Whether it is counted run by run, so that arms can be compared by counts.
    #[must_use]
    pub fn is_counted(&self) -> bool {
        matches!(self, Self::ErrorRate | Self::Latency(_) | Self::SignalCounts(_))
    }
}

impl fmt::Display for GuardMetric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A quantile of the times that runs take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LatencyQuantile {
    /// Half of the runs take longer.
    P50,
    /// One run of twenty takes longer.
    P95,
    /// One run of a hundred takes longer.
    P99,
}

impl LatencyQuantile {
    /// The share of runs that takes longer.
    #[must_use]
    pub const fn share_above(self) -> f64 {
        match self {
            Self::P50 => 0.5,
            Self::P95 => 0.05,
            Self::P99 => 0.01,
        }
    }

    /// The name the format has for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::P50 => "latency_p50",
            Self::P95 => "latency_p95",
            Self::P99 => "latency_p99",
        }
    }
}

/// What to do when a guardrail fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OnBreach {
    /// Roll back.
    Rollback,
    /// Pause, and wait for a person.
    Pause,
    /// Tell, and do nothing: for guardrails nobody trusts yet.
    Notify,
}

impl OnBreach {
    /// The word the format uses for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rollback => "rollback",
            Self::Pause => "pause",
            Self::Notify => "notify",
        }
    }
}

/// What to do when a guardrail has no data, or they cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OnMissing {
    /// Stay where it is, and pause after the plan's grace.
    Hold,
    /// Stay where it is, and roll back after the plan's grace.
    Rollback,
    /// Go on as if the guardrail were not there.
    Ignore,
}

impl OnMissing {
    /// The word the format uses for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Rollback => "rollback",
            Self::Ignore => "ignore",
        }
    }
}
