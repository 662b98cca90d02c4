//! What a driver of migrations sees of a client and does to it.
//!
//! A flag is switched on by an override for everybody, since that goes before a definition that says `enabled = false`; it is
//! switched off by taking that override away, so that nothing is left behind, and by one of its own only where the flag is on
//! without. All of it is in the audit log, under the name `migration` and by the way of a rollout.

use std::{
    collections::BTreeMap,
    sync::{Arc, Weak},
};

use flags_control::{
    Action, Actor, Change, Command, Control, ControlError, MAX_REASON_CHARS, Origin, Refusal, Request, Slot, Target,
};
use flags_core::{Context, ControlAction, FlagKind, FlagSet, FlagView, Timestamp};
use flags_rollout::{
    controller::PortError,
    guardrail::{Counts, Reading},
    machine::{Alert, Entry},
    migration::{Migration, MigrationPort, MigrationTold, Order, Stand},
    plan::Phase,
    wire::MigrationRecord,
};

use super::Defined;
use crate::{client::Inner, rollouts::shared::Shared};

/// The name that controls of migrations are made under.
const NAME: &str = "migration";

/// The variants of a boolean flag.
const ON: &str = "on";
const OFF: &str = "off";

/// A client, as a driver of migrations sees it.
pub(super) struct ClientMigrations {
    shared: Arc<Shared>,
    defined: Arc<Defined>,
    client: Weak<Inner>,
}

impl ClientMigrations {
    pub(super) fn new(shared: Arc<Shared>, defined: Arc<Defined>, client: Weak<Inner>) -> Self {
        Self { shared, defined, client }
    }

    /// The client, with the controls as they are kept now.
    fn client(&self) -> Result<Arc<Inner>, PortError> {
        let client = self.client.upgrade().ok_or_else(|| PortError::new("the client has ended"))?;
        client.refresh_controls().map_err(|error| PortError::new(error.to_string()))?;
        Ok(client)
    }

    /// Lays a control over a flag, or takes one away.
    fn change(client: &Arc<Inner>, change: Change, order: &Order<'_>) -> Result<(), PortError> {
        let actor = Actor::new(NAME).map_err(|error| PortError::new(error.to_string()))?;
        let because = format!("{}: {}", order.migration, order.because);
        let because: String = because.chars().take(MAX_REASON_CHARS).collect();
        let flag = change.target().key().to_owned();
        let mut request = Request::new(actor, Origin::Rollout, Command::Change(change)).because(&because);
        request.confirmed_by = order.second.and_then(|second| Actor::new(second).ok());
        match client.apply_control(&request) {
            Ok(_) => Ok(()),
            Err(ControlError::Refused(Refusal::NeedsApproval { .. } | Refusal::ProtectionUnknown { .. })) => {
                Err(PortError::new(format!(
                    "flag `{flag}` is protected, and no two people have let the migration go on: pause it, then have two \
                     people resume it"
                )))
            }
            Err(error) => Err(PortError::new(error.to_string())),
        }
    }

    fn override_of(&self, client: &Inner, target: &Target) -> Option<Control> {
        client.controls.state().in_force(target, &Slot::Override, self.shared.now()).cloned()
    }

    /// Whether the flag would be on for everybody without an override of its own.
    fn is_on_without(&self, client: &Inner, flag: &str) -> bool {
        let mut overlay = client.controls.state().overlay(self.shared.now());
        overlay
            .controls
            .retain(|control| control.flag != flag.into() || !matches!(control.action, ControlAction::Override { .. }));
        let set = client.current.unforced().set.with_overlay(&overlay);
        is_on(&set, flag, self.shared.now())
    }
}

/// Whether a flag is on for a unit of which nothing is known.
fn is_on(set: &FlagSet, flag: &str, now: Timestamp) -> bool {
    set.evaluate(flag, &Context::anonymous(), &now).is_on()
}

fn target(flag: &str) -> Result<Target, PortError> {
    Target::flag(flag).map_err(|error| PortError::new(error.to_string()))
}

impl MigrationPort for ClientMigrations {
    fn now(&self) -> Timestamp {
        self.shared.now()
    }

    fn migrations(&self) -> Arc<BTreeMap<Box<str>, Arc<Migration>>> {
        self.defined.migrations()
    }

    fn is_on(&self, flag: &str) -> Result<bool, PortError> {
        let client = self.client()?;
        let set = client.current.unforced();
        Ok(is_on(&set.set, flag, self.shared.now()))
    }

