//! Experiments: honest statistics from mergeable sums.

pub mod statistics;
