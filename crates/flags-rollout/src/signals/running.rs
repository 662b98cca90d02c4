//! Signals that are asked for again and again, by threads of their own.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use flags_core::{Clock, Timestamp};

use super::{
    Answer, Http, Prometheus, PushError, SignalDefinition, SignalReader, SignalSource, SignalState, board::Board,
    http::origin,
};
use crate::guardrail::{Arms, Counts, Reading};

/// As many threads ask, at most.
const MOST_LANES: usize = 32;

/// The health signals of a program: asked for at their intervals, or pushed.
///
/// Each server is asked by a thread of its own, so that one that does not answer keeps no other waiting; beyond 32 servers,
/// some share one. Nothing here ever waits for a network but those threads. Dropped, they end once what they have asked is
/// answered.
pub struct Signals {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    /// There are other signals, or none any more.
    changed: Condvar,
    /// A thread has ended.
    ended: Condvar,
    clock: Arc<dyn Clock + Send + Sync>,
}

#[derive(Default)]
struct State {
    board: Board,
    asked: BTreeMap<Box<str>, Asked>,
    /// The threads that run, by what they ask.
    lanes: BTreeSet<Box<str>>,
    stopping: bool,
}

/// A signal that is asked for.
struct Asked {
    definition: SignalDefinition,
    reader: Arc<dyn SignalReader>,
    lane: Box<str>,
    due: Instant,
}

impl Signals {
    /// Begins to ask, all of them at once. The clock says of which instant an answer is.
    #[must_use]
    pub fn start(definitions: impl IntoIterator<Item = SignalDefinition>, clock: Arc<dyn Clock + Send + Sync>) -> Self {
        let state = Mutex::default();
        let signals =
            Self { shared: Arc::new(Shared { state, changed: Condvar::new(), ended: Condvar::new(), clock }) };
        signals.replace(definitions);
        signals
    }

    /// Goes on with other signals. Those that are defined as before are not disturbed; the others are asked for at once.
    pub fn replace(&self, definitions: impl IntoIterator<Item = SignalDefinition>) {
        let definitions: Vec<SignalDefinition> = definitions.into_iter().collect();
        let mut state = self.shared.lock();
        if state.stopping {
            return;
        }
        state.board.replace(&definitions);
        state.ask(definitions);
        let wanted: BTreeSet<Box<str>> = state.asked.values().map(|asked| asked.lane.clone()).collect();
        for lane in wanted {
            if !state.lanes.insert(lane.clone()) {
                continue;
            }
            let (shared, name) = (Arc::clone(&self.shared), lane.clone());
            let thread = thread::Builder::new().name("flags-signals".into());
            if let Err(error) = thread.spawn(move || shared.run(&name)) {
                state.lanes.remove(&lane);
                state.lose(&lane, &format!("there is no thread to ask for it: {error}"), self.shared.clock.now());
            }
        }
        drop(state);
        self.shared.changed.notify_all();
    }

    /// What a signal has said since that consumer last took it, of a stage that began at `since`; never waits.
    ///
    /// [`Reading::Nothing`] where there is nothing new, or nothing of this stage yet. Counts are what was counted since the
    /// consumer last took them, both of this stage; a counter that fell is a new base, and adds nothing.
    #[must_use]
    pub fn take(&self, consumer: &str, signal: &str, since: Timestamp) -> Reading {
        let now = self.shared.clock.now();
        self.shared.lock().board.take(consumer, signal, since, now)
    }

    /// Takes a value from the application.
    ///
    /// # Errors
    ///
    /// When no signal of that name is pushed as a value.
    pub fn push(&self, signal: &str, value: f64) -> Result<(), PushError> {
        let now = self.shared.clock.now();
        self.shared.lock().board.push(signal, value, now)
    }

    /// Takes counts from the application, as counters that only rise.
    ///
    /// # Errors
    ///
    /// When no signal of that name is pushed as counts, or more runs are bad than there are.
    pub fn push_counts(&self, signal: &str, counts: Arms<Counts>) -> Result<(), PushError> {
        let now = self.shared.clock.now();
        self.shared.lock().board.push_counts(signal, counts, now)
    }

    /// How every signal stands, by key.
    #[must_use]
    pub fn states(&self) -> Vec<SignalState> {
        self.shared.lock().board.states()
    }

