//! What a function is given: which arguments there are, and reading them from JSON or from words of a command line.

use std::fmt;

use serde_json::{Map, Value as Json};
use thiserror::Error;

use super::Function;
use crate::statistics::{Alpha, Estimate, Proportion, Sides, Summary, Undefined};

/// An argument of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// What it is, in a few words.
    pub meaning: &'static str,
    /// What it looks like.
    pub kind: Kind,
    /// Whether it has to be given.
    pub presence: Presence,
}

/// What an argument looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A whole number from 0 on.
    Count,
    /// A finite number.
    Number,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A list of numbers.
    Numbers,
    /// A list of whole numbers from 0 on.
    Counts,
    /// A list of lists of numbers.
    NumberLists,
    /// A list of lists of whole numbers from 0 on.
    CountLists,
    /// A list of Beta distributions: objects with `alpha` and `beta`.
    Posteriors,
}

/// Whether an argument has to be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Presence {
    /// It has to be.
    Required,
    /// It may be left out, which means something of its own.
    Optional,
    /// Where it is left out it is this, as it would be written on a command line.
    Default(&'static str),
}

impl Argument {
    pub(super) const fn required(name: &'static str, kind: Kind, meaning: &'static str) -> Self {
        Self { name, meaning, kind, presence: Presence::Required }
    }

    pub(super) const fn or(self, presence: Presence) -> Self {
        Self { presence, ..self }
    }
}

impl Kind {
    /// Whether it is a list of lists, given on a command line by repeating the option.
    pub fn repeats(self) -> bool {
        matches!(self, Self::NumberLists | Self::CountLists | Self::Posteriors)
    }

    /// Reads a value as it is written on a command line; of a list of lists, one of them.
    ///
    /// Lists are separated by commas or white space.
    ///
    /// # Errors
    ///
    /// What was expected, in words.
    pub fn parse(self, text: &str) -> Result<Json, String> {
        let items = || text.split([',', ' ', '\t', '\n', '\r']).filter(|item| !item.is_empty());
        let list = |kind: Self| items().map(|item| kind.parse(item)).collect::<Result<Vec<_>, _>>().map(Json::from);
        let wrong = || format!("expected {self}");
        match self {
            Self::Count => text.parse::<u64>().map(Json::from).map_err(|_| wrong()),
            Self::Number => match text.parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(number.into()),
                _ => Err(wrong()),
            },
            Self::Choice(choices) => choices.contains(&text).then(|| text.into()).ok_or_else(wrong),
            Self::Numbers | Self::NumberLists => list(Self::Number),
            Self::Counts | Self::CountLists => list(Self::Count),
            Self::Posteriors => {
                let numbers = list(Self::Number)?;
                let [alpha, beta] = numbers.as_array().map(Vec::as_slice).unwrap_or_default() else {
                    return Err("expected two numbers, alpha and beta".to_owned());
                };
                Ok(serde_json::json!({ "alpha": alpha, "beta": beta }))
            }
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Count => "a whole number of at least 0",
            Self::Number => "a finite number",
            Self::Choice(choices) => return write!(f, "one of {}", choices.join(", ")),
            Self::Numbers => "a list of finite numbers",
            Self::Counts => "a list of whole numbers of at least 0",
            Self::NumberLists => "a list of lists of finite numbers",
            Self::CountLists => "a list of lists of whole numbers of at least 0",
            Self::Posteriors => "a list of objects with the numbers alpha and beta",
        })
    }
}

/// Why a question has no answer: something is the matter with an argument.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum ArgumentError {
    /// There is no such argument.
    #[error("there is no argument `{argument}`; expected {}", list(known))]
    Unknown {
        /// The name that was given.
        argument: String,
        /// Those there are.
        known: Vec<&'static str>,
    },
    /// It was not given.
    #[error("`{argument}` is missing; expected {expected}")]
    Missing {
        /// Its name.
        argument: &'static str,
        /// What it looks like.
        expected: Kind,
    },
    /// It is of another kind.
    #[error("`{argument}` is {found}; expected {expected}")]
    Kind {
        /// Its name.
        argument: &'static str,
        /// What was given: the JSON, or the element at fault, cut after a few words.
        found: String,
        /// What it looks like.
        expected: Kind,
    },
    /// It is of the right kind, and yet no such question can be asked.
    #[error("{}{reason}", argument.map(|name| format!("`{name}`: ")).unwrap_or_default())]
    Range {
        /// Its name, where one argument is to blame.
        argument: Option<&'static str>,
        /// What is wrong.
        reason: Undefined,
    },
}

