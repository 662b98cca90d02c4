//! What is to be summed up, and why it may fail.

use std::time::Duration;

use flags_core::{
    Timestamp,
    definition::{AnalysisMethod, ExperimentDefinition},
};
use thiserror::Error;

use crate::{
    Name,
    analysis::{AnalysisOptions, Plan, single_look},
    statistics::Undefined,
    store::StoreError,
};

/// What is to be summed up.
///
/// ```
/// use std::time::Duration;
/// use flags_ab::collect::CollectOptions;
/// use flags_core::Timestamp;
///
/// let options = CollectOptions::until(Timestamp::from_millis(1_795_000_000_000))
///     .by_day()
///     .by("country")
///     .before(Duration::from_secs(14 * 86_400));
/// assert_eq!(options.dimensions.len(), 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectOptions {
    /// Events at this instant and later are left out.
    pub until: Timestamp,
    /// Whether a metric leaves out the units whose window is still open at `until`. Without this, those count with what they
    /// have done so far, which is less than they will have done.
    pub complete_windows_only: bool,
    /// Whether the units are also told apart by the day of their first exposure.
    pub days: bool,
    /// The attributes by which the units are also told apart; as many as were recorded with the exposures.
    pub dimensions: Vec<Name>,
    /// How many values of each dimension are kept, those with the most units; the others are together in
    /// [`OTHER`](crate::summary::OTHER).
    pub values_per_dimension: usize,
    /// How long before the first exposure the same event is looked at, to reduce the noise of means and counts by CUPED.
    pub before: Option<Duration>,
}

impl CollectOptions {
    /// The values of each dimension that are kept unless something else is said.
    pub const VALUES: usize = 20;

    /// All that came before an instant, in one piece.
    #[must_use]
    pub fn until(until: Timestamp) -> Self {
        Self {
            until,
            complete_windows_only: false,
            days: false,
            dimensions: vec![],
            values_per_dimension: Self::VALUES,
            before: None,
        }
    }

    /// What [`analyze`](crate::analysis::analyze) is to be given with these options: by day, and cut where the method looks.
    ///
    /// A group-sequential experiment is cut at its last look. One that is decided at its end is cut there too, once the last
    /// windows have closed; else every later look would be one more.
    #[must_use]
    pub fn for_analysis(definition: &ExperimentDefinition, options: &AnalysisOptions) -> Self {
        let until = match definition.analysis.method {
            AnalysisMethod::Sequential => None,
            // A definition without a plan is refused by the analysis, with the reason.
            AnalysisMethod::GroupSequential => Plan::of(definition, options).ok().and_then(|plan| plan.looks?.last),
            AnalysisMethod::Fixed | AnalysisMethod::Bayesian => single_look(definition),
        };
        Self::until(until.map_or(options.now, |until| until.min(options.now))).by_day()
    }

    /// The options leaving out units with an open window.
    #[must_use]
    pub fn complete_windows_only(mut self) -> Self {
        self.complete_windows_only = true;
        self
    }

    /// The options telling units apart by the day of their first exposure.
    #[must_use]
    pub fn by_day(mut self) -> Self {
        self.days = true;
        self
    }

    /// The options telling units apart by one more attribute.
    #[must_use]
    pub fn by(mut self, dimension: impl Into<Name>) -> Self {
        let dimension = dimension.into();
        if !self.dimensions.contains(&dimension) {
            self.dimensions.push(dimension);
        }
        self
    }

    /// The options looking at that much time before the first exposure.
    #[must_use]
    pub fn before(mut self, time: Duration) -> Self {
        self.before = Some(time);
        self
    }
}

/// Why events could not be summed up.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CollectError {
    /// The events cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The values of a metric cannot be summed up.
    #[error("metric {metric:?}, unit {unit:?}: {reason}")]
    Sum {
        /// The metric.
        metric: Name,
        /// The unit whose value was too much.
        unit: String,
        /// What went wrong.
        reason: Undefined,
    },
}
