//! What is to be done after a transition.

use flags_core::{Percentage, Timestamp};
use thiserror::Error;

use super::{Author, ControlsInForce};
use crate::plan::Phase;

/// One thing to do, in the order given. Each may be done twice without harm, after a crash for example.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// Set the flag's percentage control, and read it back.
    Set {
        /// The percentage.
        percentage: Percentage,
        /// Whether to say so only.
        dry_run: bool,
    },
    /// Bring the flag's controls back to this, after those of its [dependants](super::rollback_order), and read them back.
    ///
    /// No percentage means that the control is removed. The kill is set if it says so, and never lifted.
    Restore {
        /// The controls.
        to: ControlsInForce,
        /// Whether to say so only.
        dry_run: bool,
    },
    /// Gather data anew from here on, under this epoch.
    Gather {
        /// The epoch.
        epoch: u64,
    },
    /// Add this to the flag's history, and tell those who follow it.
    Record(Entry),
    /// Tell somebody who is on duty.
    Alert(Alert),
    /// The command was refused; nothing has changed.
    Reject(Rejection),
}

/// One line of a rollout's history.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// The version of the state that it led to.
    pub version: u64,
    /// The phase before.
    pub from: Phase,
    /// The phase after.
    pub to: Phase,
    /// The percentage asked for after it; `None` before the start.
    pub percentage: Option<Percentage>,
    /// Who brought it about.
    pub by: Author,
    /// What happened and why, in words.
    pub text: Box<str>,
}

/// Something a person should hear of at once.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum Alert {
    /// It is being rolled back.
    #[error("rolling back: {because}")]
    RollingBack {
        /// Why.
        because: Box<str>,
    },
    /// A rollback has been asked for and is not in force.
    #[error(
        "the rollback is not in force after {attempts} attempts: look at the flag's controls, and kill it if need be"
    )]
    RollbackUnconfirmed {
        /// How often it has been asked for.
        attempts: u32,
    },
    /// A percentage has been asked for and is not in force.
    #[error("{percentage} % has been asked for and is not in force: the rollout waits for it")]
    ChangeUnconfirmed {
        /// The percentage.
        percentage: Percentage,
    },
    /// It is paused, and waits for a person or for data.
    #[error("paused: {because}")]
    Paused {
        /// Why.
        because: Box<str>,
    },
    /// A guardrail failed that only tells.
    #[error("guardrail {guardrail}: {because}")]
    GuardrailFailed {
        /// The metric of the guardrail.
        guardrail: Box<str>,
        /// Its evidence.
        because: Box<str>,
    },
    /// A stage waits for an approval.
    #[error("{percentage} % has passed and waits for an approval to go on")]
    ApprovalNeeded {
        /// The percentage of the stage.
        percentage: Percentage,
    },
}

/// Why a command was refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Rejection {
    /// It has been started already.
    #[error("it has been started already")]
    AlreadyStarted,
    /// It has not been started.
    #[error("it has not been started: start it first")]
    NotStarted,
    /// It is paused already.
    #[error("it is paused already")]
    AlreadyPaused,
    /// It is not paused.
    #[error("it is not paused")]
    NotPaused,
    /// It is being rolled back.
    #[error("it is being rolled back already")]
    RollingBack,
    /// It is over.
    #[error("it is {}: arm it again first", .phase)]
    Over {
        /// The phase it ended in.
        phase: Phase,
    },
    /// It is not over, so there is nothing to arm.
    #[error("it is not over: there is nothing to arm again")]
    NotOver,
    /// It was rolled back only just now.
    #[error("it was rolled back and cools down until {until}")]
    CoolingDown {
        /// When it may be armed again.
        until: Timestamp,
    },
    /// It cannot be complete while its last percentage is not in force.
    #[error("its last percentage is not in force yet: wait until it is, or roll it back")]
    NotInForce,
    /// The stage needs no approval, or has it.
    #[error("the stage needs no approval, or has it already")]
    NoApprovalNeeded,
    /// Its definition has changed.
    #[error("its definition has changed: resume it, so that it follows the new one, or roll it back")]
    DefinitionChanged,
}
