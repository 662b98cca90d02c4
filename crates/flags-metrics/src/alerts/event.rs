//! What happens at an instant, and what undoes it.

use std::borrow::Cow;

use super::{AlertCondition, AlertSubject};

/// Something that happened and that alerts are about, or that undoes one.
///
/// Details and verdicts are clauses for people, in lower case and without a full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The rollout of a flag was rolled back.
    RolledBack {
        /// The flag.
        flag: Box<str>,
        /// Why: `error rate 8 % above 5 %`.
        detail: Box<str>,
    },
    /// The rollout of a flag is paused, and waits for a person or for data.
    RolloutPaused {
        /// The flag.
        flag: Box<str>,
        /// Why: `error_rate: no data for 15 min`.
        detail: Box<str>,
    },
    /// The rollout of a flag waits for an approval.
    ApprovalNeeded {
        /// The flag.
        flag: Box<str>,
        /// Of what: `25 % has passed`.
        detail: Box<str>,
    },
    /// A percentage that the rollout of a flag has asked for is not in force.
    ChangeUnconfirmed {
        /// The flag.
        flag: Box<str>,
        /// Which: `25 % has been asked for`.
        detail: Box<str>,
    },
    /// A rollback has been asked for again and again, and is not in force.
    RollbackUnconfirmed {
        /// The flag.
        flag: Box<str>,
        /// How it was tried: `it has been asked for 3 times`.
        detail: Box<str>,
    },
    /// A guardrail has failed that does nothing but tell.
    GuardrailFailed {
        /// The flag.
        flag: Box<str>,
        /// The metric of the guardrail.
        guardrail: Box<str>,
        /// Its evidence: `31 of 60 (51.7 %) with the flag, 1 of 60 (1.67 %) without`.
        detail: Box<str>,
    },
    /// The circuit breaker of a flag opened.
    BreakerOpened {
        /// The flag.
        flag: Box<str>,
        /// Why: `31 of 60 runs failed`.
        detail: Box<str>,
    },
    /// The circuit breaker of a flag lets its runs through again; undoes [`BreakerOpened`](Self::BreakerOpened).
    BreakerClosed {
        /// The flag.
        flag: Box<str>,
    },
    /// The rollout of a flag is complete, or taken back; undoes all that its rollout may have waited for.
    RolloutOver {
        /// The flag.
        flag: Box<str>,
    },
    /// The rollout of a flag goes on, after a rollback, a pause or an approval, or because its change is in force; undoes
    /// [`RolledBack`](Self::RolledBack) and all that it may have waited for.
    RolloutResumed {
        /// The flag.
        flag: Box<str>,
    },
    /// An experiment has a verdict.
    ExperimentSignificant {
        /// The experiment.
        experiment: Box<str>,
        /// The verdict: `treatment is better by 4.1 % (p = 0.003)`.
        detail: Box<str>,
    },
    /// Somebody acted on the verdict; undoes [`ExperimentSignificant`](Self::ExperimentSignificant).
    ExperimentConcluded {
        /// The experiment.
        experiment: Box<str>,
    },
    /// A flag changed outside of the usual way.
    UnexpectedChange {
        /// The flag.
        flag: Box<str>,
        /// In which way: `it is protected, and the file was changed by hand`.
        detail: Box<str>,
    },
    /// Somebody confirmed the change; undoes [`UnexpectedChange`](Self::UnexpectedChange).
    ChangeConfirmed {
        /// The flag.
        flag: Box<str>,
    },
    /// Changed definitions were refused.
    ReloadFailed {
        /// What is wrong with them, on one line.
        detail: Box<str>,
    },
    /// The definitions as they are were accepted, or are again what is in force; undoes [`ReloadFailed`](Self::ReloadFailed).
    ReloadSucceeded,
}

/// What an event means to rules: something comes up, or goes away.
pub(super) enum Meaning<'e> {
    ComesUp(Cow<'e, str>),
    GoesAway,
}

/// What an alert about a flag may hold for, one beside the other: it is over once none is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cause {
    /// Its rollout, or whatever else a condition has but one of.
    Itself,
    Breaker,
}

