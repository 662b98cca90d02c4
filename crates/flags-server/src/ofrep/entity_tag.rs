//! Entity tags: a name for an answer, by which a client that has it already need not be sent it again.

use axum::http::{HeaderMap, HeaderValue, header};
use sha2::{Digest as _, Sha256};

use crate::token::hex;

/// The tag of an answer: a hash of what the answer says.
///
/// It depends on the definitions, on the context and on the time only by what they come to, so an edit that changes nothing
/// for a client costs it nothing.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct EntityTag(String);

impl EntityTag {
    /// The tag of an answer whose content is `parts`.
    pub(super) fn of(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
            hash.update(part);
        }
        Self(format!("\"{}\"", hex(&hash.finalize()[..16])))
    }

    /// The value of the header `ETag`.
    pub(super) fn header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).expect("because it is hexadecimal digits in quotes")
    }

    /// Whether the client that sent these headers has the answer: `If-None-Match` is `*` or lists the tag, weak or not.
    pub(super) fn is_known(&self, headers: &HeaderMap) -> bool {
        headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|list| {
            // None of our tags has a comma in it, so a foreign one that is torn apart here still matches nothing.
            list.split(',').map(str::trim).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == self.0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_kept_apart() {
        assert_ne!(EntityTag::of(&[b"ab", b"c"]), EntityTag::of(&[b"a", b"bc"]));
        assert_eq!(EntityTag::of(&[b"ab"]), EntityTag::of(&[b"ab"]));
    }

    #[test]
    fn a_known_tag_is_found_in_every_form() {
        let tag = EntityTag::of(&[b"answer"]);
        let own = tag.0.clone();
        for (sent, known) in [
            (own.clone(), true),
            (format!("W/{own}"), true),
            (format!("\"other\", {own}"), true),
            (format!("\"with, comma\",W/{own}"), true),
            ("*".to_owned(), true),
            ("\"other\"".to_owned(), false),
            (own.trim_matches('"').to_owned(), false),
            (String::new(), false),
        ] {
            let headers = HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_str(&sent).unwrap())]);
            assert_eq!(tag.is_known(&headers), known, "{sent}");
        }
        assert!(!tag.is_known(&HeaderMap::new()));
    }
}
