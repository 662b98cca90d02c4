//! From an event to what is in force: transition, journal, actions, read back, journal. In this order, always.

use flags_core::Percentage;

use super::{
    Incident, JournalError, PortError,
    gather::Gathering,
    session::{News, Session},
};
use crate::{
    machine::{Action, ControlsInForce, Event, Rejection, State, Status, Step, rollback_order, transition},
    plan::Plan,
    wire::Record,
};

/// What has come of an event.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// Why a command was refused, if it was.
    pub(super) rejection: Option<Rejection>,
    /// Why the controls are not what was asked for, if they are not.
    pub(super) unconfirmed: Option<Box<str>>,
}

impl Session<'_> {
    /// Tells a rollout an event, and does what follows from it.
    pub(super) fn turn(&mut self, flag: &str, event: &Event) -> Result<Done, JournalError> {
        let actions = self.step(flag, event)?;
        Ok(self.carry_out(flag, actions))
    }

    /// Tells a rollout an event, and journals what it leads to. Nothing is done yet.
    fn step(&mut self, flag: &str, event: &Event) -> Result<Vec<Action>, JournalError> {
        let state = self.state(flag)?;
        let (plan, now) = (self.plan(flag), self.now(flag));
        let (next, actions) = transition(&plan, &state, event, now);
        if next != state {
            let record = Record::new(now, event.clone(), next.clone(), &actions);
            self.writer.append(flag, &record)?;
            let rollout = self.rollout(flag);
            rollout.known = Some(next);
            rollout.is_unfinished = false;
            self.settled(flag, |incident| matches!(incident, Incident::Journal { .. }));
        }
        Ok(actions)
    }

    fn carry_out(&mut self, flag: &str, actions: Vec<Action>) -> Done {
        let mut done = Done::default();
        let (mut wrote, mut gathers) = (false, false);
        for action in actions {
            match action {
                Action::Set { percentage, dry_run: false } => {
                    wrote = true;
                    done.unconfirmed = self.set(flag, percentage);
                }
                Action::Restore { to, dry_run: false } => {
                    wrote = true;
                    done.unconfirmed = self.restore(flag, to);
                }
                Action::Set { dry_run: true, .. } | Action::Restore { dry_run: true, .. } => {}
                Action::Gather { .. } => gathers = true,
                Action::Record(entry) => self.tell(flag, News::Entry(entry)),
                Action::Alert(alert) => self.tell(flag, News::Alert(alert)),
                Action::Reject(rejection) => done.rejection = Some(rejection),
            }
        }
        if gathers {
            // After the percentage is set, so that nothing counts that was measured under the one before.
            self.gather_anew(flag);
        }
        if wrote {
            let read = self.read_back(flag);
            done.unconfirmed = done.unconfirmed.or(read);
        }
        done
    }

    /// Asks for a percentage; why it was refused, if it was.
    fn set(&mut self, flag: &str, percentage: Percentage) -> Option<Box<str>> {
        let because = self.because(flag);
        let set = self.port.set(flag, percentage, &because);
        self.asked(flag, set)
    }

    /// Asks for the controls to be taken back, after those of the flags that hang on it; why it was refused, if it was.
    pub(super) fn restore(&mut self, flag: &str, to: ControlsInForce) -> Option<Box<str>> {
        self.take_along(flag);
        let because = self.because(flag);
        let restored = self.port.restore(flag, to, &because);
        self.asked(flag, restored)
    }

    fn asked(&mut self, flag: &str, asked: Result<(), PortError>) -> Option<Box<str>> {
        match asked {
            Ok(()) => {
                self.settled(flag, |incident| matches!(incident, Incident::Refused { .. }));
                None
            }
            Err(error) => {
                let message = error.message.clone();
                self.complain(flag, Incident::Refused { error });
                Some(message)
            }
        }
    }

    fn because(&mut self, flag: &str) -> Box<str> {
        self.rollout(flag).known.as_ref().map_or_else(Box::default, |state| state.because.clone())
    }

    /// Takes back the rollouts under way of all flags that hang on this one. Whatever becomes of them, it goes on itself.
    fn take_along(&mut self, flag: &str) {
        let edges = self.port.dependencies();
        let edges: Vec<(&str, &str)> = edges.iter().map(|(dependant, on)| (&**dependant, &**on)).collect();
        let because = self.because(flag);
        for dependant in rollback_order(flag, &edges).into_iter().filter(|dependant| *dependant != flag) {
            let is_under_way = |state: &State| matches!(state.status, Status::Running(_) | Status::Paused(_));
            let taken = match self.state(dependant) {
                Ok(state) if is_under_way(&state) => {
                    let event = Event::RequirementRolledBack { flag: flag.into(), because: because.clone() };
                    self.turn(dependant, &event).map(|_| ())
                }
                other => other.map(|_| ()),
            };
            if let Err(error) = taken {
                self.complain(dependant, Incident::Journal { error });
            }
        }
    }

    /// Reads the controls back and tells the rollout; why they are not what was asked for, if they are not.
    pub(super) fn read_back(&mut self, flag: &str) -> Option<Box<str>> {
        let found = match self.port.controls(flag) {
            Ok(found) => found,
            Err(error) => {
                let message = error.message.clone();
                self.complain(flag, Incident::Unreadable { error });
                return Some(message);
            }
        };
        self.settled(flag, |incident| matches!(incident, Incident::Unreadable { .. }));
        match self.step(flag, &Event::ReadBack(found)) {
            Ok(actions) => {
                self.carry_out(flag, actions);
                let state = self.rollout(flag).known.clone();
                let is_open = |status| matches!(status, Status::Running(Step::Settling) | Status::RollingBack { .. });
                state.filter(|state| is_open(state.status)).map(|_| "it has not come into force".into())
            }
            Err(error) => {
                let message = error.to_string().into();
                self.complain(flag, Incident::Journal { error });
                Some(message)
            }
        }
    }

    /// Gathers data anew from here on.
    pub(super) fn gather_anew(&mut self, flag: &str) {
        let (plan, now, port) = (self.plan(flag), self.now(flag), self.port);
        let rollout = self.rollout(flag);
        rollout.gathering = rollout.known.as_ref().map(|state| Gathering::begin(port, flag, &plan, state, now));
    }

    /// Does again what a state wants that somebody else has written, or a controller that is gone: it may not have been done.
    pub(super) fn finish(&mut self, flag: &str) {
        let plan = self.plans.get(flag).cloned();
        let rollout = self.rollout(flag);
        if !std::mem::take(&mut rollout.is_unfinished) {
            return;
        }
        let Some(state) = rollout.known.clone() else { return };
        match state.status {
            Status::Running(Step::Settling) if plan.is_some_and(|plan| sets(&plan, &state)) => {
                if let Some(percentage) = state.asked {
                    self.set(flag, percentage);
                    self.read_back(flag);
                }
            }
            Status::RollingBack { to, .. } => {
                self.restore(flag, to);
                self.read_back(flag);
            }
            _ => {}
        }
    }
}

/// Whether a state asks for its percentage by that plan.
fn sets(plan: &Plan, state: &State) -> bool {
    state.plan == plan.fingerprint() && !plan.definition().dry_run
}
