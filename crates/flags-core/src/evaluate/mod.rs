//! The evaluation order: one path for the fast evaluation and the explained one.
//!
//! [`Evaluator::decide`] walks the fourteen steps of the order; a [`Tracer`] listens. The no-op tracer compiles to nothing, so
//! the explanation is told by the very code that decides.

mod assignment;
mod conditions;
mod decision;
mod experiments;
mod gates;
mod outcome;
mod rules;
mod trial;
mod unit;
mod values;

pub use self::{
    assignment::{Assignment, NotAssigned},
    decision::{Decision, Detail},
    outcome::{Cause, ErrorCode, Outcome, Reason},
};
pub(crate) use self::{
    experiments::{Enrolment, NotEnrolled},
    gates::TARGET_DIMENSIONS,
    unit::Unit,
};
use crate::{
    Attributes, BucketKey, Clock, Draw, FlagId, FlagSet, Percentage, Timestamp, Value,
    explain::{Tracer, Untraced},
    set::{Flag, NONE, Serving, VARIANT_OFF, VARIANT_ON, Variant},
};

impl FlagSet {
    /// Evaluates the flag called `key` for a context.
    ///
    /// Never fails: an unknown flag is a decision with an error code, for which the caller has a default. `clock` is read at
    /// most once, and only if the outcome depends on the time.
    #[must_use]
    #[inline]
    pub fn evaluate<C: Attributes + ?Sized, N: Clock + ?Sized>(
        &self,
        key: &str,
        context: &C,
        clock: &N,
    ) -> Decision<'_> {
        self.decision(match self.find(key) {
            Some(flag) => self.decide(flag, context, clock),
            None => Outcome::NOT_FOUND,
        })
    }

    /// Whether the flag called `key` is on for a context; `false` for an unknown flag.
    #[must_use]
    #[inline]
    pub fn is_enabled<C: Attributes + ?Sized, N: Clock + ?Sized>(&self, key: &str, context: &C, clock: &N) -> bool {
        self.find(key).is_some_and(|flag| self.decide(flag, context, clock).is_on())
    }

    /// Evaluates a flag by its place.
    #[must_use]
    #[inline]
    pub fn decide<C: Attributes + ?Sized, N: Clock + ?Sized>(&self, flag: FlagId, context: &C, clock: &N) -> Outcome {
        let place = flag.0;
        let Some(flag) = self.flags.get(place as usize) else { return Outcome::NOT_FOUND };
        // Most flags in a long-lived set are simply on: those need neither context nor clock.
        if flag.plain != NONE {
            return self.on(place, flag.plain, Reason::Static, Cause::Fallthrough);
        }
        let mut nobody = Untraced;
        let mut evaluator = Evaluator::new(self, context, clock, &mut nobody);
        if flag.gates.any() || !flag.rules.is_empty() {
            evaluator.decide(place)
        } else {
            // What is left of the order for a flag that is only rolled out or split.
            evaluator.fall_through(place, flag, flag.percentage)
        }
    }

    /// Reads an outcome that was made against this set.
    #[must_use]
    #[inline]
    pub fn decision(&self, outcome: Outcome) -> Decision<'_> {
        Decision::new(self, outcome)
    }
}

/// One evaluation under way.
pub(crate) struct Evaluator<'e, C: ?Sized, N: ?Sized, T> {
    pub(crate) set: &'e FlagSet,
    context: &'e C,
    clock: &'e N,
    now: Option<Timestamp>,
    tracer: &'e mut T,
}

impl<'e, C: Attributes + ?Sized, N: Clock + ?Sized, T: Tracer> Evaluator<'e, C, N, T> {
    #[inline]
    pub(crate) fn new(set: &'e FlagSet, context: &'e C, clock: &'e N, tracer: &'e mut T) -> Self {
        Self { set, context, clock, now: None, tracer }
    }

    /// The instant of this evaluation: the clock is read once, when somebody first asks.
    fn now(&mut self) -> Timestamp {
        *self.now.get_or_insert_with(|| self.clock.now())
    }

    /// Decides one flag, and through it whatever it depends on.
    #[inline]
    pub(crate) fn decide(&mut self, place: u32) -> Outcome {
        let set = self.set;
        let Some(flag) = set.flags.get(place as usize) else { return Outcome::NOT_FOUND };
        let mut percentage = flag.percentage;
        if T::ACTIVE || flag.gates.any() {
            match self.pass_gates(place, flag) {
                Ok(in_force) => percentage = in_force,
                Err(outcome) => return outcome,
            }
        }
        if (T::ACTIVE || !flag.rules.is_empty())
            && let Some(outcome) = self.match_rules(place, flag)
        {
            return outcome;
        }
        self.fall_through(place, flag, percentage)
    }

