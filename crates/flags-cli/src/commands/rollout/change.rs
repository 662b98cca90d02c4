//! `flags rollout start`, `pause`, `resume`, `promote`, `approve`, `rollback` and `rearm`.

use std::io::Write as _;

use clap::{Args, Subcommand};
use flags::{
    RolloutError, RolloutView,
    control::Target,
    rollout::{
        controller::{CommandError, Outcome, Request},
        machine::{Command, ControlsInForce, Status as Standing},
    },
};
use serde_json::json;

use super::{json as wire, status, words};
use crate::{
    arguments::target,
    failure::Failure,
    operate::{self, CommandLine, DefinitionsOptions, Driven, OperatorOptions, seconds},
    output::{BAD, BOLD, GOOD, Output, Status, WARN, facts},
};

/// The changes of rollouts.
#[derive(Debug, Subcommand)]
pub(super) enum Change {
    /// Start the rollout of a flag, whatever its date.
    ///
    /// The first stage of its plan is in force when this returns. What was in force before is kept, and is what a rollback goes
    /// back to. Of a protected flag it takes two people: the same command by somebody else carries it out.
    #[command(after_help = EXAMPLES)]
    Start(Options),
    /// Have a rollout stay where it is.
    ///
    /// Its guardrails go on protecting: what fails is rolled back all the same. One person may pause any rollout.
    #[command(after_help = EXAMPLES)]
    Pause(Options),
    /// Let a paused rollout go on, by its plan as it is written now.
    ///
    /// It goes on in the stage it was in, with data gathered anew. Of a protected flag it takes two people.
    #[command(after_help = EXAMPLES)]
    Resume(Options),
    /// Have a rollout go to the next stage now, or complete it, whatever it waits for.
    ///
    /// Hold, samples, approvals and guardrails that are not settled are passed over; what fails is rolled back all the same.
    /// Of a protected flag it takes two people.
    #[command(after_help = EXAMPLES)]
    Promote(Options),
    /// Let the stage go on that needs an approval.
    ///
    /// It still waits for everything else. It may be approved before it is due. Of a protected flag it takes two people.
    #[command(after_help = EXAMPLES)]
    Approve(Options),
    /// Take a rollout back to what was in force before it.
    ///
    /// Rollouts of flags that hang on it are taken back first. It is in force when this returns, whether a program drives or
    /// not. One person may roll back any rollout; after that it has to be armed again.
    #[command(after_help = EXAMPLES)]
    Rollback(Options),
    /// Make a rollout ready to be started again, after it was rolled back and has cooled down, or is complete.
    ///
    /// Of a protected flag it takes two people.
    #[command(after_help = EXAMPLES)]
    Rearm(Options),
}

const EXAMPLES: &str = "Examples:
  flags rollout start checkout --state-dir var/flags --reason \"the launch\"
  flags rollout pause checkout --state-dir var/flags
  flags rollout approve checkout --state-dir var/flags --as bob
  flags rollout rollback checkout --state-dir var/flags --reason \"complaints\"

JSON: {\"outcome\",\"actor\",\"command\",\"unconfirmed\",\"rollout\",\"request\",\"driven_by\"}; the outcomes are done and requested, and the
rollout is as in `flags rollout status`.";

/// The options of every change.
#[derive(Args, Debug)]
pub(super) struct Options {
    /// The flag's key.
    #[arg(value_name = "FLAG", value_parser = target)]
    flag: Target,
    #[command(flatten)]
    operator: OperatorOptions,
    #[command(flatten)]
    definitions: DefinitionsOptions,
}

impl Change {
    pub(super) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        // What was in force before is read by whoever carries it out.
        let before = ControlsInForce::default();
        match self {
            Self::Start(options) => options.run(Command::Start { before }, output),
            Self::Pause(options) => options.run(Command::Pause, output),
            Self::Resume(options) => options.run(Command::Resume, output),
            Self::Promote(options) => options.run(Command::Promote, output),
            Self::Approve(options) => options.run(Command::Approve, output),
            Self::Rollback(options) => options.run(Command::RollBack, output),
            Self::Rearm(options) => options.run(Command::Rearm, output),
        }
    }
}

impl Options {
    fn run(self, command: Command, output: &mut Output) -> Result<Status, Failure> {
        let actor = operate::actor(&self.operator)?;
        let driven = Driven::open(&self.operator.state, &self.definitions)?;
        let key = self.flag.key();
        let line = CommandLine::new(&self.operator, None).looking_in(&self.definitions);
        let operator = driven.flags.rollouts().by(actor.name()).map_err(|error| Failure::Usage(error.to_string()))?;
        let operator = operator.because(self.operator.reason.as_deref().unwrap_or_default());
        let outcome = operator.command(key, command).map_err(|error| failure(&error, command, &driven, key, &line))?;
        match outcome {
            Outcome::Requested(request) => {
                if output.is_json() {
                    return json_of(&driven, actor.name(), command, None, Some(&request), output);
                }
                requested(&request, &line, output)?;
            }
            Outcome::Done { unconfirmed, .. } => {
                let view = status::find(&driven, key)?;
                if output.is_json() {
                    let told = Some((&view, unconfirmed.as_deref()));
                    return json_of(&driven, actor.name(), command, told, None, output);
                }
                done(command, &view, unconfirmed.as_deref(), &driven, &line, output)?;
            }
            _ => {}
        }
        if !matches!(command, Command::RollBack | Command::Rearm) {
            driven.note_if_nobody_drives("the rollouts of this state folder");
        }
        Ok(Status::Fine)
    }
}

