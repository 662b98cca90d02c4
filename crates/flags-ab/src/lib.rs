//! Experiments: honest statistics from mergeable sums.
//!
//! [`Event`]s say which unit got which arm and what it did then; an [`EventStore`](store::EventStore) keeps them and gives them
//! back unit by unit; [`export`] hands them to other programs. [`record`] has what stands between a program and a store: which exposures are new, and when to append.
//!
//! [`statistics`] answers what an experiment says: tests, intervals, sequential and Bayesian inference, planning. It takes
//! counts and sums, wherever they were gathered, and reads no clock, file, network or random source. What has no answer says
//! why. [`catalog`] has the same by name, from JSON to JSON.
//!
//! ```
//! use flags_ab::statistics::{Moments, Alpha, welch_t};
//!
//! // Each server sums up its own users; the sums are merged wherever the question is asked.
//! let sum = |values: &[f64]| {
//!     let mut moments = Moments::default();
//!     values.iter().try_for_each(|value| moments.push(*value)).map(|()| moments)
//! };
//! let control = sum(&[12.0, 9.5, 11.0])?.merge(sum(&[10.5, 8.0])?)?;
//! let treatment = sum(&[13.0, 12.5])?.merge(sum(&[11.5, 14.0, 12.0])?)?;
//! let result = welch_t(control.summary(), treatment.summary(), Alpha::FIVE_PERCENT)?;
//! assert!((result.difference - 2.4).abs() < 1e-12);
//! assert!(result.test?.interval.lower > 0.0);
//! # Ok::<(), flags_ab::statistics::Undefined>(())
//! ```

pub mod analysis;
pub mod analytics;
pub mod catalog;
pub mod collect;
mod event;
mod export;
pub mod import;
pub mod plan;
pub mod record;
pub mod report;
pub mod sql;
pub mod statistics;
pub mod store;
pub mod summary;

pub use self::{
    event::{Event, EventKind, Exposure, Name, Occurrence},
    export::{EXPORT_COLUMNS, ExportError, export},
};
