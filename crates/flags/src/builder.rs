//! Building a client.

use std::{fmt, sync::Arc, time::Duration};

use flags_control::{ControlError, Controls, LocalOptions, LocalStore, Rules};
use flags_core::{
    Attributes, Clock, DefinitionErrors, Definitions, ExperimentDefinition, FlagDefinition, Observer, Predicates,
    SegmentDefinition,
    definition::{HoldoutDefinition, LayerDefinition},
};

use crate::{
    Flags, SystemClock,
    alerting::Alerting,
    base::Base,
    client::Start,
    live::SharedClock,
    metering::Metering,
    operate::{Kept, OpenControls},
    recording::Recorder,
    rollouts::{PlannedRollouts, Rollouts},
};

/// How long what call sites have cached is good for, where the settings do not say.
const DEFAULT_CACHE_TTL: Duration = Duration::from_secs(5);

/// Gathers what a client needs; [`build`](Self::build) makes it.
///
/// Definitions come from one place: a file or folder that is followed, text, or flags assembled in the program. Giving
/// another replaces the former, but for flags, segments and experiments, which add up.
#[must_use = "a builder builds nothing until `build`"]
pub struct Builder {
    origin: Origin,
    environment: Option<Box<str>>,
    predicates: Predicates,
    observers: Vec<Arc<dyn Observer>>,
    clock: SharedClock,
    cache_ttl: Option<Duration>,
    controls: ControlsFrom,
    pub(crate) metering: Metering,
    pub(crate) recorder: Recorder,
    pub(crate) alerting: Alerting,
    pub(crate) rollouts: PlannedRollouts,
    #[cfg(feature = "watch")]
    watch: Option<flags_watch::Options>,
}

/// Where the controls come from.
enum ControlsFrom {
    Memory,
    Folder(std::path::PathBuf),
    Given(Controls),
}

impl ControlsFrom {
    fn open(self, clock: &SharedClock) -> Result<OpenControls, BuildError> {
        let controls = match self {
            Self::Memory => Controls::in_memory(Rules::default()),
            Self::Given(controls) => controls,
            Self::Folder(folder) => {
                let mut options = LocalOptions::default();
                options.clock = Arc::clone(clock);
                let store = LocalStore::open(&folder, options).map_err(|error| BuildError::Controls(error.into()))?;
                let file = store.file().to_owned();
                let controls = Controls::with_store(store, Rules::default()).map_err(BuildError::Controls)?;
                return Ok(OpenControls { controls, kept: Some(Kept { folder, file }) });
            }
        };
        Ok(OpenControls { controls, kept: None })
    }
}

