//! The integration tests of `flags-control`, one module for each promise.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of tests, which are no tests themselves, fail in the same way"
)]

mod audit;
#[cfg(unix)]
mod chaos;
mod damage;
mod decisions;
mod experiments;
#[cfg(target_os = "linux")]
mod full_disk;
mod obstacles;
mod processes;
mod service;
mod support;
mod two_people;
