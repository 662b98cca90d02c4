//! What becomes of a command.

use thiserror::Error;

use crate::{
    controller::JournalError,
    migration::{Agreement, State},
};

/// What a command has come to.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum MigrationOutcome {
    /// It is done, and lasts.
    Done {
        /// The state after it.
        state: Box<State>,
        /// Why what it asks for is not in force yet, if it is not: it is tried again by whoever leads.
        unconfirmed: Option<Box<str>>,
    },
    /// A flag of the migration is protected: it waits until somebody else gives the same command.
    Requested(Agreement),
}

/// Why a command was not carried out. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MigrationError {
    /// There is no such migration.
    #[error("there is no migration `{migration}`: write one under [migrations.{migration}]")]
    Unknown {
        /// The key.
        migration: Box<str>,
    },
    /// The definition is gone while the migration is under way.
    #[error(
        "migration `{migration}` is not defined any more, so nobody knows its flags: bring its definition back, and take it \
         back then"
    )]
    Withdrawn {
        /// The key.
        migration: Box<str>,
    },
    /// It makes no sense as things stand.
    #[error("the migration `{migration}` cannot do that: {why}")]
    Refused {
        /// The key.
        migration: Box<str>,
        /// Why.
        why: &'static str,
    },
    /// The name is none.
    #[error("{name:?} is no name to act under: 1 to 128 characters, none of them a control character, are needed")]
    Name {
        /// What was given.
        name: Box<str>,
    },
    /// It was asked for by the same person before.
    #[error(
        "flags of migration `{migration}` are protected, and {} has asked for that already at {}: another person has to give \
         the same command by {}",
        .request.by, .request.at, .request.expires_at()
    )]
    SamePerson {
        /// The key.
        migration: Box<str>,
        /// What waits for another person.
        request: Agreement,
    },
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
}
