//! What a controller sees of a client and does to it.
//!
//! Everything it does to a flag is a control, made under the name `rollout` by the way of a rollout, and so in the audit log. The
//! controls are read as they are kept, not as this client knows them. What it reads of plans and measurements is there for as
//! long as the controller is, so that the end of a client never looks as if its plans had been taken away.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock, Weak},
    time::Duration,
};

use flags_control::{
    Action as ControlAction, Actor, Change, Command as ControlCommand, ControlError, MAX_REASON_CHARS, Origin, Receipt,
    Refusal, Request, Slot, Target,
};
use flags_core::{Percentage, Timestamp};
use flags_rollout::{
    controller::{Controller, Measured, Port, PortError, Told},
    guardrail::{Reading, Rule},
    machine::{Alert, Command, ControlsInForce, Event, Status, Step},
    plan::Plan,
};

use super::shared::Shared;
use crate::client::Inner;

/// The name that controls of rollouts are made under.
const NAME: &str = "rollout";

/// What stands between the names of the two people who have let a rollout go on.
const CONFIRMED_BY: &str = ", confirmed by ";

/// A client, as a controller sees it.
pub(super) struct ClientPort {
    shared: Arc<Shared>,
    client: Weak<Inner>,
    /// Where the names of those are who have let a rollout go on.
    controller: OnceLock<Weak<Controller>>,
}

impl ClientPort {
    pub(super) fn new(shared: Arc<Shared>, client: Weak<Inner>) -> Self {
        Self { shared, client, controller: OnceLock::new() }
    }

    /// Names the controller whose port this is.
    pub(super) fn belongs_to(&self, controller: &Arc<Controller>) {
        // It is named once, by whoever has made both.
        let _ = self.controller.set(Arc::downgrade(controller));
    }

    fn client(&self) -> Result<Arc<Inner>, PortError> {
        self.client.upgrade().ok_or_else(|| PortError::new("the client has ended"))
    }

    /// Makes a change of a flag's controls. Where that takes two people, the second of those counts who have let the rollout go
    /// on: at once where it is `agreed`, as the next stage of the plan is; else only where it is refused without.
    fn change(&self, flag: &str, change: Change, because: &str, agreed: bool) -> Result<(), PortError> {
        let client = self.client()?;
        let actor = Actor::new(NAME).map_err(|error| PortError::new(error.to_string()))?;
        let because: String = because.chars().take(MAX_REASON_CHARS).collect();
        let mut request = Request::new(actor, Origin::Rollout, ControlCommand::Change(change)).because(&because);
        if agreed && self.is_protected(flag) {
            request.confirmed_by = self.second(flag);
        }
        let mut made = client.apply_control(&request);
        if needs_approval(&made) && request.confirmed_by.is_none() {
            request.confirmed_by = self.second(flag);
            made = client.apply_control(&request);
        }
        if needs_approval(&made) {
            return Err(PortError::new(format!(
                "flag `{flag}` is protected, and no two people have let its rollout go on: pause it, then have two people \
                 resume it"
            )));
        }
        made.map(|_| ()).map_err(|error| PortError::new(error.to_string()))
    }

    /// The second of the two people who have last let a rollout go on.
    fn second(&self, flag: &str) -> Option<Actor> {
        let history = self.controller.get()?.upgrade()?.history(flag).ok()?;
        let by = history.iter().rev().find_map(|record| match &record.event {
            Event::Command { command: Command::Pause | Command::RollBack, .. } => None,
            Event::Command { by, .. } => Some(by),
            _ => None,
        })?;
        let (_, second) = by.rsplit_once(CONFIRMED_BY)?;
        Actor::new(second).ok()
    }
}

impl Port for ClientPort {
    fn now(&self) -> Timestamp {
        self.shared.now()
    }

    fn uptime(&self) -> Duration {
        self.shared.uptime()
    }

    fn plans(&self) -> Arc<BTreeMap<Box<str>, Arc<Plan>>> {
        Arc::clone(&self.shared.lock().defined.plans)
    }

    fn dependencies(&self) -> Vec<(Box<str>, Box<str>)> {
        self.shared.lock().defined.dependencies.clone()
    }

