//! The compiled form of flags, segments, rules and conditions: small records in arenas that refer to each other by place.

use alloc::{boxed::Box, sync::Arc, vec::Vec};

use hashbrown::HashTable;

use super::{
    experiment::FlagExperiment,
    text::{Operand, Span, Text},
    text_set::ShortTexts,
};
use crate::{
    AttributeName, Attributes, BucketKey, Date, Object, Percentage, Timestamp, Value, ValueType,
    definition::{Comparison, FlagKind, State, TextMatch},
    number::Number,
};

/// Stands for "none" where a place is optional.
pub(crate) const NONE: u32 = u32::MAX;
/// The variant `on` of boolean flags without written variants.
pub(crate) const VARIANT_ON: u32 = 0;
/// The variant `off` of boolean flags without written variants.
pub(crate) const VARIANT_OFF: u32 = 1;

/// One flag: what every evaluation reads, and where the rest is.
#[derive(Clone, Debug)]
pub(crate) struct Flag {
    pub(crate) key: Text,
    pub(crate) gates: Gates,
    /// The one variant that a flag without gates, rules, percentage and split serves to everybody, or [`NONE`].
    pub(crate) plain: u32,
    pub(crate) value_type: ValueType,
    pub(crate) state: State,
    /// The variant served when off, or [`NONE`].
    pub(crate) off: u32,
    pub(crate) serve: Serving,
    pub(crate) percentage: Percentage,
    /// Where the unit is taken from.
    pub(crate) unit: u32,
    pub(crate) rules: Span,
    pub(crate) conditions: Span,
    pub(crate) variants: Span,
    pub(crate) rollout_key: BucketKey,
    pub(crate) variant_key: BucketKey,
    /// The rest of what is written, or [`NONE`].
    pub(crate) extra: u32,
    /// What operators have set, or [`NONE`].
    pub(crate) controls: u32,
}

/// Which of the steps before the rules have anything to do, so that a plain flag passes them all with one comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Gates(u16);

impl Gates {
    pub(crate) const KILL: Self = Self(1);
    pub(crate) const CONTROLS: Self = Self(1 << 1);
    pub(crate) const STATE: Self = Self(1 << 2);
    pub(crate) const SCHEDULE: Self = Self(1 << 3);
    pub(crate) const PARENT: Self = Self(1 << 4);
    pub(crate) const REQUIRES: Self = Self(1 << 5);
    pub(crate) const OVERRIDES: Self = Self(1 << 6);
    pub(crate) const CONDITIONS: Self = Self(1 << 7);
    pub(crate) const TARGETS: Self = Self(1 << 8);
    pub(crate) const EXPERIMENTS: Self = Self(1 << 9);

    #[inline]
    pub(crate) fn has(self, gate: Self) -> bool {
        self.0 & gate.0 != 0
    }

    #[inline]
    pub(crate) fn any(self) -> bool {
        self.0 != 0
    }

    pub(crate) fn set(&mut self, gate: Self, on: bool) {
        if on {
            self.0 |= gate.0;
        } else {
            self.0 &= !gate.0;
        }
    }
}

/// What is served when on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Serving {
    /// What the flag serves when on; stands in rules only.
    Inherit,
    /// That variant.
    Variant(u32),
    /// One of the arms of a split with two or more positive weights.
    Split(u32),
}

/// A split over two or more arms of positive weight.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Split {
    pub(crate) arms: Span,
    pub(crate) total: u32,
}

/// One arm of a split: positions below `until` (and not below the arm before) get the variant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arm {
    pub(crate) until: u32,
    pub(crate) variant: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Variant {
    pub(crate) name: Text,
    pub(crate) value: Value,
}

#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) name: Option<Text>,
    pub(crate) when: Span,
    pub(crate) percentage: Percentage,
    pub(crate) serve: Serving,
}

/// What few flags have, kept apart so that the others stay small.
#[derive(Clone, Debug)]
pub(crate) struct Extra {
    pub(crate) parent: u32,
    pub(crate) requires: Vec<Required>,
    /// Units and their variants, in the order of the units' texts.
    pub(crate) overrides: Vec<(Text, u32)>,
    /// In the order of their instants.
    pub(crate) schedule: Vec<Step>,
    pub(crate) targets: Option<Box<Targets>>,
    /// The experiments on it, in the order they are asked.
    pub(crate) experiments: Vec<FlagExperiment>,
    pub(crate) details: Details,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Required {
    pub(crate) flag: u32,
    pub(crate) variant: Asked,
}

/// What is asked of another flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// That it is on.
    On,
    /// That it serves the variant of that name; the place is [`NONE`] where the flag has no such variant in this environment.
    Variant { name: Text, variant: u32 },
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) at: Timestamp,
    pub(crate) state: Option<State>,
    pub(crate) percentage: Option<Percentage>,
}

