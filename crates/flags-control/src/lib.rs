//! What operators and automation set while programs run: controls, approvals, their durable store, the audit log.
//!
//! ```
//! use flags_control::{Action, Actor, Change, Command, Controls, LocalOptions, Origin, Protection, Request, Rules, Target};
//! use flags_core::{ControlAction, Overlay, Timestamp};
//!
//! # let folder = tempfile::tempdir()?;
//! # let folder = folder.path();
//! let controls = Controls::open(folder, LocalOptions::default(), Rules::default())?;
//! let change = Change::Set {
//!     target: Target::flag("checkout")?,
//!     action: Action::Override { variant: "express".into() },
//!     expires_at: Timestamp::parse("2026-12-01T00:00:00Z"),
//! };
//! let request = Request::new(Actor::new("ada")?, Origin::Cli, Command::Change(change)).because("the launch");
//! let now = Timestamp::parse("2026-11-20T09:00:00Z").unwrap_or_default();
//! let receipt = controls.apply(&request, &|_| Protection::Open, now)?;
//! assert_eq!(receipt.to_string(), "flag checkout: override to express is in force");
//!
//! // What an evaluation sees of it, here and after the next start.
//! let expected = Overlay::new().with("checkout", ControlAction::Override { variant: "express".into() });
//! assert_eq!(controls.state().overlay(now), expected);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How it goes
//!
//! - A [`Control`] lies over a flag or an experiment ([`Target`]) in a [`Slot`] of it: one kill, one override, one
//!   percentage, and so on. A [`ControlState`] is all of them at one [`Revision`], and the [`Proposal`]s; it is immutable.
//! - [`decide()`] is a function from a state and a [`Request`] to the next state, or a [`Refusal`]. What takes a second person,
//!   and what automation may do, is decided there and nowhere else.
//! - A [`ControlStore`] keeps the state together with the [`audit`] log: every change has its entry, every entry its change,
//!   whatever ends the program in between. [`LocalStore`] does so in a folder that several processes may share.
//! - [`Controls`] is all of it for a program.
//!
//! # What is not here
//!
//! No thread and no timer: whoever has one calls [`Controls::refresh`] when the folder changes and [`Controls::sweep`] when
//! something expires ([`ControlState::next_expiry`]). No definitions: whether a flag is protected is asked of the caller, and whoever knows them asks [`Obstacle::of`]
//! before he changes an experiment.

mod action;
mod actor;
pub mod audit;
mod change;
mod control;
mod decide;
mod error;
mod obstacle;
mod origin;
mod proposal;
mod protection;
mod receipt;
mod refusal;
mod replay;
mod request;
mod service;
mod state;
mod store;
mod target;
mod wire;

pub use self::{
    action::{Action, BreakerState, MAX_NAME_BYTES, Slot},
    actor::{Actor, ActorError, MAX_ACTOR_CHARS},
    change::Change,
    control::{Control, Revision, Standing},
    decide::{
        Changed, DEFAULT_PROPOSAL_LIFETIME, Decision, MAX_CONTROLS, MAX_PROPOSALS, MAX_TEXT_BYTES, Rules, Urgency,
        decide, expire,
    },
    error::ControlError,
    obstacle::Obstacle,
    origin::Origin,
    proposal::Proposal,
    protection::Protection,
    receipt::Receipt,
    refusal::Refusal,
    replay::{RecordedChange, ReplayError},
    request::{Command, MAX_REASON_CHARS, Request},
    service::Controls,
    state::ControlState,
    store::{
        ControlStore, DEFAULT_LOCK_WAIT, DEFAULT_RESERVE_BYTES, FileDamage, FolderLock, Incident, LocalOptions,
        LocalStore, LogCheck, MemoryStore, StoreError, check_log, replace_file,
    },
    target::{Target, TargetError},
};
