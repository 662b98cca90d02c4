//! A stream of decisions: bytes that somebody gives, or endless ones from a seed.

/// Where a generator takes its decisions from. The same source gives the same decisions, on every platform.
///
/// Bytes that run out go on as zeros, and zero always means the simplest choice: the first of a list, no rather than yes. So a
/// shorter or smaller input makes a smaller result, which is what shrinking and fuzzing need.
#[derive(Clone, Debug)]
pub struct Choices<'a> {
    source: Source<'a>,
}

#[derive(Clone, Debug)]
enum Source<'a> {
    Bytes(std::slice::Iter<'a, u8>),
    Seeded(u64),
}

impl<'a> Choices<'a> {
    /// The decisions those bytes spell.
    #[must_use]
    pub fn from_bytes(bytes: &'a [u8]) -> Self {
        Self { source: Source::Bytes(bytes.iter()) }
    }

    /// Endless decisions, the same for the same seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self { source: Source::Seeded(seed) }
    }

    fn byte(&mut self) -> u8 {
        match &mut self.source {
            Source::Bytes(bytes) => bytes.next().copied().unwrap_or(0),
            // SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014); the top byte is used.
            Source::Seeded(state) => {
                *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mut word = *state;
                word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                (word >> 56) as u8
            }
        }
    }

    /// A number below `limit`, which has to be above 0; 0 when the source is used up.
    pub fn below(&mut self, limit: usize) -> usize {
        let mut number = usize::from(self.byte());
        if limit > 256 {
            number = number << 8 | usize::from(self.byte());
        }
        number % limit
    }

    /// Yes in about `percent` of 100 cases; no when the source is used up.
    pub fn chance(&mut self, percent: u16) -> bool {
        let no_below = 256 - (percent * 256).div_ceil(100);
        u16::from(self.byte()) >= no_below
    }

    /// One of the items; the first when the source is used up.
    pub fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())].clone()
    }

    /// Between `low` and `high` items, one after the other, each picked on its own.
    pub fn some<T: Clone>(&mut self, items: &[T], low: usize, high: usize) -> Vec<T> {
        let count = low + self.below(high - low + 1);
        (0..count).map(|_| self.pick(items)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exhausted_source_chooses_the_simplest() {
        let mut choices = Choices::from_bytes(&[]);
        assert_eq!(choices.below(1_000), 0);
        assert!(!choices.chance(99));
        assert_eq!(choices.pick(&["a", "b"]), "a");
        assert_eq!(choices.some(&[1], 0, 3), Vec::<i32>::new());
    }

    #[test]
    fn chances_are_about_what_they_say() {
        let mut choices = Choices::seeded(1);
        for percent in [1, 10, 50, 90] {
            let hits = (0..20_000).filter(|_| choices.chance(percent)).count();
            let expected = usize::from(percent) * 200;
            assert!(hits.abs_diff(expected) < 400, "{hits} hits at {percent} %");
        }
    }
}
