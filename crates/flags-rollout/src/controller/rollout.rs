//! What a controller remembers of one flag. The journal is the truth; all of this can be forgotten at any moment.

use std::{sync::Arc, time::Duration};

use flags_core::Timestamp;

use super::{Port, gather::Gathering, nag::Nag};
use crate::{
    machine::{Observation, State, Status, Timekeeper},
    plan::Plan,
};

/// What is remembered of one flag.
#[derive(Clone, Debug)]
pub(super) struct Rollout {
    /// The state the journal ended with when it was last read or written; `None` without a journal.
    pub(super) known: Option<State>,
    /// Whether that state was written by somebody else, or before a restart: what it wants may not have been done.
    pub(super) is_unfinished: bool,
    /// The plan it had last.
    pub(super) plan: Option<Arc<Plan>>,
    pub(super) gathering: Option<Gathering>,
    pub(super) observation: Option<Observation>,
    pub(super) nag: Nag,
    time: Timekeeper,
    /// What the monotonic clock showed when `time` began.
    began: Duration,
}

impl Rollout {
    pub(super) fn new(port: &dyn Port) -> Self {
        Self {
            known: None,
            is_unfinished: false,
            plan: None,
            gathering: None,
            observation: None,
            nag: Nag::default(),
            time: Timekeeper::new(port.now(), None),
            began: port.uptime(),
        }
    }

    /// The time it is for this flag. While it is under way only the monotonic clock counts; at rest the wall clock does.
    pub(super) fn now(&mut self, port: &dyn Port) -> Timestamp {
        if self.is_at_rest() {
            self.set_clock(port.now(), port);
        }
        self.time.now(port.uptime().saturating_sub(self.began))
    }

    /// Goes on from a state that somebody else wrote.
    pub(super) fn adopt(&mut self, state: State, port: &dyn Port) {
        // What is gathered already is dated by the time so far.
        let time = self.now(port);
        self.known = Some(state);
        self.is_unfinished = true;
        self.set_clock(time, port);
    }

    fn is_at_rest(&self) -> bool {
        let is_at_rest = |state: &State| state.status == Status::Planned || state.status.is_terminal();
        self.known.as_ref().is_none_or(is_at_rest)
    }

    fn set_clock(&mut self, time: Timestamp, port: &dyn Port) {
        self.time = Timekeeper::new(time, self.known.as_ref().map(|state| state.at));
        self.began = port.uptime();
    }
}