    fn is_protected(&self, flag: &str) -> bool {
        self.shared.lock().defined.protected.contains(flag)
    }

    fn controls(&self, flag: &str) -> Result<ControlsInForce, PortError> {
        let client = self.client()?;
        client.refresh_controls().map_err(|error| PortError::new(error.to_string()))?;
        let target = target(flag)?;
        let (state, now) = (client.controls.state(), self.shared.now());
        let percentage = state.in_force(&target, &Slot::Percentage, now).and_then(|control| match control.action {
            ControlAction::Percentage(percentage) => Some(percentage),
            _ => None,
        });
        Ok(ControlsInForce { percentage, killed: state.in_force(&target, &Slot::Kill, now).is_some() })
    }

    fn set(&self, flag: &str, percentage: Percentage, because: &str) -> Result<(), PortError> {
        let action = ControlAction::Percentage(percentage);
        self.change(flag, Change::Set { target: target(flag)?, action, expires_at: None }, because, true)
    }

    fn restore(&self, flag: &str, to: ControlsInForce, because: &str) -> Result<(), PortError> {
        let target = target(flag)?;
        // The kill first: it is never refused.
        let killed = if to.killed { self.change(flag, Change::kill(target.clone()), because, false) } else { Ok(()) };
        let change = match to.percentage.map(ControlAction::Percentage) {
            Some(action) => Change::Set { target, action, expires_at: None },
            None => Change::Clear { target, slot: Some(Slot::Percentage) },
        };
        // Less than there was is in force at once, whoever has agreed, and is to be looked at by somebody.
        let percentage = self.change(flag, change, because, false);
        if percentage.is_err() && to.percentage.is_none() {
            // On a full disk there is room for what lowers a percentage, and for nothing else: nobody has the flag until what was
            // there before can be restored, which the controller goes on trying.
            let nobody = ControlAction::Percentage(Percentage::ZERO);
            let _ = self.change(
                flag,
                Change::Set { target: self::target(flag)?, action: nobody, expires_at: None },
                because,
                false,
            );
        }
        killed.and(percentage)
    }

    fn measured(&self, flag: &str, plan: &Plan) -> Measured {
        let arms = self.shared.lock().ledger.get(flag).cloned();
        arms.map_or_else(Measured::default, |arms| arms.measured(plan))
    }

    fn signal(&self, flag: &str, signal: &str, since: Timestamp) -> Reading {
        self.shared.signals.take(flag, signal, since)
    }

    fn rules(&self) -> Vec<Arc<dyn Rule + Send + Sync>> {
        self.shared.lock().rules.values().cloned().collect()
    }

    fn tell(&self, flag: &str, told: &Told<'_>) {
        match told {
            Told::Entry(entry) => {
                tracing::info!(flag, by = %entry.by, phase = %entry.to, "rollout: {}", entry.text);
                *self.shared.lock().transitions.entry((flag.into(), entry.to.name())).or_default() += 1;
                if let Some(client) = self.client.upgrade() {
                    client.alert_of_progress(flag, entry);
                }
            }
            Told::Alert(alert) => {
                tracing::warn!(flag, "rollout: {alert}");
                if matches!(alert, Alert::ChangeUnconfirmed { .. }) {
                    self.shared.lock().unconfirmed.insert(flag.into());
                }
                if let Some(client) = self.client.upgrade() {
                    client.alert_of_rollout(flag, alert);
                }
            }
            Told::Incident(incident) => {
                tracing::error!(flag, "rollout: {incident}");
            }
            // That a change is in force after all is no line of the history.
            Told::Look { state, .. } if state.status == Status::Running(Step::Baking) => {
                if self.shared.lock().unconfirmed.remove(flag)
                    && let Some(client) = self.client.upgrade()
                {
                    client.alert_of_going_on(flag);
                }
            }
            _ => {}
        }
    }
}

fn needs_approval(made: &Result<Receipt, ControlError>) -> bool {
    matches!(made, Err(ControlError::Refused(Refusal::NeedsApproval { .. } | Refusal::ProtectionUnknown { .. })))
}

fn target(flag: &str) -> Result<Target, PortError> {
    Target::flag(flag).map_err(|error| PortError::new(error.to_string()))
}
