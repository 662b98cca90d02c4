//! Conditions: what has to hold for a rule, a flag, or membership of a segment.

use alloc::{boxed::Box, vec, vec::Vec};

use crate::{IpRange, Pattern, Percentage, Timestamp, Value, VersionRequirement};

/// One condition. A list of conditions means all of them.
///
/// The constructors read like the format: `Condition::attribute("country").is_in(["NL", "DE"])`.
#[derive(Clone, Debug, PartialEq, Hash)]
#[non_exhaustive]
pub enum Condition {
    /// An attribute of the context passes a test. `path` may descend with dots.
    Attribute {
        /// The attribute's name.
        path: Box<str>,
        /// What its value has to be like.
        test: Test,
    },
    /// The context is in the segment of that key.
    Segment(Box<str>),
    /// The predicate of that name, which the application registers, says so.
    Predicate(Box<str>),
    /// Another flag is on, or serves the named variant, for the same context.
    Flag {
        /// The other flag's key.
        flag: Box<str>,
        /// The variant it has to serve; `None` asks for "on".
        variant: Option<Box<str>>,
    },
    /// The client's environment is one of these.
    Environment(Vec<Box<str>>),
    /// Now is at or after the instant.
    After(Timestamp),
    /// Now is strictly before the instant.
    Before(Timestamp),
    /// The unit's bucket is below the percentage.
    Percentage {
        /// The share admitted.
        percentage: Percentage,
        /// What keys the draw; `None` means the salt of the flag or segment it stands in.
        salt: Option<Box<str>>,
        /// The attributes the unit is taken from; empty means those of the flag or segment it stands in.
        bucket_by: Vec<Box<str>>,
    },
    /// All of these hold; true of an empty list.
    All(Vec<Condition>),
    /// At least one of these holds; false of an empty list.
    Any(Vec<Condition>),
    /// This does not hold.
    Not(Box<Condition>),
}

/// A test of one attribute's value. A missing attribute, or one of another type, fails every test but `Exists(false)`.
#[derive(Clone, Debug, PartialEq, Hash)]
#[non_exhaustive]
pub enum Test {
    /// It is (or, negated, is not) the value: a string, a number or a boolean.
    Equals {
        /// The value.
        value: Value,
        /// Whether the answer is turned round.
        negated: bool,
        /// Whether the case of letters is ignored.
        ignore_case: bool,
    },
    /// It is (or is not) one of the values: all strings or all numbers, at least one.
    In {
        /// The values.
        values: Vec<Value>,
        /// Whether the answer is turned round.
        negated: bool,
        /// Whether the case of letters is ignored.
        ignore_case: bool,
    },
    /// Its text contains (or does not contain) the text; of a list, that it has that element.
    Contains {
        /// The text.
        text: Box<str>,
        /// Whether the answer is turned round.
        negated: bool,
        /// Whether the case of letters is ignored.
        ignore_case: bool,
    },
    /// Its text starts or ends with one of the texts.
    Affix {
        /// Start or end.
        side: TextMatch,
        /// The texts, at least one.
        texts: Vec<Box<str>>,
        /// Whether the case of letters is ignored.
        ignore_case: bool,
    },
    /// Its text matches the regular expression somewhere.
    Matches(Pattern),
    /// It compares so with the number: an integer or a float.
    Number {
        /// How it has to compare.
        comparison: Comparison,
        /// The number.
        operand: Value,
    },
    /// It is a number between the two, both included.
    BetweenNumbers {
        /// The lower end.
        low: Value,
        /// The upper end.
        high: Value,
    },
    /// It is an RFC 3339 date-time between the two, both included.
    BetweenInstants {
        /// The lower end.
        low: Timestamp,
        /// The upper end.
        high: Timestamp,
    },
    /// It is an RFC 3339 date-time strictly before the instant.
    Before(Timestamp),
    /// It is an RFC 3339 date-time at or after the instant.
    After(Timestamp),
    /// It is a version that meets the requirement.
    Version(VersionRequirement),
    /// It is an IP address in one of the ranges, at least one.
    IpIn(Vec<IpRange>),
    /// It is there (true) or missing (false).
    Exists(bool),
}

/// Which end of a text [`Test::Affix`] looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextMatch {
    /// The text starts with it.
    StartsWith,
    /// The text ends with it.
    EndsWith,
}

