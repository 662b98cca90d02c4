//! `flags experiment summary`: the sums of an experiment, small enough to be sent around.

use std::io::Write as _;

use clap::Args;
use flags::control::Target;
use flags_ab::analysis::AnalysisOptions;

use super::{
    data::{DataOptions, in_force},
    look::LookOptions,
};
use crate::{
    arguments::{AtOption, experiment},
    failure::Failure,
    output::{Output, Status},
};

/// Sum up the events of an experiment: one row of JSON for each arm and metric.
///
/// The rows are what `flags experiment analyze --from-summary` reads. Rows of several servers, one file after the other, are summed
/// up into one.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags experiment summary checkout_button --state-dir var/flags > one.json
  flags experiment summary checkout_button --file config --from events.csv

JSON either way: {\"experiment\",\"arm\",\"metric\",\"users\",\"conversions\",\"mean\",\"variance\",...}; see
docs/reference/experiment-data.md.")]
pub(super) struct Summary {
    /// The experiment's key.
    #[arg(value_name = "EXPERIMENT", value_parser = experiment)]
    experiment: Target,
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    at: AtOption,
    #[command(flatten)]
    options: LookOptions,
}

impl Summary {
    pub(super) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let looked = self.options.look()?;
        let (view, definition) = looked.find(self.experiment.key())?;
        let options = AnalysisOptions::at(self.at.or_now_at_most()?);
        let data = self.data.read(&in_force(&looked, view, definition), &options, self.options.state())?;
        writeln!(output, "{}", data.summary.to_json().trim_end())?;
        Ok(Status::Fine)
    }
}
