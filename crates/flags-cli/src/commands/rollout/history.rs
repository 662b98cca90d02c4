//! `flags rollout history`: everything that has become of the rollouts of a flag.

use std::io::Write as _;

use clap::Args;
use flags::control::Target;

use super::{RolloutOptions, json as wire, words};
use crate::{
    arguments::target,
    failure::Failure,
    operate::seconds,
    output::{DIM, Output, Status},
    table::{Table, or_dash},
};

/// How many lines a person is shown, unless asked for more.
const SHOWN: usize = 50;

/// Show what has become of a flag's rollouts, the newest last.
///
/// A person is shown the last 50 lines, unless --limit asks for more; as JSON, there is a line for each there is.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags rollout history checkout --state-dir var/flags
  flags rollout history checkout --state-dir var/flags --format json

JSON: a line for each, {\"version\",\"at\",\"by\",\"from\",\"to\",\"percentage\",\"text\"}; by is null for the plan itself.")]
pub(super) struct History {
    /// The flag's key.
    #[arg(value_name = "FLAG", value_parser = target)]
    flag: Target,
    #[command(flatten)]
    options: RolloutOptions,
    /// At most this many, the newest ones.
    #[arg(long, value_name = "NUMBER")]
    limit: Option<usize>,
}

impl History {
    pub(super) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let driven = self.options.open()?;
        let key = self.flag.key();
        let history = driven.flags.rollouts().history(key);
        let history = history.map_err(|error| super::failure(&error, &driven, Some(key)))?;
        let entries: Vec<_> = history.iter().filter_map(|record| Some((record, record.entry.as_ref()?))).collect();
        if entries.is_empty() {
            // One that is not there at all is told of.
            super::status::find(&driven, key)?;
        }
        let limit = self.limit.unwrap_or(if output.is_json() { usize::MAX } else { SHOWN });
        let left_out = entries.len().saturating_sub(limit);
        if output.is_json() {
            for (record, _) in entries.iter().skip(left_out) {
                if let Some(json) = wire::record(record) {
                    output.json_line(&json)?;
                }
            }
            return Ok(Status::Fine);
        }
        if entries.is_empty() {
            writeln!(output, "{key} has not been started yet")?;
            return Ok(Status::Fine);
        }
        let mut table = Table::new(["AT", "BY", "FROM", "TO", "PERCENT", "WHAT"]).optional(&["FROM", "PERCENT"]);
        for (_, entry) in entries.iter().skip(left_out) {
            let row = [
                seconds(entry.at),
                entry.by.to_string(),
                entry.from.to_string(),
                entry.to.to_string(),
                or_dash(entry.percentage.map(|share| format!("{share} %"))),
                entry.text.to_string(),
            ];
            table.row(row, words::style(entry.to));
        }
        table.write(output)?;
        if self.limit.is_none() && left_out > 0 {
            writeln!(output, "\n{DIM}the newest {SHOWN}; --limit shows more{DIM:#}")?;
        }
        Ok(Status::Fine)
    }
}
