//! A snapshot to hold: many evaluations against one version of everything.

use std::{fmt, sync::Arc};

use flags_core::{Attributes, Decision, Explanation, FlagId, FlagSet, Outcome, Timestamp};

use crate::{
    FlagValue,
    live::{Live, SharedClock},
};

/// One state of all flags, immutable and cheap to clone.
///
/// Every decision of a request, a batch or a report made against one snapshot is consistent with every other. A snapshot
/// may also stand at [another instant](Self::at).
///
/// ```
/// use flags::{Context, Flags};
///
/// let flags = Flags::builder().toml("[features.cart]\nenabled = true").build()?;
/// let snapshot = flags.snapshot();
/// assert!(snapshot.is_enabled("cart", &Context::new("user-42")));
/// # Ok::<(), flags::BuildError>(())
/// ```
#[derive(Clone)]
pub struct Snapshot {
    live: Arc<Live>,
    clock: Option<SharedClock>,
    /// Whether units that are evaluated for meet the arms of experiments.
    exposes: bool,
}

impl Snapshot {
    pub(crate) fn new(live: Arc<Live>) -> Self {
        Self { live, clock: None, exposes: true }
    }

    /// The same flags, looked at without exposing anybody: for reports, previews and whatever is not shown to the unit.
    #[must_use]
    pub fn without_exposures(mut self) -> Self {
        self.exposes = false;
        self
    }

    /// The same state at another instant: schedules and conditions on time are evaluated as of then.
    #[must_use]
    pub fn at(mut self, instant: Timestamp) -> Self {
        self.clock = Some(Arc::new(instant));
        self
    }

    /// The same state at this instant, which does not pass.
    #[cfg(feature = "tower")]
    pub(crate) fn standing(self) -> Self {
        let now = self.live.clock.now();
        self.at(now)
    }

    /// Whether the flag called `key` is on for a context; `false` for an unknown flag.
    #[must_use]
    #[inline]
    pub fn is_enabled<C: Attributes>(&self, key: &str, context: &C) -> bool {
        self.evaluate(key, context).is_on()
    }

    /// Evaluates the flag called `key` for a context.
    #[must_use]
    #[inline]
    pub fn evaluate<C: Attributes>(&self, key: &str, context: &C) -> Decision<'_> {
        let outcome = match &self.clock {
            None => {
                let outcome = self.live.ask(key, context, &self.live.meter);
                self.expose(context, outcome);
                outcome
            }
            Some(clock) => {
                let outcome = self.live.set.evaluate(key, context, &**clock).outcome();
                self.live.observe(|| key, context, outcome);
                outcome
            }
        };
        self.live.set.decision(outcome)
    }

    /// The value of a flag, or `default` where it has none of that type.
    #[must_use]
    pub fn get<T: FlagValue>(&self, key: &str, context: &impl Attributes, default: T) -> T {
        self.evaluate(key, context).value().and_then(T::from_value).unwrap_or(default)
    }

    /// Explains the flag called `key` for a context: every step with what it found, or why it was not reached.
    #[must_use]
    pub fn explain<C: Attributes>(&self, key: &str, context: &C) -> Explanation {
        let clock = self.clock.as_ref().unwrap_or(&self.live.clock);
        self.live.set.explain(key, context, &**clock)
    }

    /// The place of a flag in this snapshot, for evaluations without looking up its name.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<FlagId> {
        self.live.set.find(key)
    }

    /// Evaluates a flag by its place in this snapshot.
    #[must_use]
    #[inline]
    pub fn decide<C: Attributes>(&self, flag: FlagId, context: &C) -> Decision<'_> {
        let key = || self.live.set.view(flag).map_or("", flags_core::FlagView::key);
        let outcome = match &self.clock {
            None => {
                let outcome = self.live.ask_id(key, flag, context, &self.live.meter);
                self.expose(context, outcome);
                outcome
            }
            // What would be at another instant is no evaluation to be counted.
            Some(clock) => {
                let outcome = self.live.set.decide(flag, context, &**clock);
                self.live.observe(key, context, outcome);
                outcome
            }
        };
        self.live.set.decision(outcome)
    }

    #[inline]
    fn expose<C: Attributes>(&self, context: &C, outcome: Outcome) {
        if self.exposes {
            self.live.expose(context, outcome, &*self.live.clock);
        }
    }

    /// Decides for a request, whose instant is the present: counted and told like any other evaluation.
    #[cfg(feature = "tower")]
    pub(crate) fn decide_for_request<C: Attributes>(&self, key: &str, context: &C) -> Outcome {
        let clock = self.clock.as_ref().unwrap_or(&self.live.clock);
        if self.exposes {
            self.live.decide_by(key, context, &**clock, &self.live.meter)
        } else {
            self.live.ask_by(key, context, &**clock, &self.live.meter)
        }
    }

    /// The value of an outcome, if it is of the type that is asked for.
    #[cfg(feature = "tower")]
    pub(crate) fn value<T: FlagValue>(&self, outcome: Outcome) -> Option<T> {
        self.live.value(outcome, &self.live.meter)
    }

    #[cfg(feature = "experiments")]
    pub(crate) fn clock(&self) -> Option<&SharedClock> {
        self.clock.as_ref()
    }

    #[cfg(feature = "experiments")]
    pub(crate) fn has_exposures(&self) -> bool {
        self.exposes
    }

    #[cfg(any(feature = "experiments", feature = "metrics"))]
    pub(crate) fn live(&self) -> &Arc<Live> {
        &self.live
    }

    /// The revision: how many states the client has been in before, counted from 1.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.live.revision
    }

    /// The compiled set: every flag with what is known of it.
    #[must_use]
    pub fn set(&self) -> &FlagSet {
        &self.live.set
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("revision", &self.revision())
            .field("environment", &self.set().environment())
            .field("flags", &self.set().len())
            .finish_non_exhaustive()
    }
}