/// What is in force now.
fn done(
    command: Command,
    view: &RolloutView,
    unconfirmed: Option<&str>,
    driven: &Driven,
    line: &CommandLine,
    output: &mut Output,
) -> Result<(), Failure> {
    let key = &view.flag;
    let share = view.percentage.map(|share| format!("{share} %")).unwrap_or_default();
    let verb = if unconfirmed.is_some() { "are to have it" } else { "have it now" };
    let head = match (command, view.status) {
        (Command::Start { .. }, _) => format!("{GOOD}started{GOOD:#} {BOLD}{key}{BOLD:#}: {share} {verb}"),
        (Command::Pause, _) => format!("{WARN}paused{WARN:#} {BOLD}{key}{BOLD:#}: {share} have it, and it stays so"),
        (Command::Resume, _) => format!("{GOOD}resumed{GOOD:#} {BOLD}{key}{BOLD:#}: {share} {verb}"),
        (Command::Promote, Standing::Complete) => {
            format!("{GOOD}complete{GOOD:#} {BOLD}{key}{BOLD:#}: {share} have it, and nothing watches any more")
        }
        (Command::Promote, _) => format!("{GOOD}promoted{GOOD:#} {BOLD}{key}{BOLD:#}: {share} {verb}"),
        (Command::Approve, _) => format!("{GOOD}approved{GOOD:#} {BOLD}{key}{BOLD:#}: stage {} may go on", view.stage),
        (Command::RollBack, Standing::RollingBack { .. }) => {
            format!(
                "{BAD}rolling back{BAD:#} {BOLD}{key}{BOLD:#}: it has been asked for, and has not been read back yet"
            )
        }
        (Command::RollBack, _) => format!("{BAD}rolled back{BAD:#} {BOLD}{key}{BOLD:#}: {}", before(view)),
        (Command::Rearm, _) => format!("{GOOD}armed{GOOD:#} {BOLD}{key}{BOLD:#}: it can be started again"),
        _ => format!("{BOLD}{key}{BOLD:#}: {}", view.phase),
    };
    writeln!(output, "{head}")?;
    let mut lines = vec![];
    if let Some(why) = unconfirmed {
        lines.push(("but", format!("{WARN}it is not in force yet{WARN:#}: {why}; whoever drives asks for it again")));
    }
    if !view.status.is_terminal() {
        lines.push(("now", words::doing(view, driven.now())));
        if view.status != Standing::Planned {
            lines.push(("complete", words::estimate(view)));
        }
    }
    lines.push(("by", view.by.to_string()));
    match (command, view.status) {
        (Command::RollBack, Standing::RolledBack { rearm_after }) => {
            let after =
                if rearm_after > driven.now() { format!(", from {} on", seconds(rearm_after)) } else { String::new() };
            lines.push(("again", format!("{}{after}", line.of_same(&["rollout", "rearm", key]))));
        }
        (Command::RollBack, _) => {}
        (Command::Rearm, _) => lines.push(("next", line.of_same(&["rollout", "start", key]))),
        (Command::Pause, _) => lines.push(("resume", line.of_same(&["rollout", "resume", key]))),
        _ if !view.status.is_terminal() => lines.push(("undo", line.of_same(&["rollout", "rollback", key]))),
        _ => {}
    }
    facts(output, &lines)
}

/// What a rollback has gone back to.
fn before(view: &RolloutView) -> String {
    match view.state.before {
        None => "it had not been started, so nothing has changed".to_owned(),
        Some(ControlsInForce { killed: true, .. }) => "the flag is killed, as it was before".to_owned(),
        Some(ControlsInForce { percentage: Some(share), .. }) => format!("{share} % have it, as before"),
        Some(_) => "its definition decides, as before".to_owned(),
    }
}

fn requested(request: &Request, line: &CommandLine, output: &mut Output) -> Result<(), Failure> {
    let (key, command) = (&request.flag, super::word(&request.command));
    writeln!(output, "{WARN}asked for{WARN:#} {BOLD}{key}{BOLD:#}: it is protected, so {command} takes two people")?;
    let why = if request.because.is_empty() { String::new() } else { format!(": {}", request.because) };
    let until = seconds(request.expires_at);
    facts(
        output,
        &[
            ("by", format!("{}{why}", request.by)),
            ("agree", format!("somebody else, until {until}: {}", line.of_another(&["rollout", command, key]))),
        ],
    )
}

fn json_of(
    driven: &Driven,
    actor: &str,
    command: Command,
    done: Option<(&RolloutView, Option<&str>)>,
    request: Option<&Request>,
    output: &mut Output,
) -> Result<Status, Failure> {
    output.json(&json!({
        "outcome": if request.is_some() { "requested" } else { "done" },
        "actor": actor,
        "command": super::word(command.name()),
        "unconfirmed": done.and_then(|(_, why)| why),
        "rollout": done.map(|(view, _)| wire::rollout(view, driven.now())),
        "request": request.map(wire::request),
        "driven_by": wire::leader(driven),
    }))?;
    Ok(Status::Fine)
}

/// Why it was refused, with the command that helps.
fn failure(error: &RolloutError, command: Command, driven: &Driven, key: &str, line: &CommandLine) -> Failure {
    let help = match error {
        RolloutError::Command(CommandError::Rejected { rejection, .. }) => {
            super::instead(rejection, command).map(|word| match word {
                "status" => line.look(&["rollout", "status", key]),
                word => line.of_same(&["rollout", word, key]),
            })
        }
        RolloutError::Command(CommandError::SamePerson { request }) => {
            let words = ["rollout", super::word(&request.command), key];
            Some(format!("by somebody else: {}", line.of_another(&words)))
        }
        _ => None,
    };
    match super::failure(error, driven, Some(key)) {
        Failure::Denied { message, .. } => Failure::Denied { message, help },
        other => other,
    }
}
