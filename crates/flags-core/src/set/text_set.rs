//! Sets of texts: a short one is looked through, a long one has an index by hash.

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

impl TextSet {
    /// Whether `value` is one of the texts.
    #[inline]
    pub(crate) fn has(&self, texts: &Texts, operands: &[Operand], value: &str) -> bool {
        if self.index.is_some() || self.ignore_case {
            return self.has_otherwise(texts, operands, value);
        }
        let operands = self.operands.of(operands);
        if value.len() <= DECIDED_BY_KEY {
            Operand::any_has_key(operands, key(value))
        } else {
            operands.iter().any(|operand| operand.is(texts, value))
        }
    }

    fn has_otherwise(&self, texts: &Texts, operands: &[Operand], value: &str) -> bool {
        let same = |text: &Text| fold::equals(texts.get(*text), value, self.ignore_case);
        match &self.index {
            Some(index) => index.find(hash(value, self.ignore_case), same).is_some(),
            None => self.operands.of(operands).iter().any(|operand| same(&operand.text)),
        }
    }

    /// Adds the index if the set is long enough.
    pub(crate) fn build_index(&mut self, texts: &Texts, operands: &[Operand]) {
        let list = self.operands.of(operands);
        if list.len() < INDEXED_FROM {
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
