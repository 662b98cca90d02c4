//! `flags migration start`, `pause`, `resume` and `rollback`.

use std::io::Write as _;

use clap::{Args, Subcommand};
use flags::{
    MigrationView,
    rollout::migration::{Agreement, Command, MigrationError, MigrationOutcome, PhaseStatus, Stand},
};
use serde_json::json;

use super::{status, words};
use crate::{
    commands::rollout::leader,
    failure::Failure,
    operate::{self, CommandLine, DefinitionsOptions, Driven, OperatorOptions, journal_failure, seconds},
    output::{BAD, BOLD, GOOD, Output, Status, WARN, facts},
};

/// The changes of migrations.
#[derive(Debug, Subcommand)]
pub(super) enum Change {
    /// Start a migration, or start it again from the phase that was taken back.
    ///
    /// The program that drives switches the flag of the first phase on as soon as the flags it requires are. Where a flag of it
    /// is protected it takes two people: the same command by somebody else carries it out.
    #[command(after_help = EXAMPLES)]
    Start(Options),
    /// Have a migration stay where it is.
    ///
    /// Phases that are in force stay so, and one that fails is taken back all the same. One person may pause any migration.
    #[command(after_help = EXAMPLES)]
    Pause(Options),
    /// Let a paused migration go on, as it is written now, with the phase watched anew.
    ///
    /// Where a flag of it is protected it takes two people.
    #[command(after_help = EXAMPLES)]
    Resume(Options),
    /// Take everything back, the last phase first.
    ///
    /// Of each phase the rollback flag is switched on, if it has one, and its own flag off. The present phase is switched off when
    /// this returns; the program that drives goes on with those before. One person may take back any migration.
    #[command(after_help = EXAMPLES)]
    Rollback(Options),
}

const EXAMPLES: &str = "Examples:
  flags migration start order_store --state-dir var/flags --reason \"the copy is done\"
  flags migration pause order_store --state-dir var/flags
  flags migration rollback order_store --state-dir var/flags --reason \"orders are missing\"

JSON: {\"outcome\",\"actor\",\"command\",\"unconfirmed\",\"migration\",\"request\",\"driven_by\"}; the outcomes are done and requested, and
the migration is as in `flags migration status`.";

/// The options of every change.
#[derive(Args, Debug)]
pub(super) struct Options {
    /// The migration's key.
    #[arg(value_name = "MIGRATION")]
    migration: String,
    #[command(flatten)]
    operator: OperatorOptions,
    #[command(flatten)]
    definitions: DefinitionsOptions,
}

impl Change {
    pub(super) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        match self {
            Self::Start(options) => options.run(Command::Start, output),
            Self::Pause(options) => options.run(Command::Pause, output),
            Self::Resume(options) => options.run(Command::Resume, output),
            Self::Rollback(options) => options.run(Command::RollBack, output),
        }
    }
}

impl Options {
    fn run(self, command: Command, output: &mut Output) -> Result<Status, Failure> {
        let actor = operate::actor(&self.operator)?;
        let driven = Driven::open(&self.operator.state, &self.definitions)?;
        let key = &*self.migration;
        let line = CommandLine::new(&self.operator, None).looking_in(&self.definitions);
        let operator = driven.flags.migrations().by(actor.name()).map_err(|error| Failure::Usage(error.to_string()))?;
        let operator = operator.because(self.operator.reason.as_deref().unwrap_or_default());
        let outcome = operator.command(key, command).map_err(|error| failure(&error, command, &driven, key, &line))?;
        let (request, unconfirmed) = match outcome {
            MigrationOutcome::Requested(request) => (Some(request), None),
            MigrationOutcome::Done { unconfirmed, .. } => (None, unconfirmed),
            _ => (None, None),
        };
        let view = status::find(&driven, key)?;
        if output.is_json() {
            output.json(&json!({
                "outcome": if request.is_some() { "requested" } else { "done" },
                "actor": actor.name(),
                "command": super::word(command),
                "unconfirmed": unconfirmed,
                "migration": words::migration(&view),
                "request": request.as_ref().map(words::agreement),
                "driven_by": leader(&driven),
            }))?;
            return Ok(Status::Fine);
        }
        match request {
            Some(request) => requested(key, &request, &line, output)?,
            None => done(command, &view, unconfirmed.as_deref(), &line, output)?,
        }
        driven.note_if_nobody_drives("the migrations of this state folder");
        Ok(Status::Fine)
    }
}

