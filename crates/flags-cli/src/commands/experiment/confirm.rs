//! `flags experiment confirm`: a second person agrees to what was done to an experiment at once.

use clap::Args;
use flags::control::{Command, Target};

use crate::{
    arguments::experiment,
    failure::Failure,
    operate::{self, OperatorOptions},
    output::{Output, Status},
};

/// Confirm what somebody else did to a protected experiment at once.
///
/// To pause or stop an experiment on a protected flag is in force before anybody agrees, and is reported as unconfirmed until
/// somebody else does. Confirming changes nothing but that. Whoever does not agree proposes to clear it.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags controls --state-dir var/flags                shows what waits
  flags experiment confirm checkout_button --state-dir var/flags --as bob

JSON: as of `flags kill`; the outcome is confirmed.")]
pub(super) struct Confirm {
    /// The experiment's key.
    #[arg(value_name = "EXPERIMENT", value_parser = experiment)]
    experiment: Target,
    #[command(flatten)]
    options: OperatorOptions,
}

impl Confirm {
    pub(super) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        operate::decide(&self.options, Command::Confirm(self.experiment), output)
    }
}
