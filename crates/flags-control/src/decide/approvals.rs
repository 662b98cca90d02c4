//! What takes two: proposals and their approval, rejection and withdrawal, and the confirmation of what was urgent.

use super::{Asked, Decision, MAX_PROPOSALS, Parts, Urgency, changed, changes::Source, check, later, next};
use crate::{Change, Control, Proposal, Receipt, Refusal, Revision, Standing, Target};

impl Asked<'_> {
    /// Keeps the change as a proposal.
    pub(super) fn propose(&self, change: &Change) -> Result<Decision, Refusal> {
        check(change, self.by.now)?;
        self.respect_persons(change)?;
        if self.is_so_already(change) {
            return Ok(Decision::Unchanged);
        }
        let count = self.state.proposals().len();
        if MAX_PROPOSALS <= count {
            return Err(Refusal::TooManyProposals { count });
        }
        let proposal = Proposal {
            id: self.state.revision.next(),
            change: change.clone(),
            author: self.by.actor.clone(),
            origin: self.by.origin,
            reason: self.by.reason.map(Into::into),
            at: self.by.now,
            expires_at: later(self.by.now, self.rules.proposal_lifetime),
            base: self.base(change),
        };
        self.check_text(proposal.text_bytes(), 1)?;
        let proposals = [proposal.clone()];
        let receipt = Receipt::Proposed { revision: proposal.id, proposal };
        let parts = (Parts::NONE, Parts::proposals(&proposals));
        Ok(changed(next(self.state, self.by, ("propose", change.target()), parts), receipt, Urgency::Ordinary))
    }

    /// Makes a proposed change, or confirms the control of that number.
    pub(super) fn approve(&self, id: Revision) -> Result<Decision, Refusal> {
        self.expect_person()?;
        let Some(proposal) = self.state.proposal(id) else { return self.confirm_number(id) };
        if proposal.is_expired(self.by.now) {
            return Err(Refusal::ProposalExpired { id, expired_at: proposal.expires_at });
        }
        if proposal.author == *self.by.actor {
            return Err(Refusal::OwnProposal { id, actor: self.by.actor.clone() });
        }
        check(&proposal.change, self.by.now)?;
        self.check_base(proposal)?;
        let standing = Standing::Confirmed { by: self.by.actor.clone(), at: self.by.now };
        let (author, origin) = (&proposal.author, proposal.origin);
        let made =
            self.make(&proposal.change, Source { author, origin, reason: proposal.reason.as_deref(), standing })?;
        let revision = self.state.revision.next();
        let receipt = match &*made.laid {
            [control] => Receipt::Applied { revision, control: control.clone() },
            _ => Receipt::Cleared { revision, controls: made.lifted.clone() },
        };
        let before = Parts { controls: &made.lifted, proposals: std::slice::from_ref(proposal) };
        let parts = (before, Parts::controls(&made.laid));
        Ok(changed(next(self.state, self.by, ("approve", proposal.change.target()), parts), receipt, Urgency::Ordinary))
    }

    /// Drops a proposal: its author withdraws it, others reject it.
    pub(super) fn close(&self, id: Revision, withdraw: bool) -> Result<Decision, Refusal> {
        let proposal = self.state.proposal(id).ok_or(Refusal::UnknownNumber { id })?;
        let is_own = proposal.author == *self.by.actor;
        if withdraw && !is_own {
            return Err(Refusal::NotTheAuthor { id, author: proposal.author.clone() });
        }
        if !is_own {
            self.expect_person()?;
        }
        let revision = self.state.revision.next();
        let receipt = Receipt::Closed { revision, proposal: proposal.clone(), withdrawn: is_own };
        let parts = (Parts::proposals(std::slice::from_ref(proposal)), Parts::NONE);
        let action = if is_own { "withdraw" } else { "reject" };
        Ok(changed(next(self.state, self.by, (action, proposal.change.target()), parts), receipt, Urgency::Ordinary))
    }

    /// Confirms all of a target that waits for it and is not this person's own.
    pub(super) fn confirm(&self, target: &Target) -> Result<Decision, Refusal> {
        self.expect_person()?;
        let confirmable = self.confirmable(target);
        if !confirmable.is_empty() {
            return Ok(self.confirm_all(&confirmable));
        }
        let waits = |control: &&Control| control.standing == Standing::Unconfirmed && control.is_in_force(self.by.now);
        Err(match self.state.of(target).find(waits) {
            Some(own) => self.own(own),
            None => Refusal::NothingToConfirm { target: target.clone() },
        })
    }

    /// Confirms controls of one target; there is at least one.
    pub(super) fn confirm_all(&self, controls: &[Control]) -> Decision {
        let standing = Standing::Confirmed { by: self.by.actor.clone(), at: self.by.now };
        let confirm = |control: &Control| Control { standing: standing.clone(), ..control.clone() };
        let confirmed: Vec<_> = controls.iter().map(confirm).collect();
        let Some(target) = controls.first().map(|control| &control.target) else { return Decision::Unchanged };
        let receipt = Receipt::Confirmed { revision: self.state.revision.next(), controls: confirmed.clone() };
        let parts = (Parts::controls(controls), Parts::controls(&confirmed));
        changed(next(self.state, self.by, ("confirm", target), parts), receipt, Urgency::Ordinary)
    }

    fn confirm_number(&self, id: Revision) -> Result<Decision, Refusal> {
        let waits = |control: &&Control| {
            control.id == id && control.standing == Standing::Unconfirmed && control.is_in_force(self.by.now)
        };
        let control = self.state.controls().find(waits).ok_or(Refusal::UnknownNumber { id })?;
        if !self.may_confirm(control) {
            return Err(self.own(control));
        }
        Ok(self.confirm_all(std::slice::from_ref(control)))
    }

    fn own(&self, control: &Control) -> Refusal {
        let (target, what) = (control.target.clone(), control.action.to_string().into());
        Refusal::OwnControl { target, what, actor: self.by.actor.clone() }
    }

    fn expect_person(&self) -> Result<(), Refusal> {
        if self.by.origin.is_automation() { Err(Refusal::NotAPerson { origin: self.by.origin }) } else { Ok(()) }
    }

    /// The numbers of the controls in force where a change is to go.
    fn base(&self, change: &Change) -> Vec<Revision> {
        self.touched(change).iter().map(|control| control.id).collect()
    }

    fn check_base(&self, proposal: &Proposal) -> Result<(), Refusal> {
        if self.base(&proposal.change) == proposal.base {
            return Ok(());
        }
        let words: Vec<_> = self.touched(&proposal.change).iter().map(ToString::to_string).collect();
        let now_there =
            if words.is_empty() { "what it was to replace is gone".into() } else { words.join(", ").into() };
        let target = proposal.change.target().clone();
        Err(Refusal::BaseChanged { id: proposal.id, target, now_there })
    }
}
