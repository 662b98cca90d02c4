//! The facade's tests, in one program.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

#[cfg(feature = "alerts")]
mod alerts;
mod allocations;
mod bound;
#[cfg(feature = "metrics")]
mod branches;
#[cfg(feature = "rollouts")]
mod breakers;
mod changes;
mod control;
mod events;
mod examples;
mod files;
mod flagged;
mod forces;
mod judging;
mod lifecycle;
#[cfg(feature = "metrics")]
mod metering;
mod reading;
mod recording;
#[cfg(feature = "rollouts")]
mod rollouts;
mod runtime;
mod web;
