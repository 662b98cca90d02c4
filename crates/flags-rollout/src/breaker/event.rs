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
    /// A few runs are let through, to see.
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

    /// Whether the flag is off.
    #[must_use]
    pub const fn is_off(self) -> bool {
        matches!(self, Self::Open | Self::ForcedOpen)
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

impl fmt::Display for BreakerEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = |phase: BreakerPhase| phase.name().replace('_', " ");
        write!(f, "{} -> {}", words(self.from), words(self.to))?;
        match (self.from, self.to) {
            (BreakerPhase::HalfOpen, BreakerPhase::Open) if self.runs == 0 => {
                f.write_str(": no trial has ended in time")
            }
            (_, BreakerPhase::ForcedOpen | BreakerPhase::ForcedClosed) => f.write_str(": by hand"),
            (BreakerPhase::ForcedOpen | BreakerPhase::ForcedClosed, _) => f.write_str(": no longer by hand"),
            (_, BreakerPhase::HalfOpen) => f.write_str(": the cool-down is over"),
            _ => write!(f, ": {} of {} runs failed", self.errors, self.runs),
        }
    }
}
