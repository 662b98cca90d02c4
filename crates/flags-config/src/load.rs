//! Loading: from texts to checked definitions, all or nothing.

use flags_core::{CheckedDefinitions, Definitions, Timestamp};
use flags_rollout::signals::SignalDefinition;
use toml::de::{DeTable, DeValue};

use crate::{
    AlertDefinition, BreakerSection, ChannelDefinition, Code, Diagnostic, Limits, Linter, MigrationSection, Report,
    RolloutSection, Source, Sources,
    check::{self, migration::check_migrations, rollout::check_plans},
    findings,
    knock_on::{Known, forget_guesses},
    parse::{Parsed, Prepared, prepare},
    place::{Defined, Index},
    problems::Problems,
    read::{Entry, Flags, Reader, Settings, SettingsTable, Signals, holdout, layer},
    references, shape,
};

/// What a set of files says, once nothing is wrong with it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Document {
    /// The flags, segments and experiments.
    pub definitions: CheckedDefinitions,
    /// What holds for the program.
    pub settings: Settings,
    /// What somebody should hear of, in written order; the channels and flags it names are defined.
    pub alerts: Vec<AlertDefinition>,
    /// Where alerts go, in written order.
    pub channels: Vec<ChannelDefinition>,
    /// The rollout plans, in the order of the flags, a flag's own before those of its environments; see
    /// [`rollout`](Self::rollout).
    pub rollouts: Vec<RolloutSection>,
    /// The circuit breakers, likewise; see [`breaker`](Self::breaker).
    pub breakers: Vec<BreakerSection>,
    /// The health signals from outside the process, in written order.
    pub signals: Vec<SignalDefinition>,
    /// The migrations, in written order; the flags they name are defined.
    pub migrations: Vec<MigrationSection>,
}

/// The outcome of a load.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Loaded {
    /// What the files say; there if the report has no error, and only then.
    pub document: Option<Document>,
    /// Everything that was found, warnings and notices included.
    pub report: Report,
}

/// Reads texts that make up one set of definitions, within the default [`Limits`].
///
/// Everything that is wrong is found in one pass: syntax errors, after each of which reading goes on, unknown keys, wrong
/// values, and references to what is not there. What only follows from another problem is left out. An empty file is an
/// error, as it is most likely one that is still being written.
///
/// ```
/// use flags_config::{Source, load};
///
/// let loaded = load(&Source::new("flags.toml", "[features.search]\nenabled = true\nrolout_percentage = 20\n").into());
/// assert!(loaded.document.is_none());
/// let diagnostic = &loaded.report.diagnostics()[0];
/// assert_eq!(diagnostic.help.as_deref(), Some("did you mean `rollout_percentage`?"));
/// println!("{}", loaded.report);
/// ```
#[must_use]
pub fn load(sources: &Sources) -> Loaded {
    load_within(sources, &Limits::default())
}

/// Reads texts that make up one set of definitions, within limits of one's own; see [`load`].
#[must_use]
pub fn load_within(sources: &Sources, limits: &Limits) -> Loaded {
    run(sources, limits, None)
}

/// Reads texts that make up one set of definitions, and has the lints look at them as of `now`; see [`load`].
///
/// The findings of the lints are warnings and notices in the report; without [errors](Report::is_ok) in the files there is a
/// document all the same.
///
/// ```
/// use flags_config::{Limits, Source, load_and_lint};
/// use flags_core::Timestamp;
///
/// let source = Source::new("flags.toml", "[features.search]\nenabled = true\nexpires = 2026-10-31\n");
/// let now = Timestamp::parse("2026-11-20T12:00:00Z").unwrap();
/// let loaded = load_and_lint(&source.into(), &Limits::default(), now);
/// assert!(loaded.document.is_some());
/// assert_eq!(loaded.report.diagnostics()[0].code.name(), "expired");
/// ```
#[must_use]
pub fn load_and_lint(sources: &Sources, limits: &Limits, now: Timestamp) -> Loaded {
    run(sources, limits, Some(now))
}

