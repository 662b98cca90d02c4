//! Directory events of the operating system, where this crate is built with them.
//!
//! `enabled.rs` and `disabled.rs` offer the same type: [`DirectoryEvents`], which watches the directories of a
//! [`Trail`](crate::trail::Trail) and calls a function with a [`Hint`](crate::mailbox::Hint) for each event.

#[cfg(feature = "events")]
mod enabled;
#[cfg(feature = "events")]
pub(crate) use self::enabled::DirectoryEvents;

#[cfg(not(feature = "events"))]
mod disabled;
#[cfg(not(feature = "events"))]
pub(crate) use self::disabled::DirectoryEvents;
