//! A decision: an outcome together with the set it was made against, ready to be read.

use core::fmt;

use super::{Cause, ErrorCode, Outcome, Reason, TARGET_DIMENSIONS, gates::OVERRIDE_FOR_ALL};
use crate::{
    FlagSet, FlagView, Object, ValueRef, ValueType,
    set::{Asked, NONE, narrow},
};

/// What a flag comes to for one context: value, variant, reason, cause, and what is needed to say why.
#[derive(Clone, Copy)]
pub struct Decision<'s> {
    set: &'s FlagSet,
    outcome: Outcome,
}

impl<'s> Decision<'s> {
    #[inline]
    pub(super) fn new(set: &'s FlagSet, outcome: Outcome) -> Self {
        Self { set, outcome }
    }

    pub(super) fn set(&self) -> &'s FlagSet {
        self.set
    }

    /// The outcome, which can be kept beside the set.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The decision asked as a value of one type: a value of another type becomes an error and no value.
    ///
    /// An integer satisfies a float. A decision without a value stays as it is: the caller's default has the right type.
    #[must_use]
    pub fn expecting(mut self, wanted: ValueType) -> Self {
        let found = self.value().and_then(value_type);
        if self.value().is_some() && !found.is_some_and(|found| wanted.accepts(found)) {
            self.outcome = Outcome::new(self.outcome.flag, NONE, Reason::Error, Cause::Error)
                .bucket(self.outcome.drawn_bucket())
                .failed(ErrorCode::TypeMismatch);
        }
        self
    }

    /// The value, or `None` where the caller's default is to be used.
    #[must_use]
    #[inline]
    pub fn value(&self) -> Option<ValueRef<'s>> {
        self.set.variants.get(self.outcome.variant as usize).map(|variant| variant.value.as_ref())
    }

    /// The name of the variant served.
    #[must_use]
    #[inline]
    pub fn variant(&self) -> Option<&'s str> {
        self.set.variants.get(self.outcome.variant as usize).map(|variant| self.set.texts.get(variant.name))
    }

    /// Whether the flag is on: none of the steps that switch it off decided, and its value is not `false`.
    #[must_use]
    #[inline]
    pub fn is_on(&self) -> bool {
        self.outcome.is_on()
    }

    /// Why the value is served, in the words of OpenFeature.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.outcome.reason()
    }

    /// Which step decided.
    #[must_use]
    pub fn cause(&self) -> Cause {
        self.outcome.cause()
    }

    /// What went wrong, if anything did.
    #[must_use]
    pub fn error(&self) -> Option<ErrorCode> {
        self.outcome.error()
    }

    /// The unit's bucket in the flag's rollout draw, 0 to 99 999, where that draw took part in the decision.
    #[must_use]
    pub fn bucket(&self) -> Option<u32> {
        self.outcome.drawn_bucket()
    }

    /// The flag, unless it is unknown.
    #[must_use]
    pub fn flag(&self) -> Option<FlagView<'s>> {
        self.set.view(crate::FlagId(self.outcome.flag))
    }

    /// The flag's free data, where it has any.
    #[must_use]
    pub fn metadata(&self) -> Option<&'s Object> {
        self.flag()?.metadata()
    }

    /// The rule that decided: its place, counted from 1, and its name.
    #[must_use]
    pub fn rule(&self) -> Option<(u32, Option<&'s str>)> {
        if self.outcome.cause() != Cause::Rule {
            return None;
        }
        let flag = self.set.flags.get(self.outcome.flag as usize)?;
        let rule = flag.rules.of(&self.set.rules).get(self.outcome.detail as usize)?;
        Some((self.outcome.detail + 1, rule.name.map(|name| self.set.texts.get(name))))
    }

    /// The experiment and the arm that decided, by name.
    #[must_use]
    pub fn experiment(&self) -> Option<(&'s str, &'s str)> {
        if self.outcome.cause() != Cause::Experiment {
            return None;
        }
        let arm = self.set.arm_view(self.outcome.detail)?;
        Some((arm.experiment()?.key(), arm.name()))
    }

    /// What the cause names, beyond its word.
    #[must_use]
    pub fn detail(&self) -> Option<Detail<'s>> {
        let set = self.set;
        let key = |place: u32| set.flags.get(place as usize).map(|flag| set.texts.get(flag.key));
        let extra = || set.flags.get(self.outcome.flag as usize).and_then(|flag| set.extras.get(flag.extra as usize));
        let detail = self.outcome.detail;
        Some(match self.outcome.cause() {
            Cause::Kill => Detail::Killed { flag: key(detail)? },
            Cause::Override => Detail::Override { everybody: detail == OVERRIDE_FOR_ALL },
            Cause::Parent => Detail::Parent { flag: key(detail)? },
            Cause::Prerequisite => {
                let required = extra()?.requires.get(detail as usize)?;
                let variant = match required.variant {
                    Asked::On => None,
                    Asked::Variant { name, .. } => Some(set.texts.get(name)),
                };
                Detail::Prerequisite { flag: key(required.flag)?, variant }
            }
            Cause::Condition => {
                let conditions = set.flags.get(self.outcome.flag as usize)?.conditions;
                Detail::Condition { number: detail + 1, set, node: narrow(conditions.start()) + detail }
            }
            Cause::Target => Detail::Target { dimension: TARGET_DIMENSIONS.get(detail as usize).copied()? },
            Cause::Experiment => {
                let (experiment, arm) = self.experiment()?;
                Detail::Experiment { experiment, arm }
            }
            Cause::Rule => {
                let (number, name) = self.rule()?;
                Detail::Rule { number, name }
            }
            _ => return None,
        })
    }
}