/// How a number has to compare with the operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// Above it.
    GreaterThan,
    /// Above it or equal.
    AtLeast,
    /// Below it.
    LessThan,
    /// Below it or equal.
    AtMost,
}

impl Comparison {
    /// The word the format uses for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::GreaterThan => "greater_than",
            Self::AtLeast => "at_least",
            Self::LessThan => "less_than",
            Self::AtMost => "at_most",
        }
    }
}

impl Comparison {
    /// Whether a number that compares so with the operand passes.
    pub(crate) const fn admits(self, order: core::cmp::Ordering) -> bool {
        match self {
            Self::GreaterThan => order.is_gt(),
            Self::AtLeast => order.is_ge(),
            Self::LessThan => order.is_lt(),
            Self::AtMost => order.is_le(),
        }
    }
}

impl Condition {
    /// Starts a condition on the attribute called `path`.
    pub fn attribute(path: impl Into<Box<str>>) -> AttributeCondition {
        AttributeCondition { path: path.into(), ignore_case: false }
    }

    /// The context is in the segment.
    #[must_use]
    pub fn segment(key: impl Into<Box<str>>) -> Self {
        Self::Segment(key.into())
    }

    /// The registered predicate says so.
    #[must_use]
    pub fn predicate(name: impl Into<Box<str>>) -> Self {
        Self::Predicate(name.into())
    }

    /// The other flag is on for the same context.
    #[must_use]
    pub fn flag_on(key: impl Into<Box<str>>) -> Self {
        Self::Flag { flag: key.into(), variant: None }
    }

    /// The other flag serves the variant to the same context.
    #[must_use]
    pub fn flag_serves(key: impl Into<Box<str>>, variant: impl Into<Box<str>>) -> Self {
        Self::Flag { flag: key.into(), variant: Some(variant.into()) }
    }

    /// The environment is one of these.
    #[must_use]
    pub fn environment<T: Into<Box<str>>>(names: impl IntoIterator<Item = T>) -> Self {
        Self::Environment(names.into_iter().map(Into::into).collect())
    }

    /// The chain is at least that high, in blocks.
    #[must_use]
    pub fn chain_height(blocks: i64) -> Self {
        Self::attribute("chain_height").at_least(blocks)
    }

    /// The node has at least that share of the chain, 0.0 to 1.0.
    #[must_use]
    pub fn sync_progress(progress: f64) -> Self {
        Self::attribute("sync_progress").at_least(progress)
    }

    /// The unit's bucket is below the percentage.
    #[must_use]
    pub fn percentage(percentage: Percentage) -> Self {
        Self::Percentage { percentage, salt: None, bucket_by: vec![] }
    }

    /// This condition turned round.
    #[must_use]
    pub fn negate(self) -> Self {
        Self::Not(Box::new(self))
    }

    /// How many levels of conditions it is deep; 1 for a condition without conditions in it.
    #[must_use]
    pub fn depth(&self) -> usize {
        1 + match self {
            Self::All(inner) | Self::Any(inner) => inner.iter().map(Self::depth).max().unwrap_or(0),
            Self::Not(inner) => inner.depth(),
            _ => 0,
        }
    }
}

/// A condition on an attribute that still lacks its test.
#[derive(Clone, Debug)]
#[must_use = "name the test, such as `.equals(…)`"]
pub struct AttributeCondition {
    path: Box<str>,
    ignore_case: bool,
}

impl AttributeCondition {
    /// The same with the case of letters ignored (Unicode simple case folding).
    pub fn ignore_case(mut self) -> Self {
        self.ignore_case = true;
        self
    }

    /// The attribute is the value.
    #[must_use]
    pub fn equals(self, value: impl Into<Value>) -> Condition {
        let ignore_case = self.ignore_case;
        self.test(Test::Equals { value: value.into(), negated: false, ignore_case })
    }

    /// The attribute is of the value's type and is not the value.
    #[must_use]
    pub fn not_equals(self, value: impl Into<Value>) -> Condition {
        let ignore_case = self.ignore_case;
        self.test(Test::Equals { value: value.into(), negated: true, ignore_case })
    }

    /// The attribute is one of the values.
    #[must_use]
    #[expect(clippy::wrong_self_convention, reason = "it reads as the condition does: the attribute is in the list")]
    pub fn is_in<T: Into<Value>>(self, values: impl IntoIterator<Item = T>) -> Condition {
        let ignore_case = self.ignore_case;
        self.test(Test::In { values: values.into_iter().map(Into::into).collect(), negated: false, ignore_case })
    }

