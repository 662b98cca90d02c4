//! The 128-bit hash that says whether two readings are the same.
//!
//! SipHash-1-3 with a fixed key over bytes, each field preceded by its length, so that no two different sequences of
//! fields make the same stream. It guards against accidents, not against somebody who can write the files: such a
//! person has no need of a collision.

use std::fmt;

use siphasher::sip128::{Hasher128, SipHasher13};

/// The hash of the names and contents of a set of documents: equal exactly when nothing a loader could see changed.
///
/// Displayed as 32 hexadecimal digits. The value is stable across machines and versions of this crate's first release
/// line; it may be stored and compared.
///
/// ```
/// use flags_watch::Documents;
///
/// let one = Documents::from_texts([("features.toml", "a = 1")]);
/// let two = Documents::from_texts([("features.toml", "a = 2")]);
/// assert_ne!(one.hash(), two.hash());
/// assert_eq!(one.hash().to_string().len(), 32);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentHash(u128);

impl ContentHash {
    /// The hash as a number.
    #[must_use]
    pub fn as_u128(self) -> u128 {
        self.0
    }

    pub(crate) fn new(value: u128) -> Self {
        Self(value)
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentHash({self})")
    }
}

/// Collects fields into one hash.
#[derive(Clone, Debug)]
pub(crate) struct FieldHasher(SipHasher13);

impl FieldHasher {
    pub(crate) fn new() -> Self {
        Self(SipHasher13::new())
    }

    pub(crate) fn field(&mut self, bytes: &[u8]) -> &mut Self {
        use std::hash::Hasher as _;
        self.0.write(&(bytes.len() as u64).to_le_bytes());
        self.0.write(bytes);
        self
    }

    pub(crate) fn finish(&self) -> u128 {
        self.0.finish128().as_u128()
    }
}

#[cfg(test)]
mod tests {
    use super::FieldHasher;

    fn hash(fields: &[&str]) -> u128 {
        let mut hasher = FieldHasher::new();
        for field in fields {
            hasher.field(field.as_bytes());
        }
        hasher.finish()
    }

    #[test]
    fn a_border_between_fields_counts() {
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
        assert_ne!(hash(&["ab"]), hash(&["ab", ""]));
        assert_ne!(hash(&[]), hash(&[""]));
    }

    #[test]
    fn the_hash_never_changes() {
        assert_eq!(format!("{:032x}", hash(&["features.toml", "a = 1"])), "a5fad4765847c9248de622a128751406");
    }
}
