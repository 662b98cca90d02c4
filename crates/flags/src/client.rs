//! The client: the snapshot in force and everything that can change it.

use std::{
    collections::BTreeSet,
    fmt,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use flags_control::{ControlError, ControlState, Controls};
use flags_core::{
    Attributes, CheckedDefinitions, CompileOptions, Decision, FlagSet, Observer, Overlay, Predicates, Timestamp,
};

use crate::{
    Builder, Change, ChangeSet, ChangeSource, Changes, HistoryEntry, Snapshot, Status, Subscription,
    alerting::Alerting,
    base::{Base, RuntimeChanges},
    call_site,
    events::Dispatcher,
    history::History,
    live::{Current, Live, SharedClock, new_stamp},
    metering::{Meter, Metering},
    observers::Observers,
    operate::{Keeper, Kept, OpenControls},
    recording::{Exposures, Recorder},
    rollouts::{Rollouts, Watch},
};

/// The client an application asks: whether a flag is on, and what it serves.
///
/// Cheap to clone; clones are one client. It is dropped with its last clone, and stops following its files then.
///
/// ```
/// use flags::{Context, Flags};
///
/// let flags = Flags::builder()
///     .toml("[features.parallel_validation]\nenabled = true\nrollout_percentage = 50")
///     .environment("production")
///     .build()?;
/// let context = Context::new("user-42").set("country", "NL");
/// if flags.is_enabled("parallel_validation", &context) {
///     // the new way
/// }
/// println!("{}", flags.explain("parallel_validation", &context));
/// # Ok::<(), flags::BuildError>(())
/// ```
#[derive(Clone)]
pub struct Flags {
    inner: Arc<Inner>,
}

/// What clones of a client share. The watcher's thread holds it weakly.
pub(crate) struct Inner {
    pub(crate) current: Current,
    environment: Box<str>,
    state: Mutex<State>,
    events: Dispatcher,
    pub(crate) controls: Controls,
    /// Where the controls are kept, if other programs can change them.
    pub(crate) kept: Option<Kept>,
    pub(crate) keeper: OnceLock<Keeper>,
    pub(crate) metering: Metering,
    pub(crate) recorder: Recorder,
    pub(crate) alerting: Alerting,
    pub(crate) rollouts: Rollouts,
    /// Why the controls could not be read when they were last looked at.
    pub(crate) controls_error: Mutex<Option<ControlError>>,
    #[cfg(feature = "watch")]
    pub(crate) follower: OnceLock<crate::wiring::Follower>,
    /// Why files that are good by themselves are not in force.
    #[cfg(feature = "watch")]
    misfit: Mutex<Option<crate::LoadFailure>>,
}

/// What changes are made from; locked by whoever changes anything, never by an evaluation.
pub(crate) struct State {
    pub(crate) base: Base,
    pub(crate) runtime: RuntimeChanges,
    pub(crate) overlay: Overlay,
    /// What the overlay was made of.
    pub(crate) controls: Arc<ControlState>,
    predicates: Predicates,
    observers: Observers,
    clock: SharedClock,
    /// What the program has chosen, which goes before what the definitions say.
    chosen_ttl: Option<Duration>,
    settings_ttl: Duration,
    revision: u64,
    changed_at: Timestamp,
    history: History,
    warned_predicates: Vec<Box<str>>,
}

/// What a client starts with.
pub(crate) struct Start {
    pub(crate) base: Base,
    pub(crate) definitions: CheckedDefinitions,
    pub(crate) controls: OpenControls,
    pub(crate) environment: Box<str>,
    pub(crate) predicates: Predicates,
    pub(crate) observers: Vec<Arc<dyn Observer>>,
    pub(crate) clock: SharedClock,
    /// What the program has chosen, which goes before what the definitions say.
    pub(crate) cache_ttl: Option<Duration>,
    pub(crate) settings_ttl: Duration,
    pub(crate) audit_evaluations: bool,
    pub(crate) metering: Metering,
    pub(crate) recorder: Recorder,
    pub(crate) alerting: Alerting,
    pub(crate) rollouts: Rollouts,
}

impl Flags {
    /// Starts building a client.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn start(start: Start) -> Self {
        let changed_at = start.clock.now();
        let controls = start.controls.controls.state();
        let overlay = controls.overlay(changed_at);
        let options = CompileOptions {
            environment: &start.environment,
            overlay: overlay.clone(),
            predicates: start.predicates.clone(),
        };
        let set = FlagSet::compile(&start.definitions, &options);
        let mut observers = Observers::new(start.observers);
        observers.audit(start.audit_evaluations, start.controls.kept.as_ref().map(|kept| &*kept.folder));
        let mut state = State {
            base: start.base,
            runtime: RuntimeChanges::default(),
            overlay,
            controls,
            predicates: start.predicates,
            observers,
            clock: start.clock,
            chosen_ttl: start.cache_ttl,
            settings_ttl: start.settings_ttl,
            revision: 1,
            changed_at,
            history: History::default(),
            warned_predicates: vec![],
        };
        state.warn_of_predicates(&set);
        start.rollouts.define(&start.definitions, &start.environment);
        let inner = Inner {
            current: Current::new({
                let (meter, exposures) = (start.metering.meter(&set), start.recorder.exposures(&set));
                let watch = start.rollouts.watch(&set, &state.overlay);
                state.live(set, meter, exposures, watch)
            }),
            metering: start.metering,
            recorder: start.recorder,
            alerting: start.alerting,
            rollouts: start.rollouts,
            environment: start.environment,
            state: Mutex::new(state),
            events: Dispatcher::new(),
            controls: start.controls.controls,
            kept: start.controls.kept,
            keeper: OnceLock::new(),
            controls_error: Mutex::default(),
            #[cfg(feature = "watch")]
            follower: OnceLock::new(),
            #[cfg(feature = "watch")]
            misfit: Mutex::default(),
        };
        let flags = Self { inner: Arc::new(inner) };
        flags.inner.keep_controls();
        flags.inner.metering.show(&Arc::downgrade(&flags.inner));
        flags.inner.alerting.start(flags.environment(), &Arc::downgrade(&flags.inner));
        flags.inner.recorder.start(&Arc::downgrade(&flags.inner));
        flags.inner.rollouts.start(&Arc::downgrade(&flags.inner));
        flags
    }

    #[cfg(any(feature = "experiments", feature = "metrics"))]
    pub(crate) fn from_inner(inner: Arc<Inner>) -> Self {
        Self { inner }
    }

    pub(crate) fn inner(&self) -> &Arc<Inner> {
        &self.inner
    }

    #[inline]
    pub(crate) fn current(&self) -> &Current {
        &self.inner.current
    }

    /// The state in force, to hold: many evaluations against one version.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::new(self.inner.current.full())
    }

    /// The flags as they are now, at another instant: schedules and conditions on time are evaluated as of then.
    #[must_use]
    pub fn at(&self, instant: Timestamp) -> Snapshot {
        self.snapshot().at(instant)
    }

    /// The flags as they are now, to be looked at without exposing anybody: for reports, previews and warming up, where what is
    /// evaluated is not shown to the unit. Everything but the record of exposures is as ever.
    ///
    /// ```
    /// use flags::{Context, Flags};
    ///
    /// let flags = Flags::builder().toml("[features.cart]\nenabled = true").build()?;
    /// assert!(flags.without_exposures().is_enabled("cart", &Context::new("user-42")));
    /// # Ok::<(), flags::BuildError>(())
    /// ```
    #[must_use]
    pub fn without_exposures(&self) -> Snapshot {
        self.snapshot().without_exposures()
    }

    /// The environment decisions are made for; empty where none was chosen, which is no environment.
    #[must_use]
    pub fn environment(&self) -> &str {
        &self.inner.environment
    }

    /// Registers a predicate that definitions may name, in place of an older one of that name.
    pub fn register_predicate(
        &self,
        name: impl Into<Box<str>>,
        predicate: impl Fn(&dyn Attributes) -> bool + Send + Sync + 'static,
    ) {
        let mut state = self.inner.lock();
        state.predicates.register(name, predicate);
        let Ok(definitions) = state.checked() else { return };
        let set = state.compile(&definitions, &self.inner.environment);
        self.inner.publish(&mut state, set, ChangeSource::Runtime, ChangeSource::Runtime.name());
    }

    /// Tells an observer of every decision from now on.
    pub fn observe(&self, observer: impl Observer + 'static) {
        let mut state = self.inner.lock();
        state.observers = state.observers.with(observer);
        self.inner.renew(&state);
    }

    /// Has evaluations from now on tell those who want to know by now.
    #[cfg(feature = "experiments")]
    pub(crate) fn renew(&self) {
        self.inner.renew(&self.inner.lock());
    }

    /// Calls `call` after every change of flags and experiments, in order, on a thread of the client's, until the subscription is dropped.
    pub fn on_change(&self, call: impl Fn(&ChangeSet) + Send + Sync + 'static) -> Subscription {
        self.inner.events.subscribe(call)
    }

    /// Calls `call` after every change of one flag, or of anything it depends on, until the subscription is dropped.
    pub fn on_flag_change(
        &self,
        key: impl Into<Box<str>>,
        call: impl Fn(&Change, &ChangeSet) + Send + Sync + 'static,
    ) -> Subscription {
        let key = key.into();
        self.inner.events.subscribe(move |changes| {
            if let Ok(at) = changes.changes.binary_search_by(|change| change.key.cmp(&key)) {
                call(&changes.changes[at], changes);
            }
        })
    }

    /// Calls `call` after every change of one experiment until the subscription is dropped: of its definition, of its audience,
    /// and when it is started, paused, stopped, extended or decided. That its start or its end has come is no change.
    pub fn on_experiment_change(
        &self,
        key: impl Into<Box<str>>,
        call: impl Fn(&Change, &ChangeSet) + Send + Sync + 'static,
    ) -> Subscription {
        let key = key.into();
        self.inner.events.subscribe(move |changes| {
            if let Ok(at) = changes.experiments.binary_search_by(|change| change.key.cmp(&key)) {
                call(&changes.experiments[at], changes);
            }
        })
    }

    /// A stream of the changes of all flags and experiments from now on.
    pub fn changes(&self) -> Changes {
        self.inner.events.stream(|changes| Some(changes.clone()))
    }

    /// A stream of the changes of some flags, or of anything they depend on, from now on. They need not be defined yet.
    pub fn changes_of<K: Into<Box<str>>>(&self, keys: impl IntoIterator<Item = K>) -> Changes {
        let keys: BTreeSet<Box<str>> = keys.into_iter().map(Into::into).collect();
        self.inner.events.stream(move |changes| changes.only(|key| keys.contains(key)))
    }

    /// What became of a flag since the client was built, oldest first: at most
    /// [`HISTORY_PER_FLAG`](crate::HISTORY_PER_FLAG) entries.
    #[must_use]
    pub fn history(&self, key: &str) -> Vec<HistoryEntry> {
        self.inner.lock().history.of(key)
    }

    /// How the client stands.
    #[must_use]
    pub fn status(&self) -> Status {
        let live = self.inner.current.unforced();
        Status {
            revision: live.revision,
            digest: format!("{:016x}", live.set.digest()),
            environment: self.environment().to_owned(),
            flags: live.set.len(),
            experiments: live.set.experiments().len(),
            changed_at: self.inner.lock().changed_at,
            #[cfg(feature = "watch")]
            source: self.inner.follower.get().map(|follower| follower.status(self.inner.misfit())),
            #[cfg(not(feature = "watch"))]
            source: None,
            controls: self.inner.control_status(&live.set),
        }
    }

    pub(crate) fn change<R>(
        &self,
        change: impl FnOnce(&mut RuntimeChanges, &flags_core::Definitions) -> Result<R, crate::RuntimeError>,
    ) -> Result<R, crate::RuntimeError> {
        let mut state = self.inner.lock();
        let base = state.base.definitions();
        let mut runtime = state.runtime.clone();
        // What a change builds on is the flags as they are, earlier changes included.
        let now = state.runtime.apply(base.clone()).map_err(crate::RuntimeError::Invalid)?;
        let result = change(&mut runtime, &now)?;
        let definitions = runtime.apply(base).map_err(crate::RuntimeError::Invalid)?;
        let set = state.compile(&definitions, &self.inner.environment);
        state.runtime = runtime;
        self.inner.rollouts.define(&definitions, &self.inner.environment);
        self.inner.publish(&mut state, set, ChangeSource::Runtime, ChangeSource::Runtime.name());
        Ok(result)
    }

    /// The present instant by the client's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.inner.lock().clock.now()
    }

    pub(crate) fn runtime_definitions(&self) -> Result<CheckedDefinitions, crate::RuntimeError> {
        self.inner.lock().checked().map_err(crate::RuntimeError::Invalid)
    }

    pub(crate) fn is_changed_at_run_time(&self, key: &str) -> bool {
        self.inner.lock().runtime.contains(key)
    }
}

