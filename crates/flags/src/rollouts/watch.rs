//! Which flags of a set are watched, and the path of one run: decided, under way, told how it ended.

use std::{sync::Arc, time::Duration};

use flags_core::{Attributes, FlagId, Outcome};

use super::{
    arms::{Arm, Armed, FlagArms},
    breakers::{Pass, WatchedBreaker},
};
use crate::live::Live;

/// The flags of one set that are watched. Empty where there is no plan and no breaker, which is all that a run asks then.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    /// By their places in the set, rising.
    flags: Arc<[Watched]>,
}

/// What is watched of one flag.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) flag: FlagId,
    /// The arms of its rollout, if it has a plan.
    pub(super) armed: Option<Armed>,
    /// Its breaker, if it has one.
    pub(super) breaker: Option<WatchedBreaker>,
}

impl Watch {
    /// Watches nothing.
    #[cfg(feature = "testing")]
    pub(crate) fn none() -> Self {
        Self { flags: Arc::new([]) }
    }

    pub(super) fn new(mut flags: Vec<Watched>) -> Self {
        flags.sort_by_key(|watched| watched.flag.index());
        Self { flags: flags.into() }
    }

    /// What is watched of a run with that outcome, and the outcome itself, which a breaker may turn off.
    #[inline]
    pub(crate) fn look<C: Attributes + ?Sized>(
        &self,
        live: &Live,
        outcome: Outcome,
        context: &C,
    ) -> (Outcome, Watching) {
        if self.flags.is_empty() { (outcome, Watching::NOTHING) } else { self.look_closely(live, outcome, context) }
    }

    /// Out of line: most runs are of clients that watch nothing.
    #[inline(never)]
    fn look_closely<C: Attributes + ?Sized>(&self, live: &Live, outcome: Outcome, context: &C) -> (Outcome, Watching) {
        let found = outcome.flag().and_then(|flag| {
            let place = self.flags.binary_search_by_key(&flag.index(), |watched| watched.flag.index()).ok()?;
            self.flags.get(place)
        });
        let Some(watched) = found else { return (outcome, Watching::NOTHING) };
        let (admitted, pass) = match &watched.breaker {
            Some(breaker) => breaker.admit(live, outcome, &context),
            None => (outcome, Pass::NONE),
        };
        // The rollout compares those it has let in itself: not a trial, nor one that the breaker has kept out.
        let armed = watched.armed.as_ref().filter(|_| admitted.cause() == outcome.cause());
        let arm = armed.and_then(|armed| {
            let arm = armed.arm(live, outcome)?;
            live.set.with_unit(watched.flag, context, |unit| armed.meet(unit, arm));
            Some((Arc::clone(armed.counts()), arm))
        });
        (admitted, Watching { arm, pass })
    }
}

/// What is watched of a run that was decided. Dropped like that, no run took place.
#[derive(Debug)]
pub(crate) struct Watching {
    arm: Option<(Arc<FlagArms>, Arm)>,
    pass: Pass,
}

impl Watching {
    const NOTHING: Self = Self { arm: None, pass: Pass::NONE };

    /// The run begins.
    #[inline]
    pub(crate) fn start(&mut self) -> WatchedRun {
        let Self { arm, pass } = std::mem::replace(self, Self::NOTHING);
        WatchedRun { arm, pass }
    }
}

/// A run that is under way. Whoever drops it has told how it ended before.
#[derive(Debug)]
pub(crate) struct WatchedRun {
    arm: Option<(Arc<FlagArms>, Arm)>,
    pass: Pass,
}

impl WatchedRun {
    /// Nothing is watched of it.
    pub(crate) const NONE: Self = Self { arm: None, pass: Pass::NONE };

    /// Whether anybody wants to know how it ends, and has not been told yet.
    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        self.arm.is_some() || self.pass.is_open()
    }

    /// The run has ended. A success is slow if it took longer than `slow_after`.
    pub(crate) fn end(&mut self, succeeded: bool, elapsed: Duration, slow_after: Duration) {
        if let Some((counts, arm)) = self.arm.take() {
            counts.record(arm, succeeded, elapsed, slow_after);
        }
        std::mem::replace(&mut self.pass, Pass::NONE).record(succeeded);
    }

    /// The run says nothing.
    pub(crate) fn discard(&mut self) {
        *self = Self::NONE;
    }
}
