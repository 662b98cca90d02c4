//! What a circuit breaker needs of the evaluator beside step 4: a decision that looks past it, and one that stops at it.

use super::{Cause, Evaluator, Outcome, off};
use crate::{Attributes, Clock, FlagId, FlagSet, explain::Tracer};

impl FlagSet {
    /// Evaluates a flag by its place as if its own circuit breaker were closed: what a trial run of a half-open breaker gets.
    ///
    /// Every other step stands: a kill, an override, the rollout percentage in force. So do the breakers of the flags it
    /// depends on. Unless the breaker alone keeps the flag off, the outcome is that of [`decide`](Self::decide).
    ///
    /// ```
    /// use flags_core::{CompileOptions, Context, ControlAction, Definitions, FlagDefinition, FlagSet, Overlay, Timestamp};
    ///
    /// let definitions = Definitions { flags: vec![FlagDefinition::new("cart").enabled(true)], ..Definitions::default() };
    /// let mut options = CompileOptions::new("production");
    /// options.overlay = Overlay::new().with("cart", ControlAction::BreakerOpen);
    /// let set = FlagSet::compile(&definitions.check()?, &options);
    /// let (cart, context, now) = (set.find("cart").unwrap(), Context::new("user-42"), Timestamp::default());
    /// assert!(!set.decide(cart, &context, &now).is_on());
    /// assert!(set.decide_despite_breaker(cart, &context, &now).is_on());
    /// # Ok::<(), flags_core::DefinitionErrors>(())
    /// ```
    #[must_use]
    pub fn decide_despite_breaker<C: Attributes + ?Sized, N: Clock + ?Sized>(
        &self,
        flag: FlagId,
        context: &C,
        clock: &N,
    ) -> Outcome {
        Evaluator::new(self, context, clock, &mut Trial { flag: flag.0 }).decide(flag.0)
    }

    /// The outcome of step 4 for a flag whose circuit breaker is open, whether a control says so already or not: its off value.
    #[must_use]
    pub fn off_by_breaker(&self, flag: FlagId) -> Outcome {
        match self.flags.get(flag.0 as usize) {
            Some(found) => off(flag.0, found, Cause::Breaker),
            None => Outcome::NOT_FOUND,
        }
    }
}

/// Tells nobody anything, and has the breaker of one flag passed.
///
/// A tracer of its own, so that the evaluator of ordinary decisions is compiled without a question about it.
struct Trial {
    flag: u32,
}

impl Tracer for Trial {
    const ACTIVE: bool = false;

    #[inline]
    fn stops_at_breaker(&self, flag: u32) -> bool {
        flag != self.flag
    }
}
