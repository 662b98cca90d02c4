//! One turn at the journals, during which nobody else changes a rollout: what is known is brought up to date.

use std::{
    collections::BTreeMap,
    sync::{Arc, MutexGuard},
};

use flags_core::{Percentage, Timestamp};

use super::{
    Controller, Incident, Journal, JournalError, JournalWriter, Port, Told,
    core::{Memory, lock},
    rollout::Rollout,
};
use crate::{
    machine::{Alert, Entry, Observation, State},
    plan::{Plan, RolloutDefinition, StageDefinition, Surroundings},
};

/// The journals and the memory, until dropped.
pub(super) struct Session<'a> {
    pub(super) port: &'a dyn Port,
    pub(super) journal: &'a dyn Journal,
    // The writer is let go of before the memory.
    pub(super) writer: Box<dyn JournalWriter + 'a>,
    pub(super) memory: MutexGuard<'a, Memory>,
    pub(super) plans: Arc<BTreeMap<Box<str>, Arc<Plan>>>,
    pub(super) told: Vec<(Box<str>, News)>,
}

/// What is told once the journals are free again.
#[derive(Clone, Debug)]
pub(super) enum News {
    Entry(Entry),
    Alert(Alert),
    Incident(Incident),
    Look(Box<(State, Observation)>),
}

impl Controller {
    /// Takes a turn, does something in it, and tells what there is to tell once it is over.
    pub(super) fn take_turn<T>(&self, act: impl FnOnce(&mut Session<'_>) -> T) -> Result<T, JournalError> {
        let memory = lock(&self.memory);
        let writer = self.journal.write()?;
        let (port, journal) = (&*self.port, &*self.journal);
        let mut session = Session { port, journal, writer, memory, plans: port.plans(), told: vec![] };
        let done = act(&mut session);
        for (flag, incident) in session.writer.incidents() {
            session.told.push((flag, News::Incident(incident)));
        }
        let told = std::mem::take(&mut session.told);
        drop(session);
        for (flag, news) in &told {
            let told = match news {
                News::Entry(entry) => Told::Entry(entry),
                News::Alert(alert) => Told::Alert(alert),
                News::Incident(incident) => Told::Incident(incident),
                News::Look(look) => Told::Look { state: &look.0, observation: &look.1 },
            };
            self.port.tell(flag, &told);
        }
        Ok(done)
    }
}

impl Session<'_> {
    pub(super) fn tell(&mut self, flag: &str, news: News) {
        self.told.push((flag.into(), news));
    }

    /// Tells of what keeps the controller from its work, unless that has been told not long ago.
    pub(super) fn complain(&mut self, flag: &str, incident: Incident) {
        let uptime = self.port.uptime();
        if self.rollout(flag).nag.tells(&incident, uptime) {
            self.tell(flag, News::Incident(incident));
        }
    }

    /// Forgets complaints that are settled.
    pub(super) fn settled(&mut self, flag: &str, over: impl Fn(&Incident) -> bool) {
        self.rollout(flag).nag.is_over(over);
    }

    pub(super) fn rollout(&mut self, flag: &str) -> &mut Rollout {
        let port = self.port;
        self.memory.rollouts.entry(flag.into()).or_insert_with(|| Rollout::new(port))
    }

    /// The time it is for a flag.
    pub(super) fn now(&mut self, flag: &str) -> Timestamp {
        let port = self.port;
        self.rollout(flag).now(port)
    }

    /// The plan a flag goes by: the one that is defined, else the one it had last, else one that leads nowhere. The last two
    /// serve to take it back.
    pub(super) fn plan(&mut self, flag: &str) -> Arc<Plan> {
        if let Some(plan) = self.plans.get(flag).cloned() {
            self.rollout(flag).plan = Some(Arc::clone(&plan));
            return plan;
        }
        let last = self.rollout(flag).plan.clone();
        last.unwrap_or_else(|| Arc::new(leads_nowhere()))
    }

    /// The state of a flag as the journal has it; what somebody else has written meanwhile is taken in.
    pub(super) fn state(&mut self, flag: &str) -> Result<State, JournalError> {
        let last = self.writer.last(flag)?;
        let port = self.port;
        let rollout = self.rollout(flag);
        match last {
            Some(state) => {
                if rollout.known.as_ref() != Some(&state) {
                    let seen = rollout.known.as_ref().map(|known| known.version);
                    rollout.adopt(state.clone(), port);
                    if let Some(seen) = seen {
                        self.tell_since(flag, seen);
                    }
                }
                Ok(state)
            }
            None => {
                if rollout.known.take().is_some() {
                    // Somebody has moved the journal away: the rollout is forgotten.
                    rollout.gathering = None;
                }
                let now = self.now(flag);
                Ok(State::planned(&self.plan(flag), now))
            }
        }
    }

    /// Tells what somebody else has done meanwhile.
    fn tell_since(&mut self, flag: &str, version: u64) {
        let Ok(history) = self.journal.history(flag) else { return };
        for record in history.into_iter().filter(|record| record.state.version > version) {
            if let Some(entry) = record.entry {
                self.tell(flag, News::Entry(entry));
            }
        }
    }
}

fn leads_nowhere() -> Plan {
    let definition = RolloutDefinition::custom([StageDefinition::new(Percentage::HUNDRED)]);
    definition.check(&Surroundings::default()).expect("because a single stage of 100 percent is a sound plan")
}
