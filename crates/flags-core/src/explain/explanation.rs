//! What an explanation holds, and how it reads.

use alloc::{borrow::ToOwned, boxed::Box, string::String, vec, vec::Vec};
use core::fmt;

use crate::{Cause, Decision, ErrorCode, FlagSet, Outcome, Reason, Value};

/// Why a flag is what it is for a context: every step of the evaluation order, and the decision.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Explanation {
    /// The flag's key.
    pub flag: String,
    /// The environment of the set.
    pub environment: String,
    /// The value served; `None` for the caller's default.
    pub value: Option<Value>,
    /// The variant served.
    pub variant: Option<String>,
    /// Whether the flag is on.
    pub on: bool,
    /// Why, in the words of OpenFeature.
    pub reason: Reason,
    /// Which step decided.
    pub cause: Cause,
    /// What the cause names, in a few words.
    pub detail: Option<String>,
    /// What went wrong, if anything did.
    pub error: Option<ErrorCode>,
    /// The unit's bucket in the rollout draw, where it took part.
    pub bucket: Option<u32>,
    /// The fourteen steps, in order.
    pub steps: Vec<ExplainedStep>,
}

/// One step of the evaluation order.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ExplainedStep {
    /// Its number, from 1 to 14.
    pub number: u8,
    /// Its name.
    pub name: &'static str,
    /// What became of it.
    pub verdict: StepVerdict,
    /// What was looked at.
    pub notes: Vec<Note>,
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepVerdict {
    /// Nothing is written for it, so there was nothing to do.
    NotWritten,
    /// What is written let the flag pass.
    Passed,
    /// It decided.
    Decided,
    /// It was not reached, because the step of that number had decided.
    NotReached {
        /// The number of the step that decided.
        decided_by: u8,
    },
}

impl StepVerdict {
    /// Its name, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotWritten => "not_written",
            Self::Passed => "passed",
            Self::Decided => "decided",
            Self::NotReached { .. } => "not_reached",
        }
    }
}

/// One thing that was looked at: a condition, a rule, a draw, another flag.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Note {
    /// What sort of thing it is.
    pub kind: NoteKind,
    /// What was expected, in the notation of the format where it has one.
    pub expected: String,
    /// What was found.
    pub actual: Option<String>,
    /// Whether it holds; `None` for what is no question.
    pub holds: Option<bool>,
    /// What was looked at within it.
    pub notes: Vec<Note>,
    /// The explanation of another flag that was evaluated for it.
    pub flag: Option<Box<Explanation>>,
}

impl Note {
    pub(super) fn new(kind: NoteKind, expected: impl Into<String>) -> Self {
        Self { kind, expected: expected.into(), actual: None, holds: None, notes: vec![], flag: None }
    }

    pub(super) fn actual(mut self, actual: impl Into<String>) -> Self {
        self.actual = Some(actual.into());
        self
    }

    pub(super) fn holds(mut self, holds: bool) -> Self {
        self.holds = Some(holds);
        self
    }
}

/// What sort of thing a [`Note`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoteKind {
    /// A condition.
    Condition,
    /// A rule.
    Rule,
    /// A draw of a unit: its bucket or its position.
    Draw,
    /// Another flag.
    Flag,
    /// The state in force.
    State,
    /// A list the unit was looked for in.
    List,
    /// A dimension of the targets.
    Target,
    /// An experiment.
    Experiment,
}

impl NoteKind {
    /// Its name, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Condition => "condition",
            Self::Rule => "rule",
            Self::Draw => "draw",
            Self::Flag => "flag",
            Self::State => "state",
            Self::List => "list",
            Self::Target => "target",
            Self::Experiment => "experiment",
        }
    }
}

/// The names of the fourteen steps and what it means to pass each.
pub(super) const STEPS: [(&str, &str); 14] = [
    ("known", "the flag is defined"),
    ("kill", "neither the flag nor an ancestor is killed"),
    ("override", "no operator's override applies"),
    ("breaker", "the circuit breaker is not open"),
    ("state", "the flag is enabled"),
    ("parent", "the parent is on"),
    ("prerequisite", "every prerequisite is met"),
    ("unit_override", "the unit is not listed"),
    ("condition", "every condition holds"),
    ("target", "the targets match"),
    ("experiment", "no experiment decides"),
    ("rule", "no rule applies"),
    ("rollout", "the unit is admitted"),
    ("fallthrough", "the flag serves what it serves when on"),
];

impl Explanation {
    pub(super) fn unknown(set: &FlagSet, key: &str) -> Self {
        Self::of(key, set, Outcome::NOT_FOUND, (1..=14).map(|number| (number, vec![])).collect(), 1)
    }

