//! The integration tests of `flags-control`, one module for each promise.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the helpers of tests, which are no tests themselves, fail in the same way"
)]

mod audit;
#[cfg(unix)]
mod chaos;
