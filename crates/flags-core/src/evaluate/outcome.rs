//! What an evaluation comes to, in a record small enough to copy.

use core::fmt;

use crate::{FlagId, set::NONE};

/// Why a value was served, in the words of OpenFeature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The same for everybody.
    Static,
    /// Nothing that is written applied.
    Default,
    /// The context matched what is written.
    TargetingMatch,
    /// A draw decided.
    Split,
    /// The flag is off.
    Disabled,
    /// Something went wrong; see the error code.
    Error,
}

impl Reason {
    /// The word on the wire, in upper case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Static => "STATIC",
            Self::Default => "DEFAULT",
            Self::TargetingMatch => "TARGETING_MATCH",
            Self::Split => "SPLIT",
            Self::Disabled => "DISABLED",
            Self::Error => "ERROR",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which step of the evaluation order decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// The flag is unknown, a draw lacked its unit, or the value is of another type than asked.
    Error,
    /// The flag or an ancestor is killed.
    Kill,
    /// An operator's override, for all or for this unit.
    Override,
    /// The flag's circuit breaker is open.
    Breaker,
    /// The flag is disabled, by its state or by its schedule.
    State,
    /// The parent is not on.
    Parent,
    /// A prerequisite is not met.
    Prerequisite,
    /// The unit is listed in the flag's overrides.
    UnitOverride,
    /// A condition does not hold.
    Condition,
    /// The targets do not match.
    Target,
    /// A running experiment enrols the unit.
    Experiment,
    /// A rule matched.
    Rule,
    /// The rollout percentage does not admit the unit.
    Rollout,
    /// Nothing stood in the way: the flag is on.
    Fallthrough,
}

