//! `flags reject`: a proposal that comes to nothing.

use clap::Args;
use flags::control::{Command, Revision};

use crate::{
    failure::Failure,
    operate::{self, OperatorOptions},
    output::{Output, Status},
};

/// Reject a proposal, or withdraw your own.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags reject 7 --state-dir var/flags --reason \"not on a Friday\"

JSON: as of `flags kill`; the outcomes are rejected and withdrawn.")]
pub(crate) struct Reject {
    /// The number of the proposal.
    #[arg(value_name = "NUMBER")]
    number: u64,
    #[command(flatten)]
    options: OperatorOptions,
}

impl Reject {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        operate::decide(&self.options, Command::Reject(Revision::new(self.number)), output)
    }
}
