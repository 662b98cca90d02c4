//! The program as people and scripts use it: run, and read.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the helpers of tests, which are no tests themselves, fail in the same way"
)]

mod asking;
mod batches;
mod changing;
mod checking;
mod comparing;
mod conformance;
#[cfg(feature = "serve")]
mod demonstration;
mod experiments;
mod guide;
mod judging;
mod listing;
mod operating;
mod program;
mod rollouts;
mod statistics;
mod support;
mod watching;

#[cfg(feature = "serve")]
mod serving;