impl Inner {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // A panic of the application's (an observer's clock, say) leaves the state whole: it is replaced field by field.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts the set that is in force in force again, with those who want to know of decisions by now.
    fn renew(&self, state: &State) {
        let live = self.current.unforced();
        let exposures = self.recorder.exposures(&live.set);
        self.current.store(state.live(live.set.clone(), live.meter.clone(), exposures, live.watch.clone()));
        call_site::invalidate();
    }

    /// Puts a new set in force and has the changes told.
    /// `by` is the word for it among the metrics.
    pub(crate) fn publish(&self, state: &mut State, set: FlagSet, source: ChangeSource, by: &'static str) {
        let former = self.current.unforced();
        let changes: Vec<Change> = set.changes_since(&former.set).iter().map(Change::from).collect();
        state.revision += 1;
        state.changed_at = state.clock.now();
        let experiments = set.experiment_changes_since(&former.set).iter().map(Change::from).collect();
        let changes = ChangeSet { revision: state.revision, at: state.changed_at, source, changes, experiments };
        state.warn_of_predicates(&set);
        state.history.record(&changes, &former.set, &set);
        let meter = self.metering.meter(&set);
        self.metering.count_changes(by, changes.changes.len());
        let exposures = self.recorder.exposures(&set);
        let watch = self.rollouts.watch(&set, &state.overlay);
        let former = self.current.store(state.live(set, meter, exposures, watch));
        call_site::invalidate();
        // A large snapshot is dropped here, not by a reader that happens to be the last.
        drop(former);
        if !changes.is_empty() {
            self.events.publish(changes);
        }
    }

