//! The controls as a program has them: asked, changed, and kept in step with whoever else changes them.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use flags_core::Timestamp;

use crate::{
    Actor, Changed, ControlError, ControlState, ControlStore, Decision, Incident, LocalOptions, LocalStore,
    MemoryStore, Protection, Receipt, Request, Rules, StoreError, Target,
    audit::{AuditLog, Draft},
    decide, expire,
};

/// How often a change is tried while others keep changing the controls first.
const MAX_ATTEMPTS: u32 = 100;

/// The controls of a program. Cheap to clone; clones are the same controls.
///
/// ```
/// use flags_control::{Actor, Change, Command, Controls, Origin, Protection, Receipt, Request, Rules, Target};
/// use flags_core::Timestamp;
///
/// let controls = Controls::in_memory(Rules::default());
/// let now = Timestamp::from_millis(1_790_000_000_000);
/// let protected = |_: &Target| Protection::Protected;
///
/// // One person may kill a protected flag; somebody else has to confirm it.
/// let checkout = Target::flag("checkout")?;
/// let kill = Request::new(Actor::new("ada")?, Origin::Cli, Command::Change(Change::kill(checkout.clone())));
/// let receipt = controls.apply(&kill.because("payments fail"), &protected, now)?;
/// assert!(matches!(receipt, Receipt::Unconfirmed { .. }));
///
/// // To revive it takes two from the beginning.
/// let revive = Change::Revive { target: checkout };
/// let alone = Request::new(Actor::new("ada")?, Origin::Cli, Command::Change(revive.clone()));
/// assert!(controls.apply(&alone, &protected, now).is_err());
/// let proposed = Request::new(Actor::new("ada")?, Origin::Cli, Command::Propose(revive));
/// let Receipt::Proposed { proposal, .. } = controls.apply(&proposed, &protected, now)? else {
///     return Err("nothing was proposed".into());
/// };
/// let approved = Request::new(Actor::new("bob")?, Origin::Cli, Command::Approve(proposal.id));
/// controls.apply(&approved, &protected, now)?;
/// assert_eq!(controls.state().overlay(now).controls, []);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Controls {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    store: Box<dyn ControlStore>,
    rules: Rules,
    /// The actor that removes what has expired.
    system: Actor,
    /// Held while the state is read and made known, so that it is made known in the order it was read.
    looking: Mutex<()>,
    state: Mutex<Arc<ControlState>>,
}

impl Controls {
    /// Controls that are gone with the program.
    #[must_use]
    pub fn in_memory(rules: Rules) -> Self {
        Self::starting_with(Box::new(MemoryStore::new()), rules, Arc::default())
    }

    /// The controls in a folder, which other processes may share.
    ///
    /// # Errors
    ///
    /// As [`LocalStore::open`]: when the controls there cannot be read, so that no kill is forgotten.
    pub fn open(folder: &Path, options: LocalOptions, rules: Rules) -> Result<Self, ControlError> {
        Self::with_store(LocalStore::open(folder, options)?, rules)
    }

    /// The controls in any other place.
    ///
    /// # Errors
    ///
    /// When they cannot be read there.
    pub fn with_store(store: impl ControlStore + 'static, rules: Rules) -> Result<Self, ControlError> {
        let state = store.read()?;
        Ok(Self::starting_with(Box::new(store), rules, state))
    }

    fn starting_with(store: Box<dyn ControlStore>, rules: Rules, state: Arc<ControlState>) -> Self {
        let system = Actor::new("flags").expect("because it is a short word");
        let (looking, state) = (Mutex::default(), Mutex::new(state));
        Self { shared: Arc::new(Shared { store, rules, system, looking, state }) }
    }