fn run(sources: &Sources, limits: &Limits, lint_at: Option<Timestamp>) -> Loaded {
    let mut problems = Problems::new(limits.diagnostics);
    if sources.as_slice().is_empty() {
        // There has to be a place to report on.
        let none = Sources::from(Source::new("(no files)", ""));
        problems.push(nothing_defined(0, "there is no file to load"));
        return Loaded { document: None, report: problems.into_report(none) };
    }
    if sources.total_bytes() > limits.bytes {
        problems.push(too_large(sources, limits));
        return Loaded { document: None, report: problems.into_report(sources.clone()) };
    }
    let document = read(sources.as_slice(), limits, lint_at, &mut problems).filter(|_| !problems.has_errors());
    Loaded { document, report: problems.into_report(sources.clone()) }
}

struct Loader<'t> {
    limits: &'t Limits,
    lint_at: Option<Timestamp>,
    /// The texts as they are parsed.
    texts: Vec<&'t str>,
}

/// Reads the texts and settles where every problem is.
fn read(sources: &[Source], limits: &Limits, lint_at: Option<Timestamp>, problems: &mut Problems) -> Option<Document> {
    let prepared: Vec<Option<Prepared<'_>>> =
        sources.iter().enumerate().map(|(index, source)| prepare(source, index, limits, problems)).collect();
    let texts = prepared
        .iter()
        .zip(sources)
        .map(|(text, source)| text.as_ref().map_or(source.text(), |prepared| &*prepared.text));
    let loader = Loader { limits, lint_at, texts: texts.collect() };
    let document = loader.run(&prepared, problems);
    if prepared.iter().flatten().any(|text| !text.is_original()) {
        problems.translate(|source, span| match prepared.get(source) {
            Some(Some(text)) => text.original(span),
            _ => span.clone(),
        });
    }
    document
}

