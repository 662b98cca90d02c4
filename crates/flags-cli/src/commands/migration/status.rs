//! `flags migration status`: where a migration stands, once or as it goes.

use std::{io::Write as _, thread, time::Duration};

use clap::Args;
use flags::{
    MigrationView,
    rollout::{machine::Verdict, migration::Stand},
};

use super::{MigrationOptions, words};
use crate::{
    commands::rollout::{bar, guardrails, leader},
    failure::Failure,
    operate::{Driven, journal_failure, seconds},
    output::{self, BOLD, DIM, Output, Status, WARN, facts},
};

/// How often it is looked again.
const TICK: Duration = Duration::from_millis(500);

/// Show where a migration stands.
///
/// What its guardrails say is what the program that drives saw at its last look. With --watch it is shown as it goes, in place
/// on a terminal and otherwise with a line for each change, until it is complete (status 0) or taken back (status 1).
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags migration status order_store --state-dir var/flags
  flags migration status order_store --state-dir var/flags --watch

JSON: {\"migration\",\"description\",\"stand\",\"phase\",\"phases\":[{\"name\",\"flag\",\"status\",\"hold_seconds\"}],\"progress\",
\"complete_not_before\",\"started_at\",\"since\",\"by\",\"because\",\"guardrails\":[{\"metric\",\"on_breach\",\"verdict\",\"text\"}],
\"requested\",\"driven_by\"}; with --watch a line for each change. It stands planned, waiting, settling, watching, paused,
rolling_back, rolled_back or complete.")]
pub(super) struct Show {
    /// The migration's key.
    #[arg(value_name = "MIGRATION")]
    migration: String,
    #[command(flatten)]
    options: MigrationOptions,
    /// Shows it as it goes, until it is over.
    #[arg(long, short)]
    watch: bool,
}

impl Show {
    pub(super) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let mut driven = self.options.open()?;
        let mut view = find(&driven, &self.migration)?;
        if !self.watch {
            if output.is_json() {
                output.json(&json(&view, &driven))?;
            } else {
                self.write(&view, &driven, output)?;
            }
            return Ok(Status::Fine);
        }
        let is_live = !output.is_json() && output::is_live();
        let mut told = None;
        loop {
            let gist = gist(&view);
            if is_live || told.as_ref() != Some(&gist) {
                told = Some(gist);
                if output.is_json() {
                    output.json_line(&json(&view, &driven))?;
                } else if is_live {
                    // Erases the screen and goes to its first place (ECMA-48, ED and CUP).
                    write!(output, "\x1b[2J\x1b[H")?;
                    self.write(&view, &driven, output)?;
                    writeln!(output, "\n{DIM}{}; Ctrl-C ends{DIM:#}", driven.now())?;
                } else {
                    writeln!(output, "{DIM}{}{DIM:#} {}", seconds(driven.now()), line(&view))?;
                }
                output.finish()?;
            }
            match view.stand {
                Stand::Complete => return Ok(Status::Fine),
                Stand::RolledBack => return Ok(Status::Bad),
                _ => thread::sleep(TICK),
            }
            driven.refresh();
            view = find(&driven, &self.migration)?;
        }
    }

    /// A migration with everything a person wants to know of it.
    fn write(&self, view: &MigrationView, driven: &Driven, output: &mut Output) -> Result<(), Failure> {
        let (key, style) = (&view.migration, words::style(view.stand));
        writeln!(output, "{BOLD}{key}{BOLD:#}: {style}{}{style:#}", words::stand(view))?;
        let mut lines = vec![];
        lines.extend(view.description.as_ref().map(|text| ("about", text.to_string())));
        lines.push(("done", format!("{}  complete: {}", bar(view.progress), words::completion(view))));
        lines.push(("now", words::doing(view, driven.now())));
        if !view.because.is_empty() {
            lines.push(("because", view.because.to_string()));
            lines.push(("by", format!("{} at {}", who(view), seconds(view.state.at))));
        }
        if view.definition.is_none() {
            lines.push(("definition", format!("{WARN}gone{WARN:#}: nobody knows its flags until it is back")));
        }
        lines.push(("driven by", driven.driven_by()));
        if let Some(request) = &view.requested {
            let command = super::word(request.command);
            let until = seconds(request.expires_at());
            let line = self.options.of_another(command, key);
            lines.push(("waits", format!("{} asks to {command} it; somebody else, until {until}: {line}", request.by)));
        }
        let next = match view.stand {
            Stand::Planned | Stand::RolledBack => Some("start"),
            Stand::Paused => Some("resume"),
            _ => None,
        };
        lines.extend(next.map(|command| ("next", self.options.of_same(command, key))));
        facts(output, &lines)?;
        let width = view.phases.iter().map(|phase| words::phase(phase.status).0.len()).max().unwrap_or_default();
        if !view.phases.is_empty() {
            writeln!(output, "  {DIM}phases{DIM:#}")?;
        }
        for phase in &view.phases {
            let (word, style) = words::phase(phase.status);
            writeln!(output, "    {style}{word:width$}{style:#}  {} (flag {})", phase.name, phase.flag)?;
        }
        guardrails(&view.guardrails, output)
    }
}

/// Who brought it where it is.
fn who(view: &MigrationView) -> String {
    super::history::who(&view.by)
}

/// A migration, or what to say where there is none of that key.
pub(super) fn find(driven: &Driven, key: &str) -> Result<MigrationView, Failure> {
    let found = driven.flags.migrations().view(key).map_err(|error| journal_failure(&error))?;
    found.ok_or_else(|| driven.no_such_migration(key))
}

fn json(view: &MigrationView, driven: &Driven) -> serde_json::Value {
    let mut json = words::migration(view);
    json["driven_by"] = leader(driven);
    json
}

/// What tells a state from the one before, for whoever reads line by line.
fn gist(view: &MigrationView) -> (u64, Vec<Option<Verdict>>) {
    (view.state.version, view.guardrails.iter().map(|guard| guard.verdict).collect())
}

/// A migration on one line.
fn line(view: &MigrationView) -> String {
    let (key, style) = (&view.migration, words::style(view.stand));
    let verdicts = view.guardrails.iter().filter_map(|guard| Some(format!("{} {}", guard.metric, guard.verdict?)));
    let verdicts = verdicts.collect::<Vec<_>>().join(", ");
    let verdicts = if verdicts.is_empty() { String::new() } else { format!(" [{verdicts}]") };
    let why = if view.because.is_empty() { String::new() } else { format!(": {}", view.because) };
    let done = (view.progress * 100.0).floor();
    format!("{BOLD}{key}{BOLD:#} {style}{}{style:#}, {done:.0} % done{verdicts}{why}", words::stand(view))
}
