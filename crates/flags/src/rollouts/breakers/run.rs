//! What a run has to do with the circuit breaker of its flag: asked before it, told after it.

use std::{fmt, sync::Arc};

use flags_core::{Attributes, Cause, FlagId, Outcome};
use flags_rollout::breaker::Permit;

use super::FlagBreaker;
use crate::live::{Live, SharedClock};

/// The breaker of one flag, as the runs of one set see it.
#[derive(Debug)]
pub(in crate::rollouts) struct WatchedBreaker {
    pub(in crate::rollouts) flag: FlagId,
    pub(in crate::rollouts) breaker: Arc<FlagBreaker>,
}

impl WatchedBreaker {
    /// What becomes of a run with that outcome, and on which pass it goes ahead. The outcome is another one where the breaker
    /// refuses a run before its control is in force, and where a run tries it out.
    #[inline]
    pub(in crate::rollouts) fn admit(
        &self,
        live: &Live,
        outcome: Outcome,
        context: &dyn Attributes,
    ) -> (Outcome, Pass) {
        match outcome.cause() {
            // What an operator serves by an override comes before the breaker: it is neither counted nor refused.
            Cause::Override => (outcome, Pass::NONE),
            Cause::Breaker => self.try_out(live, outcome, context),
            _ if !outcome.is_on() => (outcome, Pass::NONE),
            _ => match self.breaker.machine().admit_free() {
                Some(permit) => (outcome, Pass::new(permit, live)),
                None => self.admit_otherwise(live, outcome),
            },
        }
    }

    /// Of a breaker that is not closed, while no control says so: it is not written yet, cannot be, or has expired.
    #[cold]
    fn admit_otherwise(&self, live: &Live, outcome: Outcome) -> (Outcome, Pass) {
        let permit = if self.breaker.is_released() {
            self.breaker.want();
            None
        } else {
            self.breaker.machine().admit(live.clock.now())
        };
        match permit {
            Some(permit) => (outcome, Pass::new(permit, live)),
            None => (live.set.off_by_breaker(self.flag), Pass::NONE),
        }
    }

    /// Decides a run anew that is off for nothing but the breaker, if there may be a trial.
    #[cold]
    fn try_out(&self, live: &Live, outcome: Outcome, context: &dyn Attributes) -> (Outcome, Pass) {
        let now = live.clock.now();
        let is_own = !self.breaker.is_released() && self.breaker.machine().may_try(now);
        if !is_own && !self.breaker.may_be_wanted() {
            return (outcome, Pass::NONE);
        }
        // First, so that a unit which is off anyway takes no permit and does not begin the time of the trials.
        let tried = live.set.decide_despite_breaker(self.flag, context, &*live.clock);
        if !tried.is_on() {
            return (outcome, Pass::NONE);
        }
        if !is_own {
            self.breaker.want();
            return (outcome, Pass::NONE);
        }
        match self.breaker.machine().try_out(now) {
            Some(permit) => {
                live.expose(&context, tried, &*live.clock);
                (tried, Pass::new(permit, live))
            }
            None => (outcome, Pass::NONE),
        }
    }
}

/// The right of a run to go ahead. Dropped without an outcome it comes back.
pub(in crate::rollouts) struct Pass(Option<(Permit, SharedClock)>);

impl Pass {
    /// Nobody asks.
    pub(in crate::rollouts) const NONE: Self = Self(None);

    fn new(permit: Permit, live: &Live) -> Self {
        Self(Some((permit, Arc::clone(&live.clock))))
    }

    /// Whether the breaker waits for the outcome.
    #[inline]
    pub(in crate::rollouts) fn is_open(&self) -> bool {
        self.0.is_some()
    }

    /// Tells the breaker how the run has ended.
    pub(in crate::rollouts) fn record(self, succeeded: bool) {
        if let Some((permit, clock)) = self.0 {
            permit.record(succeeded, clock.now());
        }
    }
}

impl fmt::Debug for Pass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pass").field(&self.0.as_ref().map(|(permit, _)| permit)).finish()
    }
}
