//! `flags audit show`: all of one entry, with what is different after it.

use std::io::Write as _;

use clap::Args;
use flags::control::audit::Entry;
use serde_json::Value as Json;
use similar::{ChangeTag, TextDiff};

use super::{list, words};
use crate::{
    failure::Failure,
    operate::StateOption,
    output::{BAD, BOLD, DIM, GOOD, Output, Status, facts},
};

/// Show all of one entry of the audit log.
///
/// What was there before and what is there after is shown field by field: `-` what is gone, `+` what is new.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags audit show 42 --state-dir var/flags
  flags audit show 42 --state-dir var/flags --format json

JSON: the entry as of `flags audit list`.")]
pub(crate) struct Show {
    /// The number of the entry.
    #[arg(value_name = "ENTRY")]
    entry: u64,
    #[command(flatten)]
    state: StateOption,
}

impl Show {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let log = super::log(&self.state)?;
        let found = log.show(self.entry).map_err(|error| Failure::Io(error.to_string()))?;
        let Some(entry) = found else { return Err(Failure::NotFound(no_entry(self.entry, &log))) };
        if output.is_json() {
            output.json(&list::to_json(&entry))?;
            return Ok(Status::Fine);
        }
        let of = entry.target.as_deref().map(|target| format!(" {target}")).unwrap_or_default();
        let what = words::what(&entry);
        let what = if what.is_empty() { what } else { format!(": {what}") };
        writeln!(output, "{BOLD}entry {}{BOLD:#}: {}{of}{what}", entry.sequence, entry.action)?;
        let mut lines =
            vec![("at", entry.at.to_string()), ("by", entry.actor.to_string()), ("via", entry.origin.to_string())];
        lines.extend(entry.reason.as_deref().map(|reason| ("why", reason.to_owned())));
        lines.extend(entry.revision.map(|revision| ("revision", revision.to_string())));
        lines.push(("previous", entry.previous.to_string()));
        lines.push(("hash", entry.hash.to_string()));
        facts(output, &lines)?;
        write_difference(&entry, output)?;
        Ok(Status::Fine)
    }
}

fn no_entry(number: u64, log: &flags::control::audit::AuditLog) -> String {
    match log.head() {
        Ok(Some(head)) if number > head.sequence => {
            format!("there is no entry {number}; the last is {}", head.sequence)
        }
        Ok(Some(_)) => format!("entry {number} is not here; its segment may have been moved to an archive"),
        _ => format!("there is no entry {number}; the log is empty"),
    }
}

fn write_difference(entry: &Entry, output: &mut Output) -> Result<(), Failure> {
    let [before, after] = [&entry.before, &entry.after].map(|side| side.as_ref().map(lines).unwrap_or_default());
    if before.is_empty() && after.is_empty() {
        return Ok(());
    }
    writeln!(output)?;
    let (before, after): (Vec<&str>, Vec<&str>) =
        (before.iter().map(String::as_str).collect(), after.iter().map(String::as_str).collect());
    for change in TextDiff::from_slices(&before, &after).iter_all_changes() {
        let (sign, style) = match change.tag() {
            ChangeTag::Delete => ('-', BAD),
            ChangeTag::Insert => ('+', GOOD),
            ChangeTag::Equal => (' ', DIM),
        };
        writeln!(output, "  {style}{sign} {}{style:#}", change.value())?;
    }
    Ok(())
}

/// A value as lines, one for each field in it: `controls.0.standing  unconfirmed`. What is said of a single control or proposal
/// goes without its place.
fn lines(value: &Json) -> Vec<String> {
    let is_single = |name: &str| value[name].as_array().is_some_and(|all| all.len() == 1);
    let only = |name: &str| value.as_object().is_some_and(|fields| fields.len() == 1) && is_single(name);
    let mut lines = vec![];
    if only("controls") {
        flatten("", &value["controls"][0], &mut lines);
    } else if only("proposals") {
        flatten("", &value["proposals"][0], &mut lines);
    } else {
        flatten("", value, &mut lines);
    }
    lines
}

fn flatten(path: &str, value: &Json, lines: &mut Vec<String>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Json::Object(fields) if !fields.is_empty() => {
            fields.iter().for_each(|(name, field)| flatten(&below(name), field, lines));
        }
        Json::Array(items) if !items.is_empty() => {
            items.iter().enumerate().for_each(|(at, item)| flatten(&below(&at.to_string()), item, lines));
        }
        leaf => lines.push(format!("{path} = {}", words::text(leaf))),
    }
}
