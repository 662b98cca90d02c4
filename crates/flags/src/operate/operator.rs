//! Somebody who changes controls.

use std::{fmt, time::Duration};

use flags_control::{
    Action, Actor, Change, Command, ControlError, Obstacle, Origin, Protection, Receipt, Request, Revision, Slot,
    Target, TargetError,
};
use flags_core::{FlagSet, Percentage, Timestamp};

use crate::Flags;

/// Somebody who changes controls: who, by which way, why, and until when.
///
/// Made by [`ControlDesk::by`](crate::ControlDesk::by). A change that is accepted is in force when the call returns.
#[derive(Clone, Debug)]
#[must_use = "an operator does nothing until told what"]
pub struct Operator<'f> {
    pub(super) flags: &'f Flags,
    actor: Actor,
    origin: Origin,
    reason: Option<Box<str>>,
    until: Option<Until>,
    /// Whether flags and variants that are not defined are accepted.
    pub(super) even_if_unknown: bool,
    /// Whether a change of an experiment that has obstacles is accepted.
    pub(super) anyway: bool,
}

/// When a control ends.
#[derive(Clone, Copy, Debug)]
enum Until {
    At(Timestamp),
    After(Duration),
}

impl<'f> Operator<'f> {
    pub(crate) fn new(flags: &'f Flags, actor: Actor, origin: Origin) -> Self {
        Self { flags, actor, origin, reason: None, until: None, even_if_unknown: false, anyway: false }
    }

    /// Gives the reason, which goes into the audit log: at most 1000 characters.
    pub fn because(mut self, reason: &str) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// Lets the next override, percentage or pause end at an instant.
    pub fn until(mut self, instant: Timestamp) -> Self {
        self.until = Some(Until::At(instant));
        self
    }

    /// Lets the next override, percentage or pause end after a time.
    pub fn lasting(mut self, time: Duration) -> Self {
        self.until = Some(Until::After(time));
        self
    }

    /// Accepts flags, variants, experiments and arms that are not defined: the control waits until they are.
    pub fn even_if_unknown(mut self) -> Self {
        self.even_if_unknown = true;
        self
    }

    /// Accepts a change of an experiment although there is an [`Obstacle`], such as another experiment in its way.
    pub fn anyway(mut self) -> Self {
        self.anyway = true;
        self
    }

    /// Kills a flag: it is off, and so is every flag below it, until it is [revived](Self::revive).
    ///
    /// A kill is always accepted at once. That of a protected flag waits for a second person to
    /// [confirm](Self::confirm) it, and is reported as unconfirmed until then.
    ///
    /// # Errors
    ///
    /// When the flag is not defined, when the operator has set an expiry, or when the kill cannot be made durable; then
    /// nothing has changed.
    pub fn kill(&self, key: &str) -> Result<Receipt, OperateError> {
        self.set(key, Action::Kill)
    }

    /// Takes back the kill of a flag.
    ///
    /// # Errors
    ///
    /// When the flag is protected, which takes a proposal, or when the change cannot be made durable.
    pub fn revive(&self, key: &str) -> Result<Receipt, OperateError> {
        self.change(Change::Revive { target: Target::flag(key)? })
    }

    /// Serves one variant to everybody: `on` or `off` for a boolean flag without variants.
    ///
    /// # Errors
    ///
    /// When the flag or its variant is not defined, when the flag is protected, which takes a proposal, or when the change
    /// cannot be made durable.
    pub fn override_all(&self, key: &str, variant: &str) -> Result<Receipt, OperateError> {
        self.set(key, Action::Override { variant: variant.into() })
    }

    /// Serves one variant to one unit.
    ///
    /// # Errors
    ///
    /// As of [`override_all`](Self::override_all).
    pub fn override_unit(&self, key: &str, unit: &str, variant: &str) -> Result<Receipt, OperateError> {
        self.set(key, Action::OverrideUnit { unit: unit.into(), variant: variant.into() })
    }

