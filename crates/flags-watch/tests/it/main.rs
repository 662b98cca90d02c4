//! The watcher against the real file system: how files are saved, swapped, lost and found again.
//!
//! README.md beside this file lists the cases by number and says where each is proven, or why not here.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "the helpers of tests, which are no tests themselves, fail in the same way"
)]

mod content;
mod editors;
mod lifecycle;
mod mechanics;
mod mounts;
mod processes;
mod stress;
mod support;
mod swaps;
