//! What follows from a breaker's change of state: it is told, and its control is written, renewed, or taken back.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use flags_control::{
    Action, Actor, BreakerState, Change, Command, Control, ControlError, FolderLock, Origin, Refusal, Request, Slot,
    StoreError,
};
use flags_core::Timestamp;
use flags_rollout::breaker::{BreakerEvent, BreakerPhase, BreakerState as Machine};

use super::{
    FlagBreaker,
    step::{Hold, LEASE, Standing, Step, Written, due},
};
use crate::client::Inner;

/// In whose name breakers write.
const AUTHOR: &str = "breaker";

/// How long to wait after a control could not be written, or another process had the breaker.
const PAUSE: Duration = Duration::from_secs(1);

impl Inner {
    /// Looks at every breaker: tells what has happened, and brings controls into line. How long it is until there may be
    /// something to do again.
    pub(super) fn look_at_breakers(self: &Arc<Self>) -> Option<Duration> {
        let breakers = &self.rollouts.breakers;
        let _one_at_a_time = breakers.looking.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.lock().now();
        let next = breakers.all().iter().filter_map(|breaker| self.look_at(breaker, now)).min();
        for retired in breakers.retired() {
            self.retire(&retired, now);
        }
        next.map(|next| next.saturating_since(now))
    }

    fn look_at(self: &Arc<Self>, breaker: &FlagBreaker, now: Timestamp) -> Option<Timestamp> {
        breaker.follow(&self.controls.state(), now);
        // Asked before the events are taken: its age may be what changes it.
        let mut machine = breaker.machine().state(now);
        let mut hold = breaker.hold();
        for event in breaker.machine().take_events() {
            hold.because = event.why().into();
            self.tell_of_breaker(breaker, &mut hold, &event);
        }
        hold.not_before = hold.not_before.filter(|not_before| now < *not_before);
        if hold.ask_again.is_some_and(|ask_again| ask_again <= now) {
            // Whoever still wants it says so once more.
            hold.ask_again = None;
            breaker.forget_wanted();
        }
        if hold.not_before.is_none() {
            self.act(breaker, &mut hold, machine, now);
            machine = breaker.machine().state(now);
        }
        let written = breaker.written();
        if written.is_none() && !matches!(machine, Machine::Open { .. } | Machine::HalfOpen { .. }) {
            hold.claim = None;
            breaker.set_released(false);
            self.end_alert(breaker, &mut hold);
        }
        breaker.show(&hold);
        due(machine, written, &hold, now)
    }

    fn act(self: &Arc<Self>, breaker: &FlagBreaker, hold: &mut Hold, machine: Machine, now: Timestamp) {
        let control = breaker.control(&self.controls.state(), now);
        let standing = Standing {
            machine,
            written: breaker.written(),
            is_released: breaker.is_released(),
            control: control.as_ref(),
            is_wanted: breaker.is_wanted() && hold.ask_again.is_none(),
            now,
        };
        match standing.step() {
            Step::Rest => {}
            Step::Write(state) => self.write(breaker, hold, state, now),
            Step::Claim => self.claim(breaker, hold, standing),
            Step::TakeOver => self.take_over(breaker, hold, control.as_ref(), now),
            Step::Clear => self.clear(breaker, hold, now),
            Step::Release => breaker.set_released(hold.claim.take().is_some()),
            Step::Lapse => {
                breaker.set_released(hold.claim.take().is_some() || breaker.is_released());
                breaker.set_written(None);
            }
            Step::LetGo => breaker.set_written(None),
            Step::StandDown => self.stand_down(breaker, hold),
        }
    }

    /// Takes back what the breaker of a flag has written that has none any more.
    fn retire(self: &Arc<Self>, breaker: &FlagBreaker, now: Timestamp) {
        let mut hold = breaker.hold();
        if breaker.written().is_some() {
            self.clear(breaker, &mut hold, now);
        }
        if breaker.written().is_none() {
            self.stand_down(breaker, &mut hold);
            self.rollouts.breakers.forget(breaker);
        }
    }

    fn claim(self: &Arc<Self>, breaker: &FlagBreaker, hold: &mut Hold, standing: Standing<'_>) {
        if hold.claim.is_none() {
            match self.lock_breaker(breaker) {
                Claim::Mine(lock) => hold.claim = Some(lock),
                Claim::Unknown if standing.control.is_none() || standing.written.is_some() => {}
                Claim::Anothers | Claim::Unknown => return self.stand_down(breaker, hold),
            }
        }
        breaker.set_released(false);
        breaker.forget_wanted();
        let state = match standing.machine {
            Machine::HalfOpen { .. } => BreakerState::HalfOpen,
            _ => BreakerState::Open,
        };
        self.write(breaker, hold, state, standing.now);
    }

