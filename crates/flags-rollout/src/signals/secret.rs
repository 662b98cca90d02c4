//! Credentials as the header of a request, read anew for each, so that one that is replaced takes effect without a restart.

use std::{env, fs, io};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use thiserror::Error;

use super::{Credentials, SecretSource};

/// The largest secret that is read, in bytes.
const MOST: u64 = 64 * 1024;

/// Why nothing could be asked in somebody's name.
#[derive(Debug, Error)]
pub(super) enum SecretError {
    #[error("the secret in {path} cannot be read: {source}")]
    File { path: Box<str>, source: io::Error },
    #[error("{path} is too large for a secret")]
    TooLarge { path: Box<str> },
    #[error("{path} is empty; it should hold a secret")]
    EmptyFile { path: Box<str> },
    #[error("the environment variable {name} holds no secret; set it where the program is started")]
    Environment { name: Box<str> },
    #[error("the secret in {place} has a line break or another character that no token has")]
    NotOneLine { place: Box<str> },
    #[error("the user has a colon in it, which basic authentication cannot send")]
    Colon,
}

/// The value of the `Authorization` header.
pub(super) fn authorization(credentials: &Credentials) -> Result<String, SecretError> {
    match credentials {
        Credentials::Bearer(token) => Ok(format!("Bearer {}", read(token)?)),
        Credentials::Basic { user, .. } if user.contains(':') => Err(SecretError::Colon),
        Credentials::Basic { user, password } => {
            Ok(format!("Basic {}", STANDARD.encode(format!("{user}:{}", read(password)?))))
        }
    }
}

fn read(source: &SecretSource) -> Result<String, SecretError> {
    let (text, place) = match source {
        SecretSource::File(path) => {
            let unreadable = |source| SecretError::File { path: path.clone(), source };
            if fs::metadata(&**path).map_err(unreadable)?.len() > MOST {
                return Err(SecretError::TooLarge { path: path.clone() });
            }
            (fs::read_to_string(&**path).map_err(unreadable)?, path)
        }
        SecretSource::Environment(name) => {
            (env::var(&**name).map_err(|_| SecretError::Environment { name: name.clone() })?, name)
        }
    };
    let text = text.trim();
    if text.is_empty() {
        return Err(match source {
            SecretSource::File(path) => SecretError::EmptyFile { path: path.clone() },
            SecretSource::Environment(name) => SecretError::Environment { name: name.clone() },
        });
    }
    if text.chars().any(char::is_control) {
        return Err(SecretError::NotOneLine { place: place.clone() });
    }
    Ok(text.to_owned())
}
