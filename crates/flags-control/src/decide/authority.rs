//! Whether who asks may make a change alone.

use flags_core::Percentage;

use super::Asked;
use crate::{Action, BreakerState, Change, Control, Origin, Protection, Refusal, Slot, Standing, Target};

/// On what grounds a change is made at once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Authority {
    /// The target is open.
    Open,
    /// The target is protected, and the change makes it serve fewer or gives back what the same breaker took.
    Urgent,
    /// The target is protected, and two people have let go on the rollout that asks.
    Agreed,
}

impl Asked<'_> {
    /// Whether who asks may make the change alone.
    pub(super) fn authority(&self, change: &Change) -> Result<Authority, Refusal> {
        self.respect_persons(change)?;
        let target = change.target();
        let protection = (self.protection)(target);
        let is_protected = match protection {
            Protection::Open => false,
            Protection::Protected | Protection::Unreadable => true,
            Protection::Absent => self.was_protected(target),
        };
        if !is_protected {
            return Ok(Authority::Open);
        }
        if self.is_agreed(change) {
            return Ok(Authority::Agreed);
        }
        if self.is_urgent(change) {
            return Ok(Authority::Urgent);
        }
        let target = target.clone();
        Err(match protection {
            Protection::Unreadable => Refusal::ProtectionUnknown { target },
            _ => Refusal::NeedsApproval { target },
        })
    }

    /// Whether two people have let go on the rollout that asks for its percentage, or the migration that asks for its override.
    fn is_agreed(&self, change: &Change) -> bool {
        let is_its_own = match change {
            Change::Set { action: Action::Percentage(_) | Action::Override { .. }, expires_at: None, .. }
            | Change::Clear { slot: Some(Slot::Percentage | Slot::Override), .. } => true,
            Change::Set { .. } | Change::Clear { .. } | Change::Revive { .. } => false,
        };
        let second = self.by.confirmed_by.is_some_and(|second| second != self.by.actor);
        is_its_own && second && self.by.origin == Origin::Rollout
    }

    /// Whether a control is in force on the target that took, or should have taken, two people.
    fn was_protected(&self, target: &Target) -> bool {
        let needed_two = |control: &Control| control.standing != Standing::NotNeeded;
        self.state.of(target).any(|control| control.is_in_force(self.by.now) && needed_two(control))
    }

    /// Whether one actor may make the change of a protected target.
    pub(super) fn is_urgent(&self, change: &Change) -> bool {
        match change {
            // Without an expiry: a short pause in the place of what two have agreed to hold would end by itself.
            Change::Set { action, expires_at: None, .. } if action.is_brake() => true,
            Change::Set { action: Action::Breaker(state), .. } => {
                self.by.origin == Origin::Breaker && matches!(state, BreakerState::Open | BreakerState::HalfOpen)
            }
            // The definition's percentage is not known here: only a control in force, and one that stays, says what less is.
            Change::Set { target, action: Action::Percentage(percentage), expires_at: None } => {
                let is_less = |control: &Control| match control.action {
                    Action::Percentage(present) => control.expires_at.is_none() && *percentage <= present,
                    _ => false,
                };
                let present = self.state.in_force(target, &Slot::Percentage, self.by.now);
                self.by.origin == Origin::Rollout && (*percentage == Percentage::ZERO || present.is_some_and(is_less))
            }
            Change::Clear { slot: Some(Slot::Breaker), .. } => self.by.origin == Origin::Breaker,
            _ => false,
        }
    }

    /// Automation takes nothing back that a person set in an emergency, and a person does not play the breaker.
    pub(super) fn respect_persons(&self, change: &Change) -> Result<(), Refusal> {
        let target = change.target();
        if let Change::Set { action: Action::Breaker(state), .. } = change
            && state.is_forced() == (self.by.origin == Origin::Breaker)
        {
            return Err(Refusal::NotTheBreaker { target: target.clone() });
        }
        if !self.by.origin.is_automation() {
            return Ok(());
        }
        self.mind_experiments(change)?;
        let by_a_person = |slot: Slot| self.set_by_a_person(target, &slot).filter(|held| change.touches(&held.slot()));
        if let Some(control) = by_a_person(Slot::Breaker) {
            return Err(Refusal::BreakerForced { target: target.clone(), by: control.author.clone() });
        }
        match by_a_person(Slot::Kill) {
            Some(kill) if !matches!(change, Change::Set { .. }) => {
                Err(Refusal::KilledByAPerson { target: target.clone(), by: kill.author.clone() })
            }
            _ => Ok(()),
        }
    }

    /// Of automation, an experiment's own analysis declares its winner; nothing else is done to an experiment without people,
    /// and nothing that a person has done to it is overruled.
    fn mind_experiments(&self, change: &Change) -> Result<(), Refusal> {
        let (target, origin) = (change.target(), self.by.origin);
        if origin != Origin::Experiment && matches!(target, Target::Flag(_)) {
            return Ok(());
        }
        if origin != Origin::Experiment || !matches!(change, Change::Set { action: Action::Winner { .. }, .. }) {
            return Err(Refusal::OnlyAWinner { target: target.clone(), origin });
        }
        let is_in_the_way = |control: &&Control| control.action != Action::Start;
        let mut held = [Slot::Status, Slot::Winner].iter().filter_map(|slot| self.set_by_a_person(target, slot));
        match held.find(is_in_the_way) {
            Some(held) => Err(Refusal::HeldByAPerson {
                target: target.clone(),
                what: held.action.to_string().into(),
                by: held.author.clone(),
            }),
            None => Ok(()),
        }
    }

    /// The control in force in a slot that a person has set.
    fn set_by_a_person(&self, target: &Target, slot: &Slot) -> Option<&Control> {
        self.state.in_force(target, slot, self.by.now).filter(|control| !control.origin.is_automation())
    }
}
