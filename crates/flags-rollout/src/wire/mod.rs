//! States and events as JSON: what a journal holds, and what travels.
//!
//! A journal has one [`Record`] for each transition that changed something: the event, and the state it led to. The state is
//! what a restart goes on from; the events are how anybody can check it, with [`replay`](crate::machine::replay).
//!
//! The types of the machine derive nothing; their form here is written by hand, and does not change with them by accident.
//! Fields are only ever added. What cannot be read says where it is wrong.

mod error;
mod event;
mod fields;
mod migration;
mod record;
mod state;

pub use self::{
    error::WireError,
    event::{event_from_json, event_to_json},
    migration::MigrationRecord,
    record::{Record, last_state},
    state::{state_from_json, state_to_json},
};
