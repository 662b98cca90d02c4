//! What the tests of controls share: a desk where requests are decided, and folders.

use std::{cell::Cell, collections::HashMap, path::Path};

use flags_control::{
    Action, Actor, BreakerState, Change, Command, ControlState, Controls, Decision, LocalOptions, Origin, Protection,
    Receipt, Refusal, Request, Revision, Rules, Slot, Target, decide, expire,
};
use flags_core::{Percentage, Timestamp};

pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

/// That many hours after the beginning of a test.
pub(crate) fn hours(count: i64) -> Timestamp {
    Timestamp::from_millis(NOW.as_millis() + count * 3_600_000)
}

pub(crate) fn flag(key: &str) -> Target {
    Target::flag(key).unwrap()
}

pub(crate) fn actor(name: &str) -> Actor {
    Actor::new(name).unwrap()
}

pub(crate) fn override_to(variant: &str) -> Action {
    Action::Override { variant: variant.into() }
}

pub(crate) fn percentage(percent: f64) -> Action {
    Action::Percentage(Percentage::new(percent).unwrap())
}

pub(crate) fn breaker(state: BreakerState) -> Action {
    Action::Breaker(state)
}

pub(crate) fn set(key: &str, action: Action) -> Change {
    Change::Set { target: flag(key), action, expires_at: None }
}

pub(crate) fn set_until(key: &str, action: Action, expires_at: Timestamp) -> Change {
    Change::Set { target: flag(key), action, expires_at: Some(expires_at) }
}

pub(crate) fn revive(key: &str) -> Change {
    Change::Revive { target: flag(key) }
}

pub(crate) fn clear(key: &str, slot: Option<Slot>) -> Change {
    Change::Clear { target: flag(key), slot }
}

pub(crate) fn request(name: &str, origin: Origin, command: Command) -> Request {
    Request::new(actor(name), origin, command)
}

pub(crate) fn id(number: u64) -> Revision {
    Revision::new(number)
}

/// Where requests are decided one after another. `open…` flags are open, `absent…` are not defined, others are protected.
pub(crate) struct Desk {
    pub(crate) state: ControlState,
    pub(crate) now: Cell<Timestamp>,
    pub(crate) protection: HashMap<&'static str, Protection>,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self { state: ControlState::new(), now: Cell::new(NOW), protection: HashMap::new() }
    }

    pub(crate) fn ask_by(&mut self, name: &str, origin: Origin, command: Command) -> Result<Receipt, Refusal> {
        self.decide(&request(name, origin, command))
    }

    pub(crate) fn decide(&mut self, request: &Request) -> Result<Receipt, Refusal> {
        let protection = |target: &Target| match target.key() {
            key if self.protection.contains_key(key) => self.protection[key],
            key if key.starts_with("open") => Protection::Open,
            key if key.starts_with("absent") => Protection::Absent,
            _ => Protection::Protected,
        };
        match decide(&self.state, request, &protection, &Rules::default(), self.now.get())? {
            Decision::Changed(changed) => {
                assert_eq!(changed.state.revision(), self.state.revision().next());
                let entry = changed.state.outbox().expect("every change has its entry");
                assert_eq!(entry.revision, Some(changed.state.revision().get()));
                assert_eq!((&entry.actor, entry.origin), (&request.actor, request.origin));
                self.state = changed.state;
                Ok(changed.receipt)
            }
            _ => Ok(Receipt::Unchanged),
        }
    }

    pub(crate) fn ask(&mut self, name: &str, command: Command) -> Result<Receipt, Refusal> {
        self.ask_by(name, Origin::Cli, command)
    }

    pub(crate) fn change(&mut self, name: &str, change: Change) -> Result<Receipt, Refusal> {
        self.ask(name, Command::Change(change))
    }

    /// Proposes a change and has it approved by somebody else.
    pub(crate) fn agree(&mut self, change: Change) -> Receipt {
        let Receipt::Proposed { proposal, .. } = self.ask("ada", Command::Propose(change)).unwrap() else { panic!() };
        self.ask("bob", Command::Approve(proposal.id)).unwrap()
    }

    pub(crate) fn sweep(&mut self) -> usize {
        let mut swept = 0;
        while let Some(changed) = expire(&self.state, &actor("flags"), self.now.get()) {
            self.state = changed.state;
            swept += 1;
        }
        swept
    }

    /// What is in force, in words.
    pub(crate) fn in_force(&self) -> Vec<String> {
        let now = self.now.get();
        self.state.controls().filter(|control| control.is_in_force(now)).map(ToString::to_string).collect()
    }
}

pub(crate) fn options() -> LocalOptions {
    LocalOptions::default().clock(NOW).reserve_bytes(16 << 10)
}

pub(crate) fn open(folder: &Path) -> Controls {
    Controls::open(folder, options(), Rules::default()).unwrap()
}

/// Makes a change of an open flag.
pub(crate) fn apply(controls: &Controls, name: &str, change: Change) -> Receipt {
    let request = request(name, Origin::Cli, Command::Change(change));
    controls.apply(&request, &|_| Protection::Open, NOW).unwrap()
}