impl<'t> Loader<'t> {
    fn run(&self, prepared: &'t [Option<Prepared<'t>>], problems: &mut Problems) -> Option<Document> {
        let parsed: Vec<Option<Parsed<'t>>> = (prepared.iter().enumerate())
            .map(|(index, text)| text.as_ref().map(|text| text.parse(index, problems)))
            .collect();
        for (index, file) in parsed.iter().enumerate() {
            if let Some(file) = file {
                self.check_shapes(index, file, problems);
            }
        }
        let roots: Vec<(usize, &DeTable<'_>)> =
            parsed.iter().enumerate().filter_map(|(index, file)| Some((index, &file.as_ref()?.root))).collect();
        let tables = self.merge(&roots, problems)?;
        let settings = tables.settings.map(SettingsTable::read).unwrap_or_default();
        let flags = self.read_each(&tables.flags, "flag", problems, |reader, key, table| reader.flag(key, table));
        let by_key: Flags<'_> = flags.iter().map(|flag| (&*flag.key, flag)).collect();
        let experiments = self.read_each(&tables.experiments, "experiment", problems, |reader, key, table| {
            reader.experiment(key, table, &by_key)
        });
        let known_signals = Signals::of(&tables.signals);
        let signals =
            self.read_each(&tables.signals, "signal", problems, |reader, key, table| reader.signal(key, table));
        let plans = self
            .read_each(&tables.flags, "flag", problems, |reader, key, table| reader.plans(key, table, &known_signals));
        let breakers =
            self.read_each(&tables.flags, "flag", problems, |reader, key, table| reader.breakers(key, table));
        let migrations = self.read_each(&tables.migrations, "migration", problems, |reader, key, table| {
            reader.migration(key, table, &known_signals)
        });
        let (rollouts, refused_plans) = check_plans(plans.into_iter().flatten().collect(), &known_signals);
        let (migrations, refused_migrations) = check_migrations(migrations, &known_signals, &by_key);
        let breakers: Vec<BreakerSection> = breakers.into_iter().flatten().collect();
        let definitions = Definitions {
            bucket_by: settings.bucket_by,
            flags,
            segments: self
                .read_each(&tables.segments, "segment", problems, |reader, key, table| reader.segment(key, table)),
            layers: self.read_each(&tables.layers, "layer", problems, |_, key, table| layer(key, table)),
            holdouts: self.read_each(&tables.holdouts, "holdout", problems, |_, key, table| holdout(key, table)),
            experiments,
            events: settings.events,
        };
        let alerts = self.read_each(&tables.alerts, "alert", problems, |reader, key, table| reader.alert(key, table));
        let channels =
            self.read_each(&tables.channels, "channel", problems, |reader, key, table| reader.channel(key, table));
        forget_guesses(&parsed, &self.texts, problems);
        references::check(&tables.index, &self.texts, &parsed, problems);
        self.report_refused(&tables.index, &parsed, refused_plans, refused_migrations, problems);
        match definitions.check() {
            Ok(definitions) => {
                let settings = settings.settings;
                let document =
                    Document { definitions, settings, alerts, channels, rollouts, breakers, signals, migrations };
                if let Some(now) = self.lint_at
                    && !problems.has_errors()
                {
                    let linter = Linter::new(&document.definitions, now).document(&document);
                    findings::report(&linter, &tables.index, &self.texts, problems);
                }
                Some(document)
            }
            // Without one of the files, much would be reported that is defined there.
            Err(_) if parsed.iter().any(Option::is_none) => None,
            Err(errors) => {
                let known = Known::new(problems, &tables.index, &self.texts, &parsed);
                let mut found: Vec<_> = errors.0.iter().filter(|error| !known.explains(error)).collect();
                // Whatever is left out, a refused document has an error.
                if found.is_empty() && !problems.has_errors() {
                    found = errors.0.iter().collect();
                }
                check::Context::new(&tables.index, &self.texts).report(&found, problems);
                None
            }
        }
    }

    /// Reports what is wrong with plans and migrations beyond what is known by now.
    fn report_refused(
        &self,
        index: &Index<'_>,
        parsed: &[Option<Parsed<'_>>],
        mut plans: Vec<check::rollout::Refused>,
        mut migrations: Vec<check::migration::Refused>,
        problems: &mut Problems,
    ) {
        if plans.is_empty() && migrations.is_empty() {
            return;
        }
        if problems.has_errors() {
            let known = Known::new(problems, index, &self.texts, parsed);
            // Without one of the files, much would be reported that is defined there.
            let whole = parsed.iter().all(Option::is_some);
            plans.iter_mut().for_each(|plan| plan.forget(&known, whole));
            migrations.iter_mut().for_each(|migration| migration.forget(&known, whole));
        }
        let context = check::Context::new(index, &self.texts);
        context.report_plans(&plans, problems);
        context.report_migrations(&migrations, problems);
    }

    /// Reads the tables of a section.
    fn read_each<'p, T>(
        &self,
        tables: &[Defined<'p>],
        noun: &'static str,
        problems: &mut Problems,
        read: impl Fn(&mut Reader<'_>, &str, &'p DeTable<'p>) -> T,
    ) -> Vec<T> {
        let mut all = Vec::with_capacity(tables.len());
        for Defined { source, entry } in tables {
            // What is no table was reported.
            if let DeValue::Table(table) = entry.value.get_ref() {
                let text = self.texts[*source];
                let header = (shape::header_span(text, Some(entry.key), entry.value), noun);
                all.push(read(&mut Reader { source: *source, text, header, problems }, entry.key.get_ref(), table));
            }
        }
        all
    }

    fn check_shapes(&self, index: usize, file: &Parsed<'t>, problems: &mut Problems) {
        let text = self.texts[index];
        let defines = file.root.iter().any(|(key, _)| &**key.get_ref() != "format");
        if !defines && file.broken.is_empty() {
            let message = if text.trim_start_matches('\u{feff}').trim().is_empty() {
                "the file is empty"
            } else {
                "the file defines nothing"
            };
            problems.push(nothing_defined(index, message));
        }
        shape::walk(&file.root, text, index, problems);
    }

    /// Puts the tables of all files together. `None` if there are more than one could read.
    fn merge<'p>(&self, roots: &[(usize, &'p DeTable<'p>)], problems: &mut Problems) -> Option<Tables<'p>> {
        let mut tables = Tables::default();
        for &(source, root) in roots {
            for (section, value) in root {
                let section_entry = Entry { key: section, value };
                let Some(table) = value.get_ref().as_table() else { continue };
                let section: &str = section.get_ref();
                if section == "settings" {
                    match tables.settings_place.replace(Defined { source, entry: section_entry }) {
                        Some(first) => problems.push(defined_twice("`[settings]`", source, section_entry, first)),
                        None => {
                            tables.settings = Some(table);
                            tables.index.set_settings(table);
                        }
                    }
                    continue;
                }
                if !shape::is_map_section(section) {
                    continue;
                }
                for (key, value) in table {
                    let defined = Defined { source, entry: Entry { key, value } };
                    if let Some(first) = tables.index.define(section, defined) {
                        let what = format!("`{section}.{}`", key.get_ref());
                        problems.push(defined_twice(&what, source, defined.entry, first));
                        continue;
                    }
                    match section {
                        "features" => tables.flags.push(defined),
                        "segments" => tables.segments.push(defined),
                        "layers" => tables.layers.push(defined),
                        "holdouts" => tables.holdouts.push(defined),
                        "experiments" => tables.experiments.push(defined),
                        "alerts" => tables.alerts.push(defined),
                        "channels" => tables.channels.push(defined),
                        "signals" => tables.signals.push(defined),
                        "migrations" => tables.migrations.push(defined),
                        _ => {}
                    }
                }
            }
        }
        if let Some(first) = tables.flags.get(self.limits.flags) {
            let message = format!("there are {} flags, and {} are allowed", tables.flags.len(), self.limits.flags);
            let diagnostic = Diagnostic::new(Code::TOO_MANY_FLAGS, first.source, first.entry.key.span(), message)
                .label("the first one too many")
                .help("remove flags that have served their time, or raise the limit");
            problems.push(diagnostic);
            return None;
        }
        Some(tables)
    }
}

/// The tables of all files.
#[derive(Default)]
struct Tables<'p> {
    index: Index<'p>,
    flags: Vec<Defined<'p>>,
    segments: Vec<Defined<'p>>,
    layers: Vec<Defined<'p>>,
    holdouts: Vec<Defined<'p>>,
    experiments: Vec<Defined<'p>>,
    alerts: Vec<Defined<'p>>,
    channels: Vec<Defined<'p>>,
    signals: Vec<Defined<'p>>,
    migrations: Vec<Defined<'p>>,
    settings: Option<&'p DeTable<'p>>,
    settings_place: Option<Defined<'p>>,
}

fn nothing_defined(source: usize, message: &str) -> Diagnostic {
    Diagnostic::new(Code::NOTHING_DEFINED, source, 0..0, message)
        .help("write at least one table, such as `[features.NAME]` or `[settings]`, or remove the file")
}

fn too_large(sources: &Sources, limits: &Limits) -> Diagnostic {
    let bytes = sources.total_bytes();
    // The file that goes beyond the limit.
    let mut sum = 0;
    let beyond = sources.as_slice().iter().position(|source| {
        sum += source.text().len();
        sum > limits.bytes
    });
    let message = format!("the files have {bytes} bytes together, and {} are allowed", limits.bytes);
    Diagnostic::new(Code::TOO_LARGE, beyond.unwrap_or(0), 0..0, message)
        .help("remove what is not needed, or raise the limit")
}

fn defined_twice(what: &str, source: usize, second: Entry<'_>, first: Defined<'_>) -> Diagnostic {
    Diagnostic::new(Code::DUPLICATE_KEY, source, second.key.span(), format!("{what} is defined in two files"))
        .label("defined again here")
        .related(first.source, first.entry.key.span(), "defined here first")
        .help("remove or rename one of the two")
}
