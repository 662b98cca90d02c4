//! `flags audit list`: the entries of the log, the newest first.

use std::io::Write as _;

use anstyle::Style;
use clap::Args;
use flags::{
    Timestamp,
    control::{
        Actor, Origin,
        audit::{Entry, Filter},
    },
};
use serde_json::{Value as Json, json};

use super::words;
use crate::{
    arguments::instant,
    failure::Failure,
    operate::{StateOption, seconds},
    output::{BAD, DIM, GOOD, Output, Status, note},
    table::{Table, or_dash},
};

/// How many entries a person is shown, unless asked for more.
const SHOWN: usize = 50;

/// List the entries of the audit log, the newest first.
///
/// Without --limit a person is shown the last 50 entries; as JSON, there is a line for each entry there is. A line of the log that
/// was damaged is told on standard error, and the exit status is 1 then.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags audit list --state-dir var/flags
  flags audit list --state-dir var/flags --flag checkout           what became of one flag
  flags audit list --state-dir var/flags --action kill --from 2026-11-01T00:00:00Z
  flags audit list --state-dir var/flags --origin file --actor ada --format json

JSON: a line for each entry, {\"sequence\",\"at\",\"actor\",\"origin\",\"action\",\"target\",\"reason\",
\"before\",\"after\",\"revision\",\"previous\",\"hash\"}, absent ones null.")]
pub(crate) struct List {
    #[command(flatten)]
    state: StateOption,
    /// Only what was done to this flag; `experiment NAME`, `segment NAME` and `settings` are told of as well.
    #[arg(long, value_name = "FLAG")]
    flag: Option<String>,
    /// Only what this person, or part of the system, did.
    #[arg(long, value_name = "NAME", value_parser = actor)]
    actor: Option<Actor>,
    /// Only this action: kill, revive, override, clear, start, pause, stop, extend, winner, propose, approve, confirm, expire,
    /// definition_changed and so on.
    #[arg(long, value_name = "ACTION")]
    action: Option<String>,
    /// Only what came this way: cli, api, rollout, breaker, experiment, file or system.
    #[arg(long, value_name = "ORIGIN", value_parser = origin)]
    origin: Option<Origin>,
    /// Not before this instant, such as 2026-11-20T00:00:00Z.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    from: Option<Timestamp>,
    /// Before this instant.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    to: Option<Timestamp>,
    /// At most this many.
    #[arg(long, value_name = "NUMBER")]
    limit: Option<usize>,
}

fn actor(text: &str) -> Result<Actor, String> {
    Actor::new(text).map_err(|error| error.to_string())
}

fn origin(text: &str) -> Result<Origin, String> {
    Origin::from_name(text)
        .ok_or_else(|| "expected one of cli, api, rollout, breaker, experiment, file, system".to_owned())
}

impl List {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let limit = self.limit.unwrap_or(if output.is_json() { usize::MAX } else { SHOWN });
        let log = super::log(&self.state)?;
        let mut entries = log.entries(self.filter()).map_err(|error| Failure::Io(error.to_string()))?;
        let mut table =
            Table::new(["ENTRY", "AT", "BY", "VIA", "ACTION", "FLAG", "WHAT", "WHY"]).optional(&["VIA", "AT"]);
        let (mut shown, mut damaged) = (0, false);
        while shown < limit
            && let Some(entry) = entries.next()
        {
            match entry {
                Ok(entry) if output.is_json() => output.json_line(&to_json(&entry))?,
                Ok(entry) => table.row(cells(&entry), style(&entry.action)),
                Err(error) => {
                    damaged = true;
                    note(&error.to_string());
                    continue;
                }
            }
            shown += 1;
        }
        if !output.is_json() {
            if shown == 0 {
                writeln!(output, "there is no entry like that")?;
            } else {
                table.write(output)?;
            }
            if self.limit.is_none() && entries.any(|entry| entry.is_ok()) {
                writeln!(output, "\n{DIM}the newest {SHOWN}; --limit shows more{DIM:#}")?;
            }
        }
        Ok(Status::bad_if(damaged))
    }

    fn filter(&self) -> Filter {
        let mut filter = Filter::default().newest_first();
        (filter.from, filter.to, filter.origin) = (self.from, self.to, self.origin);
        filter.actor.clone_from(&self.actor);
        filter.target = self.flag.as_deref().map(Into::into);
        filter.action = self.action.as_deref().map(Into::into);
        filter
    }
}

fn cells(entry: &Entry) -> [String; 8] {
    let what = words::what(entry);
    [
        entry.sequence.to_string(),
        seconds(entry.at),
        entry.actor.to_string(),
        entry.origin.to_string(),
        entry.action.to_string(),
        or_dash(entry.target.as_deref()),
        or_dash((!what.is_empty()).then_some(what)),
        or_dash(entry.reason.as_deref()),
    ]
}

fn style(action: &str) -> Style {
    match action {
        "kill" | "controls_lost" | "loss_accepted" | "history_lost" => BAD,
        "revive" => GOOD,
        "segment_opened" | "definitions_in_force" => DIM,
        _ => Style::new(),
    }
}

/// An entry as JSON, with every name there.
pub(super) fn to_json(entry: &Entry) -> Json {
    json!({
        "sequence": entry.sequence,
        "at": entry.at.to_string(),
        "actor": entry.actor.name(),
        "origin": entry.origin.name(),
        "action": entry.action,
        "target": entry.target,
        "reason": entry.reason,
        "before": entry.before,
        "after": entry.after,
        "revision": entry.revision,
        "previous": entry.previous,
        "hash": entry.hash,
    })
}
