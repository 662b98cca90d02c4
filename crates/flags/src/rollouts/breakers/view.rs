//! A circuit breaker as a program tells of it.

use std::sync::Arc;

use flags_control::{Action, BreakerState, Control};
use flags_core::Timestamp;
use flags_rollout::breaker::{BreakerOptions, BreakerPhase, BreakerState as Machine};

use super::FlagBreaker;
use crate::{Flags, client::Inner};

/// The circuit breaker of a flag, as [`BreakerDesk`](super::BreakerDesk) tells of it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BreakerView {
    /// The key of its flag.
    pub flag: Box<str>,
    /// Where it stands, by this process or by the one that has it.
    pub phase: BreakerPhase,
    /// Whether this process has it: has switched the flag off, tries it out, and will close it. Of several on one state folder
    /// one does.
    pub is_own: bool,
    /// When an open one may be tried, and when a half-open one has to be decided, where it is this process's own.
    pub until: Option<Timestamp>,
    /// The failed runs among those that it looks at in this process: of its window while it is closed, of the trials while it
    /// is half open.
    pub errors: u64,
    /// All runs among those.
    pub runs: u64,
    /// When it opens, and how it is tried.
    pub options: BreakerOptions,
    /// The control that is in force: who holds it or has opened it, since when, why, and until when.
    pub control: Option<Control>,
    /// Why its control cannot be written, if that is so.
    pub trouble: Option<Box<str>>,
}

impl BreakerView {
    pub(super) fn of(inner: &Arc<Inner>, breaker: &FlagBreaker) -> Self {
        let now = Flags::from_inner(Arc::clone(inner)).now();
        let control = breaker.control(&inner.controls.state(), now);
        let machine = breaker.machine().state(now);
        let (is_own, trouble) = breaker.shown();
        let (until, (errors, runs)) = match machine {
            Machine::Open { until } => (Some(until), (0, 0)),
            Machine::HalfOpen { until, errors, ended, .. } => (Some(until), (u64::from(errors), u64::from(ended))),
            _ => (None, breaker.machine().counts(now)),
        };
        let written = control.as_ref().and_then(|control| match control.action {
            Action::Breaker(state) => Some(phase(state)),
            _ => None,
        });
        // What this process has not written yet is news; what another has written is where that one stands.
        let phase = match machine.phase() {
            BreakerPhase::Closed if !is_own => written.unwrap_or(BreakerPhase::Closed),
            own => own,
        };
        let options = breaker.machine().options();
        Self { flag: breaker.key().into(), phase, is_own, until, errors, runs, options, control, trouble }
    }
}

const fn phase(state: BreakerState) -> BreakerPhase {
    match state {
        BreakerState::Open => BreakerPhase::Open,
        BreakerState::HalfOpen => BreakerPhase::HalfOpen,
        BreakerState::ForcedOpen => BreakerPhase::ForcedOpen,
        BreakerState::ForcedClosed => BreakerPhase::ForcedClosed,
        // None is another at present; a flag with a control of its breaker is off unless it says otherwise.
        _ => BreakerPhase::Open,
    }
}
