//! Sets of texts: a short one is looked through, a long one has an index by hash.

use alloc::boxed::Box;
use core::hash::{BuildHasher as _, Hasher as _};

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::{
    model::TextSet,
    text::{Operand, Text, Texts},
};
use crate::{
    fold,
    prefix::{DECIDED_BY_KEY, key},
};

/// From how many texts on an index pays: looking through ten takes about as long as hashing one.
const INDEXED_FROM: usize = 12;

/// From how many texts on a table of their keys pays.
const TABLED_FROM: usize = 4;

/// The texts of a set that their keys decide, in a table where each has a slot to itself: one look, wherever it is.
#[derive(Clone, Debug)]
pub(crate) struct ShortTexts {
    multiplier: u64,
    shift: u32,
    /// A key no text has stands in the empty slots.
    slots: Box<[u64]>,
}

/// Longer than any text whose length a key can hold.
const NO_KEY: u64 = u64::MAX;

impl ShortTexts {
    /// Looks for a multiplier that gives every key a slot to itself; `None` if none of the few that are tried does.
    fn new(operands: &[Operand]) -> Option<Self> {
        let bits = (operands.len() * 3).next_power_of_two().trailing_zeros();
        let shift = 64 - bits;
        // Odd multiples of the golden ratio of 2^64: they spread keys that differ in few bits.
        let multipliers = (0..64_u64).map(|n| (2 * n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        multipliers.into_iter().find_map(|multiplier| {
            let mut slots: Box<[u64]> = alloc::vec![NO_KEY; 1 << bits].into();
            for operand in operands {
                let slot = slots.get_mut(slot(operand.key(), multiplier, shift))?;
                if *slot != NO_KEY {
                    return None;
                }
                *slot = operand.key();
            }
            Some(Self { multiplier, shift, slots })
        })
    }

    #[inline]
    fn has(&self, key: u64) -> bool {
        self.slots.get(slot(key, self.multiplier, self.shift)) == Some(&key)
    }
}

#[inline]
fn slot(key: u64, multiplier: u64, shift: u32) -> usize {
    // The length stands in the highest bits, so the low half is folded in before they are taken.
    ((key ^ key >> 32).wrapping_mul(multiplier) >> shift) as usize
}

impl TextSet {
    /// Whether `value` is one of the texts.
    #[inline]
    pub(crate) fn has(&self, texts: &Texts, operands: &[Operand], value: &str) -> bool {
        if self.index.is_some() || self.ignore_case {
            return self.has_otherwise(texts, operands, value);
        }
        let operands = self.operands.of(operands);
        if value.len() > DECIDED_BY_KEY {
            operands.iter().any(|operand| operand.is(texts, value))
        } else if let Some(short) = &self.short {
            short.has(key(value))
        } else {
            Operand::any_has_key(operands, key(value))
        }
    }

    fn has_otherwise(&self, texts: &Texts, operands: &[Operand], value: &str) -> bool {
        let same = |text: &Text| fold::equals(texts.get(*text), value, self.ignore_case);
        match &self.index {
            Some(index) => index.find(hash(value, self.ignore_case), same).is_some(),
            None => self.operands.of(operands).iter().any(|operand| same(&operand.text)),
        }
    }

    /// Adds what makes looking quicker, if the set is long enough.
    pub(crate) fn build_index(&mut self, texts: &Texts, operands: &[Operand]) {
        let list = self.operands.of(operands);
        if list.len() < INDEXED_FROM {
            self.short = if self.ignore_case || list.len() < TABLED_FROM { None } else { ShortTexts::new(list) };
            return;
        }
        let ignore_case = self.ignore_case;
        let hash_of = |text: &Text| hash(texts.get(*text), ignore_case);
        let mut index = HashTable::with_capacity(list.len());
        for Operand { text, .. } in list {
            let same = |known: &Text| fold::equals(texts.get(*known), texts.get(*text), ignore_case);
            if index.find(hash_of(text), same).is_none() {
                index.insert_unique(hash_of(text), *text, hash_of);
            }
        }
        self.index = Some(index);
    }
}

fn hash(value: &str, ignore_case: bool) -> u64 {
    if !ignore_case {
        return FixedState::default().hash_one(value);
    }
    let mut hasher = FixedState::default().build_hasher();
    fold::folded(value).for_each(|character| hasher.write_u32(u32::from(character)));
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String, vec::Vec};

    use super::*;
    use crate::set::{Span, TextsBuilder};

    #[test]
    fn a_set_of_any_size_has_its_texts_and_no_others() {
        for size in 0..40 {
            for length in [1, 2, 5, 7, 8, 9, 20] {
                let text = |number: usize| -> String {
                    let base = format!("{number}");
                    format!("{}{base}", "x".repeat(length - base.len().min(length)))
                };
                let mut builder = TextsBuilder::default();
                let operands: Vec<Operand> = (0..size)
                    .map(|number| {
                        let text = text(2 * number);
                        Operand::new(builder.intern(&text), &text)
                    })
                    .collect();
                let texts = builder.finish();
                let mut set = TextSet { operands: Span::new(0, size), ignore_case: false, index: None, short: None };
                set.build_index(&texts, &operands);
                for number in 0..2 * size + 3 {
                    let expected = number % 2 == 0 && number < 2 * size;
                    assert_eq!(
                        set.has(&texts, &operands, &text(number)),
                        expected,
                        "{number} of {size}, {length} long"
                    );
                }
                assert!(!set.has(&texts, &operands, ""));
            }
        }
    }
}