    /// Puts a percentage in the place of the flag's rollout percentage and those of its schedule.
    ///
    /// # Errors
    ///
    /// When the flag is not defined, when it is protected, which takes a proposal, or when the change cannot be made
    /// durable.
    pub fn percentage(&self, key: &str, percentage: Percentage) -> Result<Receipt, OperateError> {
        self.set(key, Action::Percentage(percentage))
    }

    /// Takes back all controls of a flag but a kill.
    ///
    /// # Errors
    ///
    /// When the flag is protected, which takes a proposal, or when the change cannot be made durable.
    pub fn clear(&self, key: &str) -> Result<Receipt, OperateError> {
        self.change(Change::Clear { target: Target::flag(key)?, slot: None })
    }

    /// Takes back one control of a flag.
    ///
    /// # Errors
    ///
    /// As of [`clear`](Self::clear).
    pub fn clear_one(&self, key: &str, slot: Slot) -> Result<Receipt, OperateError> {
        self.change(Change::Clear { target: Target::flag(key)?, slot: Some(slot) })
    }

    /// Makes a change at once.
    ///
    /// # Errors
    ///
    /// When it names what is not defined, is refused, or cannot be made durable.
    pub fn change(&self, change: Change) -> Result<Receipt, OperateError> {
        self.check(&change)?;
        self.command(Command::Change(change))
    }

    /// Proposes a change, for somebody else to approve.
    ///
    /// # Errors
    ///
    /// When it names what is not defined, is refused, or cannot be made durable.
    pub fn propose(&self, change: Change) -> Result<Receipt, OperateError> {
        self.check(&change)?;
        self.command(Command::Propose(change))
    }

    /// The change that would lay a control over a flag, with the expiry this operator has: for [`propose`](Self::propose).
    ///
    /// # Errors
    ///
    /// When the text is no key of a flag.
    pub fn setting(&self, key: &str, action: Action) -> Result<Change, OperateError> {
        Ok(Change::Set { target: Target::flag(key)?, action, expires_at: self.expires_at() })
    }

    /// Approves a proposal of somebody else, which makes its change, or confirms an unconfirmed control, by its number.
    ///
    /// # Errors
    ///
    /// When it is the operator's own, when there is none of that number, when it has expired, or when what it was proposed
    /// for is another by now.
    pub fn approve(&self, id: Revision) -> Result<Receipt, OperateError> {
        self.command(Command::Approve(id))
    }

    /// Rejects a proposal; its own author withdraws it by this.
    ///
    /// # Errors
    ///
    /// When there is none of that number.
    pub fn reject(&self, id: Revision) -> Result<Receipt, OperateError> {
        self.command(Command::Reject(id))
    }

    /// Confirms what somebody else did to a flag at once and what waits for a second person.
    ///
    /// # Errors
    ///
    /// When it is the operator's own, or when nothing waits.
    pub fn confirm(&self, key: &str) -> Result<Receipt, OperateError> {
        self.command(Command::Confirm(Target::flag(key)?))
    }

    fn set(&self, key: &str, action: Action) -> Result<Receipt, OperateError> {
        self.change(self.setting(key, action)?)
    }

    /// When a control that is laid now ends.
    pub(super) fn expires_at(&self) -> Option<Timestamp> {
        self.until.map(|until| match until {
            Until::At(instant) => instant,
            Until::After(time) => self.flags.now().saturating_add(time),
        })
    }

    pub(super) fn command(&self, command: Command) -> Result<Receipt, OperateError> {
        let mut request = Request::new(self.actor.clone(), self.origin, command);
        if let Some(reason) = &self.reason {
            request = request.because(reason);
        }
        Ok(self.flags.inner().apply_control(&request)?)
    }