/// Compiled targets; `None` where a dimension is not written.
#[derive(Clone, Debug)]
pub(crate) struct Targets {
    pub(crate) environments: Option<(bool, Span)>,
    pub(crate) users: Option<u32>,
    pub(crate) node_ids: Option<u32>,
    pub(crate) validator_keys: Option<u32>,
    pub(crate) ip_ranges: Option<Span>,
    pub(crate) segments: Vec<u32>,
}

/// Places of the attributes that targets read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TargetPaths {
    pub(crate) user_id: u32,
    pub(crate) node_id: u32,
    pub(crate) validator_key: u32,
    pub(crate) ip_address: u32,
}

/// What describes a flag and decides nothing.
#[derive(Clone, Debug)]
pub(crate) struct Details {
    pub(crate) description: Option<Box<str>>,
    pub(crate) owner: Option<Box<str>>,
    pub(crate) tags: Vec<Box<str>>,
    pub(crate) metadata: Object,
    pub(crate) expires: Option<Date>,
    pub(crate) protected: bool,
    pub(crate) kind: FlagKind,
}

#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) key: Text,
    /// Place of a text set, or [`NONE`].
    pub(crate) members: u32,
    /// Place of a text set, or [`NONE`].
    pub(crate) exclude: u32,
    pub(crate) when: Span,
    pub(crate) unit: u32,
}

/// A compiled condition.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Attribute {
        path: u32,
        test: Check,
    },
    Segment(u32),
    Predicate(u32),
    Flag {
        flag: u32,
        asked: Asked,
    },
    /// The environment of a set is fixed, so the answer is known; the names are kept for the explanation.
    Environment {
        holds: bool,
        names: Span,
    },
    After(Timestamp),
    Before(Timestamp),
    Percentage {
        draw: u32,
        percentage: Percentage,
    },
    All(Span),
    Any(Span),
    Not(u32),
}

/// A compiled test of an attribute. The flags are `negated` and `ignore_case`.
#[derive(Clone, Debug)]
pub(crate) enum Check {
    Text {
        operand: Operand,
        negated: bool,
    },
    FoldedText {
        text: Text,
        negated: bool,
    },
    Boolean {
        value: bool,
        negated: bool,
    },
    Number {
        number: Number,
        negated: bool,
    },
    TextIn {
        set: u32,
        negated: bool,
    },
    NumberIn {
        numbers: Span,
        negated: bool,
    },
    Contains {
        text: Text,
        negated: bool,
        ignore_case: bool,
    },
    Affix {
        side: TextMatch,
        texts: Span,
        ignore_case: bool,
    },
    Matches(u32),
    /// The usual comparison, with an integer.
    CompareInteger {
        comparison: Comparison,
        number: i64,
    },
    Compare {
        comparison: Comparison,
        number: Number,
    },
    BetweenNumbers(Span),
    BetweenInstants {
        low: Timestamp,
        high: Timestamp,
    },
    Before(Timestamp),
    After(Timestamp),
    Version(u32),
    IpIn(Span),
    Exists(bool),
}

/// The name of an attribute, ready to be looked up.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    pub(crate) whole: AttributeName,
    pub(crate) special: Special,
    /// Whether the context's own answer is all there is to it.
    pub(crate) is_simple: bool,
    /// The parts between the dots, where there are dots.
    pub(crate) parts: Box<[AttributeName]>,
}

/// Where a unit is taken from: the first of these attributes that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnitSource {
    pub(crate) paths: Box<[u32]>,
    /// Whether the first is the targeting key, as it usually is.
    pub(crate) targeting_key_first: bool,
}

/// Names that a context answers for in its own way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Special {
    None,
    TargetingKey,
    UserId,
}

/// The draw of a percentage condition.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConditionDraw {
    pub(crate) key: BucketKey,
    pub(crate) unit: u32,
}

/// A set of texts; a large one has an index by hash, a small one of short texts a table of their keys.
#[derive(Clone, Debug)]
pub(crate) struct TextSet {
    /// In the arena of operands.
    pub(crate) operands: Span,
    pub(crate) ignore_case: bool,
    pub(crate) index: Option<HashTable<Text>>,
    pub(crate) short: Option<ShortTexts>,
}

/// A predicate that the application may have registered.
#[derive(Clone)]
pub(crate) struct PredicateSlot {
    pub(crate) name: Text,
    pub(crate) function: Option<Arc<PredicateFunction>>,
}

/// What an application registers as a predicate.
pub(crate) type PredicateFunction = dyn Fn(&dyn Attributes) -> bool + Send + Sync;

impl core::fmt::Debug for PredicateSlot {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PredicateSlot").field("name", &self.name).field("registered", &self.function.is_some()).finish()
    }
}

/// What operators have set for one flag while the program runs.
#[derive(Clone, Debug, Default)]
pub(crate) struct FlagControls {
    pub(crate) killed: bool,
    /// The variant everybody gets.
    pub(crate) everybody: Option<u32>,
    /// Units that get a variant of their own.
    pub(crate) units: Vec<(Box<str>, u32)>,
    pub(crate) breaker_open: bool,
    pub(crate) percentage: Option<Percentage>,
}
