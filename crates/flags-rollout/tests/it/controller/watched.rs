//! A journal and a port that watch each other, and that stop the program wherever a test wants it.
//!
//! Stopping is what `kill -9` does: nothing after that point is done, whatever was in memory is gone, and what was written stays.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use flags_core::{Percentage, Timestamp};
use flags_rollout::{
    controller::{
        Controller, ControllerOptions, Incident, Journal, JournalError, JournalWriter, Leader, Leadership, Measured,
        MemoryJournal, Port, PortError, Request, Told,
    },
    guardrail::{Reading, Rule},
    machine::{ControlsInForce, State, Status, Step, rollback_order, transition},
    plan::Plan,
    wire::Record,
};

use super::world::World;
use crate::model::check_step;

/// How many points are left until the program stops.
#[derive(Clone, Debug)]
pub(crate) struct Fuse(Arc<AtomicUsize>);

/// What the program ends with when it is stopped.
struct Stopped;

impl Fuse {
    pub(crate) fn new(points: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(points)))
    }

    /// One more point, which may be the last.
    fn point(&self) {
        match self.0.load(Ordering::Relaxed) {
            0 => resume_unwind(Box::new(Stopped)),
            left => self.0.store(left - 1, Ordering::Relaxed),
        }
    }

    pub(crate) fn left(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// Runs until it is over or stopped; whether it was stopped.
pub(crate) fn stopped(run: impl FnOnce()) -> bool {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(()) => false,
        Err(reason) if reason.is::<Stopped>() => true,
        Err(other) => resume_unwind(other),
    }
}

/// A controller whose journal and port are watched.
pub(crate) fn watched(world: &World, journal: &MemoryJournal, fuse: &Fuse) -> Controller {
    let port = WatchedPort { world: world.clone(), journal: journal.clone(), fuse: fuse.clone() };
    let journal = WatchedJournal { world: world.clone(), inner: journal.clone(), fuse: fuse.clone() };
    Controller::open(Arc::new(port), journal, ControllerOptions::default())
}

#[derive(Debug)]
struct WatchedJournal {
    world: World,
    inner: MemoryJournal,
    fuse: Fuse,
}

impl Journal for WatchedJournal {
    fn write(&self) -> Result<Box<dyn JournalWriter + '_>, JournalError> {
        if self.world.inner().broken.contains("lock") {
            return Err(JournalError::Locked { path: "lock".into(), holder: None, waited_seconds: 10 });
        }
        Ok(Box::new(WatchedWriter { journal: self, inner: self.inner.write()? }))
    }

    fn flags(&self) -> Result<Vec<Box<str>>, JournalError> {
        self.inner.flags()
    }

    fn last(&self, flag: &str) -> Result<Option<State>, JournalError> {
        self.inner.last(flag)
    }

    fn history(&self, flag: &str) -> Result<Vec<Record>, JournalError> {
        self.inner.history(flag)
    }

    fn requests(&self) -> Result<Vec<Request>, JournalError> {
        self.inner.requests()
    }

    fn lead(&self) -> Result<Leadership, JournalError> {
        self.inner.lead()
    }

    fn leader(&self) -> Result<Option<Leader>, JournalError> {
        self.inner.leader()
    }

    fn resign(&self) {}
}

struct WatchedWriter<'a> {
    journal: &'a WatchedJournal,
    inner: Box<dyn JournalWriter + 'a>,
}

