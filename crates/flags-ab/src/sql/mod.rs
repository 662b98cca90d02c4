//! The query that lets a database sum up an experiment from its own tables, in the words of each database.
//!
//! It answers with the rows that [`ExperimentSummary::from_json`](crate::summary::ExperimentSummary::from_json) reads, so that
//! millions of events stay where they are and only sums travel. What counts is what [`collect`](crate::collect::collect()) counts.
//!
//! ```
//! use flags_ab::sql::{Dialect, SqlOptions, summary_query};
//! use flags_core::definition::{ArmDefinition, ExperimentDefinition, MetricDefinition};
//!
//! let definition = ExperimentDefinition::new("checkout")
//!     .arm(ArmDefinition::control("control"))
//!     .arm(ArmDefinition::new("treatment"))
//!     .metric(MetricDefinition::conversion("conversion", "purchase"));
//! let query = summary_query(&definition, &SqlOptions::new(Dialect::Postgres))?;
//! assert!(query.contains("FROM exposures"));
//! # Ok::<(), flags_ab::sql::SqlError>(())
//! ```
//!
//! # The tables
//!
//! | table | columns |
//! | --- | --- |
//! | exposures | `experiment`, `unit`, `arm`, `exposed_at`; `split` and any dimensions where they are asked for |
//! | events | `unit`, `event`, `value` (a number; null counts as 1), `occurred_at` |
//!
//! Both instants are of the database's type for instants, in UTC. A row may stand in them twice only if it happened twice: an
//! exposure may be repeated, an event counts each time. Tables that are otherwise are given these columns by a view.

mod dialect;
mod query;

use flags_core::{Timestamp, definition::ExperimentDefinition};
use thiserror::Error;

pub use self::dialect::Dialect;
use crate::Name;

/// For which database a query is, and where its tables are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlOptions {
    /// The database.
    pub dialect: Dialect,
    /// The table of exposures, with its schema where it needs one.
    pub exposures: String,
    /// The table of events.
    pub events: String,
    /// Rows at this instant and later are left out; `None` takes all there are.
    pub until: Option<Timestamp>,
    /// Whether the units are also told apart by the day of their first exposure.
    pub days: bool,
    /// Whether exposures have the weights that were in force in a column `split`, as in `control=1,treatment=1`, so that the
    /// sizes of the arms are judged against these.
    pub split: bool,
    /// Columns of the exposures by which the units are also told apart.
    pub dimensions: Vec<Name>,
}

impl SqlOptions {
    /// The tables `exposures` and `events` of a database, summed up in one piece.
    #[must_use]
    pub fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            exposures: "exposures".to_owned(),
            events: "events".to_owned(),
            until: None,
            days: false,
            split: false,
            dimensions: vec![],
        }
    }
}

/// Why there is no query.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SqlError {
    /// A name that no query can hold.
    #[error(
        "{what} {name:?} cannot stand in a query: expected letters, digits, `_`, `-` and `$`, with `.` between schema and table"
    )]
    Identifier {
        /// What it names.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// A metric without the event that its kind needs.
    #[error("metric {metric:?} has no event to be computed from")]
    NoEvent {
        /// The metric.
        metric: String,
    },
}

/// The query that sums up an experiment.
///
/// A unit belongs to the arm of its first exposure and is left out, and counted, if it was seen in a second one. Events count
/// from that instant on, that instant included, up to the end of the metric's window, that instant not included. Values are cut
/// at the quantile (type 7) over the units of all arms. Two exposures of a unit at one instant count in the order of the
/// arms' names, and of two values of a `custom` metric at one instant the larger is the last.
///
/// # Errors
///
/// [`SqlError::Identifier`] for a name of a table or a column that is none, [`SqlError::NoEvent`] for a metric that nothing can
/// be computed for.
pub fn summary_query(definition: &ExperimentDefinition, options: &SqlOptions) -> Result<String, SqlError> {
    query::write(definition, options)
}
