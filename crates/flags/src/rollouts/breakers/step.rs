//! What is to be done about the control of a breaker: a function of where the breaker stands, what has been written, what is in
//! force, and the time.

use std::time::Duration;

use flags_control::{Action, BreakerState, Control, FolderLock, Revision};
use flags_core::Timestamp;
use flags_rollout::breaker::BreakerState as Machine;

/// How long the control of a breaker is in force after it was last written. It is written again when half of that is over, so
/// a flag stays off that long after the process that switched it off has ended, and no other has taken over.
pub(super) const LEASE: Duration = Duration::from_secs(5 * 60);

/// What a client has to do with the control of a breaker, beside what it has written.
#[derive(Debug, Default)]
pub(super) struct Hold {
    /// Shows other processes that this one has the breaker, where they can see it.
    pub(super) claim: Option<FolderLock>,
    /// Why it last changed its state, in words.
    pub(super) because: Box<str>,
    /// When the control could not be written: not before this again.
    pub(super) not_before: Option<Timestamp>,
    /// When another process had the breaker that a run wanted: it is asked again at this instant, if a run still does.
    pub(super) ask_again: Option<Timestamp>,
    /// Whether it was alerted that the breaker is open.
    pub(super) has_alerted: bool,
    /// Why the control could not be written, as last told.
    pub(super) trouble: Option<Box<str>>,
}

/// A control that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) id: Revision,
    pub(super) state: BreakerState,
    pub(super) expires_at: Timestamp,
}

/// How a breaker and its control stand, for the one who decides what is to be done.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing<'c> {
    pub(super) machine: Machine,
    /// What this client has written.
    pub(super) written: Option<Written>,
    /// Whether another process could have the breaker by now: this one has let go of its claim for want of runs.
    pub(super) is_released: bool,
    /// The control that is in force.
    pub(super) control: Option<&'c Control>,
    /// A run would try the flag out, and this client does not have the breaker.
    pub(super) is_wanted: bool,
    pub(super) now: Timestamp,
}

/// What is to be done about the control of a breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing.
    Rest,
    /// Write the state, as the one who has the breaker.
    Write(BreakerState),
    /// Become the one who has the breaker, then write; if another has it, stand down.
    Claim,
    /// Become the one who has the breaker if nobody else does, and go on where that one was.
    TakeOver,
    /// Take back what was written, and let go of the breaker.
    Clear,
    /// Let another have the breaker who has runs to try it with; what was written stays until it expires.
    Release,
    /// What was written has expired and is not needed: the next run tries the flag out.
    Lapse,
    /// Let go of the breaker, since a person holds it.
    LetGo,
    /// Let go of the breaker and forget what was seen, since somebody else has decided.
    StandDown,
}

impl Standing<'_> {
    /// What is to be done.
    pub(super) fn step(self) -> Step {
        let state = match self.machine {
            Machine::Open { .. } => Some(BreakerState::Open),
            Machine::HalfOpen { .. } => Some(BreakerState::HalfOpen),
            _ => None,
        };
        let is_idle = is_idle(self.machine, self.now);
        let is_forced = |control: &Control| matches!(control.action, Action::Breaker(state) if state.is_forced());
        match (self.written, self.control) {
            (Some(_), Some(control)) if is_forced(control) => Step::LetGo,
            (None, Some(control)) if is_forced(control) => Step::Rest,
            (Some(written), Some(control)) if control.id == written.id => match state {
                None => Step::Clear,
                Some(_) if self.is_released => {
                    if self.is_wanted {
                        Step::Claim
                    } else {
                        Step::Rest
                    }
                }
                Some(state) if state != written.state => Step::Write(state),
                Some(_) if self.now < renewal(written.expires_at) => Step::Rest,
                Some(_) if is_idle => Step::Release,
                Some(state) => Step::Write(state),
            },
            // Another has written in its place, or somebody has taken it back.
            (Some(_), Some(_)) => Step::StandDown,
            (Some(written), None) if self.now < written.expires_at => Step::StandDown,
            // It has expired: no run has come, or this process was held up.
            (Some(_), None) => match state {
                None => Step::LetGo,
                Some(_) if is_idle && !self.is_wanted => Step::Lapse,
                Some(_) => Step::Claim,
            },
            (None, Some(_)) if is_idle => Step::StandDown,
            (None, Some(_)) if state.is_some() => Step::Claim,
            (None, Some(_)) if self.is_wanted => Step::TakeOver,
            (None, None) if state.is_some() && (self.is_wanted || !is_idle) => Step::Claim,
            (None, _) => Step::Rest,
        }
    }
}

/// Whether no run has come since the breaker may be tried: then there is no reason to keep others from it.
fn is_idle(machine: Machine, now: Timestamp) -> bool {
    matches!(machine, Machine::Open { until } if until <= now)
}

/// When a control that expires then is to be written again.
fn renewal(expires_at: Timestamp) -> Timestamp {
    let half = i64::try_from(LEASE.as_micros() / 2).unwrap_or(i64::MAX);
    Timestamp::from_micros(expires_at.as_micros().saturating_sub(half))
}

/// The next instant at which there may be something to do, beside what the bell tells of.
pub(super) fn due(machine: Machine, written: Option<Written>, hold: &Hold, now: Timestamp) -> Option<Timestamp> {
    if hold.not_before.is_some() {
        return hold.not_before;
    }
    let decided = match machine {
        Machine::HalfOpen { until, .. } => Some(until),
        _ => None,
    };
    let written = written.map(|written| written.expires_at);
    [decided, written.map(renewal), written, hold.ask_again].into_iter().flatten().filter(|due| now < *due).min()
}
