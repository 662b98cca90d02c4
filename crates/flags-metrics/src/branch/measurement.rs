//! One run of a branch, which counts once whatever becomes of it.

use std::time::{Duration, Instant};

use super::Branch;

/// One run of a branch, from [`Branch::start`] until it is told how it ended.
///
/// Dropped without being told (a panic, a future that was dropped, a time-out), it counts as an error, once.
#[must_use = "a run that is dropped at once counts as an error at once"]
#[derive(Debug)]
pub struct Measurement {
    branch: Branch,
    started: Instant,
    is_fall_back: bool,
    is_open: bool,
}

impl Measurement {
    pub(super) fn new(branch: Branch, started: Instant, is_fall_back: bool) -> Self {
        Self { branch, started, is_fall_back, is_open: true }
    }

    /// The run has succeeded: it counts as ok, or as slow if it took longer than the flag's limit.
    pub fn success(mut self) {
        self.end(true);
    }

    /// The run has failed: it counts as an error.
    pub fn failure(mut self) {
        self.end(false);
    }

    /// The run has ended with `result`: an `Err` is a failure.
    pub fn result<T, E>(self, result: &Result<T, E>) {
        match result {
            Ok(_) => self.success(),
            Err(_) => self.failure(),
        }
    }

    /// The run says nothing about the branch and does not count: its caller changed his mind, say.
    pub fn discard(mut self) {
        self.is_open = false;
    }

    /// How long the run has taken so far.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.branch.now().saturating_duration_since(self.started)
    }

    fn end(&mut self, succeeded: bool) {
        if std::mem::take(&mut self.is_open) {
            let now = self.branch.now();
            let latency = now.saturating_duration_since(self.started);
            if self.is_fall_back {
                self.branch.record_fall_back(succeeded, latency);
            } else {
                self.branch.record_at(succeeded, latency, now);
            }
        }
    }
}

impl Drop for Measurement {
    fn drop(&mut self) {
        self.end(false);
    }
}
