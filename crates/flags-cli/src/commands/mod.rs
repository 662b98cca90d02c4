//! The commands, one file each.

mod bucket;
mod check;
mod codes;
mod diff;
mod eval;
mod explain;
mod init;
mod lint;
mod list;
mod schema;
#[cfg(feature = "serve")]
mod serve;
mod set;
mod show;
mod watch;

use clap::Subcommand;

use crate::{
    failure::Failure,
    output::{Output, Status},
};

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(init::Init),
    Check(check::Check),
    Lint(lint::Lint),
    List(list::List),
    Show(show::Show),
    Eval(eval::Eval),
    Explain(explain::Explain),
    Diff(diff::Diff),
    Set(set::Set),
    Watch(watch::Watch),
    #[cfg(feature = "serve")]
    Serve(serve::Serve),
    Bucket(bucket::Bucket),
    Schema(schema::Schema),
    Codes(codes::Codes),
}

/// Runs a command.
pub(crate) fn run(command: Command, output: &mut Output) -> Result<Status, Failure> {
    match command {
        Command::Init(command) => command.run(output),
        Command::Check(command) => command.run(output),
        Command::Lint(command) => command.run(output),
        Command::List(command) => command.run(output),
        Command::Show(command) => command.run(output),
        Command::Eval(command) => command.run(output),
        Command::Explain(command) => command.run(output),
        Command::Diff(command) => command.run(output),
        Command::Set(command) => command.run(output),
        Command::Watch(command) => command.run(output),
        #[cfg(feature = "serve")]
        Command::Serve(command) => command.run(output),
        Command::Bucket(command) => command.run(output),
        Command::Schema(command) => command.run(output),
        Command::Codes(command) => command.run(output),
    }
}
