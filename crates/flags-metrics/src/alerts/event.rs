//! What happens at an instant, and what undoes it.

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
    /// The rollout of a flag that was rolled back goes on; undoes [`RolledBack`](Self::RolledBack).
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
    ComesUp(&'e str),
    GoesAway,
}

impl Event {
    pub(super) fn subject(&self) -> AlertSubject {
        match self {
            Self::RolledBack { flag, .. }
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
            Self::RolledBack { .. } | Self::RolloutResumed { .. } => matches!(condition, AlertCondition::Rollback),
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
            | Self::ReloadFailed { detail } => Meaning::ComesUp(detail),
            Self::RolloutResumed { .. }
            | Self::ExperimentConcluded { .. }
            | Self::ChangeConfirmed { .. }
            | Self::ReloadSucceeded => Meaning::GoesAway,
        }
    }
}
