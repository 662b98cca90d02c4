//! Recording experiments: which unit met which arm, and what it did then.
//!
//! The two halves have one interface: with the feature `experiments` a client that was given a [`Recording`] keeps events,
//! without it nothing is there to do.
//!
//! The caller's thread looks up names, asks whether the exposure is new, and puts it into a queue (`queue.rs`). It never waits
//! for the store: that is for a thread of its own (`thread.rs`). Another one judges by what was kept (`judge.rs`). What each compiled set needs to know of its experiments is laid
//! down once, when the set is put in force (`names.rs`).

#[cfg(feature = "experiments")]
mod assigned;
#[cfg(not(feature = "experiments"))]
mod disabled;
#[cfg(feature = "experiments")]
mod enabled;
#[cfg(feature = "experiments")]
mod exposures;
#[cfg(feature = "experiments")]
mod judge;
#[cfg(feature = "experiments")]
mod names;
#[cfg(feature = "experiments")]
mod options;
#[cfg(feature = "experiments")]
mod queue;
#[cfg(all(feature = "experiments", feature = "metrics"))]
mod shown;
#[cfg(feature = "experiments")]
mod status;
#[cfg(feature = "experiments")]
mod thread;

#[cfg(not(feature = "experiments"))]
pub(crate) use self::disabled::{Exposures, Recorder};
#[cfg(all(feature = "experiments", feature = "metrics"))]
pub(crate) use self::shown::SHOWN;
#[cfg(feature = "experiments")]
pub use self::{
    assigned::Assigned,
    judge::JudgeError,
    options::Recording,
    status::{ArmCount, Dropped, EventCount, RecordingStatus},
};
#[cfg(feature = "experiments")]
pub(crate) use self::{enabled::Recorder, exposures::Exposures};
