//! Where the numbers of an experiment come from: a file of events, sums of a database, or the events that programs recorded.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args, ValueEnum};
use flags::{
    ExperimentDefinition,
    control::Action,
    core::{ArmView, ExperimentView, definition::MetricDefinition},
};
use flags_ab::{
    analysis::AnalysisOptions,
    collect::{CollectOptions, collect},
    import::{EventFormat, Imported, import},
    store::{Durability, EventStore, Query, SegmentOptions, SegmentStore, StoreError},
    summary::ExperimentSummary,
};
use tempfile::TempDir;

use super::look::Looked;
use crate::{
    failure::Failure,
    input,
    operate::{StateOption, time},
    output::{count, note},
};

/// Where the numbers come from, and how they are told apart.
#[derive(Args, Debug)]
pub(super) struct DataOptions {
    /// A file of events: CSV or one JSON object a line (- for standard input, with --input-format).
    #[arg(long, value_name = "FILE", conflicts_with = "from_summary")]
    from: Option<PathBuf>,
    /// How the events are written, where the file's name does not say.
    #[arg(long, value_enum, value_name = "FORMAT", requires = "from")]
    input_format: Option<InputFormat>,
    /// Sums as JSON, as `flags experiment sql` makes a database answer (- for standard input).
    #[arg(long, value_name = "FILE")]
    from_summary: Option<PathBuf>,
    /// Also tells the units apart by an attribute that was recorded with the exposures. Can be repeated.
    #[arg(long = "by", value_name = "ATTRIBUTE", conflicts_with = "from_summary")]
    dimensions: Vec<String>,
    /// Leaves out of each metric the units whose window is still open.
    #[arg(long, conflicts_with = "from_summary")]
    complete_windows_only: bool,
    /// Takes out what was to be expected of each unit from that much time before its first exposure (CUPED), such as 14d.
    #[arg(long, value_name = "TIME", value_parser = time, conflicts_with = "from_summary")]
    before: Option<Duration>,
}

/// How the events of a file are written.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum InputFormat {
    /// Comma-separated values with a header.
    Csv,
    /// One JSON object a line.
    Jsonl,
}

/// The events of an experiment.
pub(super) struct Events {
    store: SegmentStore,
    /// Holds what was imported; gone with this.
    _folder: Option<TempDir>,
}

impl Events {
    pub(super) fn store(&self) -> &dyn EventStore {
        &self.store
    }
}

/// The numbers of an experiment.
pub(super) struct Data {
    pub(super) summary: ExperimentSummary,
    /// The events behind them, where there are any.
    pub(super) events: Option<Events>,
}

impl DataOptions {
    /// Reads the numbers up to an instant.
    pub(super) fn read(
        &self,
        definition: &ExperimentDefinition,
        options: &AnalysisOptions,
        state: &StateOption,
    ) -> Result<Data, Failure> {
        self.read_with(definition, options, state, &[])
    }

    /// The same with events besides those of the metrics.
    pub(super) fn read_with(
        &self,
        definition: &ExperimentDefinition,
        options: &AnalysisOptions,
        state: &StateOption,
        events: &[&str],
    ) -> Result<Data, Failure> {
        if let Some(path) = &self.from_summary {
            let summary = ExperimentSummary::from_json(&definition.key, &input::text(path)?);
            let summary = summary.map_err(|error| Failure::Io(format!("{}: {error}", path.display())))?;
            return Ok(Data { summary, events: None });
        }
        let of_metrics = definition.metrics.iter().flat_map(MetricDefinition::events);
        let query = of_metrics.chain(events.iter().copied());
        let query = query.fold(Query::experiment(&*definition.key).until(options.now), Query::event);
        let events = match &self.from {
            Some(path) => self.imported(path, &query)?,
            None => recorded(state)?,
        };
        let mut collected = CollectOptions::for_analysis(definition, options);
        for dimension in &self.dimensions {
            collected = collected.by(dimension.as_str());
        }
        if self.complete_windows_only {
            collected = collected.complete_windows_only();
        }
        if let Some(time) = self.before {
            collected = collected.before(time);
        }
        let summary = collect(events.store(), definition, &collected);
        let summary = summary.map_err(|error| Failure::Io(format!("the events cannot be summed up: {error}")))?;
        Ok(Data { summary, events: Some(events) })
    }

