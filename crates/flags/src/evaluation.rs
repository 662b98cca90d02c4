//! What an evaluation returns: the decision, and the snapshot it was made against for as long as one looks at it.

use std::{fmt, ops::Deref, sync::Arc};

use arc_swap::Guard;
use flags_core::{Cause, Decision, Detail, ErrorCode, Object, Outcome, Reason, ValueRef};

use crate::live::Live;

/// The decision on one flag for one context.
///
/// It keeps the snapshot it was made against, so what it says stays consistent whatever happens meanwhile. Making one
/// neither locks nor allocates. Look at it and let it go: many kept at once make each further one cost more.
pub struct Evaluation {
    live: Guard<Arc<Live>>,
    outcome: Outcome,
}

impl Evaluation {
    #[inline]
    pub(crate) fn new(live: Guard<Arc<Live>>, outcome: Outcome) -> Self {
        Self { live, outcome }
    }

    /// The decision, with everything there is to know about it.
    #[must_use]
    #[inline]
    pub fn decision(&self) -> Decision<'_> {
        self.live.set.decision(self.outcome)
    }

    /// Whether the flag is on.
    #[must_use]
    #[inline]
    pub fn is_on(&self) -> bool {
        self.outcome.is_on()
    }

    /// The value, or `None` where the caller's default is to be used.
    #[must_use]
    pub fn value(&self) -> Option<ValueRef<'_>> {
        self.decision().value()
    }

    /// The name of the variant served.
    #[must_use]
    #[inline]
    pub fn variant(&self) -> Option<&str> {
        self.decision().variant()
    }

    /// Why, in the words of OpenFeature.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.outcome.reason()
    }

    /// Which step of the evaluation order decided.
    #[must_use]
    pub fn cause(&self) -> Cause {
        self.outcome.cause()
    }

    /// What the cause names: the rule, the condition, the other flag.
    #[must_use]
    pub fn detail(&self) -> Option<Detail<'_>> {
        self.decision().detail()
    }

    /// The rule that decided: its place, counted from 1, and its name.
    #[must_use]
    pub fn rule(&self) -> Option<(u32, Option<&str>)> {
        self.decision().rule()
    }

    /// The unit's bucket in the rollout draw, 0 to 99 999, where that draw took part.
    #[must_use]
    pub fn bucket(&self) -> Option<u32> {
        self.decision().bucket()
    }

    /// What went wrong, if anything did.
    #[must_use]
    pub fn error(&self) -> Option<ErrorCode> {
        self.outcome.error()
    }

    /// The flag's free data, where it has any.
    #[must_use]
    pub fn metadata(&self) -> Option<&Object> {
        self.decision().metadata()
    }

    /// The revision of the snapshot the decision was made against.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.live.revision
    }
}

impl fmt::Debug for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.decision(), f)
    }
}

/// The name of a variant, lent by the snapshot it was decided against: it reads like a `str`.
#[derive(Debug)]
pub struct Variant(Evaluation);

impl Variant {
    #[inline]
    pub(crate) fn of(evaluation: Evaluation) -> Option<Self> {
        evaluation.variant().is_some().then_some(Self(evaluation))
    }

    /// The name.
    #[must_use]
    #[inline]
    pub fn as_str(&self) -> &str {
        self.0.variant().unwrap_or_default()
    }
}

impl Deref for Variant {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq<str> for Variant {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Variant {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}
