//! `flags experiment export`: the recorded events as text, for whatever else reads them.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use flags::{control::Target, core::definition::MetricDefinition};
use flags_ab::{ExportError, export, import::EventFormat, store::Query};

use super::{data::recorded, look::LookOptions};
use crate::{
    arguments::experiment,
    failure::Failure,
    input,
    output::{Output, Status, count, note},
};

/// Write recorded events as CSV or as one JSON object a line, unit by unit.
///
/// With an experiment, its exposures and the events of its metrics, of the units that it has; without one, everything that was recorded.
/// `flags experiment analyze --from` reads what is written, and so do databases, notebooks and spreadsheets.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags experiment export --state-dir var/flags --output events.csv
  flags experiment export checkout_button --state-dir var/flags --json-lines > checkout.jsonl
  flags experiment analyze checkout_button --file config --from events.csv

Columns: at,unit_kind,unit,event,value,experiment,arm,split,dimensions; see docs/reference/experiment-data.md.")]
pub(super) struct Export {
    /// The experiment's key; everything without one.
    #[arg(value_name = "EXPERIMENT", value_parser = experiment)]
    experiment: Option<Target>,
    /// Comma-separated values with a header; that is also what is written where nothing says otherwise.
    #[arg(long, conflicts_with = "json_lines")]
    csv: bool,
    /// One JSON object a line.
    #[arg(long)]
    json_lines: bool,
    /// Writes to a file in place of standard output; its name (.csv, .jsonl) says how, where no option does.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    options: LookOptions,
}

impl Export {
    pub(super) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let query = match &self.experiment {
            None => Query::everything(),
            Some(experiment) => {
                let looked = self.options.look()?;
                let (_, definition) = looked.find(experiment.key())?;
                let events = definition.metrics.iter().flat_map(MetricDefinition::events);
                events.fold(Query::experiment(&*definition.key), Query::event)
            }
        };
        // Says which option is missing: there is no other place that events could be exported from.
        self.options.state().existing()?;
        let events = recorded(self.options.state())?;
        let file = self.output.as_deref().filter(|path| !input::is_stdin(path));
        let format = self.format(file, output.is_json());
        let Some(path) = file else {
            export(events.store(), &query, format, output).map_err(|error| failure(error, Path::new("-")))?;
            return Ok(Status::Fine);
        };
        let denied = |error: &std::io::Error| Failure::file(path, "write", error);
        let mut out = BufWriter::new(File::create(path).map_err(|error| denied(&error))?);
        let written = export(events.store(), &query, format, &mut out).map_err(|error| failure(error, path))?;
        out.flush().map_err(|error| denied(&error))?;
        let written = count(usize::try_from(written).unwrap_or(usize::MAX), "event");
        note(&format!("{written} written to {}", path.display()));
        Ok(Status::Fine)
    }

    fn format(&self, file: Option<&Path>, json: bool) -> EventFormat {
        let named = || file?.file_name()?.to_str().and_then(EventFormat::of_name);
        match (self.csv, self.json_lines) {
            (true, _) => EventFormat::Csv,
            (_, true) => EventFormat::JsonLines,
            _ if json => EventFormat::JsonLines,
            _ => named().unwrap_or(EventFormat::Csv),
        }
    }
}

fn failure(error: ExportError, path: &Path) -> Failure {
    match error {
        ExportError::Write(error) if input::is_stdin(path) => error.into(),
        ExportError::Write(error) => Failure::file(path, "write", &error),
        other => Failure::Io(other.to_string()),
    }
}
