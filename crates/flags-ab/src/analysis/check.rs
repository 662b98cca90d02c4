//! Whether the data can be trusted, which is asked before anything else.

use std::fmt;

/// One of the checks of the data, and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// What was checked.
    pub kind: CheckKind,
    /// What came of it.
    pub outcome: CheckOutcome,
    /// The same in words, with the numbers.
    pub text: String,
    /// The p-value, where the check is a test.
    pub p: Option<f64>,
}

/// What is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CheckKind {
    /// Whether the arms have the sizes that the weights in force gave them.
    SampleRatio,
    /// The same by a test that may be looked at at any time.
    SequentialSampleRatio,
    /// Whether units are in arms that nobody gives out.
    ZeroWeight,
    /// Whether each metric was summed over the units that were exposed.
    MetricUnits,
    /// How many units were seen in two arms.
    TwoArms,
    /// Whether the weights have changed on the way.
    ChangedSplit,
    /// Whether it has run for a whole week, in which people differ from day to day.
    RunTime,
    /// Whether units are still within their window.
    OpenWindows,
}

impl CheckKind {
    /// The check as a word that does not change, for machines: `sample_ratio`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::SampleRatio => "sample_ratio",
            Self::SequentialSampleRatio => "sequential_sample_ratio",
            Self::ZeroWeight => "zero_weight",
            Self::MetricUnits => "metric_units",
            Self::TwoArms => "two_arms",
            Self::ChangedSplit => "changed_split",
            Self::RunTime => "run_time",
            Self::OpenWindows => "open_windows",
        }
    }
}

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CheckOutcome {
    /// Nothing is wrong.
    Passed,
    /// It cannot be told, such as before there are enough units.
    Skipped,
    /// Something to know, which does not stop a decision.
    Warning,
    /// The data cannot be trusted: there is no decision until the cause is found.
    Failed,
}

impl CheckOutcome {
    /// The outcome as a word that does not change, for machines: `failed`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Skipped => "skipped",
            Self::Warning => "warning",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for CheckOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
