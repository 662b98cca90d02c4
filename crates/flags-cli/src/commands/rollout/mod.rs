//! `flags rollout`: rollouts tried out before they run, and operated while they do.

mod change;
mod history;
mod json;
mod list;
mod simulate;
mod status;
mod words;

use clap::{Args, Subcommand};
use flags::{
    RolloutError,
    rollout::{
        controller::CommandError,
        machine::{Command, Rejection},
    },
};

pub(super) use self::{
    json::{author, guardrail, leader},
    status::guardrails,
    words::{bar, lasting},
};
use crate::{
    failure::Failure,
    operate::{CommandLine, DefinitionsOptions, Driven, StateOption, journal_failure},
    output::{Output, Status},
};

/// Try out, look at and operate rollouts that advance and undo themselves on evidence.
///
/// A program that drives takes a rollout from stage to stage while its guardrails hold, and back when they fail. What is asked
/// for here lasts, through restarts and kill -9, and whichever program drives the state folder goes on from there.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags rollout simulate config checkout --errors 0.01,0.05     what would it do?
  flags serve config --state-dir var/flags --drive-rollouts     drives
  flags rollout start checkout --state-dir var/flags
  flags rollout status checkout --state-dir var/flags --watch
  flags rollout rollback checkout --state-dir var/flags --reason \"complaints\"
  flags rollout history checkout --state-dir var/flags")]
pub(crate) struct Rollout {
    #[command(subcommand)]
    what: What,
}

/// What can be done with rollouts.
#[derive(Debug, Subcommand)]
enum What {
    Simulate(simulate::Simulate),
    List(list::List),
    #[command(name = "status")]
    Show(status::Show),
    #[command(flatten)]
    Change(change::Change),
    History(history::History),
}

impl Rollout {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        match self.what {
            What::Simulate(command) => command.run(output),
            What::List(command) => command.run(output),
            What::Show(command) => command.run(output),
            What::Change(change) => change.run(output),
            What::History(command) => command.run(output),
        }
    }
}

/// Where rollouts are looked up.
#[derive(Args, Debug)]
struct RolloutOptions {
    #[command(flatten)]
    state: StateOption,
    #[command(flatten)]
    definitions: DefinitionsOptions,
}

impl RolloutOptions {
    fn open(&self) -> Result<Driven, Failure> {
        Driven::open(&self.state, &self.definitions)
    }

    fn of_same(&self, command: &str, flag: &str) -> String {
        CommandLine::of_state(&self.state).looking_in(&self.definitions).of_same(&["rollout", command, flag])
    }

    fn of_another(&self, command: &str, flag: &str) -> String {
        CommandLine::of_state(&self.state).looking_in(&self.definitions).of_another(&["rollout", command, flag])
    }
}

/// The word that is typed for a command, by its name.
fn word(command: &str) -> &str {
    if command == "roll_back" { "rollback" } else { command }
}

/// What to say of a flag without a plan.
fn no_plan(key: &str, driven: &Driven) -> String {
    format!("flag `{key}` has no rollout plan in {}: write one under [features.{key}.rollout]", driven.place())
}

/// Why nothing came of it, without the command that helps.
fn failure(error: &RolloutError, driven: &Driven, key: Option<&str>) -> Failure {
    match (error, key) {
        (RolloutError::UnknownFlag { key }, _) => driven.no_such_flag(key),
        (RolloutError::Command(CommandError::NoPlan { flag }), _) => Failure::NotFound(no_plan(flag, driven)),
        (RolloutError::Journal(error) | RolloutError::Command(CommandError::Journal(error)), _) => {
            journal_failure(error)
        }
        (error, _) => Failure::Denied { message: error.to_string(), help: None },
    }
}

/// The command that does what a refused one was most likely meant to do.
fn instead(rejection: &Rejection, command: Command) -> Option<&'static str> {
    Some(match (rejection, command) {
        (Rejection::NotStarted, _) => "start",
        (Rejection::AlreadyStarted, Command::Start { .. }) => "status",
        (Rejection::AlreadyPaused | Rejection::DefinitionChanged, _) => "resume",
        (Rejection::NotPaused | Rejection::RollingBack | Rejection::CoolingDown { .. }, _) => "status",
        (Rejection::NoApprovalNeeded | Rejection::NotOver, _) => "status",
        (Rejection::Over { .. }, _) => "rearm",
        _ => return None,
    })
}
