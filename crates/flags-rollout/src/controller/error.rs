//! What becomes of a command.

use thiserror::Error;

use super::{JournalError, PortError, Request};
use crate::machine::{Rejection, State};

/// What a command has come to.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// It is done, and lasts.
    Done {
        /// The state after it.
        state: Box<State>,
        /// Why what it asks for is not in force yet, if it is not: it is tried again by whoever leads.
        unconfirmed: Option<Box<str>>,
    },
    /// The flag is protected: it waits until somebody else gives the same command.
    Requested(Request),
}

/// Why a command was not carried out. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CommandError {
    /// There is no plan for the flag.
    #[error("flag `{flag}` has no rollout plan: write one under [features.{flag}.rollout]")]
    NoPlan {
        /// The flag.
        flag: Box<str>,
    },
    /// The plan is gone while its rollout is under way.
    #[error(
        "the rollout plan of flag `{flag}` is not defined any more: it can only be rolled back, or gone on with once it is \
         defined again"
    )]
    PlanWithdrawn {
        /// The flag.
        flag: Box<str>,
    },
    /// It makes no sense as things stand.
    #[error("the rollout of `{flag}` cannot do that: {rejection}")]
    Rejected {
        /// The flag.
        flag: Box<str>,
        /// Why.
        rejection: Rejection,
    },
    /// The name is none.
    #[error(
        "{name:?} is no name to act under: 1 to 128 characters are needed, none of them a control character, and not the \
         names of two"
    )]
    Name {
        /// What was given.
        name: Box<str>,
    },
    /// It was asked for by the same person before.
    #[error(
        "flag `{}` is protected, and {} has asked for that already at {}: another person has to give the same command by {}",
        .request.flag, .request.by, .request.at, .request.expires_at
    )]
    SamePerson {
        /// What waits for another person.
        request: Request,
    },
    /// The flag's controls cannot be read, which a rollback would go back to.
    #[error("the controls of `{flag}` cannot be read, which a rollback would have to go back to: {error}")]
    Controls {
        /// The flag.
        flag: Box<str>,
        /// Why.
        error: PortError,
    },
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
}
