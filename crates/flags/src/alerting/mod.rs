//! Alerts of a client: the rules its definitions hold, looked at every few seconds and whenever something happens.
//!
//! The two halves have one interface: with the feature `alerts` somebody is told, without it nothing is there to do.

#[cfg(feature = "alerts")]
mod desk;
#[cfg(not(feature = "alerts"))]
mod disabled;
#[cfg(feature = "alerts")]
mod enabled;
#[cfg(feature = "alerts")]
mod measured;
#[cfg(all(feature = "alerts", feature = "rollouts"))]
mod rollouts;

#[cfg(feature = "alerts")]
pub use self::desk::AlertDesk;
#[cfg(not(feature = "alerts"))]
pub(crate) use self::disabled::Alerting;
#[cfg(feature = "alerts")]
pub(crate) use self::enabled::Alerting;
