//! What an evaluation comes to, in a record small enough to copy.

use core::fmt;

use crate::set::NONE;

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
/// [`FlagSet::decision`](crate::FlagSet::decision) reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub(crate) flag: u32,
    pub(crate) variant: u32,
    /// The rule, condition, prerequisite, target or flag the cause names; [`NONE`] where it names nothing.
    pub(crate) detail: u32,
    pub(crate) bucket: u32,
    pub(crate) reason: Reason,
    pub(crate) cause: Cause,
    pub(crate) error: Option<ErrorCode>,
    pub(crate) on: bool,
}

impl Outcome {
    /// No flag has the key.
    pub const NOT_FOUND: Self = Self {
        flag: NONE,
        variant: NONE,
        detail: NONE,
        bucket: NONE,
        reason: Reason::Error,
        cause: Cause::Error,
        error: Some(ErrorCode::FlagNotFound),
        on: false,
    };

    /// Whether the flag is on.
    #[must_use]
    #[inline]
    pub const fn is_on(self) -> bool {
        self.on
    }

    /// Why the value is served.
    #[must_use]
    pub const fn reason(self) -> Reason {
        self.reason
    }

    /// Which step decided.
    #[must_use]
    pub const fn cause(self) -> Cause {
        self.cause
    }

    /// What went wrong, if anything did.
    #[must_use]
    pub const fn error(self) -> Option<ErrorCode> {
        self.error
    }
}