    /// Asks no more. What is being asked is waited for by its thread alone; its answer still counts.
    pub fn stop(&self) {
        self.shared.lock().stopping = true;
        self.shared.changed.notify_all();
    }

    /// Asks no more, and waits until every thread has ended, but no longer than `patience`; whether they have.
    #[must_use]
    pub fn stop_and_wait(&self, patience: Duration) -> bool {
        self.stop();
        let running = |state: &mut State| !state.lanes.is_empty();
        let waited = self.shared.ended.wait_timeout_while(self.shared.lock(), patience, running);
        waited.unwrap_or_else(PoisonError::into_inner).0.lanes.is_empty()
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.stop();
    }
}

impl fmt::Debug for Signals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signals").field("states", &self.states()).finish()
    }
}

impl State {
    /// Asks for what has to be asked for, from now on.
    fn ask(&mut self, definitions: Vec<SignalDefinition>) {
        let urls = definitions.iter().filter_map(|definition| url(&definition.source));
        let servers: BTreeSet<Box<str>> = urls.map(|url| origin(url).into()).collect();
        let lane = |url: &str| -> Box<str> {
            let server = origin(url);
            if servers.len() <= MOST_LANES {
                return server.into();
            }
            let rank = servers.iter().position(|known| **known == *server).unwrap_or_default();
            format!("{}", rank % MOST_LANES).into()
        };
        let mut old = std::mem::take(&mut self.asked);
        for definition in definitions {
            let (Some(lane), Some(reader)) = (url(&definition.source).map(lane), reader(&definition)) else { continue };
            let kept = old.remove(&definition.key).filter(|asked| asked.definition == definition);
            let asked = match kept {
                Some(kept) => Asked { lane, ..kept },
                None => Asked { definition, reader, lane, due: Instant::now() },
            };
            self.asked.insert(asked.definition.key.clone(), asked);
        }
    }

    /// What a thread has to ask for next.
    fn next(&mut self, lane: &str) -> Option<&mut Asked> {
        self.asked.values_mut().filter(|asked| *asked.lane == *lane).min_by_key(|asked| asked.due)
    }

    fn lose(&mut self, lane: &str, why: &str, now: Timestamp) {
        for asked in self.asked.values().filter(|asked| *asked.lane == *lane) {
            self.board.note(&asked.definition, now, Answer::error(why));
        }
    }
}

impl Shared {
    /// Asks for the signals of one lane until there are none, or nobody wants to know any more.
    fn run(&self, lane: &str) {
        let mut state = self.lock();
        while !state.stopping
            && let Some(asked) = state.next(lane)
        {
            let now = Instant::now();
            let wait = asked.due.saturating_duration_since(now);
            if !wait.is_zero() {
                state = self.changed.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0;
                continue;
            }
            let (definition, reader) = (asked.definition.clone(), Arc::clone(&asked.reader));
            // An interval beyond what the platform can count is long enough if it is a day.
            asked.due = now.checked_add(definition.interval).unwrap_or(now + Duration::from_secs(86_400));
            drop(state);
            let at = self.clock.now();
            let answer = reader.read(at);
            state = self.lock();
            state.board.note(&definition, at, answer);
        }
        state.lanes.remove(lane);
        drop(state);
        self.ended.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The address that is asked; `None` for what is pushed.
fn url(source: &SignalSource) -> Option<&str> {
    match source {
        SignalSource::Prometheus { url, .. } | SignalSource::PrometheusCounts { url, .. } => Some(url),
        SignalSource::Http(check) => Some(&check.url),
        SignalSource::Pushed | SignalSource::PushedCounts => None,
    }
}

fn reader(definition: &SignalDefinition) -> Option<Arc<dyn SignalReader>> {
    let timeout = definition.timeout;
    match &definition.source {
        SignalSource::Prometheus { url, query, credentials } => {
            Some(Arc::new(Prometheus::value(url, query, credentials.clone(), timeout)))
        }
        SignalSource::PrometheusCounts { url, queries, credentials } => {
            Some(Arc::new(Prometheus::counts(url, queries.clone(), credentials.clone(), timeout)))
        }
        SignalSource::Http(check) => Some(Arc::new(Http::new(check.clone(), timeout))),
        SignalSource::Pushed | SignalSource::PushedCounts => None,
    }
}
