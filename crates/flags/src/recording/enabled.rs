//! What a client records with: the options it was given, then the thread and what is shared with it.

use std::{
    fmt,
    hash::{BuildHasher as _, RandomState},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, Weak, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

use flags_ab::{
    record::{BatchOptions, FirstExposures},
    store::{EventStore, MemoryStore, SegmentOptions, SegmentStore, StoreError},
};
use flags_core::{Assignment, Attributes, Clock, FlagSet, Timestamp};

use super::{
    Recording, RecordingStatus,
    exposures::{AssignmentObserver, Exposures},
    judge::Judge,
    queue::{Limits, Shared},
    thread::Work,
};
use crate::{Flags, client::Inner, live::SharedClock};

/// What a client records with, if it was given anything.
pub(crate) struct Recorder {
    planned: Option<Recording>,
    running: Option<Running>,
    observers: Mutex<Arc<[AssignmentObserver]>>,
}

/// The thread, and where events are kept. It ends with the client.
struct Running {
    shared: Arc<Shared>,
    store: Arc<dyn EventStore>,
    /// Where the store is kept, if it is the client's own.
    #[cfg_attr(not(feature = "metrics"), expect(dead_code, reason = "only metrics show its size"))]
    folder: Option<PathBuf>,
    thread: Option<JoinHandle<()>>,
    patience: Duration,
    judge: Judge,
}

impl Recorder {
    /// Records nothing.
    pub(crate) fn new() -> Self {
        Self { planned: None, running: None, observers: Mutex::new(Arc::new([])) }
    }

    pub(super) fn plan(&mut self, recording: Recording) {
        self.planned = Some(recording);
    }

    /// Opens the store that was planned and starts the thread. Without a store of the program's own, events are kept below the
    /// state folder, or in memory if there is none.
    pub(crate) fn open(&mut self, state_folder: Option<&Path>, clock: &SharedClock) -> Result<(), StoreError> {
        let Some(recording) = self.planned.take() else { return Ok(()) };
        let folder = state_folder.filter(|_| recording.store.is_none()).map(|folder| folder.join("events"));
        let store: Arc<dyn EventStore> = match (recording.store.clone(), &folder) {
            (Some(store), _) => store,
            (None, Some(folder)) => {
                let options = SegmentOptions::default().clock(ClientClock(Arc::clone(clock)));
                let options = match recording.retention {
                    Some(age) => options.keep_for(age),
                    None => options.keep_forever(),
                };
                Arc::new(SegmentStore::open(folder, options)?)
            }
            (None, None) => Arc::new(MemoryStore::new()),
        };
        self.running = Running::start(&recording, store, folder, clock);
        Ok(())
    }

    /// What is recorded of a set. To be made once for each set that is put in force.
    pub(crate) fn exposures(&self, set: &FlagSet) -> Exposures {
        let observers = Arc::clone(&self.observers.lock().unwrap_or_else(PoisonError::into_inner));
        Exposures::of(set, self.shared().cloned(), observers)
    }

    fn observe(&self, observer: AssignmentObserver) {
        let mut observers = self.observers.lock().unwrap_or_else(PoisonError::into_inner);
        *observers = observers.iter().cloned().chain([observer]).collect();
    }

    /// Has the experiments of a client judged from now on.
    pub(crate) fn start(&self, client: &Weak<Inner>) {
        if let Some(judge) = self.judge() {
            judge.start(client);
        }
    }

    pub(super) fn judge(&self) -> Option<&Judge> {
        self.running.as_ref().map(|running| &running.judge)
    }

    pub(super) fn store(&self) -> Option<&Arc<dyn EventStore>> {
        self.running.as_ref().map(|running| &running.store)
    }

    #[cfg(feature = "metrics")]
    pub(super) fn folder(&self) -> Option<&Path> {
        self.running.as_ref()?.folder.as_deref()
    }

    pub(super) fn status(&self) -> Option<RecordingStatus> {
        self.shared().map(|shared| RecordingStatus::of(shared))
    }

    fn shared(&self) -> Option<&Arc<Shared>> {
        self.running.as_ref().map(|running| &running.shared)
    }
}

impl Running {
    /// `None` if there is no thread to be had, which the log says.
    fn start(
        recording: &Recording,
        store: Arc<dyn EventStore>,
        folder: Option<PathBuf>,
        clock: &SharedClock,
    ) -> Option<Self> {
        let (sender, queue) = mpsc::channel();
        // Not to be guessed: whoever chooses his own name should not choose one that is taken for another.
        let first = FirstExposures::new(recording.remembered, RandomState::new().hash_one(0_u8));
        let limits = Limits { queue: recording.queue, batch: recording.batch };
        let shared = Arc::new(Shared::new(sender, first, &recording.dimensions, limits));
        // A folder forgets by itself what is too old, when that is little work and on a thread where nobody waits.
        let retention = recording.retention.filter(|_| folder.is_none());
        let batch = BatchOptions { events: recording.batch, interval: recording.interval, prunes: retention.is_some() };
        let work = Work {
            shared: Arc::clone(&shared),
            queue,
            store: Arc::clone(&store),
            clock: Arc::clone(clock),
            retention,
            batch,
        };
        match thread::Builder::new().name("flags-recorder".into()).spawn(move || work.run()) {
            Ok(thread) => {
                // The cell is empty: it was made above. The thread looks by itself at first, so nothing is missed.
                let _ = shared.thread.set(thread.thread().clone());
                shared.wake();
                let judge = Judge::new(recording.judge_every, recording.judge_budget);
                Some(Self { shared, store, folder, thread: Some(thread), patience: recording.patience, judge })
            }
            Err(error) => {
                tracing::error!(%error, "no thread for events: nothing is recorded");
                None
            }
        }
    }
}

/// The client's clock, for the store.
struct ClientClock(SharedClock);

impl Clock for ClientClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shared.close();
        let kept = self.shared.flush(self.patience);
        self.shared.stop();
        match self.thread.take() {
            // The store may drop the client, for all that is known of it, on this very thread.
            Some(thread) if kept && thread.thread().id() != thread::current().id() => {
                // It has nothing left to do; a panic has been caught and told.
                let _ = thread.join();
            }
            _ => tracing::warn!("the client has ended before all events were kept"),
        }
    }
}

