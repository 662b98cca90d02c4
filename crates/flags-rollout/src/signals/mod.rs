//! Health signals from outside the process: what they are, and asking for them.
//!
//! A signal is one number, which a guardrail bounds, or the counts of both arms, which it compares. It comes from a Prometheus
//! server, from the status an address answers with, or from the application. [`Signals`] asks for all of them and holds the
//! last answers ready (crate feature `signals`).
//!
//! # What an answer amounts to
//!
//! | an answer | is |
//! | --- | --- |
//! | one number, of this stage | a value |
//! | no series, NaN, a sample from before the stage or older than five minutes | missing: no data |
//! | several series, infinity, a refusal or another HTTP error, a warning, a redirect, too long, too late | missing: unreadable |
//! | a counter that fell, or came back to where it was before | a new base, which adds nothing |
//!
//! # Counts
//!
//! Queries for counts yield counters that only rise, such as `sum(requests_total{arm="treatment"})`; what was counted between
//! two looks is their difference. All four are asked of the same instant, by this machine's clock. A series that does not exist before something bad
//! happens makes the query for bad runs empty, which is missing data and holds the rollout: create it with zero, or write
//! `... or vector(0)` where the metric is sure to be spelled right.

mod answer;
#[cfg(feature = "signals")]
mod board;
#[cfg(feature = "signals")]
mod counter;
mod definition;
#[cfg(feature = "signals")]
mod health;
#[cfg(feature = "signals")]
mod http;
#[cfg(feature = "signals")]
mod prometheus;
#[cfg(feature = "signals")]
mod reader;
#[cfg(feature = "signals")]
mod running;
#[cfg(feature = "signals")]
mod secret;

pub use self::{
    answer::{AnswerProblem, decode_answer},
    definition::{CountQueries, Credentials, HealthCheck, SecretSource, SignalDefinition, SignalSource},
};
#[cfg(feature = "signals")]
pub use self::{
    board::{Answer, PushError, SignalState},
    health::Http,
    prometheus::Prometheus,
    reader::SignalReader,
    running::Signals,
};