    #[cfg(feature = "watch")]
    pub(crate) fn misfit(&self) -> Option<crate::LoadFailure> {
        self.misfit.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    #[cfg(feature = "watch")]
    pub(crate) fn set_misfit(&self, misfit: Option<crate::LoadFailure>) {
        *self.misfit.lock().unwrap_or_else(PoisonError::into_inner) = misfit;
    }

    /// Puts new definitions below the run-time changes.
    #[cfg(feature = "watch")]
    pub(crate) fn replace_base(
        &self,
        base: Base,
        document: &flags_config::Document,
    ) -> Result<(), flags_core::DefinitionErrors> {
        let mut state = self.lock();
        let definitions = state.runtime.apply(document.definitions.clone())?;
        let settings = &document.settings;
        let set = state.compile(&definitions, &self.environment);
        state.base = base;
        state.settings_ttl = settings.cache_ttl;
        state.observers.audit(settings.audit_evaluations, self.kept.as_ref().map(|kept| &*kept.folder));
        self.rollouts.plan(document);
        self.rollouts.define(&definitions, &self.environment);
        self.publish(&mut state, set, ChangeSource::File, ChangeSource::File.name());
        Ok(())
    }
}

impl State {
    /// The present instant by the client's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn checked(&self) -> Result<CheckedDefinitions, flags_core::DefinitionErrors> {
        self.runtime.apply(self.base.definitions())
    }

