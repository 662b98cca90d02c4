//! Why a file of events cannot be read.

use thiserror::Error;

use crate::store::StoreError;

/// Why a file of events cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImportError {
    /// A row that is not well formed.
    #[error("line {line}{}: {problem}", column.as_deref().map(|column| format!(", column `{column}`")).unwrap_or_default())]
    Row {
        /// The line, from 1.
        line: u64,
        /// The column, where one is to blame.
        column: Option<String>,
        /// What is wrong, and what was expected.
        problem: String,
    },
    /// The first line does not name the columns that are needed.
    #[error("line 1: {problem}")]
    Header {
        /// What is wrong, and what was expected.
        problem: String,
    },
    /// The file cannot be read.
    #[error("the events cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// The store does not take the events.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ImportError {
    pub(super) fn row(line: u64, column: Option<&str>, problem: impl Into<String>) -> Self {
        Self::Row { line, column: column.map(str::to_owned), problem: problem.into() }
    }
}

pub(super) fn csv(error: csv::Error) -> ImportError {
    let line = error.position().map_or(0, csv::Position::line);
    match error.into_kind() {
        csv::ErrorKind::Io(error) => ImportError::Read(error),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            ImportError::row(line, None, format!("there are {len} cells under {expected_len} columns"))
        }
        csv::ErrorKind::Utf8 { err, .. } => {
            ImportError::row(line, None, format!("cell {} is not text in UTF-8", err.field() + 1))
        }
        other => ImportError::row(line, None, format!("this is no CSV: {other:?}")),
    }
}

pub(super) fn json(line: u64, error: &serde_json::Error) -> ImportError {
    let text = error.to_string();
    let problem = text.split(" at line ").next().unwrap_or(&text);
    ImportError::row(line, None, format!("this is no JSON: {problem} at character {}", error.column()))
}
