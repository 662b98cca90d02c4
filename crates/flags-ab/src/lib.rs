//! Experiments: honest statistics from mergeable sums.