/// What is in force now.
fn done(
    command: Command,
    view: &MigrationView,
    unconfirmed: Option<&str>,
    line: &CommandLine,
    output: &mut Output,
) -> Result<(), Failure> {
    let (key, phase) = (&view.migration, &view.state.name);
    let in_force = view.phases.iter().filter(|phase| phase.status == PhaseStatus::Done).count();
    let head = match command {
        Command::Start => format!("{GOOD}started{GOOD:#} {BOLD}{key}{BOLD:#}: it begins with phase `{phase}`"),
        Command::Pause => format!(
            "{WARN}paused{WARN:#} {BOLD}{key}{BOLD:#} in phase `{phase}`: {in_force} of {} phases are in force, and it stays so",
            view.phases.len()
        ),
        Command::Resume => format!("{GOOD}resumed{GOOD:#} {BOLD}{key}{BOLD:#}: it goes on with phase `{phase}`"),
        Command::RollBack => {
            format!("{BAD}rolling back{BAD:#} {BOLD}{key}{BOLD:#}: phase `{phase}` first, then those before it")
        }
        _ => format!("{BOLD}{key}{BOLD:#}: {}", words::stand(view)),
    };
    writeln!(output, "{head}")?;
    let mut lines = vec![];
    if let Some(why) = unconfirmed {
        lines.push(("but", format!("{WARN}it is not in force yet{WARN:#}: {why}; whoever drives asks for it again")));
    }
    if matches!(command, Command::Start | Command::Resume) {
        lines.push(("complete", words::completion(view)));
    }
    lines.push(("by", view.by.to_string()));
    match command {
        Command::Pause => lines.push(("resume", line.of_same(&["migration", "resume", key]))),
        Command::RollBack => lines.push(("look", line.look(&["migration", "status", key]))),
        _ => lines.push(("undo", line.of_same(&["migration", "rollback", key]))),
    }
    facts(output, &lines)
}

fn requested(key: &str, request: &Agreement, line: &CommandLine, output: &mut Output) -> Result<(), Failure> {
    let command = super::word(request.command);
    writeln!(
        output,
        "{WARN}asked for{WARN:#} {BOLD}{key}{BOLD:#}: flags of it are protected, so {command} takes two people"
    )?;
    let why = if request.because.is_empty() { String::new() } else { format!(": {}", request.because) };
    let until = seconds(request.expires_at());
    facts(
        output,
        &[
            ("by", format!("{}{why}", request.by)),
            ("agree", format!("somebody else, until {until}: {}", line.of_another(&["migration", command, key]))),
        ],
    )
}

/// Why it was refused, with the command that helps.
fn failure(error: &MigrationError, command: Command, driven: &Driven, key: &str, line: &CommandLine) -> Failure {
    let message = error.to_string();
    match error {
        MigrationError::Unknown { .. } => driven.no_such_migration(key),
        MigrationError::Journal(error) => journal_failure(error),
        MigrationError::SamePerson { request, .. } => {
            let words = ["migration", super::word(request.command), key];
            Failure::Denied { message, help: Some(format!("by somebody else: {}", line.of_another(&words))) }
        }
        MigrationError::Refused { .. } => {
            let stand = driven.flags.migrations().view(key).ok().flatten().map(|view| view.stand);
            let help = match (stand, command) {
                (Some(Stand::Planned), _) | (Some(Stand::RolledBack), Command::Pause | Command::Resume) => {
                    line.of_same(&["migration", "start", key])
                }
                (Some(Stand::Paused), Command::Start | Command::Pause) => line.of_same(&["migration", "resume", key]),
                _ => line.look(&["migration", "status", key]),
            };
            Failure::Denied { message, help: Some(help) }
        }
        _ => Failure::Denied { message, help: None },
    }
}