    fn is_protected(&self, flag: &str) -> bool {
        let client = self.client.upgrade();
        client.is_some_and(|client| client.current.unforced().set.flag(flag).is_some_and(FlagView::is_protected))
    }

    fn switch_on(&self, flag: &str, order: &Order<'_>) -> Result<(), PortError> {
        let client = self.client()?;
        let live = client.current.unforced();
        let Some(known) = live.set.flag(flag) else {
            return Err(PortError::new(format!("there is no flag `{flag}`")));
        };
        if known.kind() != FlagKind::Boolean {
            return Err(PortError::new(format!("flag `{flag}` serves several variants, so it cannot be switched on")));
        }
        if is_on(&live.set, flag, self.shared.now()) {
            return Ok(());
        }
        let action = Action::Override { variant: ON.into() };
        Self::change(&client, Change::Set { target: target(flag)?, action, expires_at: None }, order)
    }

    fn switch_off(&self, flag: &str, order: &Order<'_>) -> Result<(), PortError> {
        let client = self.client()?;
        let target = target(flag)?;
        let laid = self.override_of(&client, &target);
        let stays_on = self.is_on_without(&client, flag);
        let change = match laid.map(|control| control.action) {
            None if !stays_on => return Ok(()),
            Some(Action::Override { variant }) if *variant == *OFF => return Ok(()),
            Some(_) if !stays_on => Change::Clear { target, slot: Some(Slot::Override) },
            _ => Change::Set { target, action: Action::Override { variant: OFF.into() }, expires_at: None },
        };
        Self::change(&client, change, order)
    }

    fn release(&self, flag: &str, order: &Order<'_>) -> Result<(), PortError> {
        let client = self.client()?;
        let target = target(flag)?;
        let is_own = |control: &Control| control.origin == Origin::Rollout;
        if self.override_of(&client, &target).as_ref().is_none_or(|control| !is_own(control)) {
            return Ok(());
        }
        Self::change(&client, Change::Clear { target, slot: Some(Slot::Override) }, order)
    }

    fn runs(&self, flag: &str) -> Counts {
        let Some(client) = self.client.upgrade() else { return Counts::default() };
        let branch = client.metering.metrics().and_then(|metrics| metrics.branch(flag, Some(ON)));
        let outcomes = branch.map(|branch| branch.outcomes()).unwrap_or_default();
        Counts { runs: outcomes.ok + outcomes.errors + outcomes.slow, bad: outcomes.errors }
    }

    fn signal(&self, migration: &str, signal: &str, since: Timestamp) -> Reading {
        self.shared.signals.take(&format!("migration {migration}"), signal, since)
    }

    fn tell(&self, migration: &str, told: &MigrationTold<'_>) {
        match told {
            MigrationTold::Record(record) => self.tell_of(migration, record),
            MigrationTold::Trouble(text) => tracing::error!(migration, "migration: {text}"),
            _ => {}
        }
    }
}

impl ClientMigrations {
    fn tell_of(&self, migration: &str, record: &MigrationRecord) {
        let state = &record.state;
        for (text, urgent) in &record.told {
            match urgent {
                true => tracing::warn!(migration, by = %state.by, "migration: {text}"),
                false => tracing::info!(migration, by = %state.by, "migration: {text}"),
            }
        }
        let Some(client) = self.client.upgrade() else { return };
        let definition = self.defined.migrations().get(migration).cloned();
        let phase = definition.as_ref().and_then(|definition| definition.phases().get(state.phase));
        let Some(flag) = phase.map(|phase| &*phase.flag) else { return };
        for (text, _) in record.told.iter().filter(|(_, urgent)| *urgent) {
            let because = format!("migration `{migration}`: {text}").into();
            match state.stand {
                Stand::RolledBack => {}
                Stand::RollingBack { .. } if !state.told => {
                    client.alert_of_rollout(flag, &Alert::RollingBack { because });
                }
                _ => client.alert_of_rollout(flag, &Alert::Paused { because }),
            }
        }
        if state.stand == Stand::Settling && record.told.iter().all(|(_, urgent)| !urgent) {
            let text = record.told.first().map_or_else(Box::default, |(text, _)| text.clone());
            let (from, to) = (Phase::Planned, Phase::Gradual);
            let by = state.by.clone();
            let entry = Entry { at: state.at, version: state.version, from, to, percentage: None, by, text };
            client.alert_of_progress(flag, &entry);
        }
    }
}
