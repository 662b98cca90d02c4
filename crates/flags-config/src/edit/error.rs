//! Why an edit was not made.

use std::fmt;

use toml_edit::TomlError;

/// Why an edit was not made. The text is as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EditError {
    /// The text is not TOML.
    Syntax {
        /// What the parser expected.
        message: String,
        /// The line, counted from 1.
        line: usize,
        /// The column, in characters from 1.
        column: usize,
    },
    /// The file defines no such flag.
    UnknownFlag {
        /// The key that was asked for.
        flag: String,
        /// The flag that was probably meant.
        suggestion: Option<String>,
    },
    /// Flags have no such field.
    UnknownField {
        /// The path that was asked for.
        field: String,
        /// The field that was probably meant.
        suggestion: Option<String>,
    },
    /// A list of the flag has no such entry, such as a rule.
    UnknownEntry {
        /// The path that was asked for.
        field: String,
        /// The name or position in it that is not there.
        entry: String,
        /// The entries there are, by name or else by position.
        known: Vec<String>,
    },
    /// The value is not one for that field.
    InvalidValue {
        /// The path of the field.
        field: String,
        /// The value that was asked for.
        value: String,
        /// What the field takes.
        expected: &'static str,
    },
    /// The field is not written, so there is nothing to remove.
    NotSet {
        /// The flag's key.
        flag: String,
        /// The path of the field.
        field: String,
    },
    /// The field is written as a table or a list of tables under headers of their own, which are edited by hand.
    IsTable {
        /// The path of the field.
        field: String,
    },
    /// Something on the way to the field is not a table in this file.
    NotATable {
        /// The path of the field.
        field: String,
        /// The part of it that is something else.
        at: String,
        /// What it is, such as `array`.
        found: &'static str,
    },
    /// The flag is written in a way that leaves no place for the field.
    Unplaceable {
        /// The path of the field.
        field: String,
    },
}

impl EditError {
    pub(super) fn syntax(text: &str, error: &TomlError) -> Self {
        let at = error.span().map_or(0, |span| span.start.min(text.len()));
        let before = text.get(..at).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self::Syntax {
            message: error.message().to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let did_you_mean = |f: &mut fmt::Formatter<'_>, suggestion: &Option<String>| match suggestion {
            Some(name) => write!(f, "; did you mean `{name}`?"),
            None => Ok(()),
        };
        match self {
            Self::Syntax { message, line, column } => {
                write!(f, "the file is not TOML: line {line}, column {column}: {message}")
            }
            Self::UnknownFlag { flag, suggestion } => {
                write!(f, "the file has no flag `{flag}`")?;
                did_you_mean(f, suggestion)
            }
            Self::UnknownField { field, suggestion } => {
                write!(f, "a flag has no field `{field}` that can be set")?;
                did_you_mean(f, suggestion)
            }
            Self::UnknownEntry { field, entry, known } if known.is_empty() => {
                write!(f, "`{field}`: there is no `{entry}`, the list is empty")
            }
            Self::UnknownEntry { field, entry, known } => {
                write!(f, "`{field}`: there is no `{entry}`, only {}", known.join(", "))
            }
            Self::InvalidValue { field, value, expected } => {
                write!(f, "`{value}` is no value for `{field}`: expected {expected}")
            }
            Self::NotSet { flag, field } => write!(f, "flag `{flag}` has no `{field}` in this file"),
            Self::IsTable { field } => {
                write!(f, "`{field}` is a table under a header of its own; edit it in the file")
            }
            Self::NotATable { field, at, found } => {
                write!(f, "`{field}` cannot be reached: `{at}` is of type {found} in this file, not a table")
            }
            Self::Unplaceable { field } => {
                write!(f, "the way this flag is written leaves no place for `{field}`; edit it in the file")
            }
        }
    }
}

impl std::error::Error for EditError {}
