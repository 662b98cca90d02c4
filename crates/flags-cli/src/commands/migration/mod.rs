//! `flags migration`: migrations in phases that flags guard, looked at and operated.

mod change;
mod history;
mod list;
mod status;
mod words;

use clap::{Args, Subcommand};

use crate::{
    failure::Failure,
    operate::{CommandLine, DefinitionsOptions, Driven, StateOption},
    output::{Output, Status},
};

/// Look at and operate migrations.
///
/// Each phase of a migration switches a flag on for everybody, watches it, and goes on by itself while it is healthy; one that
/// fails is taken back. A program that drives rollouts drives migrations as well.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags init --template migration
  flags serve features.toml --state-dir var/flags --drive-rollouts     drives
  flags migration start order_store --state-dir var/flags
  flags migration status order_store --state-dir var/flags --watch
  flags migration rollback order_store --state-dir var/flags --reason \"orders are missing\"")]
pub(crate) struct Migration {
    #[command(subcommand)]
    what: What,
}

/// What can be done with migrations.
#[derive(Debug, Subcommand)]
enum What {
    List(list::List),
    #[command(name = "status")]
    Show(status::Show),
    #[command(flatten)]
    Change(change::Change),
    History(history::History),
}

impl Migration {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        match self.what {
            What::List(command) => command.run(output),
            What::Show(command) => command.run(output),
            What::Change(change) => change.run(output),
            What::History(command) => command.run(output),
        }
    }
}

/// Where migrations are looked up.
#[derive(Args, Debug)]
struct MigrationOptions {
    #[command(flatten)]
    state: StateOption,
    #[command(flatten)]
    definitions: DefinitionsOptions,
}

impl MigrationOptions {
    fn open(&self) -> Result<Driven, Failure> {
        Driven::open(&self.state, &self.definitions)
    }

    fn of_same(&self, command: &str, migration: &str) -> String {
        CommandLine::of_state(&self.state).looking_in(&self.definitions).of_same(&["migration", command, migration])
    }

    fn of_another(&self, command: &str, migration: &str) -> String {
        CommandLine::of_state(&self.state).looking_in(&self.definitions).of_another(&["migration", command, migration])
    }
}

/// The word that is typed for a command.
fn word(command: flags::rollout::migration::Command) -> &'static str {
    match command.name() {
        "roll_back" => "rollback",
        name => name,
    }
}
