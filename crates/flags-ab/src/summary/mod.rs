//! What an experiment has shown so far, as sums: small, mergeable, and the same whoever gathers them.
//!
//! [`collect`](crate::collect) makes a summary from an event store, [`ExperimentSummary::from_json`] reads what a database has
//! summed up, and [`analysis`](crate::analysis) judges it.
//!
//! ```
//! use flags_ab::summary::ExperimentSummary;
//!
//! let rows = r#"[
//!     {"experiment": "checkout", "arm": "control",   "metric": "conversion", "users": 5000, "conversions": 250},
//!     {"experiment": "checkout", "arm": "treatment", "metric": "conversion", "users": "5000", "mean": "0.07"}
//! ]"#;
//! let summary = ExperimentSummary::from_json("checkout", rows)?;
//! assert_eq!(summary.overall()?.users("treatment"), 5000);
//! # Ok::<(), flags_ab::summary::SummaryError>(())
//! ```

mod day;
mod error;
mod metric;
mod slice;
mod split;
mod wire;

use std::collections::BTreeMap;

pub use self::{
    day::Day,
    error::{RowName, SummaryError},
    metric::{MetricSum, MetricSummary},
    slice::{ArmSummary, Slice},
    split::Split,
};
use crate::Name;

/// The value that stands for all values of a dimension beyond the number that is kept.
pub const OTHER: &str = "(other)";

/// What an experiment has shown so far, as sums.
///
/// The phases are the whole; segments and days are further cuts through the same units. All of it merges: the summary of two
/// sets of units is the merged summary of each, in any order.
#[derive(Clone, Debug, PartialEq)]
pub struct ExperimentSummary {
    /// The experiment's key.
    pub experiment: Name,
    /// The units by the weights that were in force at their first exposure, as events carry them: `control=1,treatment=1`
    /// (see [`Split`]); under the empty name where that is not known.
    pub phases: BTreeMap<Name, Slice>,
    /// The units by dimension and value, where dimensions were asked for. A unit without the dimension is in none of its
    /// segments; values beyond the number that is kept are together in [`OTHER`].
    pub segments: BTreeMap<(Name, Name), Slice>,
    /// The units by the day of their first exposure, where days were asked for.
    pub days: BTreeMap<Day, Slice>,
}

impl ExperimentSummary {
    /// The summary of nobody.
    #[must_use]
    pub fn new(experiment: impl Into<Name>) -> Self {
        Self {
            experiment: experiment.into(),
            phases: BTreeMap::new(),
            segments: BTreeMap::new(),
            days: BTreeMap::new(),
        }
    }

    /// All units, whatever weights were in force.
    ///
    /// # Errors
    ///
    /// [`SummaryError::Merge`] if the sums of a metric do not fit together.
    pub fn overall(&self) -> Result<Slice, SummaryError> {
        let mut overall = Slice::default();
        self.phases.values().try_for_each(|phase| overall.absorb(phase))?;
        Ok(overall)
    }

    /// All units that are counted.
    #[must_use]
    pub fn users(&self) -> u64 {
        self.phases.values().fold(0, |sum, phase| sum.saturating_add(phase.all_users()))
    }

    /// The two together, as if their units, of which none is in both, had been summed up in one place.
    ///
    /// # Errors
    ///
    /// [`SummaryError::TwoExperiments`] if they are of two, [`SummaryError::Merge`] if the sums of a metric do not fit
    /// together.
    pub fn merge(mut self, other: &Self) -> Result<Self, SummaryError> {
        if self.experiment != other.experiment {
            return Err(SummaryError::TwoExperiments { one: self.experiment, other: other.experiment.clone() });
        }
        absorb(&mut self.phases, &other.phases)?;
        absorb(&mut self.segments, &other.segments)?;
        absorb(&mut self.days, &other.days)?;
        Ok(self)
    }

    /// Reads the rows of one experiment, as databases give them; see `docs/guide/experiments.md` for the fields.
    ///
    /// The rows are an array, or stand one after the other (JSON Lines). Numbers may be written as text, names of fields in
    /// upper case, and a field that is `null` is absent. Rows of other experiments are passed over.
    ///
    /// - `experiment`, `arm`, `metric` and `users` are in every row. The metric `exposures` counts the units of an arm, with
    ///   `in_two_arms` of them left out everywhere because they were seen in another arm later; without such a row
    ///   an arm has as many units as its metrics.
    /// - A conversion has `conversions`, or its rate as `mean`. Any other metric has `mean` and `variance` (with divisor n − 1)
    ///   of its value per unit; a ratio or a duration also `mean_denominator`, `variance_denominator` and `covariance`.
    ///   With `mean_before`, `variance_before` and `covariance_before` the noise is reduced by CUPED.
    /// - `phase` holds the weights that were in force (`control=1,treatment=1`). Rows with `dimension` and `value`, or with
    ///   `day`, are cuts through the same units; where there are only days, they are the whole too.
    ///
    /// # Errors
    ///
    /// The first row and field that cannot be read, and why; [`SummaryError::NoRows`] if no row is of the experiment.
    pub fn from_json(experiment: &str, text: &str) -> Result<Self, SummaryError> {
        wire::read(experiment, text)
    }

    /// The rows as [`from_json`](Self::from_json) reads them, an array with one row a line, in an order that depends on nothing
    /// but the content.
    #[must_use]
    pub fn to_json(&self) -> String {
        wire::write(self)
    }
}

fn absorb<K: Ord + Clone>(into: &mut BTreeMap<K, Slice>, from: &BTreeMap<K, Slice>) -> Result<(), SummaryError> {
    from.iter().try_for_each(|(key, slice)| into.entry(key.clone()).or_default().absorb(slice))
}
