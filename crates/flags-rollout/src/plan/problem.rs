//! What is wrong with a plan, and where.

use flags_core::{PathPart, Percentage};
use thiserror::Error;

/// One thing that is wrong with a plan, and where.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("{}{problem}", place(path))]
#[non_exhaustive]
pub struct PlanError {
    /// Where: fields and positions below the plan, such as `stages`, `[1]`, `percentage`.
    pub path: Vec<PathPart>,
    /// What.
    pub problem: PlanProblem,
}

fn place(path: &[PathPart]) -> String {
    let mut text = String::new();
    for part in path {
        match part {
            PathPart::Key(key) if text.is_empty() => text.push_str(key),
            PathPart::Key(key) => text.extend([".", key]),
            PathPart::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
    if !text.is_empty() {
        text.push_str(": ");
    }
    text
}

/// What can be wrong with a plan whose parts are each well formed.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum PlanProblem {
    /// A plan of one's own without stages.
    #[error("a plan of its own needs `stages`")]
    NoStages,
    /// Stages beside a strategy that computes them.
    #[error("strategy `{strategy}` computes its stages: leave `stages` out, or write strategy = \"custom\"")]
    StagesComputed {
        /// The strategy.
        strategy: &'static str,
    },
    /// A start beside a strategy that has none.
    #[error("strategy `{strategy}` has no `start`: leave it out")]
    StartUnused {
        /// The strategy.
        strategy: &'static str,
    },
    /// The start is nobody, or not below the target.
    #[error("the start has to be above 0 and below the target of {target} %")]
    StartBeyondTarget {
        /// The target.
        target: Percentage,
    },
    /// The target is nobody.
    #[error("the target has to be above 0: what a rollout leads to is somebody")]
    TargetIsZero,
    /// A stage is not above the one before.
    #[error("each stage has to be above the one before, which has {before} %")]
    NotRising {
        /// The percentage of the stage before; 0 before the first.
        before: Percentage,
    },
    /// The last stage is not the target.
    #[error("the last stage has {last} %, and the target is {target} %")]
    TargetMissed {
        /// The percentage of the last stage.
        last: Percentage,
        /// The target.
        target: Percentage,
    },
    /// The holds of the stages are longer than the whole.
    #[error("the holds of the stages take {holds_seconds} s, and the whole is to last {duration_seconds} s")]
    HoldsExceedDuration {
        /// The holds that are written, together, in seconds.
        holds_seconds: u64,
        /// The duration, in seconds.
        duration_seconds: u64,
    },
    /// A guardrail without a bound.
    #[error("a guardrail needs `max` or `max_increase`")]
    NoBound,
    /// A rule of the application with bounds.
    #[error("a rule of the application has its bounds itself: leave `max` and `max_increase` out")]
    BoundOfRule,
    /// No signal has that name.
    #[error(
        "there is no signal `{name}`: a guardrail is on `error_rate`, `latency_p50`, `latency_p95`, `latency_p99`, or a name from [signals]{}",
        listed(known)
    )]
    UnknownSignal {
        /// The name that was written.
        name: Box<str>,
        /// The signals there are.
        known: Vec<Box<str>>,
    },
    /// The application brings no rule of that name.
    #[error("the application brings no rule `{name}`{}", listed(known))]
    UnknownRule {
        /// The name that was written.
        name: Box<str>,
        /// The rules there are.
        known: Vec<Box<str>>,
    },
    /// A signal compared with the control group.
    #[error("a signal is one number for all units, so there is no control group to compare with: use `max`")]
    SignalWithoutControl,
    /// A number is not where it has to be.
    #[error("expected {expected}")]
    OutOfRange {
        /// What was expected.
        expected: &'static str,
    },
}

fn listed(known: &[Box<str>]) -> String {
    if known.is_empty() { String::new() } else { format!("; there are {}", known.join(", ")) }
}
