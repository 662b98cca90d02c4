//! What has expired is taken out, with an entry for each.

use flags_core::Timestamp;

use super::{By, Changed, Parts, Urgency, next, writable};
use crate::{Actor, ControlState, Origin, Receipt};

/// Takes out one control or proposal that has expired at `now`; `None` when nothing has.
///
/// What has expired is out of force before anybody takes it out. This makes it known: each gets an entry of its own.
#[must_use]
pub fn expire(state: &ControlState, actor: &Actor, now: Timestamp) -> Option<Changed> {
    let by = By { actor, origin: Origin::System, reason: None, confirmed_by: None, now: writable(now) };
    let revision = state.revision.next();
    let (next, receipt) = if let Some(control) = state.controls().find(|control| !control.is_in_force(now)) {
        let parts = (Parts::controls(std::slice::from_ref(control)), Parts::NONE);
        let receipt = Receipt::ControlExpired { revision, control: control.clone() };
        (next(state, by, ("expire", &control.target), parts), receipt)
    } else {
        let proposal = state.proposals().find(|proposal| proposal.is_expired(now))?;
        let parts = (Parts::proposals(std::slice::from_ref(proposal)), Parts::NONE);
        let receipt = Receipt::ProposalExpired { revision, proposal: proposal.clone() };
        (next(state, by, ("proposal_expired", proposal.change.target()), parts), receipt)
    };
    Some(Changed { state: next, receipt, urgency: Urgency::Ordinary })
}
