//! How controls come into force: laid over the flags at once, and kept in step with time and other programs.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use flags_control::{Control, ControlError, ControlState, Origin, Receipt, Request, Standing};
use flags_core::FlagSet;

use super::{Keeper, protection};
use crate::{ChangeSource, ControlStatus, client::Inner};

impl Inner {
    /// Does what somebody asks of the controls. What is accepted is in force when this returns.
    pub(crate) fn apply_control(self: &Arc<Self>, request: &Request) -> Result<Receipt, ControlError> {
        let now = self.lock().now();
        let live = self.current.unforced();
        let receipt = self.controls.apply(request, &protection(&live.set), now);
        // Another program's change may have come to light even where this one was refused.
        self.put_controls_in_force();
        self.keep_controls();
        receipt
    }

    /// Looks at what other programs and the time have done to the controls, and puts it in force; whether anything was.
    pub(crate) fn refresh_controls(&self) -> Result<bool, ControlError> {
        let now = self.lock().now();
        let looked = self.controls.refresh().and_then(|_| self.controls.sweep(now));
        for incident in self.controls.take_incidents() {
            tracing::warn!("{incident}");
        }
        let changed = self.put_controls_in_force();
        let error = looked.err();
        let mut known = self.controls_error.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = error.as_ref().filter(|error| known.as_ref() != Some(*error)) {
            tracing::error!("the controls cannot be brought up to date, those that are known stay in force: {error}");
        }
        known.clone_from(&error);
        error.map_or(Ok(changed), Err)
    }

    /// How long it is until a control or a proposal expires.
    pub(crate) fn until_next_expiry(&self) -> Option<Duration> {
        let now = self.lock().now();
        self.controls.state().next_expiry(now).map(|expiry| expiry.saturating_since(now))
    }

    /// Lays the controls that are in force now over the flags; whether they are others than before.
    pub(crate) fn put_controls_in_force(&self) -> bool {
        let mut state = self.lock();
        let controls = self.controls.state();
        let overlay = controls.overlay(state.now());
        let former = std::mem::replace(&mut state.controls, Arc::clone(&controls));
        let origin = tell(&former, &controls);
        self.rollouts.follow(&controls, state.now());
        if overlay == state.overlay {
            return false;
        }
        let set = self.current.unforced().set.with_overlay(&overlay);
        state.overlay = overlay;
        self.publish(&mut state, set, ChangeSource::Control, origin.unwrap_or(Origin::System).name());
        true
    }

    /// Starts the thread that keeps the controls in step, once there is something to keep in step with.
    pub(crate) fn keep_controls(self: &Arc<Self>) {
        if let Some(keeper) = self.keeper.get() {
            return keeper.ring();
        }
        let file = self.kept.as_ref().map(|kept| &*kept.file);
        if file.is_some() || self.until_next_expiry().is_some() {
            match Keeper::start(Arc::downgrade(self), file) {
                // Whoever was faster has started one just now; this one ends.
                Ok(keeper) => drop(self.keeper.set(keeper)),
                Err(error) => tracing::error!("no thread can be started to keep the controls in step: {error}"),
            }
        }
    }

    pub(crate) fn control_status(&self, set: &FlagSet) -> ControlStatus {
        let state = self.controls.state();
        ControlStatus {
            revision: state.revision().get(),
            in_force: state.controls().count(),
            orphaned: state.orphaned(set).len(),
            unconfirmed: state.controls().filter(|control| control.standing == Standing::Unconfirmed).count(),
            proposals: state.proposals().count(),
            error: self.controls_error.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(ToString::to_string),
        }
    }
}

/// Tells the log what has become of the controls; by which way the newest that is there now came, or else the newest that is gone.
fn tell(former: &ControlState, now: &ControlState) -> Option<Origin> {
    if former.revision() == now.revision() {
        return None;
    }
    let differ = |one: &ControlState, other: &ControlState| -> Vec<Control> {
        one.controls().filter(|control| !other.controls().any(|there| there == *control)).cloned().collect()
    };
    let (gone, new) = (differ(former, now), differ(now, former));
    for control in &new {
        tracing::info!(origin = %control.origin, "{control}");
    }
    for control in gone
        .iter()
        .filter(|control| !new.iter().any(|there| there.slot() == control.slot() && there.target == control.target))
    {
        tracing::info!("{}: {} by {} is taken back or has expired", control.target, control.action, control.author);
    }
    let newest = |controls: &[Control]| controls.iter().max_by_key(|control| control.id).map(|control| control.origin);
    newest(&new).or_else(|| newest(&gone))
}
