//! Funnels: how many units take one step after another, and where they are lost.

mod counts;
mod result;
mod walk;

use std::time::Duration;

use thiserror::Error;

pub use self::{
    counts::FunnelCounts,
    result::{FunnelArm, FunnelResult, FunnelStep},
};
use crate::{Name, store::Query};

/// Steps that a unit is to take in order, other events in between allowed.
///
/// A step is an event. It counts from the unit's first exposure on, after the step before it, and less than its window after
/// the anchor: the exposure, or where [`from_first_step`](Self::from_first_step) says so the first step. Two steps by the same
/// event take two events. A unit counts in the deepest step that any choice of its events reaches, and in all before it.
///
/// ```
/// use std::time::Duration;
///
/// use flags_ab::analytics::Funnel;
///
/// let funnel = Funnel::new("checkout", ["view_cart", "enter_address", "purchase"])?
///     .window(Duration::from_secs(7 * 86_400))?
///     .step_window(0, Duration::from_secs(3_600))?;
/// assert_eq!(funnel.steps().len(), 3);
/// # Ok::<(), flags_ab::analytics::FunnelError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Funnel {
    name: Name,
    steps: Vec<Step>,
    window: Option<Duration>,
    anchor: FunnelAnchor,
    complete_only: bool,
}

/// One step: an event, and how long after the anchor it counts if it has a window of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    event: Name,
    window: Option<Duration>,
}

/// Where the windows of a funnel begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FunnelAnchor {
    /// At the unit's first exposure.
    #[default]
    Exposure,
    /// At the first step, which itself may come at any time from the exposure on.
    FirstStep,
}

impl Funnel {
    /// The most steps there may be.
    pub const MAXIMUM_STEPS: usize = 20;

    /// A funnel of these events in this order, without a window.
    ///
    /// # Errors
    ///
    /// [`FunnelError::Steps`] if there is none, or more than [`MAXIMUM_STEPS`](Self::MAXIMUM_STEPS).
    pub fn new(name: impl Into<Name>, events: impl IntoIterator<Item = impl Into<Name>>) -> Result<Self, FunnelError> {
        let name = name.into();
        let steps: Vec<Step> = events.into_iter().map(|event| Step { event: event.into(), window: None }).collect();
        if steps.is_empty() || steps.len() > Self::MAXIMUM_STEPS {
            return Err(FunnelError::Steps { funnel: name, steps: steps.len() });
        }
        Ok(Self { name, steps, window: None, anchor: FunnelAnchor::default(), complete_only: false })
    }

    /// The funnel with a window for every step that has none of its own; its end is not included.
    ///
    /// # Errors
    ///
    /// [`FunnelError::NoTime`] if it is zero.
    pub fn window(mut self, window: Duration) -> Result<Self, FunnelError> {
        self.window = Some(self.positive(window)?);
        Ok(self)
    }

    /// The funnel with a window of its own for the step at an index, from 0.
    ///
    /// # Errors
    ///
    /// [`FunnelError::NoTime`] if it is zero, [`FunnelError::NoStep`] if there is no such step.
    pub fn step_window(mut self, step: usize, window: Duration) -> Result<Self, FunnelError> {
        let window = self.positive(window)?;
        let steps = self.steps.len();
        let Some(found) = self.steps.get_mut(step) else {
            return Err(FunnelError::NoStep { funnel: self.name, step, steps });
        };
        found.window = Some(window);
        Ok(self)
    }

    /// The funnel with windows that begin at the first step.
    #[must_use]
    pub fn from_first_step(mut self) -> Self {
        self.anchor = FunnelAnchor::FirstStep;
        self
    }

    /// The funnel only of units that were exposed at least the longest window ago. The others had less time, which looks like
    /// a loss; how many they are is said either way.
    #[must_use]
    pub fn complete_windows_only(mut self) -> Self {
        self.complete_only = true;
        self
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// The events of its steps, in order.
    #[must_use]
    pub fn steps(&self) -> Vec<&Name> {
        self.steps.iter().map(|step| &step.event).collect()
    }

    /// Where its windows begin.
    #[must_use]
    pub fn anchor(&self) -> FunnelAnchor {
        self.anchor
    }

    /// The longest window of its steps, `None` if one of them has none.
    #[must_use]
    pub fn longest_window(&self) -> Option<Duration> {
        let windows: Option<Vec<Duration>> = (0..self.steps.len()).map(|step| self.window_of(step)).collect();
        windows?.into_iter().max()
    }

    /// The query wanting its events as well.
    #[must_use]
    pub fn wanting(&self, query: Query) -> Query {
        self.steps.iter().fold(query, |query, step| query.event(step.event.clone()))
    }

    fn window_of(&self, step: usize) -> Option<Duration> {
        self.steps[step].window.or(self.window)
    }

    fn positive(&self, window: Duration) -> Result<Duration, FunnelError> {
        if window.is_zero() { Err(FunnelError::NoTime { funnel: self.name.clone() }) } else { Ok(window) }
    }
}

/// Why there is no such funnel.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FunnelError {
    /// No steps, or too many.
    #[error("funnel `{funnel}` has {steps} steps: name from 1 to {max} events, in order", max = Funnel::MAXIMUM_STEPS)]
    Steps {
        /// The funnel's name.
        funnel: Name,
        /// How many there are.
        steps: usize,
    },
    /// A window of no length, in which nothing can happen.
    #[error("a window of funnel `{funnel}` is zero: give it a length, or leave it out for no limit")]
    NoTime {
        /// The funnel's name.
        funnel: Name,
    },
    /// A window for a step that there is not.
    #[error("funnel `{funnel}` has no step at index {step}: it has {steps}, counted from 0")]
    NoStep {
        /// The funnel's name.
        funnel: Name,
        /// The index.
        step: usize,
        /// How many there are.
        steps: usize,
    },
}
