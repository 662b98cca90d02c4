//! `flags lint`: what is well formed and most likely not what anybody wants.

use std::{io::Write as _, path::PathBuf};

use clap::Args;
use flags::config::{Limits, Report, load, load_and_lint};
use serde_json::json;

use crate::{
    arguments::AtOption,
    failure::Failure,
    input,
    output::{GOOD, Output, Status},
};

/// Find what is well formed and yet hardly meant.
///
/// Flags that have expired or are stale, rules nobody reaches, conditions that contradict each other, prerequisites that can
/// never be met, segments nobody uses. What `flags check` reports is not repeated. Exits with 0 whatever is found, unless
/// --strict is given.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags lint config
  flags lint config --strict --at 2027-01-01T00:00:00Z
  flags explain FLG101                        what a finding means, and what to do

JSON: as of `flags check`.")]
pub(crate) struct Lint {
    /// A file, a folder, or - for standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    at: AtOption,
    /// Exit with 1 if anything is found.
    #[arg(long)]
    strict: bool,
}

impl Lint {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let sources = input::sources(&self.file)?;
        let all = load_and_lint(&sources, &Limits::default(), self.at.or_now());
        if all.document.is_none() {
            return Err(Failure::Refused(Box::new(all.report)));
        }
        let checked = load(&sources).report;
        let found = all.report.diagnostics().iter().filter(|found| !checked.diagnostics().contains(found)).cloned();
        let found = Report::new(sources, found.collect());
        let bad = self.strict && !found.diagnostics().is_empty();
        if output.is_json() {
            output.json(&json!({ "ok": !bad, "diagnostics": found.to_json()["diagnostics"] }))?;
        } else if found.diagnostics().is_empty() {
            writeln!(output, "{GOOD}ok{GOOD:#}: {} (nothing found)", self.file.display())?;
        } else {
            let color = output.has_color();
            write!(output, "{}", found.render_human(color))?;
        }
        Ok(Status::bad_if(bad))
    }
}
