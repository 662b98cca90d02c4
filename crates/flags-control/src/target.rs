//! What a control is laid over: a flag or an experiment.

use std::fmt;

use flags_core::definition::is_key;

/// What a control is laid over, by key.
///
/// The key need not be one of a definition that is there: a control waits for its flag.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Target {
    /// A flag.
    Flag(Box<str>),
    /// An experiment.
    Experiment(Box<str>),
}

impl Target {
    /// The flag of that key.
    ///
    /// # Errors
    ///
    /// When the text cannot be a key: 1 to 128 of `A-Z a-z 0-9 _ - .`, starting with a letter or digit.
    pub fn flag(key: &str) -> Result<Self, TargetError> {
        if is_key(key) { Ok(Self::Flag(key.into())) } else { Err(TargetError { key: key.into() }) }
    }

    /// The experiment of that key.
    ///
    /// # Errors
    ///
    /// As [`flag`](Self::flag).
    pub fn experiment(key: &str) -> Result<Self, TargetError> {
        if is_key(key) { Ok(Self::Experiment(key.into())) } else { Err(TargetError { key: key.into() }) }
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &str {
        match self {
            Self::Flag(key) | Self::Experiment(key) => key,
        }
    }

    /// Its name in the audit log: a flag by its key alone, an experiment after the word for it, `experiment checkout_button`.
    #[must_use]
    pub fn name_in_log(&self) -> String {
        self.flag_key().map_or_else(|| self.to_string(), str::to_owned)
    }

    /// The key, if this is a flag.
    #[must_use]
    pub fn flag_key(&self) -> Option<&str> {
        match self {
            Self::Flag(key) => Some(key),
            Self::Experiment(_) => None,
        }
    }
}

/// Writes `flag checkout` or `experiment checkout_button`.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(key) => write!(f, "flag {key}"),
            Self::Experiment(key) => write!(f, "experiment {key}"),
        }
    }
}

/// A text that cannot be the key of a flag or an experiment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key:?} cannot be a key: a key is 1 to 128 of A-Z a-z 0-9 _ - . and starts with a letter or digit")]
pub struct TargetError {
    /// The text.
    pub key: Box<str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_checked() {
        assert_eq!(Target::flag("checkout").unwrap().to_string(), "flag checkout");
        assert_eq!(Target::experiment("blue.v2").unwrap().to_string(), "experiment blue.v2");
        assert_eq!(Target::flag("checkout").unwrap().name_in_log(), "checkout");
        assert_eq!(Target::experiment("blue.v2").unwrap().name_in_log(), "experiment blue.v2");
        for text in ["", " ", "-a", "a b", "é", &"k".repeat(129)] {
            assert!(Target::flag(text).is_err(), "{text}");
            assert!(Target::experiment(text).is_err(), "{text}");
        }
    }
}
