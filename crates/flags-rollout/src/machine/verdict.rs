//! Verdicts: five of them, since "not good" and "not known" are different things.

use std::fmt;

/// What a guardrail says at a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It is well, and there are enough data to say so. Only this lets a plan advance.
    Pass,
    /// It is broken, beyond what chance explains. Only this rolls a plan back.
    Fail,
    /// There are data, and they do not settle it.
    Inconclusive,
    /// There are no data.
    NoData,
    /// There may be data, and they cannot be read.
    Error,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 5] = [Self::Pass, Self::Fail, Self::Inconclusive, Self::NoData, Self::Error];

    /// Its name, in lower case, for labels and journals.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
            Self::NoData => "no_data",
            Self::Error => "error",
        }
    }

    /// The verdict called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// Whether nothing is known: no data, or none that can be read.
    #[must_use]
    pub const fn is_missing(self) -> bool {
        matches!(self, Self::NoData | Self::Error)
    }

    /// The worse of two: a failure, then an error, missing data, what is not settled, and last a pass.
    ///
    /// ```
    /// use flags_rollout::machine::Verdict;
    ///
    /// assert_eq!(Verdict::Pass.and(Verdict::NoData), Verdict::NoData);
    /// assert_eq!(Verdict::Error.and(Verdict::Fail), Verdict::Fail);
    /// ```
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let rank = |verdict| match verdict {
            Self::Pass => 0,
            Self::Inconclusive => 1,
            Self::NoData => 2,
            Self::Error => 3,
            Self::Fail => 4,
        };
        if rank(other) > rank(self) { other } else { self }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name().replace('_', " "))
    }
}
