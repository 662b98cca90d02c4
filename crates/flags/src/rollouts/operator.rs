//! Somebody who decides about rollouts.

use flags_control::Actor;
use flags_rollout::{
    controller::Outcome,
    machine::{Command, ControlsInForce},
};

use super::RolloutError;
use crate::Flags;

/// Somebody who decides about rollouts: who, and why.
///
/// Made by [`RolloutDesk::by`](crate::RolloutDesk::by). What is done lasts when the call returns, whichever program drives the
/// rollout: that one goes on from there.
///
/// Of a protected flag it takes two people to start, resume, promote, approve or rearm: the first command is kept as a request
/// for seven days ([`Outcome::Requested`]), and carried out when somebody else gives the same one. One person alone may pause and
/// roll back.
#[derive(Clone, Debug)]
#[must_use = "an operator does nothing until told what"]
pub struct RolloutOperator<'f> {
    flags: &'f Flags,
    actor: Actor,
    because: Box<str>,
}

impl<'f> RolloutOperator<'f> {
    pub(super) fn new(flags: &'f Flags, actor: Actor) -> Self {
        Self { flags, actor, because: "".into() }
    }

    /// Gives the reason, which goes into the history of the rollout.
    pub fn because(mut self, reason: &str) -> Self {
        self.because = reason.trim().into();
        self
    }

    /// Starts the rollout of a flag, whatever its date.
    ///
    /// # Errors
    ///
    /// When the flag has no plan, when its rollout is under way or over, when its controls cannot be read, or when the journal
    /// cannot be written.
    pub fn start(&self, key: &str) -> Result<Outcome, RolloutError> {
        // The controller reads the controls itself.
        self.command(key, Command::Start { before: ControlsInForce::default() })
    }

    /// Has the rollout stay where it is. Its guardrails go on protecting.
    ///
    /// # Errors
    ///
    /// When it is not under way or paused already, or when the journal cannot be written.
    pub fn pause(&self, key: &str) -> Result<Outcome, RolloutError> {
        self.command(key, Command::Pause)
    }

    /// Lets a paused rollout go on, by its plan as it is written now, with data gathered anew.
    ///
    /// # Errors
    ///
    /// When it is not paused, or when the journal cannot be written.
    pub fn resume(&self, key: &str) -> Result<Outcome, RolloutError> {
        self.command(key, Command::Resume)
    }

    /// Has the rollout go to the next stage now, or complete it, whatever it waits for.
    ///
    /// # Errors
    ///
    /// When it is not under way, when its plan has changed, or when the journal cannot be written.
    pub fn promote(&self, key: &str) -> Result<Outcome, RolloutError> {
        self.command(key, Command::Promote)
    }

    /// Takes the rollout back to what was in force before it, and those of flags that hang on it before that.
    ///
    /// # Errors
    ///
    /// When it is over or being rolled back already, or when the journal cannot be written.
    pub fn roll_back(&self, key: &str) -> Result<Outcome, RolloutError> {
        self.command(key, Command::RollBack)
    }

    /// Lets the stage go on that needs an approval. It still waits for everything else.
    ///
    /// # Errors
    ///
    /// When it needs none or has it, when it is not under way, or when the journal cannot be written.
    pub fn approve(&self, key: &str) -> Result<Outcome, RolloutError> {
        self.command(key, Command::Approve)
    }

    /// Makes a rollout ready to be started again, after it was rolled back and has cooled down, or is complete.
    ///
    /// # Errors
    ///
    /// When it is not over, when it cools down still, or when the journal cannot be written.
    pub fn rearm(&self, key: &str) -> Result<Outcome, RolloutError> {
        self.command(key, Command::Rearm)
    }

    /// Gives a command by its value.
    ///
    /// # Errors
    ///
    /// Those of the command.
    pub fn command(&self, key: &str, command: Command) -> Result<Outcome, RolloutError> {
        let desk = self.flags.rollouts();
        let controller = desk.controller()?;
        if desk.is_unknown(key) && controller.view(key).is_none() {
            return Err(RolloutError::UnknownFlag { key: key.into() });
        }
        Ok(controller.command(key, command, self.actor.name(), &self.because)?)
    }
}
