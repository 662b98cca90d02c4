//! `flags breaker`: circuit breakers of a state folder, to look at and to hold.

mod change;
mod list;

use clap::{Args, Subcommand};

pub(super) use self::change::BreakerChange;
use crate::{
    failure::Failure,
    operate::Way,
    output::{Output, Status},
};

/// Look at circuit breakers, and hold them open or closed.
///
/// A flag with an `error_threshold` is off while too many measured runs of its new branch fail. Programs measure by themselves
/// and one of them has the breaker of a flag; what is listed here is what they have written into the state folder.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags breaker list --state-dir var/flags
  flags breaker open search --state-dir var/flags --reason \"the index is rebuilt\"
  flags breaker close search --state-dir var/flags --for 2h --reason \"the errors are known\"
  flags breaker release search --state-dir var/flags")]
pub(crate) struct Breaker {
    #[command(subcommand)]
    what: What,
}

/// What can be done with breakers.
#[derive(Debug, Subcommand)]
enum What {
    List(list::List),
    #[command(flatten)]
    Change(BreakerChange),
}

impl Breaker {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        match self.what {
            What::List(command) => command.run(output),
            What::Change(change) => change.run(Way::AtOnce, output),
        }
    }
}