impl Cause {
    /// The word on the wire, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Kill => "kill",
            Self::Override => "override",
            Self::Breaker => "breaker",
            Self::State => "state",
            Self::Parent => "parent",
            Self::Prerequisite => "prerequisite",
            Self::UnitOverride => "unit_override",
            Self::Condition => "condition",
            Self::Target => "target",
            Self::Experiment => "experiment",
            Self::Rule => "rule",
            Self::Rollout => "rollout",
            Self::Fallthrough => "fallthrough",
        }
    }

    /// Whether it is one of the steps that switch a flag off, or an error: whatever is served then is the off value.
    #[must_use]
    pub const fn switches_off(self) -> bool {
        match self {
            Self::Error
            | Self::Kill
            | Self::Breaker
            | Self::State
            | Self::Parent
            | Self::Prerequisite
            | Self::Condition
            | Self::Target
            | Self::Rollout => true,
            Self::Override | Self::UnitOverride | Self::Experiment | Self::Rule | Self::Fallthrough => false,
        }
    }

    /// The step of the evaluation order it belongs to, from 1 to 14. An error is step 1, wherever it arose.
    #[must_use]
    pub const fn step(self) -> u8 {
        match self {
            Self::Error => 1,
            Self::Kill => 2,
            Self::Override => 3,
            Self::Breaker => 4,
            Self::State => 5,
            Self::Parent => 6,
            Self::Prerequisite => 7,
            Self::UnitOverride => 8,
            Self::Condition => 9,
            Self::Target => 10,
            Self::Experiment => 11,
            Self::Rule => 12,
            Self::Rollout => 13,
            Self::Fallthrough => 14,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What went wrong, in the words of OpenFeature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// No flag has that key.
    FlagNotFound,
    /// The value is of another type than the caller asked for.
    TypeMismatch,
    /// A draw was needed and the context has nothing to draw for.
    TargetingKeyMissing,
}

impl ErrorCode {
    /// The word on the wire, in upper case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FlagNotFound => "FLAG_NOT_FOUND",
            Self::TypeMismatch => "TYPE_MISMATCH",
            Self::TargetingKeyMissing => "TARGETING_KEY_MISSING",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The outcome of one evaluation: places in the set it was made against, free to copy and to keep beside that set.
///
/// Four numbers, so that it travels in two registers. [`FlagSet::decision`](crate::FlagSet::decision) reads it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    pub(crate) flag: u32,
    pub(crate) variant: u32,
    /// The rule, condition, prerequisite, target, flag or arm the cause names; [`NONE`] where it names nothing.
    pub(crate) detail: u32,
    /// From the lowest bit: the bucket (17 bits, all ones for none), the reason (3), the cause (4), the error code (2), and
    /// whether the flag is on.
    packed: u32,
}

const NO_BUCKET: u32 = (1 << 17) - 1;
const REASON_AT: u32 = 17;
const CAUSE_AT: u32 = 20;
const ERROR_AT: u32 = 24;
const ON_AT: u32 = 26;

/// By their numbers, and filled up to what three bits can say, so that reading one takes no division.
const REASONS: [Reason; 8] = [
    Reason::Static,
    Reason::Default,
    Reason::TargetingMatch,
    Reason::Split,
    Reason::Disabled,
    Reason::Error,
    Reason::Error,
    Reason::Error,
];
/// The same, for four bits.
const CAUSES: [Cause; 16] = [
    Cause::Error,
    Cause::Kill,
    Cause::Override,
    Cause::Breaker,
    Cause::State,
    Cause::Parent,
    Cause::Prerequisite,
    Cause::UnitOverride,
    Cause::Condition,
    Cause::Target,
    Cause::Experiment,
    Cause::Rule,
    Cause::Rollout,
    Cause::Fallthrough,
    Cause::Fallthrough,
    Cause::Fallthrough,
];
const ERRORS: [Option<ErrorCode>; 4] =
    [None, Some(ErrorCode::FlagNotFound), Some(ErrorCode::TypeMismatch), Some(ErrorCode::TargetingKeyMissing)];

impl Outcome {
    /// No flag has the key.
    pub const NOT_FOUND: Self = Self::new(NONE, NONE, Reason::Error, Cause::Error).failed(ErrorCode::FlagNotFound);

    /// An outcome of a flag that is off, without detail, bucket and error.
    #[inline]
    pub(crate) const fn new(flag: u32, variant: u32, reason: Reason, cause: Cause) -> Self {
        let packed = NO_BUCKET | (reason as u32) << REASON_AT | (cause as u32) << CAUSE_AT;
        Self { flag, variant, detail: NONE, packed }
    }

    /// The outcome of a flag that is on, or not.
    #[inline]
    pub(crate) const fn on(mut self, on: bool) -> Self {
        self.packed = self.packed & !(1 << ON_AT) | (on as u32) << ON_AT;
        self
    }

    /// The outcome with what its cause names.
    #[inline]
    pub(crate) const fn detail(mut self, detail: u32) -> Self {
        self.detail = detail;
        self
    }

    /// The outcome with the bucket of its rollout draw, if there was one.
    #[inline]
    pub(crate) const fn bucket(mut self, bucket: Option<u32>) -> Self {
        let bucket = match bucket {
            Some(bucket) => bucket,
            None => NO_BUCKET,
        };
        self.packed = self.packed & !NO_BUCKET | bucket & NO_BUCKET;
        self
    }

    /// The outcome with an error, for which it is off.
    #[inline]
    pub(crate) const fn failed(mut self, error: ErrorCode) -> Self {
        let index = match error {
            ErrorCode::FlagNotFound => 1,
            ErrorCode::TypeMismatch => 2,
            ErrorCode::TargetingKeyMissing => 3,
        };
        self.packed = self.packed & !(0b11 << ERROR_AT) | index << ERROR_AT;
        self.on(false)
    }

    /// The unit's bucket in the rollout draw.
    pub(crate) const fn drawn_bucket(self) -> Option<u32> {
        let bucket = self.packed & NO_BUCKET;
        if bucket == NO_BUCKET { None } else { Some(bucket) }
    }

    /// The place of the flag in the set, or `None` where no flag has the key.
    #[must_use]
    #[inline]
    pub fn flag(self) -> Option<FlagId> {
        (self.flag != NONE).then_some(FlagId(self.flag))
    }

    /// The place of the variant in the set, or `None` where the caller's default is served.
    ///
    /// [`FlagView::variant_places`](crate::FlagView::variant_places) says which of a flag's variants it is.
    #[must_use]
    #[inline]
    pub fn variant_place(self) -> Option<usize> {
        (self.variant != NONE).then_some(self.variant as usize)
    }

    /// Whether the flag is on.
    #[must_use]
    #[inline]
    pub const fn is_on(self) -> bool {
        self.packed >> ON_AT & 1 == 1
    }

    /// Why the value is served.
    #[must_use]
    #[inline]
    pub fn reason(self) -> Reason {
        REASONS[(self.packed >> REASON_AT & 0b111) as usize]
    }

    /// Which step decided.
    #[must_use]
    #[inline]
    pub fn cause(self) -> Cause {
        CAUSES[(self.packed >> CAUSE_AT & 0b1111) as usize]
    }

    /// What went wrong, if anything did.
    #[must_use]
    #[inline]
    pub fn error(self) -> Option<ErrorCode> {
        ERRORS[(self.packed >> ERROR_AT & 0b11) as usize]
    }
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outcome")
            .field("reason", &self.reason())
            .field("cause", &self.cause())
            .field("error", &self.error())
            .field("on", &self.is_on())
            .field("bucket", &self.drawn_bucket())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out_again() {
        for (at, cause) in CAUSES.into_iter().enumerate() {
            for reason in REASONS {
                for bucket in [None, Some(0), Some(at as u32), Some(99_999)] {
                    let outcome = Outcome::new(1, 2, reason, cause).bucket(bucket).on(true).detail(7);
                    assert_eq!((outcome.reason(), outcome.cause(), outcome.error()), (reason, cause, None));
                    assert_eq!((outcome.is_on(), outcome.drawn_bucket(), outcome.detail), (true, bucket, 7));
                    for error in ERRORS.into_iter().flatten() {
                        let failed = outcome.failed(error);
                        assert_eq!((failed.error(), failed.is_on(), failed.cause()), (Some(error), false, cause));
                    }
                }
            }
        }
    }
}
