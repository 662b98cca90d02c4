//! The secret that lets a client in.

use std::fmt;

use axum::http::{HeaderMap, header};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// A token shorter than this is accepted with a warning.
const SHORT: usize = 16;

/// The secret a client must show, as `Authorization: Bearer …` or `X-API-Key: …`.
///
/// Only its SHA-256 is kept, so neither a log nor a core file can tell it.
#[derive(Clone)]
pub struct Token {
    hash: [u8; 32],
    stream_key: Box<str>,
}

impl Token {
    /// Makes a token of `text`, without the white space around it (a file ends with a line break).
    ///
    /// # Errors
    ///
    /// When nothing is left, or when it has characters that cannot stand in a header: anything but visible ASCII.
    pub fn new(text: impl AsRef<str>) -> Result<Self, TokenError> {
        let text = text.as_ref().trim();
        if text.is_empty() {
            return Err(TokenError::Empty);
        }
        if let Some(found) = text.chars().find(|character| !character.is_ascii_graphic()) {
            return Err(TokenError::InvalidCharacter { found });
        }
        if text.len() < SHORT {
            tracing::warn!("the token has fewer than {SHORT} characters and can be guessed");
        }
        // A browser's event stream cannot send headers, so it shows a key in its address. The key opens the stream and
        // nothing else, cannot be turned back into the token, and is the same on every replica that has the token.
        let stream_key = Sha256::new_with_prefix("flags event stream\0").chain_update(text).finalize();
        Ok(Self { hash: Sha256::digest(text).into(), stream_key: hex(&stream_key[..16]).into() })
    }

    /// Whether the headers of a request show the token.
    pub(crate) fn admits(&self, headers: &HeaderMap) -> bool {
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| {
            let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().as_bytes())
        });
        let key = headers.get("x-api-key").map(axum::http::HeaderValue::as_bytes);
        // Hashes are compared, so neither the length nor a common start shows in the time it takes.
        [bearer, key].into_iter().flatten().any(|shown| bool::from(Sha256::digest(shown)[..].ct_eq(&self.hash)))
    }

    /// The key that opens event streams.
    pub(crate) fn stream_key(&self) -> &str {
        &self.stream_key
    }

    /// Whether `shown` is the key that opens event streams.
    pub(crate) fn admits_stream(&self, shown: &str) -> bool {
        bool::from(shown.as_bytes().ct_eq(self.stream_key.as_bytes()))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Bytes as hexadecimal digits in lower case.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from(b"0123456789abcdef"[usize::from(nibble)]));
        }
        text
    })
}

/// Why a text cannot be a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenError {
    /// There is nothing in it.
    Empty,
    /// It has a character that cannot stand in a header.
    InvalidCharacter {
        /// The first such character.
        found: char,
    },
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the token is empty; write one line, such as 32 random letters and digits"),
            Self::InvalidCharacter { found } => write!(
                f,
                "the token has the character {found:?}, which cannot stand in a header; use letters, digits and \
                 punctuation of ASCII"
            ),
        }
    }
}

impl std::error::Error for TokenError {}
