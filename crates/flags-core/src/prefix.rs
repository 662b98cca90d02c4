//! The beginning of a text and its length as one number, so that most comparisons of short texts are one comparison of
//! numbers.

/// Up to this many bytes, two texts are equal exactly if their keys are.
pub(crate) const DECIDED_BY_KEY: usize = 7;
/// The same for the keys of names.
const DECIDED_BY_NAME_KEY: usize = 15;

/// The first seven bytes of a text, and its length in the highest byte (255 for all that are longer).
#[inline]
pub(crate) fn key(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let beginning = match (bytes.first_chunk::<8>(), bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        (Some(first), ..) => u64::from_le_bytes(*first) & (u64::MAX >> 8),
        // Four to seven bytes: the last four follow the first four, less what both cover.
        (None, Some(first), Some(last)) => {
            let rest = u64::from(u32::from_le_bytes(*last)) >> (8 * (8 - bytes.len()));
            u64::from(u32::from_le_bytes(*first)) | rest << 32
        }
        // One to three: the first, the middle and the last are all of them.
        _ => match (bytes.first(), bytes.get(bytes.len() / 2), bytes.last()) {
            (Some(first), Some(middle), Some(last)) => {
                u64::from(*first) | u64::from(*middle) << 8 | u64::from(*last) << 16
            }
            _ => 0,
        },
    };
    beginning | (bytes.len().min(255) as u64) << 56
}

/// The first fifteen bytes of a name, and its length in the highest byte (255 for all that are longer).
pub(crate) fn name_key(name: &str) -> u128 {
    let mut bytes = [0; 16];
    for (slot, byte) in bytes.iter_mut().zip(name.bytes().take(DECIDED_BY_NAME_KEY)) {
        *slot = byte;
    }
    u128::from_le_bytes(bytes) | (name.len().min(255) as u128) << 120
}

/// Whether two names are equal, given the key of each.
#[inline]
pub(crate) fn same_name(a: &str, a_key: u128, b: &str, b_key: u128) -> bool {
    a_key == b_key && (a.len() <= DECIDED_BY_NAME_KEY || a == b)
}

/// Whether two texts are equal. Up to 32 bytes it is a few comparisons of numbers in place of a call.
#[inline]
pub(crate) fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    // Two halves that may overlap cover everything from half a length to a whole one.
    if let (Some(a_first), Some(b_first), Some(a_last), Some(b_last)) =
        (a.first_chunk::<16>(), b.first_chunk::<16>(), a.last_chunk::<16>(), b.last_chunk::<16>())
    {
        let ends = u128::from_ne_bytes(*a_first) == u128::from_ne_bytes(*b_first)
            && u128::from_ne_bytes(*a_last) == u128::from_ne_bytes(*b_last);
        return ends && (a.len() <= 32 || a == b);
    }
    if let (Some(a_first), Some(b_first), Some(a_last), Some(b_last)) =
        (a.first_chunk::<8>(), b.first_chunk::<8>(), a.last_chunk::<8>(), b.last_chunk::<8>())
    {
        return u64::from_ne_bytes(*a_first) == u64::from_ne_bytes(*b_first)
            && u64::from_ne_bytes(*a_last) == u64::from_ne_bytes(*b_last);
    }
    a == b
}

#[cfg(test)]
mod tests {
    use alloc::{string::String, vec::Vec};

    use super::*;

    /// Every text of up to three letters, and longer ones that differ in one place or in length.
    fn texts() -> Vec<String> {
        let mut texts: Vec<String> = ["".into(), "\0".into(), "\0\0".into()].into();
        for letters in ["a", "b", "aa", "ab", "ba", "aab", "aba", "baa", "abb"] {
            texts.push(letters.into());
        }
        for len in 4..40 {
            let base: String = ('a'..='z').cycle().take(len).collect();
            for at in [0, 3, 4, 6, 7, 8, 14, 15, len - 1] {
                let mut changed: Vec<char> = base.chars().collect();
                if let Some(letter) = changed.get_mut(at) {
                    *letter = 'X';
                }
                texts.push(changed.into_iter().collect());
            }
            texts.push(base);
        }
        texts.dedup();
        texts
    }

    #[test]
    fn equal_keys_mean_equal_texts_as_far_as_they_decide() {
        for a in texts() {
            for b in texts() {
                let same = key(&a) == key(&b) && (a.len() <= DECIDED_BY_KEY || a == b);
                assert_eq!(same, a == b, "{a:?} {b:?}");
                assert_eq!(same_bytes(a.as_bytes(), b.as_bytes()), a == b, "{a:?} {b:?}");
                assert_eq!(same_name(&a, name_key(&a), &b, name_key(&b)), a == b, "{a:?} {b:?}");
            }
        }
    }
}
