//! Operating flags and experiments while the program runs: what is laid over their definitions, by whom and why.
//!
//! [`Flags::control`] shows what there is; [`ControlDesk::by`] says who wants to change it, and the [`Operator`] does. A
//! change is in force on this client before the call returns, survives whatever happens if the client has a
//! [state folder](crate::Builder::state_dir), and is seen within a second by every other program on that folder.

mod experiment_info;
mod experiments;
mod in_force;
mod keeper;
mod operator;

use std::{path::PathBuf, sync::Arc};

use flags_control::{
    Actor, ActorError, Control, ControlError, ControlState, Controls, Origin, Target, audit::AuditLog,
};

pub use self::{
    experiment_info::{ExperimentInfo, ExperimentPhase},
    operator::{OperateError, Operator},
};
pub(crate) use self::{keeper::Keeper, operator::protection};
use crate::Flags;

impl Flags {
    /// The controls of this client: kills, overrides, percentages, proposals, and the audit log.
    ///
    /// ```
    /// use flags::{Context, Flags};
    ///
    /// let flags = Flags::builder().toml("[features.checkout]\nenabled = true").build()?;
    /// let context = Context::new("user-42");
    /// flags.control().by("ada")?.because("payments fail").kill("checkout")?;
    /// assert!(!flags.is_enabled("checkout", &context));
    ///
    /// flags.control().by("ada")?.because("mended").revive("checkout")?;
    /// assert!(flags.is_enabled("checkout", &context));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn control(&self) -> ControlDesk<'_> {
        ControlDesk { flags: self }
    }
}

/// The controls a client starts with.
pub(crate) struct OpenControls {
    pub(crate) controls: Controls,
    pub(crate) kept: Option<Kept>,
}

/// Where controls are kept that other programs can change.
pub(crate) struct Kept {
    /// The state folder.
    pub(crate) folder: PathBuf,
    /// The file in it that changes with the controls.
    pub(crate) file: PathBuf,
}

/// What is laid over the flags of a client, to look at and to change.
#[derive(Clone, Copy, Debug)]
pub struct ControlDesk<'f> {
    flags: &'f Flags,
}

impl<'f> ControlDesk<'f> {
    /// Somebody who changes controls, by name. The name goes into the audit log and counts for the rule of two people.
    ///
    /// # Errors
    ///
    /// When the name is empty, longer than 128 characters, or holds control characters.
    pub fn by(self, name: &str) -> Result<Operator<'f>, ActorError> {
        Ok(Operator::new(self.flags, Actor::new(name)?, Origin::Api))
    }

    /// A part of the system that changes controls by itself, such as a rollout, under its own name.
    ///
    /// # Errors
    ///
    /// When the name is empty, longer than 128 characters, or holds control characters.
    pub fn automation(self, name: &str, origin: Origin) -> Result<Operator<'f>, ActorError> {
        Ok(Operator::new(self.flags, Actor::new(name)?, origin))
    }

    /// All controls and proposals, as this client knows them.
    #[must_use]
    pub fn state(self) -> Arc<ControlState> {
        self.flags.inner().controls.state()
    }

    /// The controls of one flag.
    #[must_use]
    pub fn of(self, key: &str) -> Vec<Control> {
        self.state().controls().filter(|control| control.target.flag_key() == Some(key)).cloned().collect()
    }

    /// The controls of one experiment.
    #[must_use]
    pub fn of_experiment(self, key: &str) -> Vec<Control> {
        let is_of_it = |control: &&Control| matches!(&control.target, Target::Experiment(known) if **known == *key);
        self.state().controls().filter(is_of_it).cloned().collect()
    }

    /// The controls of flags and experiments, or with variants and arms, that are not defined at present. They wait until
    /// they are.
    #[must_use]
    pub fn orphaned(self) -> Vec<Control> {
        let live = self.flags.current().unforced();
        self.state().orphaned(&live.set).into_iter().cloned().collect()
    }

    /// Looks whether another program on the same state folder, or the time, has changed anything; whether it was so.
    ///
    /// A client looks by itself, several times a second; this is for whoever does not want to wait.
    ///
    /// # Errors
    ///
    /// When the controls cannot be read. Those that are known stay in force.
    pub fn refresh(self) -> Result<bool, ControlError> {
        self.flags.inner().refresh_controls()
    }

    /// The audit log: what was done to flags, by whom, when and why.
    #[must_use]
    pub fn audit(self) -> Option<&'f AuditLog> {
        self.flags.inner().controls.audit()
    }
}
