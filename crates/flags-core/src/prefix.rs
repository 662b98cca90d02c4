//! The beginning of a text as a number, so that most comparisons of short texts are one comparison of numbers.

/// The first eight bytes of a text; of a shorter one all of them, so arranged that two texts of one length up to eight
/// bytes are equal exactly if their prefixes are.
#[inline]
pub(crate) fn prefix(bytes: &[u8]) -> u64 {
    if let Some(first) = bytes.first_chunk::<8>() {
        return u64::from_le_bytes(*first);
    }
    match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        // Four to seven bytes: the first four and the last four cover them.
        (Some(first), Some(last)) => u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32,
        // One to three: the first, the middle and the last.
        _ => match (bytes.first(), bytes.get(bytes.len() / 2), bytes.last()) {
            (Some(first), Some(middle), Some(last)) => {
                u64::from(*first) | u64::from(*middle) << 8 | u64::from(*last) << 16
            }
            _ => 0,
        },
    }
}

/// Whether two texts are equal, given the prefix of each.
#[inline]
pub(crate) fn equal(a: &[u8], a_prefix: u64, b: &[u8], b_prefix: u64) -> bool {
    a_prefix == b_prefix && a.len() == b.len() && (a.len() <= 8 || a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_decides_for_short_texts_and_agrees_for_long_ones() {
        let texts = [
            "",
            "a",
            "b",
            "ab",
            "ba",
            "aab",
            "aba",
            "abb",
            "abcd",
            "abcde",
            "abcdX",
            "Xbcde",
            "abcdefg",
            "abcdefgh",
            "abcdefgX",
            "abcdefghi",
            "abcdefghj",
            "xbcdefghi",
        ];
        for a in texts {
            for b in texts {
                let same = equal(a.as_bytes(), prefix(a.as_bytes()), b.as_bytes(), prefix(b.as_bytes()));
                assert_eq!(same, a == b, "{a:?} {b:?}");
            }
        }
    }
}
