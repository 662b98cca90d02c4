//! `flags propose`: a change that somebody else approves.

use clap::{Args, Subcommand};

use super::{
    breaker::BreakerChange, clear::Clear, experiment::ExperimentChange, kill::Kill, override_flag::Override,
    revive::Revive,
};
use crate::{
    failure::Failure,
    operate::Way,
    output::{Output, Status},
};

/// Propose a change of a flag or an experiment, for somebody else to approve.
///
/// The change is written as for the command that makes it. It is not in force until a second person approves it, and expires
/// after a day. Any flag will do; for a protected one it is the only way, but for a kill (and for an experiment on
/// one, but for pausing and stopping it).
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags propose override checkout express --state-dir var/flags --reason \"the launch\"
  flags propose revive checkout --state-dir var/flags
  flags propose experiment winner checkout_button bold --state-dir var/flags
  flags proposals --state-dir var/flags               what waits
  flags approve 7 --state-dir var/flags               by somebody else

JSON: as of `flags kill`; the outcomes are proposed and unchanged.")]
pub(crate) struct Propose {
    #[command(subcommand)]
    change: Proposable,
}

/// The changes that can be proposed.
#[derive(Debug, Subcommand)]
enum Proposable {
    /// Propose to kill a flag
    #[command(
        long_about = "Propose to kill a flag.\n\nOne person may kill any flag at once, by `flags kill`; this is for those that are not urgent.",
        after_help = "Examples:\n  flags propose kill old_search --state-dir var/flags"
    )]
    Kill(Kill),
    /// Propose to take back the kill of a flag
    #[command(
        long_about = "Propose to take back the kill of a flag.",
        after_help = "Examples:\n  flags propose revive checkout --state-dir var/flags --reason \"payments work again\""
    )]
    Revive(Revive),
    /// Propose to serve a variant, or to another percentage
    #[command(
        long_about = "Propose to serve a variant to everybody or to one unit, or to another percentage.",
        override_usage = "flags propose override [OPTIONS] --state-dir <DIR> <FLAG> <VARIANT> [--unit <UNIT>]\n       \
                          flags propose override [OPTIONS] --state-dir <DIR> <FLAG> --percentage <PERCENT>",
        after_help = "Examples:\n  flags propose override checkout express --state-dir var/flags --for 2h\n  flags propose override checkout --percentage 50 --state-dir var/flags"
    )]
    Override(Override),
    /// Propose to take back overrides and percentages of a flag
    #[command(
        long_about = "Propose to take back overrides and percentages of a flag.",
        after_help = "Examples:\n  flags propose clear checkout --kind percentage --state-dir var/flags"
    )]
    Clear(Clear),
    /// Propose to hold a circuit breaker open or closed, or to release it
    #[command(
        subcommand,
        long_about = "Propose to hold the circuit breaker of a flag open or closed, or to release it.",
        after_help = "Examples:\n  flags propose breaker open search --state-dir var/flags --reason \"the index is rebuilt\""
    )]
    Breaker(BreakerChange),
    /// Propose to start, pause, stop, extend, decide or clear an experiment
    #[command(
        subcommand,
        long_about = "Propose to start, pause, stop, extend, decide or clear an experiment.\n\nAn experiment that serves variants of a protected flag takes two people, but for pausing and stopping it.",
        after_help = "Examples:\n  flags propose experiment start checkout_button --state-dir var/flags --reason \"the data is in order\""
    )]
    Experiment(ExperimentChange),
}

impl Propose {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        match self.change {
            Proposable::Kill(change) => change.run(Way::Proposed, output),
            Proposable::Revive(change) => change.run(Way::Proposed, output),
            Proposable::Override(change) => change.run(Way::Proposed, output),
            Proposable::Clear(change) => change.run(Way::Proposed, output),
            Proposable::Breaker(change) => change.run(Way::Proposed, output),
            Proposable::Experiment(change) => change.run(Way::Proposed, output),
        }
    }
}
