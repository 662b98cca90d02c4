//! What an analysis is told besides the definition and the data, and why it may refuse them.

use flags_core::Timestamp;
use thiserror::Error;

use crate::{Name, statistics::Undefined, summary::SummaryError};

/// What an analysis is told besides the definition and the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnalysisOptions {
    /// The instant at which it is asked.
    pub now: Timestamp,
    /// How many looks a group-sequential experiment has, evenly spaced from its start to its end; 1 to 50.
    pub looks: usize,
}

impl AnalysisOptions {
    /// The looks of a group-sequential experiment unless something else is said.
    pub const LOOKS: usize = 5;

    /// The usual options, at an instant.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self { now, looks: Self::LOOKS }
    }

    /// The options with so many looks, from 1 to 50; what is outside of that becomes the nearest.
    #[must_use]
    pub fn looks(mut self, looks: usize) -> Self {
        self.looks = looks.clamp(1, 50);
        self
    }
}

/// Why a definition and a summary cannot be analysed at all.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum AnalysisError {
    /// The summary is of something else.
    #[error("the summary is of experiment {summary:?}, and the definition of {definition:?}")]
    OtherExperiment {
        /// What the definition is of.
        definition: Name,
        /// What the summary is of.
        summary: Name,
    },
    /// No arm is the control.
    #[error(
        "experiment {experiment:?} has no control: write control = true on the arm that the others are compared with"
    )]
    NoControl {
        /// The experiment.
        experiment: Name,
    },
    /// There is nothing to compare the control with.
    #[error("experiment {experiment:?} has no arm besides its control")]
    NoTreatment {
        /// The experiment.
        experiment: Name,
    },
    /// A number of the definition that no analysis can use.
    #[error("experiment {experiment:?}: {reason}")]
    Plan {
        /// The experiment.
        experiment: Name,
        /// What is wrong with it.
        reason: Undefined,
    },
    /// The parts of the summary do not fit together.
    #[error(transparent)]
    Summary(#[from] SummaryError),
}
