//! The runs a breaker looks at: the last so many, or those of the last while.

use std::collections::VecDeque;

use flags_core::Timestamp;

use super::Window;

/// In how many parts a time is told.
const PARTS: u128 = 30;

#[derive(Clone, Debug)]
pub(super) struct Outcomes {
    kind: Kind,
    errors: u64,
    runs: u64,
}

#[derive(Clone, Debug)]
enum Kind {
    Count { most: usize, failed: VecDeque<bool> },
    Time { part_micros: i64, parts: VecDeque<(i64, u64, u64)> },
}

impl Outcomes {
    pub(super) fn new(window: Window) -> Self {
        let kind = match window {
            Window::Count(most) => {
                let most = usize::try_from(most.clamp(1, 100_000)).unwrap_or(1);
                // Room for all of them at once: a run allocates nothing.
                Kind::Count { most, failed: VecDeque::with_capacity(most) }
            }
            Window::Time(time) => {
                let part = i64::try_from(time.as_micros().div_ceil(PARTS)).unwrap_or(i64::MAX);
                Kind::Time { part_micros: part.max(1), parts: VecDeque::with_capacity(PARTS as usize + 1) }
            }
        };
        Self { kind, errors: 0, runs: 0 }
    }

    pub(super) fn record(&mut self, succeeded: bool, now: Timestamp) {
        self.forget(now);
        let failed = u64::from(!succeeded);
        match &mut self.kind {
            Kind::Count { most, failed: outcomes } => {
                if outcomes.len() >= *most
                    && let Some(oldest) = outcomes.pop_front()
                {
                    self.runs -= 1;
                    self.errors -= u64::from(oldest);
                }
                outcomes.push_back(!succeeded);
            }
            Kind::Time { part_micros, parts } => {
                let part = now.as_micros().div_euclid(*part_micros);
                match parts.back_mut() {
                    // A clock that went back counts into the last part there is.
                    Some((last, errors, runs)) if *last >= part => {
                        *errors += failed;
                        *runs += 1;
                    }
                    _ => parts.push_back((part, failed, 1)),
                }
            }
        }
        self.errors += failed;
        self.runs += 1;
    }

    /// The errors and the runs of the window that ends now.
    pub(super) fn counts(&mut self, now: Timestamp) -> (u64, u64) {
        self.forget(now);
        (self.errors, self.runs)
    }

    pub(super) fn clear(&mut self) {
        (self.errors, self.runs) = (0, 0);
        match &mut self.kind {
            Kind::Count { failed, .. } => failed.clear(),
            Kind::Time { parts, .. } => parts.clear(),
        }
    }

    fn forget(&mut self, now: Timestamp) {
        let Kind::Time { part_micros, parts } = &mut self.kind else { return };
        let part = now.as_micros().div_euclid(*part_micros);
        let oldest = part.saturating_sub(PARTS as i64 - 1);
        while let Some((_, errors, runs)) = parts.front().copied().filter(|(first, ..)| *first < oldest) {
            parts.pop_front();
            self.errors -= errors;
            self.runs -= runs;
        }
    }
}
