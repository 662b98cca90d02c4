//! All controls and proposals at one revision.

use std::collections::BTreeMap;

use flags_core::{FlagSet, Overlay, Timestamp};

use crate::{Control, Proposal, Revision, Slot, Target, audit::Draft};

/// The controls and the proposals at one revision: immutable, every change makes another.
///
/// What it takes to find an operator's kill again after a crash is in here: the state is stored as a whole, and with it
/// the entry of the audit log that the change which made it owes ([`outbox`](Self::outbox)).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ControlState {
    pub(crate) revision: Revision,
    pub(crate) controls: BTreeMap<(Target, Slot), Control>,
    pub(crate) proposals: BTreeMap<Revision, Proposal>,
    pub(crate) outbox: Option<Draft>,
}

impl ControlState {
    /// No controls, at revision 0.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Its number. Every change makes the next.
    #[must_use]
    pub const fn revision(&self) -> Revision {
        self.revision
    }

    /// The controls, by target and slot, those that have expired and are not removed yet included.
    pub fn controls(&self) -> impl ExactSizeIterator<Item = &Control> {
        self.controls.values()
    }

    /// The controls of a target, by slot.
    pub fn of(&self, target: &Target) -> impl Iterator<Item = &Control> {
        // `Kill` is the first slot, so this is where the controls of the target begin.
        self.controls
            .range((target.clone(), Slot::Kill)..)
            .map(|(_, control)| control)
            .take_while(move |control| control.target == *target)
    }

    /// The control in a slot of a target, expired or not.
    #[must_use]
    pub fn control(&self, target: &Target, slot: &Slot) -> Option<&Control> {
        self.controls.get(&(target.clone(), slot.clone()))
    }

    /// The control in a slot of a target, if it is in force at `now`.
    #[must_use]
    pub fn in_force(&self, target: &Target, slot: &Slot, now: Timestamp) -> Option<&Control> {
        self.control(target, slot).filter(|control| control.is_in_force(now))
    }

    /// Whether the flag itself is killed by a control. An ancestor may be as well, which the definitions know.
    #[must_use]
    pub fn is_killed(&self, target: &Target) -> bool {
        self.control(target, &Slot::Kill).is_some()
    }

    /// The controls that took effect at once and that nobody has confirmed, by target and slot.
    pub fn unconfirmed(&self) -> impl Iterator<Item = &Control> {
        self.controls().filter(|control| control.standing == crate::Standing::Unconfirmed)
    }

    /// The proposals, by number, those that have expired and are not removed yet included.
    pub fn proposals(&self) -> impl ExactSizeIterator<Item = &Proposal> {
        self.proposals.values()
    }

    /// The proposal of that number.
    #[must_use]
    pub fn proposal(&self, id: Revision) -> Option<&Proposal> {
        self.proposals.get(&id)
    }

    /// What the audit log has to say of the change that made this revision. Whoever stores the state appends it.
    #[must_use]
    pub const fn outbox(&self) -> Option<&Draft> {
        self.outbox.as_ref()
    }

    /// The controls in force at `now` in the evaluator's words, in a stable order.
    #[must_use]
    pub fn overlay(&self, now: Timestamp) -> Overlay {
        let in_force = self.controls().filter(|control| control.is_in_force(now));
        in_force.fold(Overlay::new(), |overlay, control| control.action.lay_over(&control.target, overlay))
    }

    /// The first instant after `now` at which a control or a proposal expires.
    #[must_use]
    pub fn next_expiry(&self, now: Timestamp) -> Option<Timestamp> {
        let controls = self.controls().filter_map(|control| control.expires_at);
        let proposals = self.proposals().map(|proposal| proposal.expires_at);
        controls.chain(proposals).filter(|expires_at| now < *expires_at).min()
    }

    /// The length of all names and reasons, in bytes.
    pub(crate) fn text_bytes(&self) -> usize {
        let controls = self.controls().map(Control::text_bytes).sum::<usize>();
        controls + self.proposals().map(Proposal::text_bytes).sum::<usize>()
    }

    /// The controls of flags, variants, experiments and arms that are not in the set; they stay, and wait until it has them.
    #[must_use]
    pub fn orphaned(&self, set: &FlagSet) -> Vec<&Control> {
        let is_orphaned = |control: &&Control| {
            let target_is_missing = match &control.target {
                Target::Flag(key) => set.find(key).is_none(),
                Target::Experiment(key) => set.find_experiment(key).is_none(),
            };
            let alone = control.action.lay_over(&control.target, Overlay::new());
            target_is_missing
                || set.orphaned_controls(&alone).next().is_some()
                || set.orphaned_experiment_controls(&alone).next().is_some()
        };
        self.controls().filter(is_orphaned).collect()
    }
}
