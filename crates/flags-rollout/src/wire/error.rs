//! What is wrong with a text that should be a state or an event.

use thiserror::Error;

/// What is wrong with a text that should be a state, an event or a record.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WireError {
    /// It is not JSON.
    #[error("not JSON: {problem}")]
    Syntax {
        /// What the parser says, with line and column.
        problem: String,
    },
    /// A field is missing.
    #[error("{field}: missing")]
    Missing {
        /// The way to the field, such as `state.since`.
        field: String,
    },
    /// A field has a value it cannot have.
    #[error("{field}: {found} is not {expected}")]
    Value {
        /// The way to the field.
        field: String,
        /// What was there, as JSON.
        found: String,
        /// What was expected.
        expected: &'static str,
    },
}
