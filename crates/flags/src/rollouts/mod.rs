//! Staged rollouts that undo themselves: what runs come to in the arms of each, the controller over this client, and the desk.
//!
//! The two halves have one interface: with the feature `rollouts` the plans that definitions hold are known to a client, without
//! it nothing is there to do.
//!
//! The path of a run is short. A set that is put in force brings along which of its flags are watched (`watch.rs`); a run of
//! another flag finds an empty slice. A run of a watched flag is told apart by its arm when it is decided, and counted in the
//! ledger of that flag (`arms.rs`, `units.rs`) when it ends.

#[cfg(feature = "rollouts")]
mod arms;
#[cfg(feature = "rollouts")]
mod breakers;
#[cfg(feature = "rollouts")]
mod desk;
#[cfg(not(feature = "rollouts"))]
mod disabled;
#[cfg(feature = "rollouts")]
mod enabled;
#[cfg(feature = "rollouts")]
mod error;
#[cfg(feature = "rollouts")]
mod last_look;
#[cfg(feature = "rollouts")]
mod migrations;
#[cfg(feature = "rollouts")]
mod operator;
#[cfg(feature = "rollouts")]
mod options;
#[cfg(feature = "rollouts")]
mod plans;
#[cfg(feature = "rollouts")]
mod port;
#[cfg(feature = "rollouts")]
mod shared;
#[cfg(feature = "rollouts")]
mod shown;
#[cfg(feature = "rollouts")]
mod units;
#[cfg(feature = "rollouts")]
mod view;
#[cfg(feature = "rollouts")]
mod watch;

#[cfg(not(feature = "rollouts"))]
pub(crate) use self::disabled::{PlannedRollouts, Rollouts, Watch};
#[cfg(all(feature = "metrics", not(feature = "rollouts")))]
pub(crate) use self::disabled::{WatchedRun, Watching};
#[cfg(feature = "rollouts")]
pub(crate) use self::{
    breakers::SHOWN as SHOWN_OF_BREAKERS,
    enabled::{PlannedRollouts, Rollouts},
    shown::SHOWN,
    watch::{Watch, WatchedRun, Watching},
};
#[cfg(feature = "rollouts")]
pub use self::{
    breakers::{BreakerDesk, BreakerOperator, BreakerView},
    desk::{ArmRuns, RolloutDesk},
    error::RolloutError,
    last_look::LastLook,
    migrations::{MigrationDesk, MigrationOperator, MigrationPhase, MigrationView},
    operator::RolloutOperator,
    options::RolloutOptions,
    view::{GuardrailView, RolloutView},
};
