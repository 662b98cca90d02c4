//! The circuit breaker of a flag: off while too many of its runs fail, and tried again after a while.
//!
//! ```text
//! closed --too many errors--> open --cool-down over, somebody asks--> half-open --as many trials as permits, well--> closed
//!                              ^                                          |
//!                              +---- too many errors, or no trial --------+
//! ```
//!
//! [`Breaker`] is the machine: every method takes the time, nothing is shared, nothing waits. [`SharedBreaker`] is one that
//! many threads use, with permits that come back when they are dropped, whatever became of the run: a half-open breaker is
//! never stuck for want of an outcome.
//!
//! ```
//! use flags_core::Timestamp;
//! use flags_rollout::breaker::{Breaker, BreakerOptions, BreakerState};
//!
//! let mut breaker = Breaker::new(BreakerOptions { min_samples: 4, ..BreakerOptions::new(0.5) });
//! let now = Timestamp::from_millis(0);
//! for succeeded in [true, false, false, false] {
//!     breaker.record(succeeded, now);
//! }
//! assert!(matches!(breaker.state(now), BreakerState::Open { .. }));
//! ```

mod event;
mod machine;
mod options;
mod permit;
mod window;

pub use self::{
    event::{BreakerEvent, BreakerPhase},
    machine::{Admission, Breaker, BreakerState, Ticket},
    options::{BreakerOptions, Window},
    permit::{Permit, SharedBreaker},
};
