//! What is wrong with a set of definitions, all of it at once.

use alloc::{boxed::Box, string::String, vec::Vec};
use core::fmt;

use crate::{Percentage, ValueType, definition::MetricKind};

/// One thing that is wrong with the definitions, and where.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DefinitionError {
    /// Where: keys and positions from the top, as they are written in a file.
    pub path: Vec<PathPart>,
    /// What.
    pub problem: Problem,
}

/// One step of the way to a place in the definitions: `features`, `checkout`, `rules`, `[1]`, `serve`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PathPart {
    /// The field or entry of that name.
    Key(Box<str>),
    /// The element at that position, counted from 0.
    Index(usize),
}

impl From<&str> for PathPart {
    fn from(key: &str) -> Self {
        Self::Key(key.into())
    }
}

impl From<usize> for PathPart {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// What can be wrong with definitions whose parts are each well formed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Problem {
    /// The key is empty, too long, or has a character that keys do not have.
    InvalidKey,
    /// Another entry of the section has that key already.
    DuplicateKey,
    /// Two variants of a flag have that name.
    DuplicateVariant,
    /// No flag has that key; the keys there are, for a suggestion.
    UnknownFlag {
        /// The key that was named.
        name: Box<str>,
    },
    /// No segment has that key.
    UnknownSegment {
        /// The key that was named.
        name: Box<str>,
    },
    /// The flag has no variant of that name.
    UnknownVariant {
        /// The flag the variant was looked for in.
        flag: Box<str>,
        /// The name that was written.
        name: Box<str>,
        /// The names there are.
        known: Vec<Box<str>>,
    },
    /// A flag whose type is not boolean has no variants to serve.
    MissingVariants {
        /// The flag's type.
        value_type: ValueType,
    },
    /// A variant's value is not of the flag's type.
    WrongType {
        /// The flag's type.
        expected: ValueType,
        /// The value's type; `None` for a list.
        found: Option<ValueType>,
    },
    /// A value that is served is not a finite number.
    NotFinite,
    /// Every weight of a split is 0, so that nothing could be served.
    ZeroWeights,
    /// The weights of a split sum to more than 2^31 - 1.
    WeightsTooLarge,
    /// A state asks for a rollout percentage and none is written.
    MissingPercentage,
    /// A list that has to have an element has none.
    EmptyList,
    /// A list mixes texts and numbers, or holds something else.
    MixedList,
    /// The operand is not a number.
    NotANumber,
    /// The operand is not a text, a number or a boolean.
    NotAScalar,
    /// Conditions are nested deeper than 32.
    TooDeep,
    /// No experiment has that key.
    UnknownExperiment {
        /// The key that was named.
        name: Box<str>,
    },
    /// No layer has that key.
    UnknownLayer {
        /// The key that was named.
        name: Box<str>,
    },
    /// The experiment has no arm of that name.
    UnknownArm {
        /// The name that was written.
        name: Box<str>,
        /// The names there are.
        known: Vec<Box<str>>,
    },
    /// The application does not track an event of that name.
    UnknownEvent {
        /// The name that was written.
        name: Box<str>,
    },
    /// Two arms of an experiment have that name.
    DuplicateArm {
        /// The name.
        name: Box<str>,
    },
    /// Two metrics of an experiment have that name.
    DuplicateMetric {
        /// The name.
        name: Box<str>,
    },
    /// An experiment compares fewer than two arms.
    TooFewArms,
    /// No arm is the one the others are compared with.
    MissingControl,
    /// A second arm claims to be the one the others are compared with.
    SecondControl {
        /// The first that does.
        first: Box<str>,
    },
    /// An experiment ends before it starts, or at once.
    EndBeforeStart,
    /// An arm of a draft is said to have won.
    WinnerOfDraft,
    /// The experiments of a layer ask for more than all of it.
    LayerOverfull {
        /// The layer.
        layer: Box<str>,
        /// What those before have left over.
        left: Percentage,
    },
    /// The experiments of a layer take their units from different attributes, so that a context could be in two of them.
    LayerUnits {
        /// The layer.
        layer: Box<str>,
        /// The first experiment of the layer.
        other: Box<str>,
    },
    /// Two experiments would enrol the same units for the same flag at the same time.
    OverlappingExperiments {
        /// The flag.
        flag: Box<str>,
        /// The other experiment.
        other: Box<str>,
    },
    /// A metric says nothing of an event that its kind is computed from.
    MissingEvent {
        /// The kind of the metric.
        kind: MetricKind,
        /// The field that is missing.
        field: &'static str,
    },
    /// A metric names an event that its kind is not computed from.
    MisplacedEvent {
        /// The kind of the metric.
        kind: MetricKind,
        /// The field that does not belong to it.
        field: &'static str,
    },
    /// A guardrail does not say which loss it tolerates.
    MissingMargin,
    /// A metric that is no guardrail says which loss it tolerates.
    MisplacedMargin,
    /// A number or a duration is not where it has to be.
    OutOfRange {
        /// What was expected.
        expected: &'static str,
    },
    /// Flags, segments and experiments refer to each other in a circle; the way round, the first repeated at the end.
    Cycle {
        /// The keys on the way, each with its kind (`flag`, `segment`, `experiment`).
        path: Vec<(&'static str, Box<str>)>,
    },
    /// A chain of references is longer than a single evaluation follows.
    ChainTooLong {
        /// The longest chain allowed.
        limit: u32,
    },
    /// One evaluation could have to look at more conditions and flags than a decision may cost.
    TooExpensive {
        /// The largest number of steps allowed.
        limit: u32,
    },
    /// The set is larger than its indices can count.
    TooLarge,
}

impl fmt::Display for DefinitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, part) in self.path.iter().enumerate() {
            match part {
                PathPart::Key(key) if at == 0 => f.write_str(key)?,
                PathPart::Key(key) => write!(f, ".{key}")?,
                PathPart::Index(index) => write!(f, "[{index}]")?,
            }
        }
        write!(f, ": {}", self.problem)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidKey => {
                f.write_str("a key is 1 to 128 of `A-Z a-z 0-9 _ - .` and starts with a letter or digit")
            }
            Self::DuplicateKey => f.write_str("this key is defined twice"),
            Self::DuplicateVariant => f.write_str("this variant is defined twice"),
            Self::UnknownFlag { name } => write!(f, "there is no flag `{name}`"),
            Self::UnknownSegment { name } => write!(f, "there is no segment `{name}`"),
            Self::UnknownVariant { flag, name, .. } => write!(f, "flag `{flag}` has no variant `{name}`"),
            Self::MissingVariants { value_type } => write!(f, "a flag of type {value_type} needs variants to serve"),
            Self::WrongType { expected, found: Some(found) } => {
                write!(f, "expected a value of type {expected}, found {found}")
            }
            Self::WrongType { expected, found: None } => write!(f, "expected a value of type {expected}, found a list"),
            Self::NotFinite => f.write_str("a flag serves finite numbers only"),
            Self::ZeroWeights => f.write_str("every weight of this split is 0, so nothing could be served"),
            Self::WeightsTooLarge => f.write_str("the weights of a split may sum to 2147483647 at most"),
            Self::MissingPercentage => f.write_str("this state needs a `rollout_percentage`"),
            Self::EmptyList => f.write_str("this list needs at least one element"),
            Self::MixedList => f.write_str("this list has to be all strings or all numbers"),
            Self::NotANumber => f.write_str("expected a finite number"),
            Self::NotAScalar => f.write_str("expected a string, a number or a boolean"),
            Self::TooDeep => f.write_str("conditions may be nested 32 deep at most"),
            Self::UnknownExperiment { name } => write!(f, "there is no experiment `{name}`"),
            Self::UnknownLayer { name } => write!(f, "there is no layer `{name}`"),
            Self::UnknownArm { name, .. } => write!(f, "the experiment has no arm `{name}`"),
            Self::UnknownEvent { name } => write!(f, "the application tracks no event `{name}`"),
            Self::DuplicateArm { name } => write!(f, "another arm is called `{name}`, too"),
            Self::DuplicateMetric { name } => write!(f, "another metric is called `{name}`, too"),
            Self::TooFewArms => f.write_str("an experiment compares at least two arms"),
            Self::MissingControl => f.write_str("one arm has to be the control that the others are compared with"),
            Self::SecondControl { first } => write!(f, "arm `{first}` is the control already"),
            Self::EndBeforeStart => f.write_str("the experiment ends before it starts"),
            Self::WinnerOfDraft => f.write_str("an experiment that is a draft has no winner"),
            Self::LayerOverfull { layer, left } => {
                write!(f, "layer `{layer}` has only {left} % of its units left for this experiment")
            }
            Self::LayerUnits { layer, other } => {
                write!(f, "experiment `{other}` of layer `{layer}` takes its units from other attributes")
            }
            Self::OverlappingExperiments { flag, other } => {
                write!(f, "experiment `{other}` is on flag `{flag}` at the same time, for the same units")
            }
            Self::MissingEvent { kind, field } => write!(f, "a metric of kind `{}` needs `{field}`", kind.name()),
            Self::MisplacedEvent { kind, field } => write!(f, "a metric of kind `{}` has no `{field}`", kind.name()),
            Self::MissingMargin => f.write_str("a guardrail needs a `margin`, the relative loss that is tolerated"),
            Self::MisplacedMargin => f.write_str("only a guardrail has a `margin`"),
            Self::OutOfRange { expected } => write!(f, "expected {expected}"),
            Self::Cycle { path } => {
                f.write_str("these refer to each other in a circle: ")?;
                for (at, (kind, key)) in path.iter().enumerate() {
                    write!(f, "{}{kind} `{key}`", if at == 0 { "" } else { " -> " })?;
                }
                Ok(())
            }
            Self::ChainTooLong { limit } => {
                write!(f, "this is a chain of more than {limit} flags, segments and experiments")
            }
            Self::TooExpensive { limit } => write!(f, "one evaluation of this could take more than {limit} steps"),
            Self::TooLarge => f.write_str("these are more definitions than one set can hold"),
        }
    }
}

impl core::error::Error for DefinitionError {}

/// Everything that is wrong with a set of definitions; never empty.
#[derive(Clone, Debug, PartialEq)]
pub struct DefinitionErrors(pub Vec<DefinitionError>);

impl fmt::Display for DefinitionErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(alloc::string::ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl core::error::Error for DefinitionErrors {}
