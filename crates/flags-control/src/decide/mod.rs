//! What a request comes to: a function of the state, the request, the protection of its target and the instant.
//!
//! | asked | of an open target | of a protected one |
//! | --- | --- | --- |
//! | kill | at once | at once, unconfirmed until a second person confirms it |
//! | the breaker opens, half opens or closes (origin `breaker`) | at once | at once, unconfirmed |
//! | pause or stop an experiment, without an expiry | at once | at once, unconfirmed |
//! | a rollout goes back (origin `rollout`): to 0 %, or to less than the control in force, without an expiry | at once | at once, unconfirmed |
//! | the percentage, or override, of a rollout or migration (origin `rollout`) that two people have started | at once | at once, confirmed by the second of them |
//! | anything else | at once | only as a proposal that somebody else approves |
//!
//! An experiment is protected if it serves variants of a flag that is. To pause or stop it is its emergency brake: everybody
//! is back to what the definitions say, which is more than a kill of the flag leaves of it.
//!
//! What automation may do to a protected target alone makes it serve fewer, or gives back what the same breaker took. It
//! never moves a breaker that a person holds, and never revives what a person killed. To an experiment it does nothing, but
//! that the experiment's own analysis (origin `experiment`) declares a winner, unless a person has held or decided it. A
//! proposal may come from automation; only a person approves it.

mod approvals;
mod authority;
mod changes;
mod expiry;

use std::time::Duration;

use flags_core::Timestamp;

pub use self::expiry::expire;
use crate::{
    Action, Actor, Change, Command, Control, ControlState, MAX_REASON_CHARS, Origin, Proposal, Protection, Receipt,
    Refusal, Request, Target, audit::Draft, wire::Pieces,
};

/// The most controls there may be. Kills may be as many again, so that a full list never keeps a flag alive.
pub const MAX_CONTROLS: usize = 4_000;

/// The most bytes that the names and reasons of all controls and proposals may have together. Kills may take as many again.
///
/// With [`MAX_CONTROLS`] and [`MAX_PROPOSALS`] it keeps the whole state below the length of an entry of the audit log.
pub const MAX_TEXT_BYTES: usize = 2 << 20;

/// The most proposals that may wait at a time.
pub const MAX_PROPOSALS: usize = 1_000;

/// How long a proposal may be approved, unless [`Rules`] say otherwise.
pub const DEFAULT_PROPOSAL_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// The last instant that RFC 3339 can write, 9999-12-31T23:59:59Z.
const LAST_INSTANT: Timestamp = Timestamp::from_millis(253_402_300_799_000);

/// What an operator may choose about decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How long after it was made a proposal may be approved.
    pub proposal_lifetime: Duration,
}

impl Default for Rules {
    fn default() -> Self {
        Self { proposal_lifetime: DEFAULT_PROPOSAL_LIFETIME }
    }
}

/// What a request comes to.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Decision {
    /// Everything is so already.
    Unchanged,
    /// The next state.
    Changed(Box<Changed>),
}

/// The next state and what is to be said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// The state, with the entry it owes the audit log in its outbox.
    pub state: ControlState,
    /// What the asker gets to know, once the state is stored and its entry recorded.
    pub receipt: Receipt,
    /// How hard to try.
    pub urgency: Urgency,
}

/// How hard to try to store a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Urgency {
    /// As usual: where there is not enough room to do it well, it is not done.
    Ordinary,
    /// It makes a flag serve fewer, or holds an experiment, and may be what saves the day: the last reserves are given up for it.
    Emergency,
}

/// Decides a request.
///
/// # Errors
///
/// When the request is not accepted.
pub fn decide(
    state: &ControlState,
    request: &Request,
    protection: &dyn Fn(&Target) -> Protection,
    rules: &Rules,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    // A reason is shown on one line of a terminal; what would move its cursor is not part of the words.
    let reason = request.reason.as_ref().map(|reason| reason.replace(char::is_control, " "));
    if reason.as_ref().is_some_and(|reason| MAX_REASON_CHARS < reason.chars().count()) {
        return Err(Refusal::ReasonTooLong);
    }
    let by = By {
        actor: &request.actor,
        origin: request.origin,
        reason: reason.as_deref(),
        confirmed_by: request.confirmed_by.as_ref(),
        now: writable(now),
    };
    let asked = Asked { state, by, protection, rules };
    match &request.command {
        Command::Change(change) => asked.change(change),
        Command::Propose(change) => asked.propose(change),
        Command::Approve(id) => asked.approve(*id),
        Command::Reject(id) => asked.close(*id, false),
        Command::Withdraw(id) => asked.close(*id, true),
        Command::Confirm(target) => asked.confirm(target),
    }
}