    /// The state as this program knows it. Another process may have changed it since; [`refresh`](Self::refresh) looks.
    #[must_use]
    pub fn state(&self) -> Arc<ControlState> {
        Arc::clone(&self.shared.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes a change, for good: what the receipt says survives whatever happens next.
    ///
    /// `protection` says whether a target is protected: [`Protection::in_set`] where there are definitions,
    /// [`Protection::Unreadable`] where there are none.
    ///
    /// # Errors
    ///
    /// When it is not accepted, or cannot be kept. Nothing has changed then, but for [`StoreError::EntryOwed`].
    pub fn apply(
        &self,
        request: &Request,
        protection: &dyn Fn(&Target) -> Protection,
        now: Timestamp,
    ) -> Result<Receipt, ControlError> {
        let decide = |state: &ControlState| decide(state, request, protection, &self.shared.rules, now);
        let changed = self.advance(|state| match decide(state)? {
            Decision::Changed(changed) => Ok(Some(*changed)),
            Decision::Unchanged => Ok(None),
        })?;
        Ok(changed.map_or(Receipt::Unchanged, |changed| changed.receipt))
    }

    /// Looks whether somebody else has changed the controls; says whether the state is another now.
    ///
    /// # Errors
    ///
    /// When they cannot be read. The state stays what it was.
    pub fn refresh(&self) -> Result<bool, ControlError> {
        let (_, is_new) = self.look()?;
        if is_new {
            // Whoever made the change may have been interrupted before its entry was appended.
            self.shared.store.settle()?;
        }
        Ok(is_new)
    }

    /// Removes what has expired, with an entry for each; says what became of it. Of several programs that share the
    /// controls, the first to get there does it.
    ///
    /// What has expired is out of force without it: [`ControlState::overlay`] leaves it out.
    ///
    /// # Errors
    ///
    /// When it cannot be kept.
    pub fn sweep(&self, now: Timestamp) -> Result<Vec<Receipt>, ControlError> {
        let mut receipts = Vec::new();
        while let Some(changed) = self.advance(|state| Ok(expire(state, &self.shared.system, now)))? {
            receipts.push(changed.receipt);
        }
        Ok(receipts)
    }

    /// Records what is no change of controls, such as a change of definitions.
    ///
    /// # Errors
    ///
    /// When it cannot be recorded.
    pub fn record(&self, drafts: &[Draft]) -> Result<(), ControlError> {
        if drafts.is_empty() { Ok(()) } else { Ok(self.shared.store.record(drafts)?) }
    }

    /// The audit log, to be asked; `None` if the keeper of the controls has none that can be read.
    #[must_use]
    pub fn audit(&self) -> Option<&AuditLog> {
        self.shared.store.audit()
    }

    /// Mishaps that were found since this was last asked; for the program's own log.
    #[must_use]
    pub fn take_incidents(&self) -> Vec<Incident> {
        self.shared.store.take_incidents()
    }

    /// Takes the state as it is kept, has the next one made of it, and keeps that; again if somebody else was faster.
    fn advance(
        &self,
        next: impl Fn(&ControlState) -> Result<Option<Changed>, ControlError>,
    ) -> Result<Option<Changed>, ControlError> {
        for _ in 0..MAX_ATTEMPTS {
            let (state, _) = self.look()?;
            let Some(changed) = next(&state)? else { return Ok(None) };
            let replaced = self.shared.store.replace(state.revision(), &changed.state, changed.urgency);
            match replaced {
                Err(StoreError::Conflict { .. }) => {}
                Ok(()) => {
                    // It is kept, whether or not it can be read back: a damaged file is found out at the next look.
                    let _ = self.look();
                    return Ok(Some(changed));
                }
                Err(error) => {
                    // Whatever is kept now is what holds: a change may be in force without its entry.
                    let _ = self.look();
                    return Err(error.into());
                }
            }
        }
        Err(ControlError::Contended { attempts: MAX_ATTEMPTS })
    }

    /// Reads the state and makes it the one of this program; says whether it is another.
    fn look(&self) -> Result<(Arc<ControlState>, bool), StoreError> {
        let _in_order = self.shared.looking.lock().unwrap_or_else(PoisonError::into_inner);
        let state = match self.shared.store.read() {
            Err(StoreError::Damaged { .. }) => {
                self.shared.store.settle()?;
                self.shared.store.read()?
            }
            read => read?,
        };
        let mut present = self.shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        // Revisions only rise. A folder that was unmounted, emptied or replaced by an older copy must not revive what was
        // killed in a program that knows better.
        if state.revision() < present.revision() {
            return Err(StoreError::WentBack { known: present.revision(), found: state.revision() });
        }
        let is_new = !Arc::ptr_eq(&present, &state) && **present != *state;
        if is_new {
            *present = Arc::clone(&state);
        }
        Ok((state, is_new))
    }
}