impl ArgumentError {
    /// The argument that is to blame, if it is one.
    pub fn argument(&self) -> Option<&str> {
        match self {
            Self::Unknown { argument, .. } => Some(argument),
            Self::Missing { argument, .. } | Self::Kind { argument, .. } => Some(argument),
            Self::Range { argument, .. } => *argument,
        }
    }
}

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Results that are undefined because of an argument which no data could mend: the question is refused.
///
/// # Errors
///
/// [`ArgumentError::Range`] for what is out of its domain, too long or too short; all else is an answer.
pub(super) fn settle<T>(result: Estimate<T>) -> Result<Estimate<T>, ArgumentError> {
    match result {
        Err(
            reason @ (Undefined::OutOfDomain { .. }
            | Undefined::LengthMismatch { .. }
            | Undefined::ConversionsExceedUsers { .. }
            | Undefined::LooksTooClose { .. }),
        ) => Err(ArgumentError::Range { argument: None, reason }),
        other => Ok(other),
    }
}

/// The arguments of a question, of which none is unknown.
#[derive(Debug)]
pub(super) struct Arguments<'a> {
    function: &'a Function,
    given: &'a Map<String, Json>,
}

impl<'a> Arguments<'a> {
    pub(super) fn new(function: &'a Function, given: &'a Map<String, Json>) -> Result<Self, ArgumentError> {
        match given.keys().find(|name| function.argument(name).is_none()) {
            None => Ok(Self { function, given }),
            Some(unknown) => Err(ArgumentError::Unknown {
                argument: unknown.clone(),
                known: function.arguments.iter().map(|argument| argument.name).collect(),
            }),
        }
    }

    /// What is given, or the default, read; `None` for what may be left out and was.
    fn read<T>(
        &self,
        name: &'static str,
        expected: Kind,
        read: impl Fn(&Json) -> Result<T, String>,
    ) -> Result<Option<T>, ArgumentError> {
        let (expected, presence) = match self.function.argument(name) {
            Some(argument) => (argument.kind, argument.presence),
            None => (expected, Presence::Required),
        };
        let wrong = |found| ArgumentError::Kind { argument: name, found, expected };
        match (self.given.get(name).filter(|json| !json.is_null()), presence) {
            (Some(json), _) => read(json).map(Some).map_err(wrong),
            (None, Presence::Required) => Err(ArgumentError::Missing { argument: name, expected }),
            (None, Presence::Optional) => Ok(None),
            (None, Presence::Default(text)) => {
                expected.parse(text).and_then(|json| read(&json)).map(Some).map_err(wrong)
            }
        }
    }

    fn required<T>(
        &self,
        name: &'static str,
        expected: Kind,
        read: impl Fn(&Json) -> Result<T, String>,
    ) -> Result<T, ArgumentError> {
        self.read(name, expected, read)?.ok_or(ArgumentError::Missing { argument: name, expected })
    }

    pub(super) fn count(&self, name: &'static str) -> Result<u64, ArgumentError> {
        self.required(name, Kind::Count, count)
    }

    pub(super) fn number(&self, name: &'static str) -> Result<f64, ArgumentError> {
        self.required(name, Kind::Number, number)
    }

    pub(super) fn optional_number(&self, name: &'static str) -> Result<Option<f64>, ArgumentError> {
        self.read(name, Kind::Number, number)
    }

    pub(super) fn choice(&self, name: &'static str) -> Result<String, ArgumentError> {
        let choices: &[&str] = match self.function.argument(name).map(|argument| argument.kind) {
            Some(Kind::Choice(choices)) => choices,
            _ => &[],
        };
        self.required(name, Kind::Choice(&[]), |json| match json.as_str() {
            Some(word) if choices.contains(&word) => Ok(word.to_owned()),
            _ => Err(brief(json)),
        })
    }

