//! What an alert is about.

use std::fmt;

/// What one alert of a rule is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum AlertSubject {
    /// The program as a whole.
    Program,
    /// A flag, by key.
    Flag(Box<str>),
    /// An experiment, by key.
    Experiment(Box<str>),
}

impl AlertSubject {
    /// The flag it is about, if it is about one.
    #[must_use]
    pub fn flag(&self) -> Option<&str> {
        if let Self::Flag(key) = self { Some(key) } else { None }
    }

    /// The experiment it is about, if it is about one.
    #[must_use]
    pub fn experiment(&self) -> Option<&str> {
        if let Self::Experiment(key) = self { Some(key) } else { None }
    }
}

impl fmt::Display for AlertSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program => f.write_str("the program"),
            Self::Flag(key) => write!(f, "flag `{key}`"),
            Self::Experiment(key) => write!(f, "experiment `{key}`"),
        }
    }
}
