//! The commands, one file each.

mod approve;
mod audit;
mod breaker;
mod bucket;
mod check;
mod clear;
mod codes;
mod confirm;
mod controls;
#[cfg(feature = "serve")]
mod demo;
mod diff;
mod eval;
mod experiment;
mod explain;
mod init;
mod kill;
mod lint;
mod list;
mod migration;
mod override_flag;
mod proposals;
mod propose;
mod recover;
mod reject;
mod revive;
mod rollout;
mod schema;
#[cfg(feature = "serve")]
mod serve;
mod set;
mod show;
mod stats;
mod watch;

use clap::Subcommand;

use crate::{
    failure::Failure,
    operate::Way,
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
    #[cfg(feature = "serve")]
    Demo(demo::Demo),
    Kill(kill::Kill),
    Revive(revive::Revive),
    Override(override_flag::Override),
    Clear(clear::Clear),
    Breaker(breaker::Breaker),
    Experiment(experiment::Experiment),
    Rollout(rollout::Rollout),
    Migration(migration::Migration),
    Controls(controls::Controls),
    Confirm(confirm::Confirm),
    Propose(propose::Propose),
    Approve(approve::Approve),
    Reject(reject::Reject),
    Proposals(proposals::Proposals),
    Audit(audit::Audit),
    Recover(recover::Recover),
    Stats(stats::Stats),
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
        #[cfg(feature = "serve")]
        Command::Demo(command) => command.run(output),
        Command::Kill(command) => command.run(Way::AtOnce, output),
        Command::Revive(command) => command.run(Way::AtOnce, output),
        Command::Override(command) => command.run(Way::AtOnce, output),
        Command::Clear(command) => command.run(Way::AtOnce, output),
        Command::Breaker(command) => command.run(output),
        Command::Experiment(command) => command.run(output),
        Command::Rollout(command) => command.run(output),
        Command::Migration(command) => command.run(output),
        Command::Controls(command) => command.run(output),
        Command::Confirm(command) => command.run(output),
        Command::Propose(command) => command.run(output),
        Command::Approve(command) => command.run(output),
        Command::Reject(command) => command.run(output),
        Command::Proposals(command) => command.run(output),
        Command::Audit(command) => command.run(output),
        Command::Recover(command) => command.run(output),
        Command::Stats(command) => command.run(output),
        Command::Bucket(command) => command.run(output),
        Command::Schema(command) => command.run(output),
        Command::Codes(command) => command.run(output),
    }
}
