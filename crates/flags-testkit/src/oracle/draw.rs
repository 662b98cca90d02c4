//! The bucketing formula, written down once more: SipHash-1-3 from the paper, and the two cuts of a hash.
//!
//! Jean-Philippe Aumasson, Daniel J. Bernstein: *SipHash: a fast short-input PRF* (2012), with one compression round and three
//! finalization rounds.

/// The hash of a message under a key of two words, `c = 1`, `d = 3`.
#[must_use]
pub fn siphash13(key: (u64, u64), message: &[u8]) -> u64 {
    let mut state = [
        key.0 ^ 0x736f_6d65_7073_6575,
        key.1 ^ 0x646f_7261_6e64_6f6d,
        key.0 ^ 0x6c79_6765_6e65_7261,
        key.1 ^ 0x7465_6462_7974_6573,
    ];
    // The message is padded with zeros so that one byte is left for its length, modulo 256, at the end.
    let mut padded = message.to_vec();
    while padded.len() % 8 != 7 {
        padded.push(0);
    }
    padded.push((message.len() % 256) as u8);
    for chunk in padded.chunks(8) {
        let mut word = 0_u64;
        for (at, byte) in chunk.iter().enumerate() {
            word |= u64::from(*byte) << (8 * at);
        }
        state[3] ^= word;
        round(&mut state);
        state[0] ^= word;
    }
    state[2] ^= 0xff;
    for _ in 0..3 {
        round(&mut state);
    }
    state[0] ^ state[1] ^ state[2] ^ state[3]
}

fn round(v: &mut [u64; 4]) {
    v[0] = v[0].wrapping_add(v[1]);
    v[1] = v[1].rotate_left(13) ^ v[0];
    v[0] = v[0].rotate_left(32);
    v[2] = v[2].wrapping_add(v[3]);
    v[3] = v[3].rotate_left(16) ^ v[2];
    v[0] = v[0].wrapping_add(v[3]);
    v[3] = v[3].rotate_left(21) ^ v[0];
    v[2] = v[2].wrapping_add(v[1]);
    v[1] = v[1].rotate_left(17) ^ v[2];
    v[2] = v[2].rotate_left(32);
}

/// The key of the draws of a salt and a purpose.
#[must_use]
pub fn draw_key(salt: &str, purpose: &str) -> (u64, u64) {
    let word = |last: u8| {
        let mut message = salt.as_bytes().to_vec();
        message.push(0);
        message.extend(purpose.as_bytes());
        message.push(0);
        message.push(last);
        siphash13((0, 0), &message)
    };
    (word(0), word(1))
}

/// The hash of a unit in the draw of a salt and a purpose.
#[must_use]
pub fn hash(salt: &str, purpose: &str, unit: &str) -> u64 {
    siphash13(draw_key(salt, purpose), unit.as_bytes())
}

/// The bucket of a unit, 0 to 99 999: admitted to `p` percent if it is below `p` times 1000.
#[must_use]
pub fn bucket(salt: &str, purpose: &str, unit: &str) -> u32 {
    scale(hash(salt, purpose, unit), 100_000)
}

/// The arm of a unit: the first whose weight, added to those before it, is above the unit's position. The sum of the weights
/// has to be above zero.
#[must_use]
pub fn arm(salt: &str, purpose: &str, unit: &str, weights: &[u32]) -> Option<usize> {
    let total: u32 = weights.iter().sum();
    let position = scale(hash(salt, purpose, unit), total);
    let mut passed = 0;
    weights.iter().position(|weight| {
        passed += weight;
        position < passed
    })
}

/// `floor(hash * size / 2^64)`.
fn scale(hash: u64, size: u32) -> u32 {
    let product = u128::from(hash) * u128::from(size);
    u32::try_from(product >> 64).expect("below `size`, as the hash is below 2^64")
}

#[cfg(test)]
mod tests {
    use std::hash::{DefaultHasher, Hasher as _};

    use super::*;

    /// The standard library's default hasher is SipHash-1-3 under a key of zeros; an implementation of its own.
    #[test]
    fn agrees_with_another_implementation() {
        let message: Vec<u8> = (0..=255).chain(0..=255).collect();
        for length in 0..message.len() {
            let mut other = DefaultHasher::new();
            other.write(&message[..length]);
            assert_eq!(siphash13((0, 0), &message[..length]), other.finish(), "{length} bytes");
        }
    }

    #[test]
    fn the_formula() {
        assert_eq!(draw_key("a", "holdout"), (0x8778_df1c_23d2_2651, 0xe0a3_93ca_f5dd_035f));
        assert_eq!(hash("a", "holdout", "user-42"), 0x4551_5568_78d5_b2d9);
        assert_eq!(bucket("a", "holdout", "user-42"), 27_077);
        assert_eq!(arm("a", "holdout", "user-42", &[1, 10, 1, 1000, 1000]), Some(3));
    }
}