    /// The events of a file, in a store of their own on the disk, so that the file may be larger than the memory.
    fn imported(&self, path: &Path, query: &Query) -> Result<Events, Failure> {
        let folder = tempfile::tempdir().map_err(|error| Failure::file(&std::env::temp_dir(), "write in", &error))?;
        // Nobody reads it after this: it need not survive a power cut, and nothing in it is too old or too much.
        let options = SegmentOptions::default()
            .keep_forever()
            .limit_bytes(u64::MAX)
            .durability(Durability::Interval(Duration::from_secs(3600)));
        let store = SegmentStore::open(folder.path().join("events"), options)
            .map_err(|error| Failure::Io(error.to_string()))?;
        let imported = self.import(path, query, &store)?;
        store.flush().map_err(|error| Failure::Io(error.to_string()))?;
        if imported.exposures == 0 {
            note(&format!(
                "{} has no exposure of {} in the time that is analysed; {} other rows were read",
                path.display(),
                query.experiment_key().unwrap_or_default(),
                imported.tracked + imported.passed_over
            ));
        }
        Ok(Events { store, _folder: Some(folder) })
    }

    fn import(&self, path: &Path, query: &Query, store: &dyn EventStore) -> Result<Imported, Failure> {
        let named = || path.file_name().and_then(|name| name.to_str()).and_then(EventFormat::of_name);
        let failed = |error: &dyn std::fmt::Display| Failure::Io(format!("{}: {error}", path.display()));
        let format = match self.input_format {
            Some(InputFormat::Csv) => EventFormat::Csv,
            Some(InputFormat::Jsonl) => EventFormat::JsonLines,
            None => named().ok_or_else(|| {
                Failure::Usage(format!(
                    "how are the events in {} written? name the file .csv or .jsonl, or give --input-format",
                    path.display()
                ))
            })?,
        };
        if input::is_stdin(path) {
            return import(io::stdin().lock(), format, query, store).map_err(|error| failed(&error));
        }
        let file = File::open(path).map_err(|error| Failure::file(path, "read", &error))?;
        import(file, format, query, store).map_err(|error| failed(&error))
    }
}

/// The events that programs recorded in the state folder.
pub(super) fn recorded(state: &StateOption) -> Result<Events, Failure> {
    if state.folder().is_none() {
        return Err(Failure::Usage(
            "where are the numbers? give --state-dir DIR of the programs that recorded them, --from EVENTS or --from-summary SUMS"
                .to_owned(),
        ));
    }
    let folder = state.existing()?.join("events");
    if !folder.is_dir() {
        return Err(Failure::Io(format!(
            "nothing has been recorded in {}: programs record where they are built with a state folder",
            folder.display()
        )));
    }
    let failed = |error: StoreError| Failure::Io(error.to_string());
    let store = SegmentStore::read(&folder).map_err(failed)?;
    let aside = store.status().map_err(failed)?.set_aside;
    if aside != 0 {
        note(&format!(
            "{} of events set aside in {} as damaged; of these only what was whole is counted",
            count(aside, "file"),
            folder.display()
        ));
    }
    Ok(Events { store, _folder: None })
}

/// The definition with what operators have set: status, dates and winner as they are in force. An experiment that was started by
/// hand began when it was, as for the programs that judge it by themselves.
pub(super) fn in_force(
    looked: &Looked,
    view: ExperimentView<'_>,
    definition: &ExperimentDefinition,
) -> ExperimentDefinition {
    let controls = looked.controls(&definition.key);
    let started = controls.iter().find(|control| control.action == Action::Start).map(|control| control.at);
    ExperimentDefinition {
        status: view.status(),
        start: view.start().or(started),
        end: view.end(),
        winner: view.winner().map(ArmView::name).map(Into::into),
        ..definition.clone()
    }
}