/// Where the definitions come from.
enum Origin {
    Definitions(Definitions),
    #[cfg(feature = "config")]
    Text(flags_config::Sources),
    #[cfg(feature = "watch")]
    Path(std::path::PathBuf),
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            origin: Origin::Definitions(Definitions::default()),
            environment: None,
            predicates: Predicates::new(),
            observers: vec![],
            clock: Arc::new(SystemClock),
            cache_ttl: None,
            controls: ControlsFrom::Memory,
            metering: Metering::NONE,
            recorder: Recorder::new(),
            alerting: Alerting::new(),
            rollouts: PlannedRollouts::new(),
            #[cfg(feature = "watch")]
            watch: Some(flags_watch::Options::default()),
        }
    }

    /// Reads a file, or the `*.toml` files of a folder, and follows them as they change.
    #[cfg(feature = "watch")]
    pub fn file(mut self, path: impl Into<std::path::PathBuf>) -> Self {
        self.origin = Origin::Path(path.into());
        self
    }

    /// How files are followed; `None` reads them once.
    #[cfg(feature = "watch")]
    pub fn watch(mut self, options: Option<flags_watch::Options>) -> Self {
        self.watch = options;
        self
    }

    /// Reads definitions from text in the format of files.
    #[cfg(feature = "config")]
    pub fn toml(self, text: impl Into<Arc<str>>) -> Self {
        self.sources(flags_config::Sources::new([flags_config::Source::new("definitions", text)]))
    }

    /// Reads definitions from several texts, each with a name for messages.
    #[cfg(feature = "config")]
    pub fn sources(mut self, sources: flags_config::Sources) -> Self {
        self.origin = Origin::Text(sources);
        self
    }

    /// Takes definitions that were assembled in the program.
    pub fn definitions(mut self, definitions: Definitions) -> Self {
        self.origin = Origin::Definitions(definitions);
        self
    }

    /// Adds a flag to the definitions assembled in the program.
    pub fn flag(mut self, flag: FlagDefinition) -> Self {
        self.assembled().flags.push(flag);
        self
    }

    /// Adds a segment to the definitions assembled in the program.
    pub fn segment(mut self, segment: SegmentDefinition) -> Self {
        self.assembled().segments.push(segment);
        self
    }

    /// Adds an experiment to the definitions assembled in the program.
    pub fn experiment(mut self, experiment: ExperimentDefinition) -> Self {
        self.assembled().experiments.push(experiment);
        self
    }

    /// Adds a layer of experiments to the definitions assembled in the program.
    pub fn layer(mut self, layer: LayerDefinition) -> Self {
        self.assembled().layers.push(layer);
        self
    }

    /// Adds a holdout to the definitions assembled in the program.
    pub fn holdout(mut self, holdout: HoldoutDefinition) -> Self {
        self.assembled().holdouts.push(holdout);
        self
    }

    fn assembled(&mut self) -> &mut Definitions {
        if !matches!(self.origin, Origin::Definitions(_)) {
            self.origin = Origin::Definitions(Definitions::default());
        }
        match &mut self.origin {
            Origin::Definitions(definitions) => definitions,
            #[cfg(feature = "config")]
            _ => unreachable!("because it was made so above"),
        }
    }

    /// Chooses the environment. Otherwise it is `FLAGS_ENVIRONMENT`, then `settings.environment` of the definitions, then
    /// none.
    pub fn environment(mut self, environment: impl Into<Box<str>>) -> Self {
        self.environment = Some(environment.into());
        self
    }

    /// Registers a predicate that definitions may name.
    pub fn predicate(
        mut self,
        name: impl Into<Box<str>>,
        predicate: impl Fn(&dyn Attributes) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.predicates.register(name, predicate);
        self
    }

    /// Tells an observer of every decision.
    pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observers.push(Arc::new(observer));
        self
    }

    /// Takes the time from another clock than the machine's.
    pub fn clock(mut self, clock: impl Clock + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self.rollouts.take_clock();
        self
    }

    /// How long a call site's cached answer is good for; otherwise `settings.cache_ttl`, otherwise five seconds.
    pub fn cache_ttl(mut self, ttl: Duration) -> Self {
        self.cache_ttl = Some(ttl);
        self
    }

    /// Keeps controls and the audit log in a folder, which is made if it is not there.
    ///
    /// What operators set then survives the end of the program, however it ends, and programs that share the folder see each
    /// other's changes within a second. Without a folder, controls are kept in memory.
    pub fn state_dir(mut self, folder: impl Into<std::path::PathBuf>) -> Self {
        self.controls = ControlsFrom::Folder(folder.into());
        self
    }

    /// Takes controls that are kept in a way of one's own, or shared with another client of the program.
    pub fn controls(mut self, controls: Controls) -> Self {
        self.controls = ControlsFrom::Given(controls);
        self
    }

    /// Builds the client: reads the controls, then reads and compiles the definitions, and starts to follow files.
    ///
    /// # Errors
    ///
    /// When the definitions cannot be read or are not consistent; the error holds every diagnostic. When the controls cannot
    /// be read: a client does not start rather than forget a kill. When events are to be recorded and their store cannot be
    /// opened. When rollouts are to be driven and their journals cannot be opened, or a plan that was given is not sound.
    pub fn build(mut self) -> Result<Flags, BuildError> {
        // Before the definitions: whatever becomes of those, what was killed stays so.
        let controls = std::mem::replace(&mut self.controls, ControlsFrom::Memory).open(&self.clock)?;
        #[cfg(feature = "experiments")]
        self.recorder
            .open(controls.kept.as_ref().map(|kept| &*kept.folder), &self.clock)
            .map_err(BuildError::Recording)?;
        let state_folder = controls.kept.as_ref().map(|kept| &*kept.folder);
        let rollouts = std::mem::take(&mut self.rollouts).open(state_folder, &self.clock)?;
        match self.origin {
            Origin::Definitions(ref definitions) => {
                let definitions = definitions.clone().check().map_err(BuildError::Inconsistent)?;
                let base = Base::Definitions(definitions.clone());
                rollouts.check(&definitions)?;
                Ok(Flags::start(self.start(controls, rollouts, base, definitions, Given::default())))
            }
            #[cfg(feature = "config")]
            Origin::Text(ref sources) => {
                let sources = sources.clone();
                let (document, _) =
                    crate::wiring::load(&sources).map_err(|rejected| BuildError::Rejected(rejected.report))?;
                self.alerting.plan(&document);
                rollouts.plan(&document);
                rollouts.check(&document.definitions)?;
                let settings = Given::from(document.settings);
                let start = self.start(controls, rollouts, Base::Text(sources), document.definitions, settings);
                Ok(Flags::start(start))
            }
            #[cfg(feature = "watch")]
            Origin::Path(ref path) => {
                let path = path.clone();
                crate::wiring::follow(&path, self.watch.clone(), |base, document| {
                    self.alerting.plan(&document);
                    rollouts.plan(&document);
                    rollouts.check(&document.definitions)?;
                    Ok(self.start(controls, rollouts, base, document.definitions, Given::from(document.settings)))
                })
            }
        }
    }

    fn start(
        self,
        controls: OpenControls,
        rollouts: Rollouts,
        base: Base,
        definitions: flags_core::CheckedDefinitions,
        settings: Given,
    ) -> Start {
        let of_process = || std::env::var("FLAGS_ENVIRONMENT").ok().filter(|name| !name.is_empty()).map(Box::from);
        Start {
            base,
            definitions,
            controls,
            environment: self.environment.or_else(of_process).or(settings.environment).unwrap_or_default(),
            predicates: self.predicates,
            observers: self.observers,
            clock: self.clock,
            metering: self.metering,
            recorder: self.recorder,
            alerting: self.alerting,
            rollouts,
            cache_ttl: self.cache_ttl,
            settings_ttl: settings.cache_ttl.unwrap_or(DEFAULT_CACHE_TTL),
            audit_evaluations: settings.audit_evaluations,
        }
    }
}

