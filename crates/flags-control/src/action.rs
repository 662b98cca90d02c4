//! What a control does to its target, and the place it takes there.

use std::fmt;

use flags_core::{ControlAction, ExperimentAction, Overlay, Percentage, Timestamp};

use crate::Target;

/// The longest unit and the longest variant or arm a control may name, in bytes.
pub const MAX_NAME_BYTES: usize = 1_024;

/// What a control does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// The flag, and every flag below it, is off.
    Kill,
    /// Everybody gets the variant.
    Override {
        /// The variant's name.
        variant: Box<str>,
    },
    /// One unit gets the variant.
    OverrideUnit {
        /// The unit, as the flag buckets it.
        unit: Box<str>,
        /// The variant's name.
        variant: Box<str>,
    },
    /// The percentage replaces the flag's rollout percentage.
    Percentage(Percentage),
    /// The flag's circuit breaker is in that state.
    Breaker(BreakerState),
    /// The experiment runs, whatever its written status and start. Its end stands.
    Start,
    /// The experiment is held: nobody is enrolled, and everybody gets the same arm again when it goes on.
    Pause,
    /// The experiment is over.
    Stop,
    /// The experiment ends then, in place of its written end.
    Extend {
        /// The new end, which is not included.
        end: Timestamp,
    },
    /// The experiment is decided: its whole audience gets the arm.
    Winner {
        /// The arm's name.
        arm: Box<str>,
    },
}

/// The state of a circuit breaker that is not simply closed. A closed breaker is one without a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BreakerState {
    /// Too much has failed: the flag is off.
    Open,
    /// The flag is off, but for a few measured runs that try it out. Whether it is on again is decided by how they end.
    HalfOpen,
    /// A person holds it open, whatever is measured.
    ForcedOpen,
    /// A person holds it closed, whatever is measured.
    ForcedClosed,
}

impl BreakerState {
    /// Its name, in lower case with underscores: `half_open`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::HalfOpen => "half_open",
            Self::ForcedOpen => "forced_open",
            Self::ForcedClosed => "forced_closed",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Open, Self::HalfOpen, Self::ForcedOpen, Self::ForcedClosed]
            .into_iter()
            .find(|state| state.name() == name)
    }

    /// Whether the flag is off. When the breaker is half open, measured runs with a permit are the exception.
    #[must_use]
    pub const fn is_off(self) -> bool {
        !matches!(self, Self::ForcedClosed)
    }

    /// Whether a person set it, so that measurements do not move it.
    #[must_use]
    pub const fn is_forced(self) -> bool {
        matches!(self, Self::ForcedOpen | Self::ForcedClosed)
    }
}

/// The place a control takes on its target. There is one control for each; a new one replaces the old.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Slot {
    /// That of a kill.
    Kill,
    /// That of an override for everybody.
    Override,
    /// That of an override for the unit.
    OverrideUnit(Box<str>),
    /// That of a percentage.
    Percentage,
    /// That of the circuit breaker.
    Breaker,
    /// That of an experiment's status: starting, pausing and stopping take each other's place.
    Status,
    /// That of an experiment's end.
    End,
    /// That of an experiment's winner.
    Winner,
}

impl Action {
    /// The place it takes on its target.
    #[must_use]
    pub fn slot(&self) -> Slot {
        match self {
            Self::Kill => Slot::Kill,
            Self::Override { .. } => Slot::Override,
            Self::OverrideUnit { unit, .. } => Slot::OverrideUnit(unit.clone()),
            Self::Percentage(_) => Slot::Percentage,
            Self::Breaker(_) => Slot::Breaker,
            Self::Start | Self::Pause | Self::Stop => Slot::Status,
            Self::Extend { .. } => Slot::End,
            Self::Winner { .. } => Slot::Winner,
        }
    }

