//! What to do with an experiment, and why.

use std::fmt;

use super::{CheckKind, Measured, Shortfall, Verdict, Waiting};
use crate::Name;

/// What to do with an experiment, and why. It is a recommendation: who follows it is another matter.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// What to do.
    pub kind: DecisionKind,
    /// The arm it is about: the winner, or the one that does harm.
    pub arm: Option<Name>,
    /// Why, the most important reason first; never empty.
    pub because: Vec<Because>,
    /// The comparisons that it rests on.
    pub evidence: Vec<Finding>,
}

/// What to do with an experiment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DecisionKind {
    /// End it: the arm is better.
    RecommendWinner,
    /// End it, or take the arm out: it does harm.
    RecommendStop,
    /// Wait.
    KeepRunning,
    /// There is nothing that the data could decide.
    NoDecision,
}

impl DecisionKind {
    /// The decision as a word that does not change, for machines: `keep_running`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::RecommendWinner => "recommend_winner",
            Self::RecommendStop => "recommend_stop",
            Self::KeepRunning => "keep_running",
            Self::NoDecision => "no_decision",
        }
    }
}

impl fmt::Display for Decision {
    /// One line: what to do. The reasons are in [`because`](Self::because).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.kind, &self.arm) {
            (DecisionKind::RecommendWinner, Some(arm)) => write!(f, "declare {arm} the winner"),
            (DecisionKind::RecommendWinner, None) => f.write_str("declare the winner"),
            (DecisionKind::RecommendStop, Some(arm)) => write!(f, "stop: {arm} does harm"),
            (DecisionKind::RecommendStop, None) => f.write_str("stop"),
            (DecisionKind::KeepRunning, _) => f.write_str("keep running"),
            (DecisionKind::NoDecision, _) => f.write_str("no decision"),
        }
    }
}

/// A comparison that a decision rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The metric.
    pub metric: Name,
    /// The arm.
    pub arm: Name,
    /// What it came to.
    pub verdict: Verdict,
    /// The arm minus the control, where it is known.
    pub effect: Option<Measured>,
    /// The same as a share of the control, where it is known.
    pub lift: Option<Measured>,
    /// The p-value, corrected where it is one of several tests; none where the method has none.
    pub p: Option<f64>,
}

/// A reason for a decision.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Because {
    /// The data cannot be trusted.
    CheckFailed {
        /// What was checked.
        check: CheckKind,
        /// What is wrong, in words.
        text: String,
    },
    /// Nobody has been exposed.
    NobodyYet,
    /// No metric is there to win by.
    NoSuccessMetric,
    /// The method does not decide yet.
    DecidesLater {
        /// What it waits for.
        waiting: Waiting,
    },
    /// The arm is better by the primary metric.
    Better {
        /// The arm.
        arm: Name,
        /// The metric.
        metric: Name,
        /// By how much, as a share of the control, where that is known.
        lift: Option<f64>,
    },
    /// Other arms are better than the control too, and less so by the primary metric.
    BetterThanOthers {
        /// Those arms.
        arms: Vec<Name>,
        /// Whether the interval of one of them reaches the estimate of the chosen arm, so that they may be equally good.
        close: bool,
    },
    /// Every guardrail holds in the arm.
    GuardrailsHold {
        /// The arm.
        arm: Name,
        /// How many there are.
        guardrails: usize,
    },
    /// A guardrail is breached.
    GuardrailBreached {
        /// The arm.
        arm: Name,
        /// The guardrail.
        metric: Name,
    },
    /// A guardrail is neither shown to hold nor breached.
    GuardrailOpen {
        /// The arm.
        arm: Name,
        /// The guardrail.
        metric: Name,
        /// Where it stands.
        verdict: Verdict,
    },
    /// The arm is worse by a success metric.
    Worse {
        /// The arm.
        arm: Name,
        /// The metric.
        metric: Name,
    },
    /// The arm is better by a metric that is not the primary one, which does not suffice.
    OnlySecondary {
        /// The arm.
        arm: Name,
        /// The metric.
        metric: Name,
        /// The primary metric.
        primary: Name,
    },
    /// The primary metric has no clear result.
    Unclear {
        /// The arm.
        arm: Name,
        /// The primary metric.
        metric: Name,
        /// Where it stands.
        verdict: Verdict,
    },
    /// It is over, and there was not enough data.
    Underpowered {
        /// The arm.
        arm: Name,
        /// The metric.
        metric: Name,
        /// What was missing.
        shortfall: Shortfall,
    },
}

