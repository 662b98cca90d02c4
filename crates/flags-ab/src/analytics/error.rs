//! Why there are no analytics.

use thiserror::Error;

use super::{FunnelError, LifetimeError};
use crate::{statistics::Undefined, store::StoreError};

/// Why there are no analytics.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AnalyticsError {
    /// Nothing says with which arm the others are compared.
    #[error("experiment `{experiment}` has no control: write `control = true` in the arm the others are compared with")]
    NoControl {
        /// The experiment's key.
        experiment: Box<str>,
    },
    /// A number of the definition that nothing can be judged by.
    #[error("the experiment's analysis: {0}")]
    Plan(#[from] Undefined),
    /// A funnel that cannot be counted.
    #[error(transparent)]
    Funnel(#[from] FunnelError),
    /// A plan of lifetime value that cannot be counted.
    #[error(transparent)]
    Lifetime(#[from] LifetimeError),
    /// The events cannot be read.
    #[error("the events cannot be read")]
    Store(#[from] StoreError),
}
