//! What a breaker has to tell.

use std::fmt;

use flags_core::Timestamp;

/// The state of a breaker, without its details.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BreakerPhase {
    /// Runs are let through and counted.
    Closed,
    /// Nothing is let through.
    Open,
    /// Nothing is let through but a few trials.
    HalfOpen,
    /// Nothing is let through until a person says so.
    ForcedOpen,
    /// Everything is let through until a person says otherwise.
    ForcedClosed,
}

impl BreakerPhase {
    /// Its name, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
            Self::ForcedOpen => "forced_open",
            Self::ForcedClosed => "forced_closed",
        }
    }

    /// All of them.
    pub const ALL: [Self; 5] = [Self::Closed, Self::Open, Self::HalfOpen, Self::ForcedOpen, Self::ForcedClosed];

    /// Whether the flag is off, but for trials.
    #[must_use]
    pub const fn is_off(self) -> bool {
        matches!(self, Self::Open | Self::HalfOpen | Self::ForcedOpen)
    }
}

/// A change of a breaker's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerEvent {
    /// When.
    pub at: Timestamp,
    /// The state before.
    pub from: BreakerPhase,
    /// The state after.
    pub to: BreakerPhase,
    /// The errors that were looked at, where they were the reason.
    pub errors: u64,
    /// The runs among which they were.
    pub runs: u64,
}

/// Writes it for people: `half open`.
impl fmt::Display for BreakerPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half open",
            Self::ForcedOpen => "forced open",
            Self::ForcedClosed => "forced closed",
        })
    }
}

impl BreakerEvent {
    /// Why the state changed, in words: `12 of 20 runs failed`.
    #[must_use]
    pub fn why(&self) -> String {
        match (self.from, self.to) {
            (BreakerPhase::HalfOpen, BreakerPhase::Open) if self.runs == 0 => "no trial was made in time".into(),
            (BreakerPhase::HalfOpen, BreakerPhase::Open | BreakerPhase::Closed) => {
                format!("{} of {} trials failed", self.errors, self.runs)
            }
            (_, BreakerPhase::ForcedOpen | BreakerPhase::ForcedClosed) => "by hand".into(),
            (BreakerPhase::ForcedOpen | BreakerPhase::ForcedClosed, _) => "no longer by hand".into(),
            (_, BreakerPhase::HalfOpen) => "the cool-down is over".into(),
            (_, BreakerPhase::Open) if self.runs == 0 => "taken over".into(),
            _ => format!("{} of {} runs failed", self.errors, self.runs),
        }
    }
}

/// Writes it for people: `closed -> open: 12 of 20 runs failed`.
impl fmt::Display for BreakerEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {}: {}", self.from, self.to, self.why())
    }
}
