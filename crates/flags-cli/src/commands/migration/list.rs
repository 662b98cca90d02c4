//! `flags migration list`: every migration on a line.

use std::io::Write as _;

use clap::Args;
use serde_json::{Value as Json, json};

use super::{MigrationOptions, words};
use crate::{
    commands::rollout::leader,
    failure::Failure,
    operate::{journal_failure, seconds},
    output::{DIM, Output, Status, count},
    table::{Table, or_dash},
};

/// List the migrations, one line each.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags migration list --state-dir var/flags

JSON: {\"migrations\",\"driven_by\":{\"pid\",\"since\"}}; a migration is as in `flags migration status`, and driven_by is null where
nobody drives.")]
pub(super) struct List {
    #[command(flatten)]
    options: MigrationOptions,
}

impl List {
    pub(super) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let driven = self.options.open()?;
        let views = driven.flags.migrations().list().map_err(|error| journal_failure(&error))?;
        if output.is_json() {
            let all: Vec<Json> = views.iter().map(words::migration).collect();
            output.json(&json!({ "migrations": all, "driven_by": leader(&driven) }))?;
            return Ok(Status::Fine);
        }
        if views.is_empty() {
            writeln!(output, "there are no migrations in {}", driven.place())?;
            return Ok(Status::Fine);
        }
        let headings = ["MIGRATION", "STANDS", "PHASE", "DONE", "COMPLETE", "SINCE", "BY", "WHY"];
        let mut table = Table::new(headings).optional(&["SINCE", "BY", "COMPLETE"]);
        for view in &views {
            let is_started = view.state.version > 0;
            let (index, all) = (view.state.phase, view.phases.len());
            let present = view.phases.get(index).map(|phase| format!("{} ({}/{all})", phase.name, index + 1));
            let row = [
                view.migration.to_string(),
                words::stand(view),
                or_dash(present),
                format!("{:.0} %", (view.progress * 100.0).floor()),
                words::completion(view),
                or_dash(is_started.then(|| seconds(view.since))),
                or_dash(is_started.then(|| super::history::who(&view.by))),
                or_dash(Some(&view.because).filter(|text| !text.is_empty())),
            ];
            table.row(row, words::style(view.stand));
        }
        table.write(output)?;
        writeln!(output, "\n{DIM}{} in {}{DIM:#}", count(views.len(), "migration"), driven.place())?;
        writeln!(output, "driven by {}", driven.driven_by())?;
        Ok(Status::Fine)
    }
}