impl Flags {
    /// Waits until everything that this thread has recorded so far is kept by the store, but no longer than `patience`;
    /// whether it is. A client that records nothing has nothing to wait for.
    ///
    /// The end of the client waits by itself; this is for a program that ends without dropping it, and for tests.
    pub fn flush_events(&self, patience: Duration) -> bool {
        self.inner().recorder.shared().is_none_or(|shared| shared.flush(patience))
    }

    /// How recording stands, if this client records.
    #[must_use]
    pub fn recording(&self) -> Option<RecordingStatus> {
        self.inner().recorder.status()
    }

    /// Where this client keeps events, if it records.
    #[must_use]
    pub fn event_store(&self) -> Option<Arc<dyn EventStore>> {
        self.inner().recorder.store().cloned()
    }

    /// Tells a function of every unit that meets its arm of an experiment from now on, each time, whether it is recorded or
    /// not: by [`assign`](Self::assign), or by an evaluation of a flag that the experiment is about.
    ///
    /// It is called on the path of the evaluation, on the thread that evaluates: be quick, do not block, do not panic. It does
    /// not hear of arms that won, of evaluations without exposures, nor of answers from a memory.
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    ///
    /// use flags::core::definition::{ArmDefinition, ExperimentStatus};
    /// use flags::{Assignment, Attributes, Context, ExperimentDefinition, Flags};
    ///
    /// let copy = ExperimentDefinition::new("copy")
    ///     .status(ExperimentStatus::Running)
    ///     .arm(ArmDefinition::control("plain"))
    ///     .arm(ArmDefinition::new("urgent"));
    /// let flags = Flags::builder().experiment(copy).build()?;
    /// let met = Arc::new(Mutex::new(vec![]));
    /// flags.on_assignment({
    ///     let met = Arc::clone(&met);
    ///     move |assignment: &Assignment<'_>, _: &dyn Attributes| {
    ///         met.lock().unwrap().push(assignment.arm().map(|arm| arm.name().to_owned()));
    ///     }
    /// });
    /// let assigned = flags.assign("copy", &Context::new("user-42"));
    /// assert_eq!(*met.lock().unwrap(), [assigned.arm().map(str::to_owned)]);
    /// # Ok::<(), flags::BuildError>(())
    /// ```
    pub fn on_assignment(&self, call: impl Fn(&Assignment<'_>, &dyn Attributes) + Send + Sync + 'static) {
        self.inner().recorder.observe(Arc::new(call));
        self.renew();
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("shared", &self.shared()).finish_non_exhaustive()
    }
}