    /// Puts an explanation together from what was noted at each step and the number of the step that decided.
    pub(super) fn of(key: &str, set: &FlagSet, outcome: Outcome, noted: Vec<(u8, Vec<Note>)>, decided_by: u8) -> Self {
        let decision: Decision<'_> = set.decision(outcome);
        let steps = noted.into_iter().map(|(number, notes)| {
            let verdict = match number.cmp(&decided_by) {
                core::cmp::Ordering::Equal => StepVerdict::Decided,
                core::cmp::Ordering::Greater => StepVerdict::NotReached { decided_by },
                core::cmp::Ordering::Less if notes.is_empty() && number > 2 => StepVerdict::NotWritten,
                core::cmp::Ordering::Less => StepVerdict::Passed,
            };
            ExplainedStep { number, name: STEPS[usize::from(number) - 1].0, verdict, notes }
        });
        Self {
            flag: key.to_owned(),
            environment: set.environment().to_owned(),
            value: decision.value().map(crate::ValueRef::to_value),
            variant: decision.variant().map(ToOwned::to_owned),
            on: decision.is_on(),
            reason: decision.reason(),
            cause: decision.cause(),
            detail: decision.detail().map(|detail| alloc::format!("{detail}")),
            error: decision.error(),
            bucket: decision.bucket(),
            steps: steps.collect(),
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, indent: usize) -> fmt::Result {
        for step in &self.steps {
            write!(f, "{:indent$}{:>2} {:<14}", "", step.number, step.name)?;
            match step.verdict {
                StepVerdict::NotWritten => f.write_str("-\n")?,
                StepVerdict::Passed => writeln!(f, "passed: {}", STEPS[usize::from(step.number) - 1].1)?,
                StepVerdict::Decided => {
                    write!(f, "DECIDED: {}", self.reason)?;
                    if let Some(error) = self.error {
                        write!(f, " {error}")?;
                    }
                    match &self.detail {
                        Some(detail) => writeln!(f, ", {detail}")?,
                        None => f.write_str("\n")?,
                    }
                }
                StepVerdict::NotReached { decided_by } => writeln!(f, "not reached: step {decided_by} decided")?,
            }
            for note in &step.notes {
                note.write(f, indent + 5)?;
            }
        }
        Ok(())
    }
}

impl Note {
    fn write(&self, f: &mut fmt::Formatter<'_>, indent: usize) -> fmt::Result {
        let mark = match self.holds {
            Some(true) => "yes ",
            Some(false) => "no  ",
            None => "",
        };
        write!(f, "{:indent$}{mark}{}", "", self.expected)?;
        match &self.actual {
            Some(actual) => writeln!(f, "  <- {actual}")?,
            None => f.write_str("\n")?,
        }
        for note in &self.notes {
            note.write(f, indent + 4)?;
        }
        if let Some(flag) = &self.flag {
            flag.write_deciding(f, indent + 4)?;
        }
        Ok(())
    }
}

impl Explanation {
    /// Of another flag, only what decided is told; its own explanation tells the rest.
    fn write_deciding(&self, f: &mut fmt::Formatter<'_>, indent: usize) -> fmt::Result {
        write!(f, "{:indent$}`{}` is {}", "", self.flag, if self.on { "on" } else { "off" })?;
        if let Some(variant) = &self.variant {
            write!(f, ", serving `{variant}`")?;
        }
        write!(f, ": {} by {}", self.reason, self.cause)?;
        match &self.detail {
            Some(detail) => writeln!(f, " ({detail})")?,
            None => f.write_str("\n")?,
        }
        let deciding = self.steps.iter().filter(|step| step.verdict == StepVerdict::Decided);
        deciding.flat_map(|step| &step.notes).try_for_each(|note| note.write(f, indent + 4))
    }
}

/// Tells it to a person: the decision on top, then a line a step with what was looked at below it.
impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}", self.flag, if self.on { "on" } else { "off" })?;
        match (&self.variant, &self.value) {
            (Some(variant), Some(value)) => write!(f, ", serving `{variant}` = {value}")?,
            _ => f.write_str(", serving the caller's default")?,
        }
        write!(f, "\nreason {}, cause {}", self.reason, self.cause)?;
        if let Some(detail) = &self.detail {
            write!(f, " ({detail})")?;
        }
        if let Some(error) = self.error {
            write!(f, ", error {error}")?;
        }
        if let Some(bucket) = self.bucket {
            write!(f, ", bucket {bucket}")?;
        }
        f.write_str("\n\n")?;
        self.write(f, 0)
    }
}
