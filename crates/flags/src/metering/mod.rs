//! Counting what is evaluated, for clients that are given something to count with.
//!
//! The two halves have one interface: with the feature `metrics` evaluations are counted, without it nothing is there to do.

#[cfg(not(feature = "metrics"))]
mod disabled;
#[cfg(feature = "metrics")]
mod enabled;
#[cfg(feature = "metrics")]
mod sources;

#[cfg(not(feature = "metrics"))]
pub(crate) use self::disabled::{Begun, Counts, Meter, Metering};
#[cfg(feature = "metrics")]
pub(crate) use self::enabled::{Begun, Counts, Meter, Metering};

use flags_core::{Attributes, FlagId, FlagSet, Outcome};

/// What an evaluation is counted with.
///
/// Two calls around it, and not one that is given a closure: the evaluation is large, and would be there once for each way the
/// closure might be called.
pub(crate) trait Tally {
    /// Begins an evaluation.
    fn begin(&self) -> Begun;

    /// Counts the outcome of an evaluation against `set`, and the unit where units are told apart.
    fn finish<C: Attributes>(&self, begun: Begun, outcome: Outcome, set: &FlagSet, context: &C);

    /// Counts that the value of a decision was of another type than the caller asked for.
    fn type_mismatch(&self, flag: Option<FlagId>);
}