    pub(super) fn numbers(&self, name: &'static str) -> Result<Vec<f64>, ArgumentError> {
        self.required(name, Kind::Numbers, |json| each(json, PLACE, number))
    }

    pub(super) fn counts(&self, name: &'static str) -> Result<Vec<u64>, ArgumentError> {
        self.required(name, Kind::Counts, |json| each(json, PLACE, count))
    }

    pub(super) fn number_lists(&self, name: &'static str) -> Result<Vec<Vec<f64>>, ArgumentError> {
        self.required(name, Kind::NumberLists, |json| each(json, LIST, |list| each(list, PLACE, number)))
    }

    pub(super) fn count_lists(&self, name: &'static str) -> Result<Vec<Vec<u64>>, ArgumentError> {
        self.required(name, Kind::CountLists, |json| each(json, LIST, |list| each(list, PLACE, count)))
    }

    pub(super) fn posteriors(&self, name: &'static str) -> Result<Vec<(f64, f64)>, ArgumentError> {
        let one = |json: &Json| match (json.get("alpha"), json.get("beta")) {
            (Some(alpha), Some(beta)) => Ok((number(alpha)?, number(beta)?)),
            _ => Err(brief(json)),
        };
        self.required(name, Kind::Posteriors, |json| each(json, PLACE, one))
    }

    pub(super) fn alpha(&self) -> Result<Alpha, ArgumentError> {
        in_range("alpha", Alpha::new(self.number("alpha")?))
    }

    pub(super) fn sides(&self) -> Result<Sides, ArgumentError> {
        Ok(if self.choice("sides")? == "one-sided" { Sides::One } else { Sides::Two })
    }

    /// `conversions` of `users`, as they are called for an arm.
    pub(super) fn proportion(
        &self,
        conversions: &'static str,
        users: &'static str,
    ) -> Result<Proportion, ArgumentError> {
        in_range(conversions, Proportion::new(self.count(conversions)?, self.count(users)?))
    }

    /// Both arms by conversions.
    pub(super) fn proportions(&self) -> Result<(Proportion, Proportion), ArgumentError> {
        Ok((self.proportion("conversions_a", "users_a")?, self.proportion("conversions_b", "users_b")?))
    }

    /// Both arms by mean and variance.
    pub(super) fn summaries(&self) -> Result<(Summary, Summary), ArgumentError> {
        let arm = |mean, variance, users| {
            // The mean is finite as any number that was read, so that it is the variance if something is wrong.
            in_range(variance, Summary::new(self.count(users)?, self.number(mean)?, self.number(variance)?))
        };
        Ok((arm("mean_a", "var_a", "n_a")?, arm("mean_b", "var_b", "n_b")?))
    }
}

/// The value, or an error that blames the argument.
pub(super) fn in_range<T>(argument: &'static str, value: Estimate<T>) -> Result<T, ArgumentError> {
    value.map_err(|reason| ArgumentError::Range { argument: Some(argument), reason })
}

fn number(json: &Json) -> Result<f64, String> {
    json.as_f64().filter(|number| number.is_finite()).ok_or_else(|| brief(json))
}

/// A whole number, also where it is written as 5000.0, as some languages do.
fn count(json: &Json) -> Result<u64, String> {
    /// Up to here every double is one whole number.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let whole = |number: &f64| number.fract() == 0.0 && (0.0..=EXACT).contains(number);
    json.as_u64().or_else(|| json.as_f64().filter(whole).map(|number| number as u64)).ok_or_else(|| brief(json))
}

/// Where in a list something is, counted from 1.
const PLACE: &str = "at place";
/// Where in a list of lists.
const LIST: &str = "of list";

fn each<T>(json: &Json, place: &str, read: impl Fn(&Json) -> Result<T, String>) -> Result<Vec<T>, String> {
    let list = json.as_array().ok_or_else(|| brief(json))?;
    list.iter()
        .enumerate()
        .map(|(index, item)| read(item).map_err(|found| format!("{found} {place} {}", index + 1)))
        .collect()
}

/// JSON as a message can quote it.
fn brief(json: &Json) -> String {
    const MOST: usize = 40;
    let text = json.to_string();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