    /// Its kind, in lower case with underscores, as the audit log has it: `override_unit`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Override { .. } => "override",
            Self::OverrideUnit { .. } => "override_unit",
            Self::Percentage(_) => "percentage",
            Self::Breaker(_) => "breaker",
            Self::Start => "start",
            Self::Pause => "pause",
            Self::Stop => "stop",
            Self::Extend { .. } => "extend",
            Self::Winner { .. } => "winner",
        }
    }

    /// Whether it can be done to a target of that sort. What starts, pauses, stops, extends or decides is for experiments,
    /// everything else for flags.
    #[must_use]
    pub fn suits(&self, target: &Target) -> bool {
        let is_of_experiments = matches!(self.slot(), Slot::Status | Slot::End | Slot::Winner);
        is_of_experiments == matches!(target, Target::Experiment(_))
    }

    /// Whether it may have an expiry. What ends by itself gives back what was there before, so a kill has none; nor has what
    /// is done to an experiment, but for a pause: to run, to be over or to be decided for a while would spoil what it shows.
    #[must_use]
    pub const fn may_expire(&self) -> bool {
        !matches!(self, Self::Kill | Self::Start | Self::Stop | Self::Extend { .. } | Self::Winner { .. })
    }

    /// Whether it takes something away from units at once and gives them nothing new but what the definition says: what
    /// somebody in an emergency does, so that it is not held up.
    pub(crate) const fn is_brake(&self) -> bool {
        matches!(self, Self::Kill | Self::Pause | Self::Stop)
    }

    /// The overlay with what it does to the target in the evaluator's words.
    ///
    /// A breaker that is half open keeps the flag off like an open one: only runs that are measured, and have a permit, look
    /// past it. Whoever merely asks whether the flag is on would neither be counted nor tell how it went.
    pub(crate) fn lay_over(&self, target: &Target, overlay: Overlay) -> Overlay {
        let action = match self {
            Self::Kill => ControlAction::Kill,
            Self::Override { variant } => ControlAction::Override { variant: variant.clone() },
            Self::OverrideUnit { unit, variant } => {
                ControlAction::OverrideUnit { unit: unit.clone(), variant: variant.clone() }
            }
            Self::Percentage(percentage) => ControlAction::Percentage(*percentage),
            Self::Breaker(state) if state.is_off() => ControlAction::BreakerOpen,
            Self::Breaker(_) => return overlay,
            Self::Start => return overlay.with_experiment(target.key(), ExperimentAction::Start),
            Self::Pause => return overlay.with_experiment(target.key(), ExperimentAction::Pause),
            Self::Stop => return overlay.with_experiment(target.key(), ExperimentAction::Stop),
            Self::Extend { end } => {
                return overlay.with_experiment(target.key(), ExperimentAction::Extend { end: *end });
            }
            Self::Winner { arm } => {
                return overlay.with_experiment(target.key(), ExperimentAction::Winner { arm: arm.clone() });
            }
        };
        overlay.with(target.key(), action)
    }

    /// The length of the names in it, in bytes.
    pub(crate) fn text_bytes(&self) -> usize {
        match self {
            Self::Kill
            | Self::Percentage(_)
            | Self::Breaker(_)
            | Self::Start
            | Self::Pause
            | Self::Stop
            | Self::Extend { .. } => 0,
            Self::Override { variant: name } | Self::Winner { arm: name } => name.len(),
            Self::OverrideUnit { unit, variant } => unit.len() + variant.len(),
        }
    }

    /// The first name in it that is empty, too long, or holds control characters, by what it names.
    pub(crate) fn unfit_name(&self) -> Option<&'static str> {
        let fits = |name: &str| !name.is_empty() && name.len() <= MAX_NAME_BYTES && !name.chars().any(char::is_control);
        match self {
            Self::OverrideUnit { unit, .. } if !fits(unit) => Some("unit"),
            Self::Override { variant } | Self::OverrideUnit { variant, .. } if !fits(variant) => Some("variant"),
            Self::Winner { arm } if !fits(arm) => Some("arm"),
            _ => None,
        }
    }
}

/// Writes it for people: `kill`, `override to express`, `override user-42 to express`, `percentage 25 %`, `breaker open`, `pause`,
/// `extend to 2026-12-24T00:00:00Z`, `winner bold`.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill => f.write_str("kill"),
            Self::Override { variant } => write!(f, "override to {variant}"),
            Self::OverrideUnit { unit, variant } => write!(f, "override {unit} to {variant}"),
            Self::Percentage(percentage) => write!(f, "percentage {percentage} %"),
            Self::Breaker(state) => write!(f, "breaker {state}"),
            Self::Start => f.write_str("start"),
            Self::Pause => f.write_str("pause"),
            Self::Stop => f.write_str("stop"),
            Self::Extend { end } => write!(f, "extend to {end}"),
            Self::Winner { arm } => write!(f, "winner {arm}"),
        }
    }
}

/// Writes it for people: `half open`, `forced open`.
impl fmt::Display for BreakerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "open",
            Self::HalfOpen => "half open",
            Self::ForcedOpen => "forced open",
            Self::ForcedClosed => "forced closed",
        })
    }
}

/// Writes it for people: `kill`, `override of user-42`.
impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill => f.write_str("kill"),
            Self::Override => f.write_str("override"),
            Self::OverrideUnit(unit) => write!(f, "override of {unit}"),
            Self::Percentage => f.write_str("percentage"),
            Self::Breaker => f.write_str("breaker"),
            Self::Status => f.write_str("status"),
            Self::End => f.write_str("end"),
            Self::Winner => f.write_str("winner"),
        }
    }
}
