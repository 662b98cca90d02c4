//! What an operator does to experiments: start, pause, stop, extend, and declare a winner.

use flags_control::{Action, Change, Command, Obstacle, Receipt, Target};
use flags_core::{ArmView, ExperimentView, Timestamp};

use super::{OperateError, Operator};

impl Operator<'_> {
    /// Starts an experiment, or lets a held one go on: it enrols from now on, whatever its written status and start.
    ///
    /// Its end stands. Everybody gets the arm he would have had before.
    ///
    /// # Errors
    ///
    /// When the experiment is not defined, when there is an [`Obstacle`] (it would be in the way of another, its end has come,
    /// it is decided), when it serves variants of a protected flag, which takes a proposal, or when the change cannot be made
    /// durable.
    pub fn start_experiment(&self, key: &str) -> Result<Receipt, OperateError> {
        self.set_experiment(key, Action::Start)
    }

    /// Holds an experiment: nobody is enrolled, and every flag is as its definition says, until it is started again or this
    /// is [taken back](Self::clear_experiment). Of an experiment's controls this one alone may [expire](Self::lasting).
    ///
    /// One person may pause and stop any experiment, without an expiry; where it serves variants of a protected flag, a
    /// second person is to [confirm](Self::confirm_experiment) it.
    ///
    /// # Errors
    ///
    /// When the experiment is not defined, or when the change cannot be made durable.
    pub fn pause_experiment(&self, key: &str) -> Result<Receipt, OperateError> {
        self.set_experiment(key, Action::Pause)
    }

    /// Ends an experiment: nobody is enrolled any more, and every flag is as its definition says.
    ///
    /// # Errors
    ///
    /// As of [`pause_experiment`](Self::pause_experiment); and when the operator has set an expiry.
    pub fn stop_experiment(&self, key: &str) -> Result<Receipt, OperateError> {
        self.set_experiment(key, Action::Stop)
    }

    /// Puts another end in the place of the written one, later or earlier. That instant is not included.
    ///
    /// # Errors
    ///
    /// As of [`start_experiment`](Self::start_experiment); and when the end is not in the future or not after the start.
    pub fn extend_experiment(&self, key: &str, end: Timestamp) -> Result<Receipt, OperateError> {
        self.set_experiment(key, Action::Extend { end })
    }

    /// Decides an experiment: its whole audience gets the arm, whatever its status, dates, traffic and written winner.
    ///
    /// # Errors
    ///
    /// When the experiment or its arm is not defined, when it is a draft that has never run, when it serves variants of a
    /// protected flag, which takes a proposal, or when the change cannot be made durable.
    pub fn declare_winner(&self, key: &str, arm: &str) -> Result<Receipt, OperateError> {
        self.set_experiment(key, Action::Winner { arm: arm.into() })
    }

    /// Takes back all controls of an experiment: it is what its definition says.
    ///
    /// # Errors
    ///
    /// When it would be in the way of another again, when it serves variants of a protected flag, which takes a proposal,
    /// or when the change cannot be made durable.
    pub fn clear_experiment(&self, key: &str) -> Result<Receipt, OperateError> {
        self.change(Change::Clear { target: Target::experiment(key)?, slot: None })
    }

    /// Confirms what somebody else did to an experiment at once and what waits for a second person.
    ///
    /// # Errors
    ///
    /// When it is the operator's own, or when nothing waits.
    pub fn confirm_experiment(&self, key: &str) -> Result<Receipt, OperateError> {
        self.command(Command::Confirm(Target::experiment(key)?))
    }

    /// The change that would lay a control over an experiment, with the expiry this operator has: for
    /// [`propose`](Self::propose).
    ///
    /// # Errors
    ///
    /// When the text is no key of an experiment.
    pub fn setting_experiment(&self, key: &str, action: Action) -> Result<Change, OperateError> {
        Ok(Change::Set { target: Target::experiment(key)?, action, expires_at: self.expires_at() })
    }

    fn set_experiment(&self, key: &str, action: Action) -> Result<Receipt, OperateError> {
        self.change(self.setting_experiment(key, action)?)
    }

    /// Whether a change of an experiment does what it says: nobody looks after numbers that are spoilt in silence.
    pub(super) fn check_experiment(&self, key: &str, change: &Change) -> Result<(), OperateError> {
        let live = self.flags.current().unforced();
        let unknown = || OperateError::UnknownExperiment { key: key.into() };
        if let Change::Set { action, .. } = change
            && !self.even_if_unknown
        {
            let experiment = live.set.experiment(key).ok_or_else(unknown)?;
            if let Action::Winner { arm } = action {
                check_arm(experiment, arm)?;
            }
        }
        if self.anyway {
            return Ok(());
        }
        let state = self.flags.inner().controls.state();
        let obstacles = Obstacle::of(change, &live.set, &state, self.flags.now());
        if obstacles.is_empty() { Ok(()) } else { Err(OperateError::InTheWay(obstacles)) }
    }
}

fn check_arm(experiment: ExperimentView<'_>, arm: &str) -> Result<(), OperateError> {
    let arms: Vec<Box<str>> = experiment.arms().map(|known| ArmView::name(known).into()).collect();
    if arms.iter().any(|known| **known == *arm) {
        return Ok(());
    }
    Err(OperateError::UnknownArm { key: experiment.key().into(), arm: arm.into(), arms })
}
