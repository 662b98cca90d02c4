//! `flags experiment`: experiments looked at, and operated while they run.

mod analyze;
mod change;
mod confirm;
mod data;
mod export;
mod list;
mod look;
mod power;
mod report;
mod show;
mod simulate;
mod sql;
mod summary;
mod words;

use clap::{Args, Subcommand};

pub(super) use self::change::ExperimentChange;
use crate::{
    failure::Failure,
    operate::Way,
    output::{Output, Status},
};

/// Plan, look at, judge, start, pause, stop and decide experiments.
///
/// What is started, paused, stopped, extended or decided here lies over the definitions, as a kill of a flag does: programs on the
/// state folder see it within a second, it holds through restarts and reloads, and the audit log tells who did it and why.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags experiment list --file config
  flags experiment show checkout_button --file config --state-dir var/flags
  flags experiment start checkout_button --state-dir var/flags
  flags experiment pause checkout_button --state-dir var/flags --for 2h --reason \"errors in the basket\"
  flags experiment power checkout_button --file config --baseline 0.05
  flags experiment analyze checkout_button --state-dir var/flags
  flags experiment report checkout_button --state-dir var/flags --html report.html
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
    Analyze(analyze::Analyze),
    Report(report::Report),
    Summary(summary::Summary),
    Export(export::Export),
    Sql(sql::Sql),
    Power(power::Power),
    Simulate(simulate::Simulate),
}

impl Experiment {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        match self.what {
            What::List(command) => command.run(output),
            What::Show(command) => command.run(output),
            What::Change(change) => change.run(Way::AtOnce, output),
            What::Confirm(command) => command.run(output),
            What::Analyze(command) => command.run(output),
            What::Report(command) => command.run(output),
            What::Summary(command) => command.run(output),
            What::Export(command) => command.run(output),
            What::Sql(command) => command.run(output),
            What::Power(command) => command.run(output),
            What::Simulate(command) => command.run(output),
        }
    }
}