    /// Whether a change names what is defined: a control of a misspelt flag would be accepted and do nothing.
    fn check(&self, change: &Change) -> Result<(), OperateError> {
        if let Target::Experiment(key) = change.target() {
            return self.check_experiment(key, change);
        }
        let Change::Set { target, action, .. } = change else { return Ok(()) };
        let Some(key) = target.flag_key().filter(|_| !self.even_if_unknown) else { return Ok(()) };
        let live = self.flags.current().unforced();
        let Some(flag) = live.set.flag(key) else { return Err(OperateError::UnknownFlag { key: key.into() }) };
        let (Action::Override { variant } | Action::OverrideUnit { variant, .. }) = action else { return Ok(()) };
        let variants: Vec<Box<str>> = flag.variants().map(|(name, _)| name.into()).collect();
        if variants.iter().any(|known| known == variant) {
            return Ok(());
        }
        Err(OperateError::UnknownVariant { key: key.into(), variant: variant.clone(), variants })
    }
}

/// What the client knows of the protection of a target.
pub(crate) fn protection(set: &FlagSet) -> impl Fn(&Target) -> Protection + '_ {
    move |target| Protection::in_set(set, target)
}

/// Why a change of controls was refused; nothing has changed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum OperateError {
    /// There is no flag of that key.
    UnknownFlag {
        /// The key.
        key: Box<str>,
    },
    /// The flag has no variant of that name.
    UnknownVariant {
        /// The flag's key.
        key: Box<str>,
        /// The name.
        variant: Box<str>,
        /// The variants it has.
        variants: Vec<Box<str>>,
    },
    /// The flag has no circuit breaker that could be held open or closed.
    NoBreaker {
        /// The key.
        key: Box<str>,
    },
    /// There is no experiment of that key.
    UnknownExperiment {
        /// The key.
        key: Box<str>,
    },
    /// The experiment has no arm of that name.
    UnknownArm {
        /// The experiment's key.
        key: Box<str>,
        /// The name.
        arm: Box<str>,
        /// The arms it has.
        arms: Vec<Box<str>>,
    },
    /// The change of the experiment would not do what it says, or would spoil what another shows; at least one obstacle.
    /// [`Operator::anyway`] goes ahead.
    InTheWay(Vec<Obstacle>),
    /// The text is no key of a flag or an experiment.
    Target(TargetError),
    /// The controls refused it, or could not keep it.
    Control(ControlError),
}

impl From<TargetError> for OperateError {
    fn from(error: TargetError) -> Self {
        Self::Target(error)
    }
}

impl From<ControlError> for OperateError {
    fn from(error: ControlError) -> Self {
        Self::Control(error)
    }
}

impl fmt::Display for OperateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownFlag { key } => {
                write!(f, "there is no flag `{key}`; a control of it would do nothing")
            }
            Self::UnknownVariant { key, variant, variants } => {
                write!(f, "flag `{key}` has no variant `{variant}`; it has {}", variants.join(", "))
            }
            Self::NoBreaker { key } => {
                write!(
                    f,
                    "flag `{key}` has no circuit breaker: write an `error_threshold` for it, or kill the flag to switch it off"
                )
            }
            Self::UnknownExperiment { key } => {
                write!(f, "there is no experiment `{key}`; a control of it would do nothing")
            }
            Self::UnknownArm { key, arm, arms } => {
                write!(f, "experiment `{key}` has no arm `{arm}`; it has {}", arms.join(", "))
            }
            Self::InTheWay(obstacles) => {
                f.write_str(&obstacles.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
            }
            Self::Target(error) => error.fmt(f),
            Self::Control(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for OperateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::UnknownFlag { .. }
            | Self::UnknownVariant { .. }
            | Self::NoBreaker { .. }
            | Self::UnknownExperiment { .. }
            | Self::UnknownArm { .. }
            | Self::InTheWay(_) => None,
            Self::Target(error) => Some(error),
            Self::Control(error) => Some(error),
        }
    }
}
