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
pub(crate) use self::disabled::{Meter, Metering};
#[cfg(feature = "metrics")]
pub(crate) use self::enabled::{Meter, Metering};