    fn compile(&self, definitions: &CheckedDefinitions, environment: &str) -> FlagSet {
        let options =
            CompileOptions { environment, overlay: self.overlay.clone(), predicates: self.predicates.clone() };
        FlagSet::compile(definitions, &options)
    }

    fn live(&self, set: FlagSet, meter: Meter, exposures: Exposures, watch: Watch) -> Live {
        Live {
            set,
            revision: self.revision,
            stamp: new_stamp(),
            clock: Arc::clone(&self.clock),
            observers: self.observers.clone(),
            cache_ttl: self.chosen_ttl.unwrap_or(self.settings_ttl),
            meter,
            exposures,
            watch,
        }
    }

    /// Warns once of every predicate that is named and not registered.
    fn warn_of_predicates(&mut self, set: &FlagSet) {
        for name in set.unregistered_predicates() {
            if !self.warned_predicates.iter().any(|known| **known == *name) {
                tracing::warn!(
                    predicate = name,
                    "a definition names a predicate that is not registered: it counts as false"
                );
                self.warned_predicates.push(name.into());
            }
        }
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.snapshot(), f)
    }
}

/// So that a closure can observe without naming its lifetimes.
impl Flags {
    /// Tells a function of every decision from now on: the flag's key and the decision.
    pub fn on_evaluation(&self, call: impl Fn(&str, &Decision<'_>) + Send + Sync + 'static) {
        self.observe(move |key: &str, _: &dyn Attributes, decision: &Decision<'_>| call(key, decision));
    }
}
