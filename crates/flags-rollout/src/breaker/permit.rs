//! A breaker that many threads use, and permits that come back by themselves.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use flags_core::Timestamp;

use super::{Admission, Breaker, BreakerEvent, BreakerOptions, BreakerState, Ticket};

/// A breaker that many threads use. Clones are one breaker.
#[derive(Clone, Debug)]
pub struct SharedBreaker {
    inner: Arc<Mutex<Breaker>>,
}

impl SharedBreaker {
    /// A closed breaker that has seen nothing.
    #[must_use]
    pub fn new(options: BreakerOptions) -> Self {
        Self { inner: Arc::new(Mutex::new(Breaker::new(options))) }
    }

    /// Asks whether a run may go ahead: a permit for it, or `None` while the flag is off.
    #[must_use]
    pub fn admit(&self, now: Timestamp) -> Option<Permit> {
        let ticket = match self.locked().admit(now) {
            Admission::Free => None,
            Admission::Trial(ticket) => Some(ticket),
            Admission::Refused => return None,
        };
        Some(Permit { breaker: self.clone(), ticket })
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> BreakerState {
        self.locked().state(now)
    }

    /// Opens it by hand, until [`SharedBreaker::release_force`].
    pub fn force_open(&self, now: Timestamp) {
        self.locked().force_open(now);
    }

    /// Closes it by hand, until [`SharedBreaker::release_force`].
    pub fn force_closed(&self, now: Timestamp) {
        self.locked().force_closed(now);
    }

    /// Lets it decide by itself again.
    pub fn release_force(&self, now: Timestamp) {
        self.locked().release_force(now);
    }

    /// The changes since this was last asked, in order.
    #[must_use]
    pub fn take_events(&self) -> Vec<BreakerEvent> {
        self.locked().take_events()
    }

    fn locked(&self) -> MutexGuard<'_, Breaker> {
        // Nothing under the lock panics; the numbers would be whole if it did.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to one run. Dropped without an outcome, as in a panic or when the run says nothing about the branch, it comes
/// back, so that a half-open breaker always has its permits.
#[must_use = "a permit that is dropped at once says that no run took place"]
#[derive(Debug)]
pub struct Permit {
    breaker: SharedBreaker,
    ticket: Option<Ticket>,
}

impl Permit {
    /// Tells how the run has ended.
    pub fn record(mut self, succeeded: bool, now: Timestamp) {
        match self.ticket.take() {
            Some(ticket) => self.breaker.locked().settle(ticket, succeeded, now),
            None => self.breaker.locked().record(succeeded, now),
        }
    }

    /// Whether it is a trial of a half-open breaker.
    #[must_use]
    pub fn is_trial(&self) -> bool {
        self.ticket.is_some()
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.breaker.locked().release(ticket);
        }
    }
}
