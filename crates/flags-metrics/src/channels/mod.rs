//! Channels: where [notifications](crate::alerts::Notification) of alerts go.
//!
//! A channel is the program's log, a webhook, or a Prometheus Alertmanager. [`Channels`] owns them: each that uses the network has
//! a thread of its own, so that a slow one holds up nobody else, and whoever [sends](Channels::send) never waits. What is to be
//! sent next, and when, is decided by a pure state machine for each kind (`outbox`); the thread does the input and output.
//!
//! # What can be relied on
//!
//! - **Webhook** (`docs/reference/webhook.md` has the body): notifications arrive in order, those that waited together in one
//!   delivery. What fails by accident (no connection, a time-out, the statuses 408, 429 and 5xx) is tried again, after half a
//!   second first and twice as long each time, up to thirty seconds, or as long as `Retry-After` asks; each wait is shortened
//!   at random by up to a half. What is refused (any other status, redirects included, which are not followed) is not. At most
//!   [`MAX_WAITING`] notifications wait; beyond that the oldest are dropped and counted. A delivery may arrive twice, with the
//!   same identifier.
//! - **Alertmanager**: every alert that fires is posted at once and again every minute, with an end four minutes ahead, so that
//!   it neither expires there while it fires, nor stays for ever if this program ends; what is over is posted with its end. The
//!   state is what is kept, not a queue: however long it was away, an Alertmanager is told how things are now.
//! - **Log**: one event of `tracing` with the target `flags::alerts`, before `send` returns.
//!
//! Certificates are checked against those the system trusts. Proxies are taken from the environment (`HTTPS_PROXY`,
//! `HTTP_PROXY`, `NO_PROXY`).

mod alertmanager;
mod backoff;
mod channel;
mod delivery;
mod http;
mod log;
mod outbox;
mod secret;
mod set;
mod signature;
#[cfg(test)]
mod tests;
mod webhook;
mod worker;

pub use self::{
    channel::{Channel, ChannelKind},
    outbox::MAX_WAITING,
    secret::{SecretError, SecretSource},
    set::{ChannelStatus, Channels},
};
