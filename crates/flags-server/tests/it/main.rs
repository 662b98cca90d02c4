//! The server from outside: through its router, and over sockets where connections matter.

#![expect(clippy::unwrap_used, reason = "the helpers of tests, which are no tests themselves, fail in the same way")]

mod access;
mod browsers;
mod bulk;
mod events;
mod health;
mod limits;
mod single;
mod sockets;
mod support;