/// A request under decision.
struct Asked<'a> {
    state: &'a ControlState,
    by: By<'a>,
    protection: &'a dyn Fn(&Target) -> Protection,
    rules: &'a Rules,
}

/// Who does something, by which way, why and when.
#[derive(Clone, Copy)]
struct By<'a> {
    actor: &'a Actor,
    origin: Origin,
    reason: Option<&'a str>,
    confirmed_by: Option<&'a Actor>,
    now: Timestamp,
}

/// The next state: what is before is lifted, what is after is laid, and the outbox says so.
fn next(
    state: &ControlState,
    by: By<'_>,
    (action, target): (&str, &Target),
    (before, after): (Parts<'_>, Parts<'_>),
) -> ControlState {
    let mut state = state.clone();
    state.revision = state.revision.next();
    before.controls.iter().for_each(|control| state.lift(control));
    before.proposals.iter().for_each(|proposal| {
        state.proposals.remove(&proposal.id);
    });
    after.controls.iter().for_each(|control| state.lay(control.clone()));
    state.proposals.extend(after.proposals.iter().map(|proposal| (proposal.id, proposal.clone())));
    state.outbox = Some(Draft {
        at: by.now,
        actor: by.actor.clone(),
        origin: by.origin,
        action: action.into(),
        target: Some(target.name_in_log().into()),
        reason: by.reason.map(Into::into),
        before: Pieces::of(before.controls, before.proposals),
        after: Pieces::of(after.controls, after.proposals),
        revision: Some(state.revision.get()),
    });
    state
}

/// The decision for a next state.
fn changed(state: ControlState, receipt: Receipt, urgency: Urgency) -> Decision {
    Decision::Changed(Box::new(Changed { state, receipt, urgency }))
}

/// What a change takes away, or puts there.
#[derive(Clone, Copy)]
struct Parts<'a> {
    controls: &'a [Control],
    proposals: &'a [Proposal],
}

impl<'a> Parts<'a> {
    const NONE: Self = Self { controls: &[], proposals: &[] };

    const fn controls(controls: &'a [Control]) -> Self {
        Self { controls, proposals: &[] }
    }

    const fn proposals(proposals: &'a [Proposal]) -> Self {
        Self { controls: &[], proposals }
    }
}

/// The nearest instant that can be written, for a clock that is out of its mind.
fn writable(now: Timestamp) -> Timestamp {
    now.clamp(Timestamp::from_micros(-62_167_219_200_000_000), LAST_INSTANT)
}

/// That far after `now`, or as far as can be written.
fn later(now: Timestamp, by: Duration) -> Timestamp {
    let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
    writable(Timestamp::from_micros(now.as_micros().saturating_add(by)))
}

/// Checks what a change says by itself, whoever asks for it.
fn check(change: &Change, now: Timestamp) -> Result<(), Refusal> {
    let Change::Set { target, action, expires_at } = change else { return Ok(()) };
    if !action.suits(target) {
        return Err(Refusal::WrongTarget { target: target.clone(), action: action.kind() });
    }
    if let Some(what) = action.unfit_name() {
        return Err(Refusal::UnfitName { what });
    }
    match *action {
        Action::Extend { end } if end <= now => return Err(Refusal::EndInThePast { target: target.clone(), end, now }),
        Action::Extend { end } if LAST_INSTANT < end => return Err(Refusal::EndTooFar { target: target.clone() }),
        _ => {}
    }
    match *expires_at {
        Some(_) if *action == Action::Kill => Err(Refusal::KillNeverExpires { target: target.clone() }),
        Some(_) if !action.may_expire() => Err(Refusal::NeverExpires { target: target.clone(), action: action.kind() }),
        Some(expires_at) if expires_at <= now => Err(Refusal::AlreadyExpired { expires_at, now }),
        Some(expires_at) if LAST_INSTANT < expires_at => Err(Refusal::ExpiryTooFar),
        _ => Ok(()),
    }
}
