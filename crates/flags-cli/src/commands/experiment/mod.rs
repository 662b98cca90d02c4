//! `flags experiment`: experiments looked at, and operated while they run.

mod change;
mod confirm;
mod list;
mod look;
mod show;
mod words;

use clap::{Args, Subcommand};

pub(super) use self::change::ExperimentChange;
use crate::{
    failure::Failure,
    operate::Way,
    output::{Output, Status},
};

/// Look at experiments, and start, pause, stop, extend and decide them.
///
/// What is started, paused, stopped, extended or decided here lies over the definitions, as a kill of a flag does: programs on the
/// state folder see it within a second, it holds through restarts and reloads, and the audit log tells who did it and why.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags experiment list --file config
  flags experiment show checkout_button --file config --state-dir var/flags
  flags experiment start checkout_button --state-dir var/flags
  flags experiment pause checkout_button --state-dir var/flags --for 2h --reason \"errors in the basket\"
  flags experiment winner checkout_button bold --state-dir var/flags --reason \"3 % more orders\"")]
pub(crate) struct Experiment {
    #[command(subcommand)]
    what: What,
}

/// What can be done with experiments.
#[derive(Debug, Subcommand)]
enum What {
    List(list::List),
    Show(show::Show),
    #[command(flatten)]
    Change(ExperimentChange),
    Confirm(confirm::Confirm),
}

impl Experiment {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        match self.what {
            What::List(command) => command.run(output),
            What::Show(command) => command.run(output),
            What::Change(change) => change.run(Way::AtOnce, output),
            What::Confirm(command) => command.run(output),
        }
    }
}
