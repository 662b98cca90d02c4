//! How a client follows rollout plans.

use std::time::Duration;

use flags_rollout::plan::RolloutDefinition;

use crate::Builder;

/// How a client follows rollout plans; given to [`Builder::rollouts`].
///
/// ```
/// use flags::{Flags, RolloutOptions};
///
/// let flags = Flags::builder()
///     .toml("[features.search]\nenabled = true")
///     .rollouts(RolloutOptions::new().drive(true))
///     .build()?;
/// # drop(flags);
/// # Ok::<(), flags::BuildError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "nothing changes until it is given to a builder"]
pub struct RolloutOptions {
    pub(super) drive: bool,
    pub(super) interval: Option<Duration>,
}

impl RolloutOptions {
    /// A client that measures the arms of rollouts and takes commands, and leaves it to others to drive plans.
    pub fn new() -> Self {
        Self { drive: false, interval: Some(Duration::from_secs(1)) }
    }

    /// Whether this client drives plans: looks at guardrails, advances, and rolls back. Of several programs on one
    /// [state folder](Builder::state_dir), one does; another takes over when that ends. Without a state folder, what it knows of rollouts ends with the program.
    pub fn drive(mut self, drive: bool) -> Self {
        self.drive = drive;
        self
    }

    /// How often a client that drives looks at each plan: every second unless said otherwise, and not more often than every
    /// ten milliseconds. `None` looks when [asked](crate::RolloutDesk::look) to.
    pub fn look_every(mut self, interval: impl Into<Option<Duration>>) -> Self {
        self.interval = interval.into().map(|interval| interval.max(Duration::from_millis(10)));
        self
    }
}

impl Default for RolloutOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl Builder {
    /// How this client follows rollout plans. Without this it measures the arms of plans and takes commands, and leaves it to
    /// others to drive them.
    pub fn rollouts(mut self, options: RolloutOptions) -> Self {
        self.rollouts.options = options;
        self
    }

    /// Gives a flag a rollout plan that was assembled in the program. It goes before one that definitions hold.
    ///
    /// ```
    /// use flags::rollout::plan::{GuardMetric, GuardrailDefinition, RolloutDefinition, Strategy};
    /// use flags::{FlagDefinition, Flags};
    ///
    /// let careful = RolloutDefinition::new(Strategy::Canary)
    ///     .guardrail(GuardrailDefinition::new(GuardMetric::ErrorRate).max_increase(0.1));
    /// let flags = Flags::builder()
    ///     .flag(FlagDefinition::new("search").enabled(true))
    ///     .rollout_plan("search", careful)
    ///     .build()?;
    /// # drop(flags);
    /// # Ok::<(), flags::BuildError>(())
    /// ```
    pub fn rollout_plan(mut self, flag: impl Into<Box<str>>, plan: RolloutDefinition) -> Self {
        let flag = flag.into();
        self.rollouts.given.retain(|(known, _)| *known != flag);
        self.rollouts.given.push((flag, plan));
        self
    }
}
