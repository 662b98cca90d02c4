//! Measured branches: the code that a flag chooses between, with how its runs end and how long they take (feature `metrics`).
//!
//! A run is decided (`decided.rs`), performed (`perform.rs`), and counts once for the branch that was decided, however it ends.
//! It holds that branch and nothing of the client, so a change in the middle of it neither waits nor moves its count.

mod allowance;
mod compared;
mod comparison;
mod decided;
mod entries;
mod guard;
mod perform;
mod run;
mod run_async;

pub use self::{
    compared::{Compared, ComparedAsync, ComparedAsyncOn, ComparedOn},
    comparison::{Comparison, Mismatch},
    guard::BranchGuard,
    run::{Run, RunOn, TryRun, TryRunOn},
    run_async::{RunAsync, RunAsyncOn, TryRunAsync, TryRunAsyncOn},
};
