//! The controller itself: what it has, and what it shows.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{Journal, JournalError, Leader, Port, Request, rollout::Rollout};
use crate::{
    machine::{Observation, State, StormBrake, StormState},
    plan::Plan,
    wire::Record,
};

/// Runs the plans of a [`Port`], and keeps a [`Journal`] of what becomes of them.
///
/// ```
/// use std::{collections::BTreeMap, sync::{Arc, Mutex}, time::Duration};
/// use flags_core::{Percentage, Timestamp};
/// use flags_rollout::controller::{
///     Controller, ControllerOptions, Leadership, Measured, MemoryJournal, Outcome, Port, PortError, Told,
/// };
/// use flags_rollout::guardrail::{Reading, Rule};
/// use flags_rollout::machine::{Command, ControlsInForce};
/// use flags_rollout::plan::{Plan, RolloutDefinition, Strategy, Surroundings};
///
/// /// A client with one flag.
/// struct Client { plans: Arc<BTreeMap<Box<str>, Arc<Plan>>>, controls: Mutex<ControlsInForce> }
///
/// impl Port for Client {
///     fn now(&self) -> Timestamp { Timestamp::from_millis(0) }
///     fn uptime(&self) -> Duration { Duration::ZERO }
///     fn plans(&self) -> Arc<BTreeMap<Box<str>, Arc<Plan>>> { Arc::clone(&self.plans) }
///     fn dependencies(&self) -> Vec<(Box<str>, Box<str>)> { vec![] }
///     fn is_protected(&self, _: &str) -> bool { false }
///     fn controls(&self, _: &str) -> Result<ControlsInForce, PortError> { Ok(*self.controls.lock().unwrap()) }
///     fn set(&self, _: &str, percentage: Percentage, _: &str) -> Result<(), PortError> {
///         self.controls.lock().unwrap().percentage = Some(percentage);
///         Ok(())
///     }
///     fn restore(&self, _: &str, to: ControlsInForce, _: &str) -> Result<(), PortError> {
///         *self.controls.lock().unwrap() = to;
///         Ok(())
///     }
///     fn measured(&self, _: &str, _: &Plan) -> Measured { Measured::default() }
///     fn signal(&self, _: &str, _: &str, _: Timestamp) -> Reading { Reading::Nothing }
///     fn rules(&self) -> Vec<Arc<dyn Rule + Send + Sync>> { vec![] }
///     fn tell(&self, _: &str, _: &Told<'_>) {}
/// }
///
/// let plan = RolloutDefinition::new(Strategy::Canary).check(&Surroundings::default()).map_err(|_| "a sound plan")?;
/// let plans = Arc::new(BTreeMap::from([("checkout".into(), Arc::new(plan))]));
/// let client = Arc::new(Client { plans, controls: Mutex::default() });
/// let controller = Controller::open(Arc::clone(&client) as Arc<dyn Port>, MemoryJournal::new(), ControllerOptions::default());
///
/// assert_eq!(controller.look()?, Leadership::Leading);
/// let start = Command::Start { before: ControlsInForce::default() };
/// let outcome = controller.command("checkout", start, "ada", "the launch")?;
/// assert!(matches!(outcome, Outcome::Done { unconfirmed: None, .. }));
/// assert_eq!(client.controls.lock().unwrap().percentage.map(|share| share.to_string()).as_deref(), Some("1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Controller {
    pub(super) port: Arc<dyn Port>,
    pub(super) journal: Box<dyn Journal>,
    pub(super) options: ControllerOptions,
    pub(super) memory: Mutex<Memory>,
    /// What was seen at the last look, by flag; apart from the memory, so that it can be read during a look.
    pub(super) observations: Mutex<BTreeMap<Box<str>, Observation>>,
    pub(super) leads: AtomicBool,
    pub(super) wake: tokio::sync::Notify,
}

/// How a controller goes about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ControllerOptions {
    /// When many flags that want to be rolled back at once are a storm.
    pub brake: StormBrake,
}

