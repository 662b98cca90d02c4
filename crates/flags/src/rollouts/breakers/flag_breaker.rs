//! The breaker of one flag, and what is known of it beside its state: what it has written, what it has told.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
};

use flags_control::{Action, BreakerState, Control, ControlState, Slot, Target};
use flags_core::Timestamp;
use flags_rollout::breaker::{BreakerEvent, BreakerOptions, BreakerPhase, SharedBreaker};

use super::{
    step::{Hold, Written},
    thread::Bell,
};

/// The breaker of one flag.
#[derive(Debug)]
pub(in crate::rollouts) struct FlagBreaker {
    key: Box<str>,
    machine: SharedBreaker,
    bell: Arc<Bell>,
    /// A run would try the flag out, and this client does not have its breaker.
    wanted: AtomicBool,
    /// Whether another process could have the breaker that this one has opened.
    released: AtomicBool,
    /// For those who look at it: whether this client has it, and why its control cannot be written.
    shown: Mutex<(bool, Option<Box<str>>)>,
    /// Changes of state since the client began, by the state after them.
    transitions: [AtomicU64; BreakerPhase::ALL.len()],
    /// What this client has written of it, if it has the breaker.
    written: Mutex<Option<Written>>,
    hold: Mutex<Hold>,
}

impl FlagBreaker {
    pub(super) fn new(key: &str, options: BreakerOptions, bell: &Arc<Bell>) -> Self {
        let ring = Arc::clone(bell);
        Self {
            key: key.into(),
            machine: SharedBreaker::watched(options, move || ring.ring()),
            bell: Arc::clone(bell),
            wanted: AtomicBool::new(false),
            released: AtomicBool::new(false),
            shown: Mutex::default(),
            transitions: Default::default(),
            written: Mutex::default(),
            hold: Mutex::default(),
        }
    }

    pub(in crate::rollouts) fn key(&self) -> &str {
        &self.key
    }

    pub(super) fn machine(&self) -> &SharedBreaker {
        &self.machine
    }

    /// What this client has written of it, if it has the breaker.
    pub(super) fn written(&self) -> Option<Written> {
        *self.locked_written()
    }

    pub(super) fn set_written(&self, written: Option<Written>) {
        *self.locked_written() = written;
    }

    fn locked_written(&self) -> MutexGuard<'_, Option<Written>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For whoever looks.
    pub(super) fn hold(&self) -> MutexGuard<'_, Hold> {
        // Plain data, replaced field by field.
        self.hold.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has those see it who look at it without waiting for what is being written.
    pub(super) fn show(&self, hold: &Hold) {
        let is_own = self.written().is_some() || hold.trouble.is_some();
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = (is_own, hold.trouble.clone());
    }

    /// Whether this client has it, and why its control cannot be written.
    pub(super) fn shown(&self) -> (bool, Option<Box<str>>) {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether another process could have the breaker that this one has opened: nothing is tried here before it is asked.
    pub(super) fn is_released(&self) -> bool {
        self.released.load(Relaxed)
    }

    pub(super) fn set_released(&self, released: bool) {
        self.released.store(released, Relaxed);
    }

    /// Goes by these options, if they are others.
    pub(super) fn follow_options(&self, options: BreakerOptions) {
        if self.machine.options() != options {
            self.machine.set_options(options);
        }
    }

    /// Holds it if a person does, lets go of it if nobody does any more, and closes it if somebody has taken back what was
    /// written.
    pub(super) fn follow(&self, controls: &ControlState, now: Timestamp) {
        match self.control(controls, now).map(|control| control.action) {
            Some(Action::Breaker(BreakerState::ForcedOpen)) => {
                self.set_written(None);
                self.machine.force_open(now);
            }
            Some(Action::Breaker(BreakerState::ForcedClosed)) => {
                self.set_written(None);
                self.machine.force_closed(now);
            }
            Some(_) => self.machine.release_force(now),
            None => {
                self.machine.release_force(now);
                let mut written = self.locked_written();
                if written.is_some_and(|written| now < written.expires_at) {
                    *written = None;
                    self.machine.stand_down();
                }
            }
        }
    }

    /// The control of the breaker that is in force.
    pub(super) fn control(&self, controls: &ControlState, now: Timestamp) -> Option<Control> {
        controls.in_force(&self.target()?, &Slot::Breaker, now).cloned()
    }

    /// `None` for a key that no control can have, which no definition has.
    pub(super) fn target(&self) -> Option<Target> {
        Target::flag(&self.key).ok()
    }

    /// Whether it is news that a run would try the flag out.
    pub(super) fn may_be_wanted(&self) -> bool {
        !self.wanted.load(Relaxed)
    }

    /// A run would try the flag out.
    pub(super) fn want(&self) {
        if !self.wanted.swap(true, Relaxed) {
            self.bell.ring();
        }
    }

    pub(super) fn is_wanted(&self) -> bool {
        self.wanted.load(Relaxed)
    }

    /// Whoever wants it from now on says so once more.
    pub(super) fn forget_wanted(&self) {
        self.wanted.store(false, Relaxed);
    }

    pub(super) fn count(&self, event: &BreakerEvent) {
        if let Some(count) = BreakerPhase::ALL.iter().position(|phase| *phase == event.to) {
            self.transitions[count].fetch_add(1, Relaxed);
        }
    }

    /// Changes of state since the client began, by the state after them.
    pub(super) fn transitions(&self) -> impl Iterator<Item = (BreakerPhase, u64)> + '_ {
        BreakerPhase::ALL.into_iter().zip(self.transitions.iter().map(|count| count.load(Relaxed)))
    }
}
