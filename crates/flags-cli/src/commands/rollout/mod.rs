//! `flags rollout`: rollouts tried out before they run, and operated while they do.

mod simulate;

use clap::{Args, Subcommand};

use crate::{
    failure::Failure,
    output::{Output, Status},
};

/// Try out rollouts that advance and undo themselves on evidence.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags rollout simulate config checkout --errors 0.01,0.05
  flags rollout simulate config checkout --scenario outage.toml --runs 1000")]
pub(crate) struct Rollout {
    #[command(subcommand)]
    what: What,
}

/// What can be done with rollouts.
#[derive(Debug, Subcommand)]
enum What {
    Simulate(simulate::Simulate),
}

impl Rollout {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        match self.what {
            What::Simulate(command) => command.run(output),
        }
    }
}