impl Event {
    pub(super) fn subject(&self) -> AlertSubject {
        match self {
            Self::RolledBack { flag, .. }
            | Self::RolloutPaused { flag, .. }
            | Self::ApprovalNeeded { flag, .. }
            | Self::ChangeUnconfirmed { flag, .. }
            | Self::RollbackUnconfirmed { flag, .. }
            | Self::GuardrailFailed { flag, .. }
            | Self::BreakerOpened { flag, .. }
            | Self::BreakerClosed { flag }
            | Self::RolloutOver { flag }
            | Self::RolloutResumed { flag }
            | Self::UnexpectedChange { flag, .. }
            | Self::ChangeConfirmed { flag } => AlertSubject::Flag(flag.clone()),
            Self::ExperimentSignificant { experiment, .. } | Self::ExperimentConcluded { experiment } => {
                AlertSubject::Experiment(experiment.clone())
            }
            Self::ReloadFailed { .. } | Self::ReloadSucceeded => AlertSubject::Program,
        }
    }

    pub(super) fn concerns(&self, condition: &AlertCondition) -> bool {
        match self {
            Self::RolledBack { .. } => matches!(condition, AlertCondition::Rollback),
            Self::RolloutResumed { .. } => {
                matches!(condition, AlertCondition::Rollback | AlertCondition::RolloutAttention)
            }
            Self::RolloutPaused { .. }
            | Self::ApprovalNeeded { .. }
            | Self::ChangeUnconfirmed { .. }
            | Self::RollbackUnconfirmed { .. }
            | Self::GuardrailFailed { .. }
            | Self::BreakerOpened { .. }
            | Self::BreakerClosed { .. }
            | Self::RolloutOver { .. } => matches!(condition, AlertCondition::RolloutAttention),
            Self::ExperimentSignificant { .. } | Self::ExperimentConcluded { .. } => {
                matches!(condition, AlertCondition::ExperimentSignificant)
            }
            Self::UnexpectedChange { .. } | Self::ChangeConfirmed { .. } => {
                matches!(condition, AlertCondition::UnexpectedChange)
            }
            Self::ReloadFailed { .. } | Self::ReloadSucceeded => matches!(condition, AlertCondition::ReloadFailed),
        }
    }

    pub(super) fn meaning(&self) -> Meaning<'_> {
        match self {
            Self::RolledBack { detail, .. }
            | Self::ExperimentSignificant { detail, .. }
            | Self::UnexpectedChange { detail, .. }
            | Self::ReloadFailed { detail } => Meaning::ComesUp(Cow::Borrowed(detail)),
            Self::RolloutPaused { detail, .. } => comes_up("its rollout is paused", detail),
            Self::ApprovalNeeded { detail, .. } => comes_up("its rollout waits for an approval", detail),
            Self::ChangeUnconfirmed { detail, .. } => comes_up("a change by its rollout is not in force", detail),
            Self::RollbackUnconfirmed { detail, .. } => comes_up("its rollback is not in force", detail),
            Self::GuardrailFailed { guardrail, detail, .. } => {
                comes_up(&format!("the guardrail on {guardrail} fails"), detail)
            }
            Self::BreakerOpened { detail, .. } => comes_up("its circuit breaker is open", detail),
            Self::RolloutResumed { .. }
            | Self::RolloutOver { .. }
            | Self::BreakerClosed { .. }
            | Self::ExperimentConcluded { .. }
            | Self::ChangeConfirmed { .. }
            | Self::ReloadSucceeded => Meaning::GoesAway,
        }
    }

    pub(super) fn cause(&self) -> Cause {
        match self {
            Self::BreakerOpened { .. } | Self::BreakerClosed { .. } => Cause::Breaker,
            _ => Cause::Itself,
        }
    }
}

fn comes_up(what: &str, detail: &str) -> Meaning<'static> {
    Meaning::ComesUp(Cow::Owned(if detail.is_empty() { what.to_owned() } else { format!("{what}: {detail}") }))
}
