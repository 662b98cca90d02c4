//! Summaries as JSON: the rows that a database prints and that travel between servers.

mod read;
mod write;

pub(super) use self::{read::read, write::write};

/// The metric under which the units of an arm are counted.
const EXPOSURES: &str = "exposures";

/// Every field of a row.
const FIELDS: [&str; 20] = [
    "experiment",
    "arm",
    "metric",
    "users",
    "conversions",
    "mean",
    "variance",
    "mean_denominator",
    "variance_denominator",
    "covariance",
    "mean_before",
    "variance_before",
    "covariance_before",
    "in_two_arms",
    "open_windows",
    "capped",
    "phase",
    "dimension",
    "value",
    "day",
];