impl fmt::Debug for Decision<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decision")
            .field("flag", &self.flag().map(FlagView::key))
            .field("value", &self.value())
            .field("variant", &self.variant())
            .field("reason", &self.reason())
            .field("cause", &self.cause())
            .field("error", &self.error())
            .field("bucket", &self.bucket())
            .finish_non_exhaustive()
    }
}

/// What a cause names: the flag, rule, condition, dimension or experiment that decided.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Detail<'s> {
    /// The flag that is killed: the flag itself or an ancestor.
    Killed {
        /// Its key.
        flag: &'s str,
    },
    /// An operator's override.
    Override {
        /// Whether it is for everybody, not for this unit alone.
        everybody: bool,
    },
    /// The parent that is not on.
    Parent {
        /// Its key.
        flag: &'s str,
    },
    /// The prerequisite that is not met.
    Prerequisite {
        /// The key of the flag it asks for.
        flag: &'s str,
        /// The variant it asks for; `None` asks for "on".
        variant: Option<&'s str>,
    },
    /// The condition that does not hold.
    Condition {
        /// Its place in the flag's conditions, counted from 1.
        number: u32,
        #[doc(hidden)]
        set: &'s FlagSet,
        #[doc(hidden)]
        node: u32,
    },
    /// The dimension of the targets that does not match.
    Target {
        /// Its name in the format.
        dimension: &'static str,
    },
    /// The experiment that decided.
    Experiment {
        /// Its key.
        experiment: &'s str,
        /// The name of the arm that was served.
        arm: &'s str,
    },
    /// The rule that decided.
    Rule {
        /// Its place in the flag's rules, counted from 1.
        number: u32,
        /// Its name, where it has one.
        name: Option<&'s str>,
    },
}

/// Names it in a few words: ``flag `shop` ``, ``{ attribute = "country", in = ["NL"] }``.
impl fmt::Display for Detail<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Killed { flag } | Self::Parent { flag } | Self::Prerequisite { flag, variant: None } => {
                write!(f, "flag `{flag}`")
            }
            Self::Prerequisite { flag, variant: Some(variant) } => write!(f, "flag `{flag}` serving `{variant}`"),
            Self::Override { everybody: true } => f.write_str("for everybody"),
            Self::Override { everybody: false } => f.write_str("for this unit"),
            Self::Condition { set, node, .. } => match set.nodes.get(*node as usize) {
                Some(node) => f.write_str(&crate::explain::node_text(set, node)),
                None => Ok(()),
            },
            Self::Target { dimension } => f.write_str(dimension),
            Self::Experiment { experiment, arm } => write!(f, "experiment `{experiment}` arm `{arm}`"),
            Self::Rule { number, name: None } => write!(f, "rule {number}"),
            Self::Rule { number, name: Some(name) } => write!(f, "rule {number} `{name}`"),
        }
    }
}

impl fmt::Debug for Detail<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn value_type(value: ValueRef<'_>) -> Option<ValueType> {
    Some(match value {
        ValueRef::Boolean(_) => ValueType::Boolean,
        ValueRef::Integer(_) => ValueType::Integer,
        ValueRef::Float(_) => ValueType::Float,
        ValueRef::String(_) => ValueType::String,
        ValueRef::Object(_) => ValueType::Object,
        ValueRef::List(_) => return None,
    })
}
