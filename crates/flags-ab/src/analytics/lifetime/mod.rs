//! Lifetime value: what units are worth by their age, and how many of them stay, week by week.

mod counts;
mod result;

use thiserror::Error;

pub use self::{
    counts::LifetimeCounts,
    result::{Cohort, Lifetime, LifetimeAge, LifetimeArm, LifetimeResult, PooledAge},
};
use crate::{Name, store::Query};

/// What is asked of the long run: the event whose values add up, the events by which a unit counts as still there, and for how
/// many weeks.
///
/// A unit's age is counted from its first exposure: it is of age 0 for the first seven days. Units whose first exposure fell
/// into one week, from Monday in UTC, are a cohort, and a cohort has an age only once all of it had the time for it.
/// What has been seen is said and nothing beyond: there is no model of the years to come.
///
/// ```
/// use flags_ab::analytics::LifetimePlan;
///
/// let plan = LifetimePlan::new("purchase", 8)?.active("visit");
/// assert_eq!(plan.weeks(), 8);
/// # Ok::<(), flags_ab::analytics::LifetimeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LifetimePlan {
    value: Name,
    active: Vec<Name>,
    weeks: usize,
}

impl LifetimePlan {
    /// The most weeks a unit may be followed: two years.
    pub const MAXIMUM_WEEKS: usize = 104;

    /// The values of an event, for so many weeks from the first exposure. A unit counts as active in a week in which it had
    /// the event, unless [`active`](Self::active) names others.
    ///
    /// # Errors
    ///
    /// [`LifetimeError::Weeks`] unless there are from 1 to [`MAXIMUM_WEEKS`](Self::MAXIMUM_WEEKS).
    pub fn new(value: impl Into<Name>, weeks: usize) -> Result<Self, LifetimeError> {
        if !(1..=Self::MAXIMUM_WEEKS).contains(&weeks) {
            return Err(LifetimeError::Weeks { weeks });
        }
        Ok(Self { value: value.into(), active: vec![], weeks })
    }

    /// The plan with an event by which a unit counts as active, instead of the one whose values are added.
    #[must_use]
    pub fn active(mut self, event: impl Into<Name>) -> Self {
        self.active.push(event.into());
        self
    }

    /// The event whose values are added.
    #[must_use]
    pub fn value(&self) -> &Name {
        &self.value
    }

    /// The events by which a unit counts as active.
    #[must_use]
    pub fn active_events(&self) -> &[Name] {
        if self.active.is_empty() { std::slice::from_ref(&self.value) } else { &self.active }
    }

    /// For how many weeks units are followed.
    #[must_use]
    pub fn weeks(&self) -> usize {
        self.weeks
    }

    /// The query wanting its events as well.
    #[must_use]
    pub fn wanting(&self, query: Query) -> Query {
        self.active.iter().fold(query.event(self.value.clone()), |query, event| query.event(event.clone()))
    }
}

/// Why there is no such plan.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LifetimeError {
    /// No weeks, or too many.
    #[error("lifetime value over {weeks} weeks: ask for 1 to {max}", max = LifetimePlan::MAXIMUM_WEEKS)]
    Weeks {
        /// How many were asked for.
        weeks: usize,
    },
}
