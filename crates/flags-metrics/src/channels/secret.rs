//! Secrets: where they are, and reading them when they are needed.

use std::{env, fs, io, path::PathBuf};

/// The largest secret that is read, in bytes.
const MOST: u64 = 64 * 1024;

/// Where a secret is. It is read for each delivery, so that one that is replaced takes effect without a restart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SecretSource {
    /// In a file; white space at its ends does not count. A relative path starts at the program's working directory.
    File(PathBuf),
    /// In an environment variable.
    Environment(Box<str>),
}

/// A secret that was read. It has no `Debug` form.
pub(super) struct Secret(String);

impl SecretSource {
    pub(super) fn read(&self) -> Result<Secret, SecretError> {
        let text = match self {
            Self::File(path) => {
                let unreadable = |source| SecretError::File { path: path.clone(), source };
                let size = fs::metadata(path).map_err(unreadable)?.len();
                if size > MOST {
                    return Err(SecretError::TooLarge { path: path.clone() });
                }
                fs::read_to_string(path).map_err(unreadable)?
            }
            Self::Environment(name) => {
                env::var(&**name).map_err(|_| SecretError::Environment { name: name.clone() })?
            }
        };
        let text = text.trim();
        if text.is_empty() {
            return Err(match self {
                Self::File(path) => SecretError::EmptyFile { path: path.clone() },
                Self::Environment(name) => SecretError::Environment { name: name.clone() },
            });
        }
        Ok(Secret(text.to_owned()))
    }
}

impl Secret {
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

/// Why a secret could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The file could not be read.
    #[error("the secret in {} cannot be read: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is larger than 64 KiB, and so most likely another one.
    #[error("{} is too large for a secret", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The file holds nothing but white space.
    #[error("{} is empty; it should hold a secret", path.display())]
    EmptyFile {
        /// The file.
        path: PathBuf,
    },
    /// The variable is not set, empty, or not Unicode.
    #[error("the environment variable {name} holds no secret; set it where the program is started")]
    Environment {
        /// The variable.
        name: Box<str>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_each_time_and_trimmed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let source = SecretSource::File(path.clone());
        let said = |source: &SecretSource| source.read().map(|_| ()).unwrap_err().to_string();
        assert!(said(&source).starts_with("the secret in "), "{}", said(&source));
        fs::write(&path, "  first\n").unwrap();
        assert_eq!(source.read().map(|secret| secret.expose().to_owned()).unwrap(), "first");
        fs::write(&path, "second").unwrap();
        assert_eq!(source.read().map(|secret| secret.expose().to_owned()).unwrap(), "second");
        fs::write(&path, " \n").unwrap();
        assert!(said(&source).ends_with("is empty; it should hold a secret"));
        fs::write(&path, vec![b'x'; 70_000]).unwrap();
        assert!(said(&source).ends_with("is too large for a secret"));
    }

    #[test]
    fn a_variable_that_is_not_set_is_named() {
        let source = SecretSource::Environment("FLAGS_TEST_NO_SUCH_SECRET".into());
        let error = source.read().map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("FLAGS_TEST_NO_SUCH_SECRET"));
        // Whatever runs this test has a path.
        assert!(SecretSource::Environment("PATH".into()).read().is_ok());
    }
}
