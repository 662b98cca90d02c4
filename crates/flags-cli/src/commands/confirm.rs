//! `flags confirm`: a second person agrees to what was done at once.

use clap::Args;
use flags::control::{Command, Target};

use crate::{
    arguments::target,
    failure::Failure,
    operate::{self, OperatorOptions},
    output::{Output, Status},
};

/// Confirm what somebody else did to a protected flag at once.
///
/// A kill of a protected flag is in force before anybody agrees, and is reported as unconfirmed until somebody else does.
/// Confirming changes nothing but that. Whoever does not agree proposes to revive the flag.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags controls --state-dir var/flags                shows what waits
  flags confirm checkout --state-dir var/flags --as bob

JSON: as of `flags kill`; the outcome is confirmed.")]
pub(crate) struct Confirm {
    /// The flag's key.
    #[arg(value_name = "FLAG", value_parser = target)]
    flag: Target,
    #[command(flatten)]
    options: OperatorOptions,
}

impl Confirm {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        operate::decide(&self.options, Command::Confirm(self.flag), output)
    }
}