    fn take_over(self: &Arc<Self>, breaker: &FlagBreaker, hold: &mut Hold, control: Option<&Control>, now: Timestamp) {
        let (Claim::Mine(lock), Some(control)) = (self.lock_breaker(breaker), control) else {
            hold.ask_again = Some(now.saturating_add(PAUSE));
            return;
        };
        breaker.forget_wanted();
        hold.claim = Some(lock);
        let cooldown = breaker.machine().options().cooldown;
        let until = control.at.saturating_add(cooldown).min(now.saturating_add(cooldown));
        breaker.machine().take_over(until, now);
        hold.because = match &control.reason {
            Some(reason) => format!("{reason}, and whoever had the breaker is gone").into(),
            None => "whoever had the breaker is gone".into(),
        };
        for event in breaker.machine().take_events() {
            self.tell_of_breaker(breaker, hold, &event);
        }
        self.write(breaker, hold, BreakerState::Open, now);
    }

    fn write(self: &Arc<Self>, breaker: &FlagBreaker, hold: &mut Hold, state: BreakerState, now: Timestamp) {
        let Some(target) = breaker.target() else { return };
        let (action, expires_at) = (Action::Breaker(state), now.saturating_add(LEASE));
        let change = Change::Set { target, action: action.clone(), expires_at: Some(expires_at) };
        if !self.change(breaker, hold, change, now) {
            return;
        }
        // By what is in force, and not by the receipt: the same may have been there already.
        let control = breaker.control(&self.controls.state(), now).filter(|control| control.action == action);
        match control {
            Some(control) => breaker.set_written(Some(Written { id: control.id, state, expires_at })),
            None => self.stand_down(breaker, hold),
        }
    }

    fn clear(self: &Arc<Self>, breaker: &FlagBreaker, hold: &mut Hold, now: Timestamp) {
        let Some(target) = breaker.target() else { return };
        if self.change(breaker, hold, Change::Clear { target, slot: Some(Slot::Breaker) }, now) {
            breaker.set_written(None);
        }
    }

    /// Makes a change in the breaker's name; whether it is made.
    fn change(self: &Arc<Self>, breaker: &FlagBreaker, hold: &mut Hold, change: Change, now: Timestamp) -> bool {
        let author = Actor::new(AUTHOR).expect("because it is a short word");
        let request = Request::new(author, Origin::Breaker, Command::Change(change)).because(&hold.because);
        match self.apply_control(&request) {
            Ok(_) => {
                if hold.trouble.take().is_some() {
                    tracing::info!(flag = breaker.key(), "the control of the circuit breaker can be written again");
                }
                true
            }
            Err(ControlError::Refused(Refusal::BreakerForced { .. })) => {
                // A person was faster, and the breaker is held by now.
                breaker.set_written(None);
                false
            }
            Err(error) => {
                let trouble: Box<str> = error.to_string().into();
                if hold.trouble.as_ref() != Some(&trouble) {
                    tracing::error!(
                        flag = breaker.key(),
                        "the control of the circuit breaker cannot be written; runs are refused, other evaluations do not \
                         see it: {trouble}"
                    );
                }
                hold.trouble = Some(trouble);
                hold.not_before = Some(now.saturating_add(PAUSE));
                false
            }
        }
    }

    /// Tries to become the process that has the breaker.
    fn lock_breaker(&self, breaker: &FlagBreaker) -> Claim {
        let Some(kept) = &self.kept else { return Claim::Unknown };
        let folder = kept.folder.join("breakers");
        let trouble = match std::fs::create_dir_all(&folder) {
            Err(error) => error.to_string(),
            Ok(()) => match FolderLock::acquire(&folder.join(format!("{}.lock", breaker.key())), Duration::ZERO) {
                Ok(lock) => return Claim::Mine(lock),
                Err(StoreError::Locked { .. }) => return Claim::Anothers,
                Err(error) => error.to_string(),
            },
        };
        tracing::warn!(flag = breaker.key(), "cannot tell whether another process has the circuit breaker: {trouble}");
        Claim::Unknown
    }

    fn tell_of_breaker(&self, breaker: &FlagBreaker, hold: &mut Hold, event: &BreakerEvent) {
        breaker.count(event);
        let (flag, why) = (breaker.key(), &*hold.because);
        match event.to {
            BreakerPhase::Open => tracing::warn!(flag, "circuit breaker: {} -> open: {why}", event.from),
            to => tracing::info!(flag, "circuit breaker: {} -> {to}: {why}", event.from),
        }
        match event.to {
            BreakerPhase::Open => {
                hold.has_alerted = true;
                self.alert_of_open_breaker(flag, why);
            }
            BreakerPhase::HalfOpen => {}
            _ => self.end_alert(breaker, hold),
        }
    }

    /// What was alerted of is over, whoever has seen to it.
    fn end_alert(&self, breaker: &FlagBreaker, hold: &mut Hold) {
        if std::mem::take(&mut hold.has_alerted) {
            self.alert_of_closed_breaker(breaker.key());
        }
    }

    /// Somebody else has decided: the breaker is closed, and has seen nothing.
    fn stand_down(&self, breaker: &FlagBreaker, hold: &mut Hold) {
        hold.claim = None;
        breaker.set_written(None);
        breaker.set_released(false);
        breaker.machine().stand_down();
        self.end_alert(breaker, hold);
    }
}

/// Whose the breaker of a flag is.
enum Claim {
    Mine(FolderLock),
    Anothers,
    /// There is no folder to tell by, or it cannot be written.
    Unknown,
}
