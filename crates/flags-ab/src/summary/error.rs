//! Why a summary cannot be read or merged.

use thiserror::Error;

use crate::{Name, statistics::Undefined};

/// Why a summary cannot be read or merged.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum SummaryError {
    /// The text is not JSON.
    #[error(
        "the summary is not JSON (line {line}, column {column}): {problem}; give an array of rows, or one row a line"
    )]
    Syntax {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What the parser says.
        problem: String,
    },
    /// A row that is something else than an object.
    #[error(
        "row {row} is not an object: each row is written as {{\"experiment\": …, \"arm\": …, \"metric\": …, \"users\": …}}"
    )]
    NotARow {
        /// The number of the row, from 1.
        row: usize,
    },
    /// A field that a row needs and has not.
    #[error("row {row}{of}: \"{field}\" is missing")]
    Missing {
        /// The number of the row, from 1.
        row: usize,
        /// Arm and metric of the row, where they are known.
        of: RowName,
        /// The field.
        field: &'static str,
    },
    /// A field with a value that it cannot have.
    #[error("row {row}{of}: \"{field}\" is {found}, and has to be {expected}")]
    Value {
        /// The number of the row, from 1.
        row: usize,
        /// Arm and metric of the row, where they are known.
        of: RowName,
        /// The field.
        field: &'static str,
        /// What it is, as JSON.
        found: String,
        /// What it has to be.
        expected: &'static str,
    },
    /// A field that no row has.
    #[error("row {row}{of}: there is no field \"{field}\"{hint}")]
    UnknownField {
        /// The number of the row, from 1.
        row: usize,
        /// Arm and metric of the row, where they are known.
        of: RowName,
        /// The field.
        field: String,
        /// The field that may be meant, as `; did you mean "variance"?`, or nothing.
        hint: String,
    },
    /// The numbers of a row do not go together.
    #[error("row {row}{of}: {reason}")]
    Numbers {
        /// The number of the row, from 1.
        row: usize,
        /// Arm and metric of the row, where they are known.
        of: RowName,
        /// What is wrong with them.
        reason: Undefined,
    },
    /// No row is about the experiment.
    #[error("there is no row of experiment {experiment:?}{others}")]
    NoRows {
        /// The experiment that was asked for.
        experiment: String,
        /// Those that there are, as `; the rows are of "a" and "b"`, or nothing.
        others: String,
    },
    /// The sums of a metric do not fit together.
    #[error("arm {arm:?}, metric {metric:?}: two parts cannot be merged: {reason}")]
    Merge {
        /// The arm.
        arm: Name,
        /// The metric.
        metric: Name,
        /// Why.
        reason: Undefined,
    },
    /// Summaries of two experiments.
    #[error("the summaries are of two experiments, {one:?} and {other:?}")]
    TwoExperiments {
        /// The one.
        one: Name,
        /// The other.
        other: Name,
    },
}

/// The arm and the metric of a row, as far as they are known; shown as ` (arm "treatment", metric "revenue")`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowName {
    /// The arm.
    pub arm: Option<String>,
    /// The metric.
    pub metric: Option<String>,
}

impl std::fmt::Display for RowName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.arm, &self.metric) {
            (Some(arm), Some(metric)) => write!(f, " (arm {arm:?}, metric {metric:?})"),
            (Some(arm), None) => write!(f, " (arm {arm:?})"),
            (None, Some(metric)) => write!(f, " (metric {metric:?})"),
            (None, None) => Ok(()),
        }
    }
}