impl JournalWriter for WatchedWriter<'_> {
    fn last(&mut self, flag: &str) -> Result<Option<State>, JournalError> {
        self.inner.last(flag)
    }

    /// What is journalled is what follows from what was journalled before, and nothing else.
    fn append(&mut self, flag: &str, record: &Record) -> Result<(), JournalError> {
        let fuse = &self.journal.fuse;
        fuse.point();
        if self.journal.world.inner().broken.contains("append") {
            let problem = "no space left on the device".to_owned();
            return Err(JournalError::Io { what: "write", path: "journal".into(), problem });
        }
        let plan = self.journal.world.inner().plans.get(flag).cloned();
        let before = self.inner.last(flag)?;
        if let Some(plan) = plan {
            let before = before.unwrap_or_else(|| State::planned(&plan, record.now));
            let (after, actions) = transition(&plan, &before, &record.event, record.now);
            assert_eq!(after, record.state);
            assert_ne!(after, before, "a record that changes nothing");
            // What stages it is in is told by the plan it follows.
            if (before.plan, after.plan) == (plan.fingerprint(), plan.fingerprint()) {
                check_step(&plan, &before, &record.event, &after, &actions);
            }
        }
        self.inner.append(flag, record)?;
        fuse.point();
        Ok(())
    }

    fn set_requests(&mut self, requests: &[Request]) -> Result<(), JournalError> {
        self.journal.fuse.point();
        self.inner.set_requests(requests)?;
        self.journal.fuse.point();
        Ok(())
    }

    fn incidents(&mut self) -> Vec<(Box<str>, Incident)> {
        self.inner.incidents()
    }
}

struct WatchedPort {
    world: World,
    journal: MemoryJournal,
    fuse: Fuse,
}

impl Port for WatchedPort {
    fn now(&self) -> Timestamp {
        self.world.now()
    }

    fn uptime(&self) -> Duration {
        self.world.uptime()
    }

    fn plans(&self) -> Arc<BTreeMap<Box<str>, Arc<Plan>>> {
        self.world.plans()
    }

    fn dependencies(&self) -> Vec<(Box<str>, Box<str>)> {
        self.world.dependencies()
    }

    fn is_protected(&self, flag: &str) -> bool {
        self.world.is_protected(flag)
    }

    fn controls(&self, flag: &str) -> Result<ControlsInForce, PortError> {
        self.fuse.point();
        let found = self.world.controls(flag);
        self.fuse.point();
        found
    }

    /// A percentage is only ever set that the journal asks for.
    fn set(&self, flag: &str, percentage: Percentage, because: &str) -> Result<(), PortError> {
        let state = self.journal.last(flag).unwrap().unwrap();
        let promoted = state.status == Status::Complete;
        assert!(promoted || matches!(state.status, Status::Running(Step::Settling)), "{state:?}");
        assert_eq!(state.asked, Some(percentage));
        self.fuse.point();
        let set = self.world.set(flag, percentage, because);
        self.fuse.point();
        set
    }

    /// Nothing is taken back that the journal does not say so of, and not before what hangs on it has been tried.
    fn restore(&self, flag: &str, to: ControlsInForce, because: &str) -> Result<(), PortError> {
        let state = self.journal.last(flag).unwrap().unwrap();
        assert!(matches!(state.status, Status::RollingBack { to: wanted, .. } if wanted == to), "{state:?}");
        let edges = self.dependencies();
        let edges: Vec<(&str, &str)> = edges.iter().map(|(a, b)| (&**a, &**b)).collect();
        for dependant in rollback_order(flag, &edges).into_iter().filter(|dependant| *dependant != flag) {
            let state = self.journal.last(dependant).unwrap();
            let is_under_way = |status| matches!(status, Status::Running(_) | Status::Paused(_));
            let excused = self.world.inner().broken.contains("append");
            assert!(excused || !state.is_some_and(|state| is_under_way(state.status)), "{dependant} before {flag}");
        }
        self.fuse.point();
        let restored = self.world.restore(flag, to, because);
        self.fuse.point();
        restored
    }

    fn measured(&self, flag: &str, plan: &Plan) -> Measured {
        self.world.measured(flag, plan)
    }

    fn signal(&self, flag: &str, signal: &str, since: Timestamp) -> Reading {
        self.world.signal(flag, signal, since)
    }

    fn rules(&self) -> Vec<Arc<dyn Rule + Send + Sync>> {
        self.world.rules()
    }

    fn tell(&self, flag: &str, told: &Told<'_>) {
        self.world.tell(flag, told);
    }
}
