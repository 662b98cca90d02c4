//! What the operator's commands share: which state folder, who acts and why, what is known of the flags and experiments, and
//! how what became of a change is told.

mod actor;
mod command_line;
mod desk;
mod driven;
mod experiments;
mod known;
mod laid;
mod lasting;
mod options;
mod tell;
mod tell_experiment;

use flags::{
    Clock as _, SystemClock,
    control::{Change, Command, ControlState},
};

#[cfg(feature = "serve")]
pub(crate) use self::desk::unreadable;
pub(crate) use self::{
    command_line::{CommandLine, confirming},
    desk::Desk,
    driven::{Driven, actor, journal_failure},
    experiments::standing,
    known::Known,
    laid::{Followed, Laid, in_words},
    lasting::parse as time,
    options::{DefinitionsOptions, ExpiryOptions, OperatorOptions, StateOption},
    tell::{seconds, what},
};
use crate::{
    failure::Failure,
    output::{Output, Status},
};

/// What making a change takes: the options of `kill`, `revive`, `override` and `clear`, and of `experiment start` and its kin.
#[derive(clap::Args, Debug)]
pub(crate) struct ChangeOptions {
    #[command(flatten)]
    pub(crate) operator: OperatorOptions,
    #[command(flatten)]
    pub(crate) definitions: DefinitionsOptions,
    /// Accepts a name that is not defined (the control waits until it is), and a change of an experiment that is in the way of
    /// another or would do nothing.
    #[arg(long)]
    pub(crate) anyway: bool,
}

/// Whether a change is made or only proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// It is made.
    AtOnce,
    /// Somebody else is to approve it.
    Proposed,
}

/// Makes a change, or proposes it, and tells what became of it.
pub(crate) fn make(options: &ChangeOptions, change: &Change, way: Way, output: &mut Output) -> Result<Status, Failure> {
    make_with(options, |_, _| Ok(change.clone()), way, output)
}

/// The same of a change that follows from what is known and from what is in force.
pub(crate) fn make_with(
    options: &ChangeOptions,
    change: impl FnOnce(&Known, &ControlState) -> Result<Change, Failure>,
    way: Way,
    output: &mut Output,
) -> Result<Status, Failure> {
    let desk = Desk::open(&options.operator)?;
    let known = Known::read(&options.definitions, desk.folder());
    known.warn_if_nothing();
    let change = &change(&known, &desk.state())?;
    let line = CommandLine::new(&options.operator, Some(options));
    known.check(change, &desk.state(), options.anyway)?;
    known.check_experiment(change, &desk.state(), (options.anyway, SystemClock.now()), &line)?;
    let command = match way {
        Way::AtOnce => Command::Change(change.clone()),
        Way::Proposed => Command::Propose(change.clone()),
    };
    let receipt = desk.apply(command, &known, &line)?;
    tell::receipt(&receipt, Some(change), &tell::Scene { desk: &desk, known: &known, line: &line }, output)?;
    Ok(Status::Fine)
}

/// Decides what others have done or proposed, and tells what became of it.
pub(crate) fn decide(options: &OperatorOptions, command: Command, output: &mut Output) -> Result<Status, Failure> {
    let desk = Desk::open(options)?;
    let known = Known::read(&DefinitionsOptions::default(), desk.folder());
    let line = CommandLine::new(options, None);
    let receipt = desk.apply(command, &known, &line)?;
    tell::receipt(&receipt, None, &tell::Scene { desk: &desk, known: &known, line: &line }, output)?;
    Ok(Status::Fine)
}
