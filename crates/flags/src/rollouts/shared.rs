//! What a client knows of rollouts, for itself and for the controller, which may outlive it by a moment.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use flags_config::{Document, RolloutSection};
use flags_core::{ControlAction, FlagSet, Overlay, Timestamp};
use flags_rollout::{
    guardrail::Rule,
    plan::{Plan, Surroundings},
    signals::{SignalDefinition, SignalSource, Signals},
};

use super::{
    arms::{Armed, FlagArms, InForce},
    plans::Defined,
    watch::Watched,
};
use crate::live::SharedClock;

/// A rule that threads may share.
pub(super) type SharedRule = Arc<dyn Rule + Send + Sync>;

/// What a client knows of rollouts.
pub(super) struct Shared {
    state: Mutex<State>,
    pub(super) signals: Signals,
    clock: SharedClock,
    /// When the client began, by the machine's monotonic clock.
    began: Instant,
    /// The latest instant that a clock of the program's own has shown, and the first; `None` for the machine's clock.
    shown: Option<Mutex<(Timestamp, Timestamp)>>,
    /// Whether this client asks servers for signals.
    asks: bool,
}

#[derive(Default)]
pub(super) struct State {
    /// The plans that the program has given, which go before those of definitions.
    pub(super) chosen: BTreeMap<Box<str>, Arc<Plan>>,
    /// Those of definitions, for all environments.
    written: Vec<RolloutSection>,
    pub(super) defined: Defined,
    /// The signals that plans may name.
    pub(super) signals: Surroundings,
    /// By the name of the flag; outlives reloads and sets.
    pub(super) ledger: BTreeMap<Box<str>, Arc<FlagArms>>,
    pub(super) rules: BTreeMap<Box<str>, SharedRule>,
    /// How often each flag's rollout went into which phase, as far as this client has heard.
    pub(super) transitions: BTreeMap<(Box<str>, &'static str), u64>,
    /// The flags of whose rollouts somebody was told that a change is not in force.
    pub(super) unconfirmed: BTreeSet<Box<str>>,
}

impl State {
    /// The plans of an environment, those the program has given first.
    pub(super) fn plans(&self, environment: &str) -> BTreeMap<Box<str>, Arc<Plan>> {
        let chosen = self.chosen.iter().map(|(flag, plan)| (flag.clone(), Arc::clone(plan)));
        // Of several for one flag the last counts.
        self.written_for(None).chain(self.written_for(Some(environment))).chain(chosen).collect()
    }

    fn written_for<'s>(&'s self, environment: Option<&'s str>) -> impl Iterator<Item = (Box<str>, Arc<Plan>)> + 's {
        let sections = self.written.iter().filter(move |section| section.environment.as_deref() == environment);
        sections.map(|section| (section.flag.clone(), Arc::clone(&section.plan)))
    }
}

impl Shared {
    pub(super) fn new(clock: SharedClock, is_own_clock: bool, asks: bool) -> Self {
        let now = clock.now();
        Self {
            state: Mutex::default(),
            signals: Signals::start([], Arc::clone(&clock)),
            clock,
            began: Instant::now(),
            shown: is_own_clock.then(|| Mutex::new((now, now))),
            asks,
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that happens under the lock panics; what is there would be whole if it did.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The present instant, by the client's clock.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// How long the client has run. A clock of the program's own is believed, but for going back.
    pub(super) fn uptime(&self) -> Duration {
        let Some(shown) = &self.shown else { return self.began.elapsed() };
        let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.0 = shown.0.max(self.clock.now());
        shown.0.saturating_since(shown.1)
    }

    /// Goes on with the plans and signals of definitions. A client that does not drive asks nobody for signals, and knows those
    /// that may be pushed.
    pub(super) fn follow(&self, document: &Document) {
        let mut state = self.lock();
        state.written.clone_from(&document.rollouts);
        let names = |counted: bool| {
            let signals = document.signals.iter().filter(move |signal| signal.is_counted() == counted);
            signals.map(|signal| signal.key.clone()).collect()
        };
        state.signals = Surroundings { signals: names(false), counted: names(true), rules: vec![] };
        drop(state);
        let is_known = |definition: &&SignalDefinition| {
            self.asks || matches!(definition.source, SignalSource::Pushed | SignalSource::PushedCounts)
        };
        self.signals.replace(document.signals.iter().filter(is_known).cloned());
    }

    /// What is watched of the runs of a set with those controls. To be made once for each set that is put in force.
    pub(super) fn watched(&self, set: &FlagSet, overlay: &Overlay) -> Vec<Watched> {
        let mut state = self.lock();
        let State { defined, ledger, .. } = &mut *state;
        let watched = defined.plans.iter().filter_map(|(key, plan)| {
            let flag = set.find(key)?;
            let controlled = overlay.controls.iter().rev().find_map(|control| match control.action {
                ControlAction::Percentage(percentage) if control.flag == *key => Some(percentage),
                _ => None,
            });
            let percentage = match controlled {
                Some(fixed) => InForce { fixed, steps: [].into() },
                None => defined.percentages.get(key)?.clone(),
            };
            let counts = ledger.entry(key.clone()).or_default();
            counts.follow(plan);
            let armed = Armed::new(Arc::clone(counts), percentage);
            Some(Watched { flag, armed: Some(armed), breaker: None })
        });
        watched.collect()
    }
}