    /// Step 13, the rollout percentage, and then what the flag serves.
    #[inline]
    fn fall_through(&mut self, place: u32, flag: &Flag, percentage: Percentage) -> Outcome {
        if percentage.is_partial() {
            let Some(draw) = self.draw_rollout(flag, percentage) else { return missing_unit(place, flag) };
            let (bucket, admitted) = (Some(draw.bucket()), draw.is_admitted(percentage));
            if let Serving::Variant(variant) = flag.serve
                && !T::ACTIVE
            {
                // Whether a unit is admitted cannot be guessed, so both outcomes are at hand and one is taken.
                let (admitted_outcome, refused) =
                    (self.on(place, variant, Reason::Split, Cause::Fallthrough), off(place, flag, Cause::Rollout));
                return if admitted { admitted_outcome } else { refused }.bucket(bucket);
            }
            if !admitted {
                return off(place, flag, Cause::Rollout).bucket(bucket);
            }
            return self.serve_when_on(place, flag, bucket);
        }
        self.tracer.fixed_percentage(percentage);
        if percentage == Percentage::ZERO {
            return off(place, flag, Cause::Rollout);
        }
        self.serve_when_on(place, flag, None)
    }

    /// Step 14.
    #[inline]
    fn serve_when_on(&mut self, place: u32, flag: &Flag, bucket: Option<u32>) -> Outcome {
        self.tracer.passed(Cause::Rollout);
        let Some((variant, drawn)) = self.serve(flag, flag.serve) else { return missing_unit(place, flag) };
        let reason = if drawn || bucket.is_some() { Reason::Split } else { Reason::Static };
        self.on(place, variant, reason, Cause::Fallthrough).bucket(bucket)
    }

    /// The variant served, and whether a draw chose it; `None` if a draw was needed and there is no unit.
    #[inline]
    fn serve(&mut self, flag: &Flag, serving: Serving) -> Option<(u32, bool)> {
        match serving {
            Serving::Variant(variant) => Some((variant, false)),
            Serving::Split(split) => self.draw_variant(flag, split).map(|variant| (variant, true)),
            Serving::Inherit => match flag.serve {
                Serving::Variant(variant) => Some((variant, false)),
                Serving::Split(split) => self.draw_variant(flag, split).map(|variant| (variant, true)),
                // A flag's own serving is never inherited; it is compiled so.
                Serving::Inherit => Some((NONE, false)),
            },
        }
    }

    #[inline]
    fn draw_rollout(&mut self, flag: &Flag, percentage: Percentage) -> Option<Draw> {
        let draw = self.draw(flag.rollout_key, flag.unit)?;
        if T::ACTIVE
            && let Some(unit) = self.unit(flag.unit)
        {
            self.tracer.rollout_draw(unit.as_str(), draw, percentage);
        }
        Some(draw)
    }

    #[inline]
    fn draw_variant(&mut self, flag: &Flag, split: u32) -> Option<u32> {
        let set = self.set;
        let split = set.splits.get(split as usize)?;
        let draw = self.draw(flag.variant_key, flag.unit)?;
        let variant = split.variant_at(&set.arms, draw.position(split.total));
        if T::ACTIVE
            && let Some(unit) = self.unit(flag.unit)
        {
            self.tracer.variant_draw(set, unit.as_str(), draw, split, variant);
        }
        Some(variant)
    }

    /// Draws for the unit by the list of attributes at `unit`; `None` if none of them is there.
    #[inline]
    fn draw(&mut self, key: BucketKey, unit: u32) -> Option<Draw> {
        match self.usual_unit(unit) {
            Some(text) => Some(key.hash(text)),
            None => self.draw_otherwise(key, unit),
        }
    }

    fn draw_otherwise(&mut self, key: BucketKey, unit: u32) -> Option<Draw> {
        match self.unit(unit) {
            Some(unit) => Some(key.hash(unit.as_str())),
            None => {
                self.tracer.no_unit(self.set, unit);
                None
            }
        }
    }

    #[inline]
    fn on(&self, place: u32, variant: u32, reason: Reason, cause: Cause) -> Outcome {
        self.set.on(place, variant, reason, cause)
    }
}

impl FlagSet {
    /// An outcome that serves a variant; the flag is on unless that is `false`.
    #[inline]
    fn on(&self, flag: u32, variant: u32, reason: Reason, cause: Cause) -> Outcome {
        Outcome::new(flag, variant, reason, cause).on(self.is_not_false(variant))
    }

    #[inline]
    fn is_not_false(&self, variant: u32) -> bool {
        // The two variants of plain boolean flags need no look.
        let is_false = |variant: &Variant| matches!(variant.value, Value::Boolean(false));
        variant == VARIANT_ON || variant != VARIANT_OFF && !self.variants.get(variant as usize).is_some_and(is_false)
    }
}

/// An outcome that serves the off value.
#[inline]
fn off(place: u32, flag: &Flag, cause: Cause) -> Outcome {
    let reason = match cause {
        Cause::Condition | Cause::Target => Reason::Default,
        Cause::Rollout => Reason::Split,
        Cause::Error => Reason::Error,
        _ => Reason::Disabled,
    };
    Outcome::new(place, flag.off, reason, cause)
}

/// A draw was needed and the context has nothing to draw for.
#[cold]
fn missing_unit(place: u32, flag: &Flag) -> Outcome {
    off(place, flag, Cause::Error).failed(ErrorCode::TargetingKeyMissing)
}
