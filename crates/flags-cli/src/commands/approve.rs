//! `flags approve`: a second person agrees to a proposal.

use clap::Args;
use flags::control::{Command, Revision};

use crate::{
    failure::Failure,
    operate::{self, OperatorOptions},
    output::{Output, Status},
};

/// Approve a proposal of somebody else, which makes its change.
///
/// Nobody approves his own. If what the change was to replace is another by now, it is refused: it would not do what its author
/// had in mind. The number of an unconfirmed control will do as well, and confirms it.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags proposals --state-dir var/flags
  flags approve 7 --state-dir var/flags --as bob

JSON: as of `flags kill`; the outcomes are applied, cleared and confirmed.")]
pub(crate) struct Approve {
    /// The number of the proposal.
    #[arg(value_name = "NUMBER")]
    number: u64,
    #[command(flatten)]
    options: OperatorOptions,
}

impl Approve {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        operate::decide(&self.options, Command::Approve(Revision::new(self.number)), output)
    }
}
