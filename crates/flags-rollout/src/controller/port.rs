//! What a controller sees and acts on. The client implements it; tests have one in memory.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use flags_core::{Percentage, Timestamp};
use thiserror::Error;

use super::Incident;
use crate::{
    guardrail::{Arms, Counts, Reading, Rule},
    machine::{Alert, ControlsInForce, Entry, State},
    plan::Plan,
};

/// What a controller sees and acts on.
///
/// Every method may be called from one thread at a time, and may take as long as a write to a disk; none waits for a network.
/// All but [`tell`](Port::tell) are called while nobody else may change a rollout, so they must not look or command themselves;
/// what only reads, such as the [history](super::Controller::history), may be asked for.
pub trait Port: Send + Sync {
    /// The present instant, by the wall clock.
    fn now(&self) -> Timestamp;

    /// How long a clock has run that only goes forward, whatever is done to the wall clock; since when does not matter.
    fn uptime(&self) -> Duration;

    /// The plans as they are defined now, by the keys of their flags.
    fn plans(&self) -> Arc<BTreeMap<Box<str>, Arc<Plan>>>;

    /// Pairs of a flag and one it hangs on: its parent, and those it requires.
    fn dependencies(&self) -> Vec<(Box<str>, Box<str>)>;

    /// Whether it takes two people to let more units have the flag.
    fn is_protected(&self, flag: &str) -> bool;

    /// The controls of a flag as they are kept, changes by other programs included.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    fn controls(&self, flag: &str) -> Result<ControlsInForce, PortError>;

    /// Sets the percentage control of a flag.
    ///
    /// # Errors
    ///
    /// When it is refused or cannot be kept.
    fn set(&self, flag: &str, percentage: Percentage, because: &str) -> Result<(), PortError>;

    /// Brings the controls of a flag back to those: the percentage control is set or removed, the kill set if they say so and
    /// never lifted.
    ///
    /// # Errors
    ///
    /// When it is refused or cannot be kept.
    fn restore(&self, flag: &str, to: ControlsInForce, because: &str) -> Result<(), PortError>;

    /// What was measured of a flag since the program began; every number only rises.
    fn measured(&self, flag: &str, plan: &Plan) -> Measured;

    /// What a signal has told since it was last taken for that flag; [`Reading::Nothing`] where there is nothing new. `since` is
    /// when the present stage began.
    fn signal(&self, flag: &str, signal: &str, since: Timestamp) -> Reading;

    /// The rules that the application brings along.
    fn rules(&self) -> Vec<Arc<dyn Rule + Send + Sync>>;

    /// Tells of what has happened: the history, the alerts, the metrics. No lock is held meanwhile, so it may ask the controller.
    /// The flag is empty for what concerns all of them.
    fn tell(&self, flag: &str, told: &Told<'_>);
}

/// What was measured of a flag since the program began.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    /// The runs of both arms, the failed ones being the bad.
    pub runs: Arms<Counts>,
    /// For each guardrail on a latency the runs of both arms, the slow ones being the bad; `None` for the others. In the order of
    /// the plan's guardrails.
    pub slow: Vec<Option<Arms<Counts>>>,
    /// The units that were seen for the first time since the percentage last changed, in each arm.
    pub units: Arms<u64>,
}

/// Something that a controller has to tell.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Told<'a> {
    /// A line of the rollout's history.
    Entry(&'a Entry),
    /// Something a person should hear of at once.
    Alert(&'a Alert),
    /// Something that keeps the controller itself from its work.
    Incident(&'a Incident),
    /// A look at the guardrails, with the state after it.
    Look {
        /// The state.
        state: &'a State,
        /// What was seen.
        observation: &'a crate::machine::Observation,
    },
}

/// Why a change of a flag's controls did not come about.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct PortError {
    /// Why, for people.
    pub message: Box<str>,
}

impl PortError {
    /// The reason.
    #[must_use]
    pub fn new(message: impl Into<Box<str>>) -> Self {
        Self { message: message.into() }
    }
}
