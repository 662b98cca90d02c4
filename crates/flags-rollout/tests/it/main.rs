//! The integration tests of `flags-rollout`, one module for each promise.

#![expect(clippy::unwrap_used, reason = "the helpers of tests, which are no tests themselves, fail in the same way")]

mod breaker;
mod complaints;
#[cfg(feature = "controller")]
mod controller;
mod evidence;
mod machine;
mod migration;
#[cfg(feature = "controller")]
mod migration_driver;
mod model;
mod plan;
mod rig;
#[cfg(feature = "signals")]
mod signals;
mod simulate;
mod units;
mod wire;
