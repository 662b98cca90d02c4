//! The controller: what runs plans, by the time of a clock and through the controls of a client.
//!
//! A [`Controller`] looks at every plan, again and again. What a look or a command leads to is done in this order, always:
//!
//! 1. the [transition](crate::machine::transition) is worked out;
//! 2. it is written to the [`Journal`], and lasts;
//! 3. its actions are carried out through the [`Port`];
//! 4. the flag's controls are read back, and what follows from that is written too.
//!
//! So whatever ends the program, at whatever moment, the journal tells what is to be in force, and the next controller asks
//! for it again: everything a controller does may be done twice. What it remembers beyond the journal is evidence, which is
//! gathered anew.
//!
//! # More than one
//!
//! Several processes may have controllers on the same journals. One of them leads, and only that one looks; the others wait to
//! take over. [Commands](Controller::command) are carried out by whoever is given them, one at a time, and the one that leads
//! goes on from there. Nobody has to lead for a command to be carried out.
//!
//! # Protected flags
//!
//! Of a [protected](Port::is_protected) flag it takes two people to start, resume, promote, approve or rearm a rollout: the first
//! command is kept as a [`Request`], for a week, and carried out when somebody else gives the same one. One person alone may
//! pause it or roll it back.
//!
//! [`drive`] looks in an interval, as a task of tokio, and [`Driver`] as a thread.

mod act;
mod command;
mod core;
mod error;
pub(crate) mod folder;
mod gather;
mod incident;
mod journal;
mod look;
mod memory;
mod nag;
mod port;
mod request;
mod rollout;
mod session;
mod task;
mod thread;

pub use self::{
    core::{Controller, ControllerOptions, View},
    error::{CommandError, Outcome},
    folder::FolderJournal,
    incident::Incident,
    journal::{Journal, JournalError, JournalWriter, Leader, Leadership},
    memory::MemoryJournal,
    port::{Measured, Port, PortError, Told},
    request::Request,
    task::drive,
    thread::Driver,
};
