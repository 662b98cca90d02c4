//! What is recorded, where to, and how much room it may take.

use std::{fmt, sync::Arc, time::Duration};

use flags_ab::store::EventStore;
use flags_core::AttributeName;

use crate::Builder;

/// How a client records exposures and what it tracks; given to [`Builder::recording`].
///
/// ```
/// use std::sync::Arc;
///
/// use flags::core::definition::{ArmDefinition, ExperimentStatus};
/// use flags::{Context, ExperimentDefinition, FlagDefinition, Flags, Recording, ab::store::MemoryStore};
///
/// let experiment = ExperimentDefinition::new("red_button")
///     .status(ExperimentStatus::Running)
///     .arm(ArmDefinition::control("grey").overrides("red", "off"))
///     .arm(ArmDefinition::new("red").overrides("red", "on"));
/// let store = Arc::new(MemoryStore::new());
/// let flags = Flags::builder()
///     .flag(FlagDefinition::new("red").enabled(true))
///     .experiment(experiment)
///     .recording(Recording::new().store(Arc::clone(&store)).dimension("country"))
///     .build()?;
/// let context = Context::new("user-42").set("country", "NL");
/// if flags.is_enabled("red", &context) {
///     // it has met its arm, and so it has if the flag is off
/// }
/// flags.track("purchase", &context, 19.9);
/// assert!(flags.flush_events(std::time::Duration::from_secs(5)));
/// assert_eq!(store.len(), 2);
/// # Ok::<(), flags::BuildError>(())
/// ```
#[derive(Clone)]
#[must_use = "nothing is recorded until it is given to a builder"]
pub struct Recording {
    pub(super) store: Option<Arc<dyn EventStore>>,
    pub(super) dimensions: Vec<AttributeName>,
    pub(super) remembered: usize,
    pub(super) queue: usize,
    pub(super) batch: usize,
    pub(super) interval: Duration,
    pub(super) retention: Option<Duration>,
    pub(super) patience: Duration,
    pub(super) judge_every: Option<Duration>,
    pub(super) judge_budget: Duration,
}

impl Recording {
    /// Recording with the usual limits: into the folder `events` below the client's
    /// [state folder](Builder::state_dir), or into memory where it has none.
    pub fn new() -> Self {
        Self {
            store: None,
            dimensions: vec![],
            remembered: 500_000,
            queue: 65_536,
            batch: 4_096,
            interval: Duration::from_millis(500),
            retention: Some(Duration::from_secs(400 * 24 * 3600)),
            patience: Duration::from_secs(5),
            judge_every: Some(Duration::from_secs(3600)),
            judge_budget: Duration::from_secs(60),
        }
    }

    /// Keeps events in this store. An `Arc` of one will do, too, where the program wants to look into it.
    pub fn store(mut self, store: impl EventStore + 'static) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Keeps an attribute of the context with each exposure, so that results can be told apart by it: `country`, `platform`.
    ///
    /// It is kept as it was at the first exposure. Texts, numbers and booleans are kept, texts up to 128 bytes. Ask for few:
    /// each takes room in every exposure.
    pub fn dimension(mut self, attribute: impl Into<AttributeName>) -> Self {
        let attribute = attribute.into();
        if !self.dimensions.contains(&attribute) {
            self.dimensions.push(attribute);
        }
        self
    }

    /// How many exposures are remembered at least, so that each is recorded once; 500 000 unless said otherwise. Each takes 42
    /// bytes at most. A unit that comes back after it was forgotten is recorded again, and analysed as of its first exposure.
    pub fn remembered_exposures(mut self, exposures: usize) -> Self {
        self.remembered = exposures;
        self
    }

    /// How many events may wait for the store, at least 1; 65 536 unless said otherwise. What comes beyond is dropped and
    /// counted: no caller ever waits. Room is taken as it is needed, some 100 bytes for each event and its texts.
    pub fn queue_capacity(mut self, events: usize) -> Self {
        self.queue = events.max(1);
        self
    }

    /// How many events are appended at once, at least 1; 4096 unless said otherwise.
    pub fn batch_size(mut self, events: usize) -> Self {
        self.batch = events.max(1);
        self
    }

    /// How long an event waits at most before it is appended; half a second unless said otherwise. A program that is killed
    /// loses what has come since.
    pub fn flush_interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// How old events become before they are removed, which is looked at every hour; 400 days unless said otherwise. `None`
    /// keeps them for good. It has to be longer than any experiment takes with the windows of its metrics.
    pub fn retention(mut self, age: impl Into<Option<Duration>>) -> Self {
        self.retention = age.into();
        self
    }

    /// How long the end of the client waits until what was recorded is kept; five seconds unless said otherwise.
    pub fn shutdown_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// How often experiments that have begun and are not decided are judged by what was recorded, on a thread of their own:
    /// every hour unless said otherwise. `None` judges when [asked](crate::Flags::judge_experiment).
    ///
    /// Where several programs record apart from each other, none of them knows enough to judge: have it done over all their
    /// events, and by none of them.
    pub fn judge_every(mut self, interval: impl Into<Option<Duration>>) -> Self {
        self.judge_every = interval.into();
        self
    }

    /// How long a pass over the events of one experiment may take before it is given up; a minute unless said otherwise.
    pub fn judge_budget(mut self, budget: Duration) -> Self {
        self.judge_budget = budget;
        self
    }
}

impl Default for Recording {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recording")
            .field("dimensions", &self.dimensions)
            .field("remembered_exposures", &self.remembered)
            .field("queue_capacity", &self.queue)
            .field("batch_size", &self.batch)
            .field("flush_interval", &self.interval)
            .field("retention", &self.retention)
            .finish_non_exhaustive()
    }
}

impl Builder {
    /// Records which units meet which arms of experiments, and what [`Flags::track`](crate::Flags::track) is told.
    ///
    /// Without this nothing is recorded, whatever features are on.
    pub fn recording(mut self, recording: Recording) -> Self {
        self.recorder.plan(recording);
        self
    }
}
