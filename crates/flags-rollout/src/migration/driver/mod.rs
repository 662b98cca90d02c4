//! What drives migrations: a look at each of them, again and again, and the commands of people.
//!
//! What a look or a command leads to is done in this order, always: the [transition](super::transition) is worked out, it is
//! written to the journal and lasts, and only then its actions are carried out. What has become of them is seen at the next
//! look. So whatever ends the program, at whatever moment, the journal tells what is to be in force, and it is asked for again:
//! everything a migration wants may be done twice.

mod command;
mod core;
mod error;
mod folder;
mod gather;
mod journal;
mod port;

pub use self::{
    core::{MigrationDriver, MigrationView},
    error::{MigrationError, MigrationOutcome},
    folder::FolderMigrations,
    journal::{MemoryMigrations, MigrationJournal, MigrationWriter},
    port::{MigrationPort, MigrationTold, Order},
};
