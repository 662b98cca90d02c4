//! The circuit breakers of a client: one for each flag with an `error_threshold`, kept by the flag's name across reloads.
//!
//! A run asks its breaker and tells it how it ended (`run.rs`), on the thread of the caller: an atomic load, and a short lock
//! around plain numbers. What follows from a change of state is for a thread (`thread.rs`): it is written as a control, which
//! keeps the flag off for everybody (`keeper.rs`, decided in `step.rs`), and told. Of several processes on one state folder one
//! has the breaker of a flag; decision 0016 says how, and why only measured runs look past a half-open one.

mod desk;
mod flag_breaker;
mod keeper;
mod run;
mod shown;
mod step;
mod thread;
mod view;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use flags_config::{BreakerSection, Document};
use flags_control::ControlState;
use flags_core::{CheckedDefinitions, FlagSet, Timestamp};
use flags_rollout::breaker::BreakerOptions;

pub(super) use self::run::{Pass, WatchedBreaker};
pub(crate) use self::shown::SHOWN;
pub use self::{
    desk::{BreakerDesk, BreakerOperator},
    view::BreakerView,
};
use self::{flag_breaker::FlagBreaker, thread::Bell};
use super::watch::Watched;
use crate::client::Inner;

/// The breakers of a client.
#[derive(Debug)]
pub(super) struct Breakers {
    state: Mutex<State>,
    bell: Arc<Bell>,
    /// Held by whoever looks: one at a time.
    looking: Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    /// What the program has given, which goes before what definitions say.
    given: BTreeMap<Box<str>, BreakerOptions>,
    /// What definitions say.
    written: Vec<BreakerSection>,
    /// By the flag's key: those of flags that are defined.
    breakers: BTreeMap<Box<str>, Arc<FlagBreaker>>,
    /// Those of flags that have none any more, until what they have written is taken back.
    retired: Vec<Arc<FlagBreaker>>,
    /// The client, for the thread; until that runs.
    client: Option<Weak<Inner>>,
}

impl Breakers {
    /// No breakers but those that the program gives, of one flag the last.
    pub(super) fn new(given: Vec<(Box<str>, BreakerOptions)>) -> Self {
        let state = State { given: given.into_iter().collect(), ..State::default() };
        Self { state: Mutex::new(state), bell: Arc::default(), looking: Mutex::default() }
    }

    /// Takes the breakers that definitions hold, for [`define`](Self::define).
    pub(super) fn plan(&self, document: &Document) {
        self.lock().written.clone_from(&document.breakers);
    }

    /// Goes on with the breakers of flags as they are defined now. One that is there already stays as it is, with other
    /// options if they have changed.
    pub(super) fn define(&self, definitions: &CheckedDefinitions, environment: &str) {
        let mut state = self.lock();
        let State { given, written, breakers, retired, .. } = &mut *state;
        let mut former = std::mem::take(breakers);
        let mut defined = in_environment(written, environment);
        defined.extend(given.iter().map(|(flag, options)| (flag.clone(), *options)));
        for (flag, options) in &defined {
            if definitions.flag(flag).is_none() {
                continue;
            }
            let back = || {
                let place = retired.iter().position(|breaker| breaker.key() == &**flag)?;
                Some(retired.swap_remove(place))
            };
            let breaker = match former.remove(flag).or_else(back) {
                Some(breaker) => {
                    breaker.follow_options(*options);
                    breaker
                }
                None => Arc::new(FlagBreaker::new(flag, *options, &self.bell)),
            };
            breakers.insert(flag.clone(), breaker);
        }
        retired.extend(former.into_values());
        self.run_if_needed(&mut state);
        drop(state);
        self.bell.ring();
    }

    /// The breakers of flags that are defined.
    pub(super) fn all(&self) -> Vec<Arc<FlagBreaker>> {
        self.lock().breakers.values().cloned().collect()
    }

    /// The breakers of flags that have none any more, and of which something is still written.
    fn retired(&self) -> Vec<Arc<FlagBreaker>> {
        self.lock().retired.clone()
    }

    /// Nothing is left of a breaker.
    fn forget(&self, retired: &FlagBreaker) {
        self.lock().retired.retain(|breaker| !std::ptr::eq(&**breaker, retired));
    }

    fn get(&self, key: &str) -> Option<Arc<FlagBreaker>> {
        self.lock().breakers.get(key).cloned()
    }

    /// Adds the breakers to what is watched of the flags of a set.
    pub(super) fn watch(&self, set: &FlagSet, watched: &mut Vec<Watched>) {
        for breaker in self.all() {
            let Some(flag) = set.find(breaker.key()) else { continue };
            let breaker = Some(WatchedBreaker { flag, breaker });
            match watched.iter_mut().find(|watched| watched.flag == flag) {
                Some(watched) => watched.breaker = breaker,
                None => watched.push(Watched { flag, armed: None, breaker }),
            }
        }
    }

    /// Holds the breakers that a person holds, and lets go of the others. To be called when the controls are other ones.
    pub(super) fn follow(&self, controls: &ControlState, now: Timestamp) {
        let breakers = self.all();
        for breaker in &breakers {
            breaker.follow(controls, now);
        }
        if !breakers.is_empty() {
            self.bell.ring();
        }
    }

    /// The client is there: what follows from changes of state is done from now on.
    pub(super) fn start(&self, client: &Weak<Inner>) {
        if let Some(client) = client.upgrade() {
            let state = client.lock();
            self.follow(&state.controls, state.now());
        }
        let mut state = self.lock();
        state.client = Some(Weak::clone(client));
        self.run_if_needed(&mut state);
    }

    /// Starts the thread with the first breaker.
    fn run_if_needed(&self, state: &mut State) {
        if state.breakers.is_empty() {
            return;
        }
        let Some(client) = state.client.take() else { return };
        if let Err(error) = thread::start(client, Arc::clone(&self.bell)) {
            tracing::error!(%error, "no thread for circuit breakers: they refuse runs, but do not switch their flags off");
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that happens under the lock panics; what is there would be whole if it did.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What definitions say for an environment: its own sections go before those of the flags themselves.
fn in_environment(written: &[BreakerSection], environment: &str) -> BTreeMap<Box<str>, BreakerOptions> {
    let mut found = BTreeMap::new();
    for wanted in [None, Some(environment)] {
        let sections = written.iter().filter(|section| section.environment.as_deref() == wanted);
        found.extend(sections.map(|section| (section.flag.clone(), section.options)));
    }
    found
}

impl Drop for Breakers {
    fn drop(&mut self) {
        // Not joined: the thread may be the one that drops the client's last clone.
        self.bell.stop();
        let state = self.lock();
        for breaker in state.breakers.values().chain(&state.retired) {
            // Others may have it from now on, although snapshots, and threads that have evaluated, keep the breaker.
            breaker.set_released(true);
            breaker.hold().claim = None;
        }
    }
}
