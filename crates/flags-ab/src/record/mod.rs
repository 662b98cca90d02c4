//! Recording: what stands between a program that meets units at any time on any thread, and a store that takes batches.
//!
//! Nothing here has a thread or a clock. [`FirstExposures`] knows which units have been recorded already; [`Batching`] says when
//! what waits is appended, and what becomes of it if that fails. Whoever records owns the queue and the thread.

mod batching;
mod first_exposures;

pub use self::{
    batching::{AfterFailure, BatchOptions, Batching, Step, Waiting},
    first_exposures::{ExposureKey, ExposureSeed, FirstExposures},
};