/// What the definitions say for the program, where they say anything.
#[derive(Default)]
struct Given {
    environment: Option<Box<str>>,
    cache_ttl: Option<Duration>,
    audit_evaluations: bool,
}

#[cfg(feature = "config")]
impl From<flags_config::Settings> for Given {
    fn from(settings: flags_config::Settings) -> Self {
        Self {
            environment: settings.environment,
            cache_ttl: Some(settings.cache_ttl),
            audit_evaluations: settings.audit_evaluations,
        }
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("environment", &self.environment).finish_non_exhaustive()
    }
}

/// Why a client could not be built.
#[non_exhaustive]
pub enum BuildError {
    /// The controls could not be read.
    Controls(ControlError),
    /// The definitions assembled in the program are not consistent.
    Inconsistent(DefinitionErrors),
    /// Events could not be recorded: their store cannot be opened.
    #[cfg(feature = "experiments")]
    Recording(flags_ab::store::StoreError),
    /// This client is to drive rollouts, and their journals cannot be opened.
    #[cfg(feature = "rollouts")]
    Rollouts(flags_rollout::controller::JournalError),
    /// A rollout plan that the program gave is not sound.
    #[cfg(feature = "rollouts")]
    Rollout {
        /// The key of its flag.
        flag: Box<str>,
        /// Everything that is wrong with it.
        errors: Vec<flags_rollout::plan::PlanError>,
    },
    /// A rollout plan was given for a flag that is not defined.
    #[cfg(feature = "rollouts")]
    UnknownRollout {
        /// The key.
        flag: Box<str>,
    },
    /// The text of the definitions was refused; the report says why, with places.
    #[cfg(feature = "config")]
    Rejected(Arc<flags_config::Report>),
    /// The files could not be read, or could not be followed.
    #[cfg(feature = "watch")]
    Unreadable {
        /// What is wrong, for people.
        message: String,
    },
}

/// The same as [`Display`](fmt::Display), on a line of its own: this is what `expect` and `main` print, and a person reads it.
impl fmt::Debug for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{self}")
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Controls(error) => fmt::Display::fmt(error, f),
            Self::Inconsistent(errors) => fmt::Display::fmt(errors, f),
            #[cfg(feature = "experiments")]
            Self::Recording(error) => write!(f, "events cannot be recorded: {error}"),
            #[cfg(feature = "rollouts")]
            Self::Rollouts(error) => write!(f, "rollouts cannot be driven: {error}"),
            #[cfg(feature = "rollouts")]
            Self::Rollout { flag, errors } => {
                write!(f, "the rollout plan of flag `{flag}` is not sound: ")?;
                f.write_str(&errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
            }
            #[cfg(feature = "rollouts")]
            Self::UnknownRollout { flag } => {
                write!(
                    f,
                    "there is a rollout plan for flag `{flag}`, which is not defined: define it, or leave the plan out"
                )
            }
            #[cfg(feature = "config")]
            Self::Rejected(report) => f.write_str(report.render_human(false).trim_end()),
            #[cfg(feature = "watch")]
            Self::Unreadable { message } => f.write_str(message),
        }
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Controls(error) => Some(error),
            Self::Inconsistent(errors) => Some(errors),
            #[cfg(feature = "experiments")]
            Self::Recording(error) => Some(error),
            #[cfg(feature = "rollouts")]
            Self::Rollouts(error) => Some(error),
            #[cfg(feature = "config")]
            _ => None,
        }
    }
}
