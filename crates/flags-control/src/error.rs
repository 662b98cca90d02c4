//! Why a request came to nothing.

use crate::{Refusal, StoreError};

/// Why a request came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ControlError {
    /// It is not accepted.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It could not be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Others changed the controls every time it was about to be kept.
    #[error("others changed the controls {attempts} times while this change was being made; try again")]
    Contended {
        /// How often it was tried.
        attempts: u32,
    },
}
