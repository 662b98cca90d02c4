//! A breaker that many threads use, and permits that come back by themselves.

use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use flags_core::Timestamp;

use super::{Admission, Breaker, BreakerEvent, BreakerOptions, BreakerPhase, BreakerState, Ticket};

/// A breaker that many threads use. Clones are one breaker.
#[derive(Clone)]
pub struct SharedBreaker {
    inner: Arc<Inner>,
}

struct Inner {
    /// Whether every run may go ahead, so that none has to wait for another to be told so.
    lets_all_through: AtomicBool,
    machine: Mutex<Breaker>,
    on_change: Option<Box<dyn Fn() + Send + Sync>>,
}

impl SharedBreaker {
    /// A closed breaker that has seen nothing.
    #[must_use]
    pub fn new(options: BreakerOptions) -> Self {
        Self::of(options, None)
    }

    /// A closed breaker that has seen nothing, and calls `on_change` when its state is another than before.
    ///
    /// It is called on the thread that made the change, which may be one of a run: be quick, do not block, do not ask the
    /// breaker.
    #[must_use]
    pub fn watched(options: BreakerOptions, on_change: impl Fn() + Send + Sync + 'static) -> Self {
        Self::of(options, Some(Box::new(on_change)))
    }

    fn of(options: BreakerOptions, on_change: Option<Box<dyn Fn() + Send + Sync>>) -> Self {
        let inner =
            Inner { lets_all_through: AtomicBool::new(true), machine: Mutex::new(Breaker::new(options)), on_change };
        Self { inner: Arc::new(inner) }
    }

    /// Asks whether a run may go ahead: a permit for it, or `None` while the flag is off.
    #[must_use]
    pub fn admit(&self, now: Timestamp) -> Option<Permit> {
        if let Some(permit) = self.admit_free() {
            return Some(permit);
        }
        match self.change(|breaker| breaker.admit(now)) {
            Admission::Free => Some(self.permit(None)),
            Admission::Trial(ticket) => Some(self.permit(Some(ticket))),
            Admission::Refused => None,
        }
    }

    /// A permit if the breaker is closed, without a look at the clock and without waiting for anybody. Of one that is not,
    /// [`admit`](Self::admit) knows more.
    #[must_use]
    #[inline]
    pub fn admit_free(&self) -> Option<Permit> {
        self.inner.lets_all_through.load(Ordering::Acquire).then(|| self.permit(None))
    }

    /// Asks for a trial: a permit if the breaker is half open and has one left, or open with its cool-down over. A breaker that
    /// is closed has nothing to try.
    #[must_use]
    pub fn try_out(&self, now: Timestamp) -> Option<Permit> {
        let admission = self.change(|breaker| if breaker.may_try(now) { Some(breaker.admit(now)) } else { None });
        match admission {
            Some(Admission::Trial(ticket)) => Some(self.permit(Some(ticket))),
            _ => None,
        }
    }

    /// Whether [`try_out`](Self::try_out) would give a permit. This begins nothing.
    #[must_use]
    pub fn may_try(&self, now: Timestamp) -> bool {
        self.change(|breaker| breaker.may_try(now))
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> BreakerState {
        self.change(|breaker| breaker.state(now))
    }

    /// The errors and the runs it looks at while it is closed.
    #[must_use]
    pub fn counts(&self, now: Timestamp) -> (u64, u64) {
        self.change(|breaker| breaker.counts(now))
    }

    /// Opens it by hand, until [`SharedBreaker::release_force`].
    pub fn force_open(&self, now: Timestamp) {
        self.change(|breaker| breaker.force_open(now));
    }

    /// Closes it by hand, until [`SharedBreaker::release_force`].
    pub fn force_closed(&self, now: Timestamp) {
        self.change(|breaker| breaker.force_closed(now));
    }

    /// Lets it decide by itself again.
    pub fn release_force(&self, now: Timestamp) {
        self.change(|breaker| breaker.release_force(now));
    }

    /// Opens it because it was open elsewhere; see [`Breaker::take_over`].
    pub fn take_over(&self, until: Timestamp, now: Timestamp) {
        self.change(|breaker| breaker.take_over(until, now));
    }

    /// Closes it because another breaker decides for the flag; see [`Breaker::stand_down`].
    pub fn stand_down(&self) {
        self.change(Breaker::stand_down);
    }

    /// Goes on by other options; see [`Breaker::set_options`].
    pub fn set_options(&self, options: BreakerOptions) {
        self.change(|breaker| breaker.set_options(options));
    }

    /// The options it goes by.
    #[must_use]
    pub fn options(&self) -> BreakerOptions {
        *self.locked().options()
    }

    /// The changes since this was last asked, in order.
    #[must_use]
    pub fn take_events(&self) -> Vec<BreakerEvent> {
        self.locked().take_events()
    }

    fn permit(&self, ticket: Option<Ticket>) -> Permit {
        Permit { breaker: self.clone(), ticket }
    }

    /// Does something to the machine, and tells who listens if its state is another afterwards.
    fn change<R>(&self, change: impl FnOnce(&mut Breaker) -> R) -> R {
        let mut machine = self.locked();
        let before = machine.phase();
        let result = change(&mut machine);
        let after = machine.phase();
        if before != after {
            let lets_all_through = matches!(after, BreakerPhase::Closed | BreakerPhase::ForcedClosed);
            self.inner.lets_all_through.store(lets_all_through, Ordering::Release);
        }
        drop(machine);
        if before != after
            && let Some(on_change) = &self.inner.on_change
        {
            on_change();
        }
        result
    }

    fn locked(&self) -> MutexGuard<'_, Breaker> {
        // Nothing under the lock panics; the numbers would be whole if it did.
        self.inner.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for SharedBreaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedBreaker").field("machine", &*self.locked()).finish_non_exhaustive()
    }
}

/// The right to one run. Dropped without an outcome, as when the run says nothing about the branch, it comes back, so that a
/// half-open breaker always has its permits.
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
            Some(ticket) => self.breaker.change(|breaker| breaker.settle(ticket, succeeded, now)),
            None => self.breaker.change(|breaker| breaker.record(succeeded, now)),
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
            self.breaker.change(|breaker| breaker.release(ticket));
        }
    }
}