impl ControllerOptions {
    /// The options with another brake.
    #[must_use]
    pub fn brake(mut self, brake: StormBrake) -> Self {
        self.brake = brake;
        self
    }
}

/// What a controller remembers. All of it can be forgotten.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) rollouts: BTreeMap<Box<str>, Rollout>,
    pub(super) storm: StormState,
}

/// The rollout of a flag, as anybody may see it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct View {
    /// The flag.
    pub flag: Box<str>,
    /// Its plan; `None` if it is not defined any more.
    pub plan: Option<Arc<Plan>>,
    /// Where it stands; why nobody knows, if its journal cannot be read.
    pub state: Result<State, JournalError>,
    /// What was seen at the last look of this controller; `None` if it has not looked.
    pub observation: Option<Observation>,
}

impl Controller {
    /// A controller on these journals. It does nothing by itself: [`look`](Controller::look) does, and whoever
    /// [drives](super::drive) it.
    #[must_use]
    pub fn open(port: Arc<dyn Port>, journal: impl Journal + 'static, options: ControllerOptions) -> Self {
        Self {
            port,
            journal: Box::new(journal),
            options,
            memory: Mutex::default(),
            observations: Mutex::default(),
            leads: AtomicBool::new(false),
            wake: tokio::sync::Notify::new(),
        }
    }

    /// All rollouts: those of every plan, and those whose plan is gone. In the order of their flags.
    ///
    /// # Errors
    ///
    /// When nobody can say which flags have a journal.
    pub fn views(&self) -> Result<Vec<View>, JournalError> {
        let plans = self.port.plans();
        let mut flags = self.journal.flags()?;
        flags.extend(plans.keys().cloned());
        flags.sort();
        flags.dedup();
        Ok(flags.iter().filter_map(|flag| self.view(flag)).collect())
    }

    /// The rollout of a flag; `None` if it has neither a plan nor a journal.
    #[must_use]
    pub fn view(&self, flag: &str) -> Option<View> {
        let plan = self.port.plans().get(flag).cloned();
        let state = match (self.journal.last(flag), &plan) {
            (Ok(Some(state)), _) => Ok(state),
            (Ok(None), Some(plan)) => Ok(State::planned(plan, self.port.now())),
            (Ok(None), None) => return None,
            (Err(error), _) => Err(error),
        };
        let observation = lock(&self.observations).get(flag).cloned();
        Some(View { flag: flag.into(), plan, state, observation })
    }

    /// The states of all rollouts that can be read, by flag.
    ///
    /// # Errors
    ///
    /// When nobody can say which flags have a journal.
    pub fn states(&self) -> Result<BTreeMap<Box<str>, State>, JournalError> {
        Ok(self.views()?.into_iter().filter_map(|view| Some((view.flag, view.state.ok()?))).collect())
    }

    /// Everything that has become of a flag's rollouts, the oldest first.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn history(&self, flag: &str) -> Result<Vec<Record>, JournalError> {
        self.journal.history(flag)
    }

    /// The commands on protected flags that wait for a second person.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    pub fn requests(&self) -> Result<Vec<Request>, JournalError> {
        let now = self.port.now();
        Ok(self.journal.requests()?.into_iter().filter(|request| request.waits_at(now)).collect())
    }

    /// Who leads, if anybody does and says so.
    ///
    /// # Errors
    ///
    /// When nobody can say.
    pub fn leader(&self) -> Result<Option<Leader>, JournalError> {
        self.journal.leader()
    }

    /// Whether this controller led at its last look.
    #[must_use]
    pub fn is_leading(&self) -> bool {
        self.leads.load(Ordering::Relaxed)
    }

    /// Lets go of the lead, for another controller to take over. The next look takes it again, if nobody has.
    pub fn resign(&self) {
        self.leads.store(false, Ordering::Relaxed);
        self.journal.resign();
    }

    /// Has whoever [drives](super::drive) it look at once.
    pub fn wake(&self) {
        self.wake.notify_one();
    }
}

/// The mutex, whatever became of those who had it: everything behind it can be forgotten.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Controller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Controller")
            .field("journal", &self.journal)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
