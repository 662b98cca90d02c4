//! Somebody who decides about migrations.

use flags_control::Actor;
use flags_rollout::migration::{Command, MigrationError, MigrationOutcome};

use crate::Flags;

/// Somebody who decides about migrations: who, and why.
///
/// Made by [`MigrationDesk::by`](crate::MigrationDesk::by). What is done lasts when the call returns, whichever program drives
/// migrations: that one goes on from there.
///
/// Of a migration with protected flags it takes two people to start and to resume: the first command is kept as a request for
/// seven days ([`MigrationOutcome::Requested`]), and carried out when somebody else gives the same one. One person alone may
/// pause it and take it back.
#[derive(Clone, Debug)]
#[must_use = "an operator does nothing until told what"]
pub struct MigrationOperator<'f> {
    flags: &'f Flags,
    actor: Actor,
    because: Box<str>,
}

impl<'f> MigrationOperator<'f> {
    pub(super) fn new(flags: &'f Flags, actor: Actor) -> Self {
        Self { flags, actor, because: "".into() }
    }

    /// Gives the reason, which goes into the history of the migration.
    pub fn because(mut self, reason: &str) -> Self {
        self.because = reason.trim().into();
        self
    }

    /// Starts a migration, or starts it again from the phase that was taken back.
    ///
    /// # Errors
    ///
    /// When there is no such migration, when it is under way or complete, or when the journal cannot be written.
    pub fn start(&self, key: &str) -> Result<MigrationOutcome, MigrationError> {
        self.command(key, Command::Start)
    }

    /// Has the migration stay where it is. A phase that fails is taken back all the same.
    ///
    /// # Errors
    ///
    /// When it is not under way, or when the journal cannot be written.
    pub fn pause(&self, key: &str) -> Result<MigrationOutcome, MigrationError> {
        self.command(key, Command::Pause)
    }

    /// Lets a paused migration go on, as it is written now.
    ///
    /// # Errors
    ///
    /// When it is not paused, or when the journal cannot be written.
    pub fn resume(&self, key: &str) -> Result<MigrationOutcome, MigrationError> {
        self.command(key, Command::Resume)
    }

    /// Takes everything back, the last phase first.
    ///
    /// # Errors
    ///
    /// When it has not been started, when it has been taken back already, or when the journal cannot be written.
    pub fn roll_back(&self, key: &str) -> Result<MigrationOutcome, MigrationError> {
        self.command(key, Command::RollBack)
    }

    /// Gives a command by its value.
    ///
    /// # Errors
    ///
    /// Those of the command.
    pub fn command(&self, key: &str, command: Command) -> Result<MigrationOutcome, MigrationError> {
        let rollouts = &self.flags.inner().rollouts;
        let outcome = rollouts.migrations()?.command(key, command, self.actor.name(), &self.because)?;
        rollouts.migrations.wake();
        Ok(outcome)
    }
}