    /// The attribute is of the values' type and is none of them.
    #[must_use]
    pub fn not_in<T: Into<Value>>(self, values: impl IntoIterator<Item = T>) -> Condition {
        let ignore_case = self.ignore_case;
        self.test(Test::In { values: values.into_iter().map(Into::into).collect(), negated: true, ignore_case })
    }

    /// The attribute's text contains the text, or the attribute is a list with that element.
    #[must_use]
    pub fn contains(self, text: impl Into<Box<str>>) -> Condition {
        let ignore_case = self.ignore_case;
        self.test(Test::Contains { text: text.into(), negated: false, ignore_case })
    }

    /// The attribute is a text without the text in it, or a list without that element.
    #[must_use]
    pub fn not_contains(self, text: impl Into<Box<str>>) -> Condition {
        let ignore_case = self.ignore_case;
        self.test(Test::Contains { text: text.into(), negated: true, ignore_case })
    }

    /// The attribute's text starts with one of the texts.
    #[must_use]
    pub fn starts_with<T: Into<Box<str>>>(self, texts: impl IntoIterator<Item = T>) -> Condition {
        self.affix(TextMatch::StartsWith, texts)
    }

    /// The attribute's text ends with one of the texts.
    #[must_use]
    pub fn ends_with<T: Into<Box<str>>>(self, texts: impl IntoIterator<Item = T>) -> Condition {
        self.affix(TextMatch::EndsWith, texts)
    }

    /// The attribute's text matches the regular expression somewhere.
    #[must_use]
    pub fn matches(self, pattern: Pattern) -> Condition {
        self.test(Test::Matches(pattern))
    }

    /// The attribute is a number above this.
    #[must_use]
    pub fn greater_than(self, number: impl Into<Value>) -> Condition {
        self.test(Test::Number { comparison: Comparison::GreaterThan, operand: number.into() })
    }

    /// The attribute is a number not below this.
    #[must_use]
    pub fn at_least(self, number: impl Into<Value>) -> Condition {
        self.test(Test::Number { comparison: Comparison::AtLeast, operand: number.into() })
    }

    /// The attribute is a number below this.
    #[must_use]
    pub fn less_than(self, number: impl Into<Value>) -> Condition {
        self.test(Test::Number { comparison: Comparison::LessThan, operand: number.into() })
    }

    /// The attribute is a number not above this.
    #[must_use]
    pub fn at_most(self, number: impl Into<Value>) -> Condition {
        self.test(Test::Number { comparison: Comparison::AtMost, operand: number.into() })
    }

    /// The attribute is a number from `low` to `high`, both included.
    #[must_use]
    pub fn between(self, low: impl Into<Value>, high: impl Into<Value>) -> Condition {
        self.test(Test::BetweenNumbers { low: low.into(), high: high.into() })
    }

    /// The attribute is an RFC 3339 date-time strictly before the instant.
    #[must_use]
    pub fn before(self, instant: Timestamp) -> Condition {
        self.test(Test::Before(instant))
    }

    /// The attribute is an RFC 3339 date-time at or after the instant.
    #[must_use]
    pub fn after(self, instant: Timestamp) -> Condition {
        self.test(Test::After(instant))
    }

    /// The attribute is a version that meets the requirement.
    #[must_use]
    pub fn version(self, requirement: VersionRequirement) -> Condition {
        self.test(Test::Version(requirement))
    }

    /// The attribute is an IP address in one of the ranges.
    #[must_use]
    pub fn ip_in(self, ranges: impl IntoIterator<Item = IpRange>) -> Condition {
        self.test(Test::IpIn(ranges.into_iter().collect()))
    }

    /// The attribute is there (`true`) or missing (`false`).
    #[must_use]
    pub fn exists(self, there: bool) -> Condition {
        self.test(Test::Exists(there))
    }

    fn affix<T: Into<Box<str>>>(self, side: TextMatch, texts: impl IntoIterator<Item = T>) -> Condition {
        let ignore_case = self.ignore_case;
        self.test(Test::Affix { side, texts: texts.into_iter().map(Into::into).collect(), ignore_case })
    }

    fn test(self, test: Test) -> Condition {
        Condition::Attribute { path: self.path, test }
    }
}
