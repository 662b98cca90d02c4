//! Changes made at once: set, revive, clear.

use super::{
    Asked, Decision, MAX_CONTROLS, MAX_TEXT_BYTES, Parts, Urgency, authority::Authority, changed, check, next,
};
use crate::{Action, Actor, BreakerState, Change, Control, Origin, Receipt, Refusal, Slot, Standing, Target};

impl Asked<'_> {
    /// Makes the change at once, or says why not.
    pub(super) fn change(&self, change: &Change) -> Result<Decision, Refusal> {
        check(change, self.by.now)?;
        if let Some(brake) = self.repeated_brake(change) {
            return Ok(self.confirm_all(&[brake]));
        }
        if self.is_so_already(change) {
            return Ok(Decision::Unchanged);
        }
        let authority = self.authority(change)?;
        let standing = match authority {
            Authority::Open => Standing::NotNeeded,
            Authority::Urgent => Standing::Unconfirmed,
            Authority::Agreed => match self.by.confirmed_by {
                Some(second) => Standing::Confirmed { by: second.clone(), at: self.by.now },
                None => Standing::Unconfirmed,
            },
        };
        let urgency = self.urgency(change);
        let source = Source { author: self.by.actor, origin: self.by.origin, reason: self.by.reason, standing };
        let made = self.make(change, source)?;
        let revision = self.state.revision.next();
        let receipt = match &*made.laid {
            [control] if authority == Authority::Urgent => Receipt::Unconfirmed { revision, control: control.clone() },
            [control] => Receipt::Applied { revision, control: control.clone() },
            _ => Receipt::Cleared { revision, controls: made.lifted.clone() },
        };
        let parts = (Parts::controls(&made.lifted), Parts::controls(&made.laid));
        Ok(changed(next(self.state, self.by, (change.name(), change.target()), parts), receipt, urgency))
    }

    /// Whether the change would make no difference to what is in force.
    pub(super) fn is_so_already(&self, change: &Change) -> bool {
        match change {
            Change::Set { target, action, expires_at } => self
                .state
                .in_force(target, &action.slot(), self.by.now)
                .is_some_and(|control| control.action == *action && control.expires_at == *expires_at),
            Change::Revive { .. } | Change::Clear { .. } => self.touched(change).is_empty(),
        }
    }

    /// The controls in force in the slots a change touches.
    pub(super) fn touched(&self, change: &Change) -> Vec<Control> {
        let is_touched = |control: &&Control| control.is_in_force(self.by.now) && change.touches(&control.slot());
        self.state.of(change.target()).filter(is_touched).cloned().collect()
    }

    /// The controls a change takes away and puts there.
    pub(super) fn make(&self, change: &Change, source: Source<'_>) -> Result<Made, Refusal> {
        let Change::Set { target, action, expires_at } = change else {
            return Ok(Made { lifted: self.touched(change), laid: vec![] });
        };
        let slot = action.slot();
        // What has expired in the slot and is not removed yet is replaced too, and says so.
        let former = self.state.control(target, &slot).cloned();
        let control = Control {
            id: self.state.revision.next(),
            target: target.clone(),
            action: action.clone(),
            author: source.author.clone(),
            origin: source.origin,
            reason: source.reason.map(Into::into),
            at: self.by.now,
            expires_at: *expires_at,
            standing: source.standing,
        };
        self.check_room(&slot, former.is_none(), control.text_bytes())?;
        Ok(Made { lifted: former.into_iter().collect(), laid: vec![control] })
    }

    /// Whether there is room for one more control in that slot, with texts of that length.
    fn check_room(&self, slot: &Slot, is_new: bool, bytes: usize) -> Result<(), Refusal> {
        let share = if *slot == Slot::Kill { 2 } else { 1 };
        let count = self.state.controls().len();
        if is_new && share * MAX_CONTROLS <= count {
            return Err(Refusal::TooManyControls { count });
        }
        self.check_text(bytes, share)
    }

    /// Whether there is room for texts of that length, in that many shares of what there is for them.
    pub(super) fn check_text(&self, bytes: usize, shares: usize) -> Result<(), Refusal> {
        let present = self.state.text_bytes();
        if shares * MAX_TEXT_BYTES < present + bytes { Err(Refusal::TooMuchText { bytes: present }) } else { Ok(()) }
    }

    /// How hard to try: a change that makes a flag serve fewer, and that one actor may make, is an emergency.
    fn urgency(&self, change: &Change) -> Urgency {
        let lowers = match change {
            Change::Set { action: Action::Kill | Action::Breaker(BreakerState::Open), .. } => true,
            Change::Set { action: Action::Percentage(_) | Action::Pause | Action::Stop, .. } => self.is_urgent(change),
            _ => false,
        };
        if lowers { Urgency::Emergency } else { Urgency::Ordinary }
    }

    /// The unconfirmed kill, pause or stop of another that a person asks for once more: who does has seen it and agrees.
    fn repeated_brake(&self, change: &Change) -> Option<Control> {
        let Change::Set { target, action, expires_at: None } = change else { return None };
        let is_repeated = |control: &Control| action.is_brake() && control.action == *action;
        self.confirmable(target).into_iter().find(is_repeated)
    }

    /// The unconfirmed controls of a target that this person may confirm.
    pub(super) fn confirmable(&self, target: &Target) -> Vec<Control> {
        let may = |control: &&Control| self.may_confirm(control);
        if self.by.origin.is_automation() { vec![] } else { self.state.of(target).filter(may).cloned().collect() }
    }

    pub(super) fn may_confirm(&self, control: &Control) -> bool {
        control.standing == Standing::Unconfirmed
            && control.is_in_force(self.by.now)
            && control.author != *self.by.actor
    }
}

/// Whose a new control is.
pub(super) struct Source<'a> {
    pub(super) author: &'a Actor,
    pub(super) origin: Origin,
    pub(super) reason: Option<&'a str>,
    pub(super) standing: Standing,
}

/// The controls a change takes away and puts there.
pub(super) struct Made {
    pub(super) lifted: Vec<Control>,
    pub(super) laid: Vec<Control>,
}
