//! `flags migration history`: everything that has become of a migration.

use std::io::Write as _;

use clap::Args;
use flags::rollout::machine::Author;
use serde_json::json;

use super::{MigrationOptions, words};
use crate::{
    commands::rollout::author,
    failure::Failure,
    operate::{journal_failure, seconds},
    output::{DIM, Output, Status},
    table::{Table, or_dash},
};

/// How many lines a person is shown, unless asked for more.
const SHOWN: usize = 50;

/// Show what has become of a migration, the newest last.
///
/// A person is shown the last 50 lines, unless --limit asks for more; as JSON, there is a line for each there is.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags migration history order_store --state-dir var/flags

JSON: a line for each, {\"version\",\"at\",\"by\",\"stand\",\"phase\",\"text\",\"urgent\"}; by is null for the migration itself.")]
pub(super) struct History {
    /// The migration's key.
    #[arg(value_name = "MIGRATION")]
    migration: String,
    #[command(flatten)]
    options: MigrationOptions,
    /// At most this many, the newest ones.
    #[arg(long, value_name = "NUMBER")]
    limit: Option<usize>,
}

impl History {
    pub(super) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let driven = self.options.open()?;
        let key = &*self.migration;
        // One that is not there at all is told of, before anything about its journal.
        super::status::find(&driven, key)?;
        let history = driven.flags.migrations().history(key).map_err(|error| journal_failure(&error))?;
        let told: Vec<_> =
            history.iter().flat_map(|record| record.told.iter().map(move |told| (record, told))).collect();
        let limit = self.limit.unwrap_or(if output.is_json() { usize::MAX } else { SHOWN });
        let left_out = told.len().saturating_sub(limit);
        if output.is_json() {
            for (record, (text, urgent)) in told.iter().skip(left_out) {
                let state = &record.state;
                output.json_line(&json!({
                    "version": state.version,
                    "at": state.at.to_string(),
                    "by": author(&record.event.author()),
                    "stand": state.stand.name(),
                    "phase": Some(&state.name).filter(|name| !name.is_empty()),
                    "text": text,
                    "urgent": urgent,
                }))?;
            }
            return Ok(Status::Fine);
        }
        if told.is_empty() {
            writeln!(output, "{key} has not been started yet")?;
            return Ok(Status::Fine);
        }
        let mut table = Table::new(["AT", "BY", "STANDS", "PHASE", "WHAT"]).optional(&["PHASE", "STANDS"]);
        for (record, (text, _)) in told.iter().skip(left_out) {
            let state = &record.state;
            let row = [
                seconds(state.at),
                who(&record.event.author()),
                state.stand.name().replace('_', " "),
                or_dash(Some(&state.name).filter(|name| !name.is_empty())),
                text.to_string(),
            ];
            table.row(row, words::style(state.stand));
        }
        table.write(output)?;
        if self.limit.is_none() && left_out > 0 {
            writeln!(output, "\n{DIM}the newest {SHOWN}; --limit shows more{DIM:#}")?;
        }
        Ok(Status::Fine)
    }
}

/// Who did something.
pub(super) fn who(author: &Author) -> String {
    match author {
        Author::Plan => "the migration".to_owned(),
        person => person.to_string(),
    }
}