impl Because {
    /// The reason as a word that does not change, for machines: `guardrail_breached`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::CheckFailed { .. } => "check_failed",
            Self::NobodyYet => "nobody_yet",
            Self::NoSuccessMetric => "no_success_metric",
            Self::DecidesLater { .. } => "decides_later",
            Self::Better { .. } => "better",
            Self::BetterThanOthers { .. } => "better_than_others",
            Self::GuardrailsHold { .. } => "guardrails_hold",
            Self::GuardrailBreached { .. } => "guardrail_breached",
            Self::GuardrailOpen { .. } => "guardrail_open",
            Self::Worse { .. } => "worse",
            Self::OnlySecondary { .. } => "only_secondary",
            Self::Unclear { .. } => "unclear",
            Self::Underpowered { .. } => "underpowered",
        }
    }

    /// The arm and the metric it is about, where it is about one.
    #[must_use]
    pub fn about(&self) -> (Option<&str>, Option<&str>) {
        match self {
            Self::Better { arm, metric, .. }
            | Self::GuardrailBreached { arm, metric }
            | Self::GuardrailOpen { arm, metric, .. }
            | Self::Worse { arm, metric }
            | Self::OnlySecondary { arm, metric, .. }
            | Self::Unclear { arm, metric, .. }
            | Self::Underpowered { arm, metric, .. } => (Some(arm), Some(metric)),
            Self::GuardrailsHold { arm, .. } => (Some(arm), None),
            _ => (None, None),
        }
    }
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CheckFailed { text, .. } => write!(f, "the data cannot be trusted: {text}"),
            Self::NobodyYet => f.write_str("nobody has been exposed so far"),
            Self::NoSuccessMetric => f.write_str("it has no success metric, so there is nothing to win by"),
            Self::DecidesLater { waiting } => write!(f, "{waiting}"),
            Self::Better { arm, metric, lift: Some(lift) } => {
                write!(f, "{arm} is better by {metric}, the primary metric: {:+.1} %", lift * 100.0)
            }
            Self::Better { arm, metric, lift: None } => write!(f, "{arm} is better by {metric}, the primary metric"),
            Self::BetterThanOthers { arms, close } => {
                let others = arms.join(", ");
                if *close {
                    write!(f, "{others} would do as well: the difference to the chosen arm is within the noise")
                } else {
                    write!(f, "it is further ahead than {others}")
                }
            }
            Self::GuardrailsHold { arm, guardrails: 1 } => write!(f, "the guardrail holds in {arm}"),
            Self::GuardrailsHold { arm, guardrails } => write!(f, "all {guardrails} guardrails hold in {arm}"),
            Self::GuardrailBreached { arm, metric } => write!(f, "{arm} breaches the guardrail {metric}"),
            Self::GuardrailOpen { arm, metric, verdict } => write!(f, "the guardrail {metric} in {arm}: {verdict}"),
            Self::Worse { arm, metric } => write!(f, "{arm} is worse by {metric}"),
            Self::OnlySecondary { arm, metric, primary } => {
                write!(f, "{arm} is better by {metric} and not by {primary}, which is the primary metric")
            }
            Self::Unclear { arm, metric, verdict } => write!(f, "{metric} in {arm}: {verdict}"),
            Self::Underpowered { arm, metric, shortfall } => {
                write!(f, "{metric} in {arm} is underpowered: {shortfall}")
            }
        }
    }
}
