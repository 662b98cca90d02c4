//! One arena for every text of a set, and slices of the other arenas.
//!
//! A compiled set holds each distinct text once and refers to it by place and length, eight bytes in all.

use alloc::{boxed::Box, string::String};
use core::hash::BuildHasher as _;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use crate::prefix::{DECIDED_BY_KEY, key, same_bytes};

/// Narrows a count of the set. [`Definitions::check`](crate::Definitions::check) keeps every count far below the limit, so
/// nothing is lost; were it not so, lookups would find nothing rather than something else.
pub(crate) fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// A run of elements in one of the set's arenas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Span {
    start: u32,
    len: u32,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        Self { start: narrow(start), len: narrow(end - start) }
    }

    pub(crate) fn is_empty(self) -> bool {
        self.len == 0
    }

    pub(crate) fn len(self) -> usize {
        self.len as usize
    }

    /// The place of the first element.
    pub(crate) fn start(self) -> usize {
        self.start as usize
    }

    /// The elements in `arena`; none if the span is not of that arena.
    #[inline]
    pub(crate) fn of<T>(self, arena: &[T]) -> &[T] {
        arena.get(self.start as usize..self.start as usize + self.len as usize).unwrap_or(&[])
    }
}

/// A text of the set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Text(Span);

impl Text {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        Self(Span::new(start, end))
    }
}

/// A text that values are compared with, with its key at hand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operand {
    key: u64,
    pub(crate) text: Text,
}

impl Operand {
    pub(crate) fn new(text: Text, content: &str) -> Self {
        Self { key: key(content), text }
    }

    pub(crate) fn key(&self) -> u64 {
        self.key
    }

    /// Whether it is the value. The lengths, which mostly differ where the texts do, are compared first.
    #[inline]
    pub(crate) fn is(&self, texts: &Texts, value: &str) -> bool {
        if self.text.0.len() != value.len() {
            return false;
        }
        if value.len() <= DECIDED_BY_KEY {
            return self.key == key(value);
        }
        same_bytes(texts.bytes(self.text), value.as_bytes())
    }

    /// Whether a value that its key decides is among the operands. Looks at all of them: a loop that may end anywhere would
    /// be guessed wrong about as often as not.
    #[inline]
    pub(crate) fn any_has_key(operands: &[Self], value_key: u64) -> bool {
        operands.iter().fold(false, |found, operand| found | (operand.key == value_key))
    }
}

/// The arena of texts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts(Box<str>);

impl Texts {
    pub(crate) fn of(arena: String) -> Self {
        Self(arena.into_boxed_str())
    }

    /// The whole arena.
    pub(crate) fn all(&self) -> &str {
        &self.0
    }

    /// A text as bytes, which need no look at where characters begin.
    #[inline]
    pub(crate) fn bytes(&self, text: Text) -> &[u8] {
        text.0.of(self.0.as_bytes())
    }

    #[inline]
    pub(crate) fn get(&self, text: Text) -> &str {
        let start = text.0.start as usize;
        self.0.get(start..start + text.0.len as usize).unwrap_or("")
    }
}

/// Gathers texts while a set is compiled, each distinct one once.
#[derive(Debug, Default)]
pub(crate) struct TextsBuilder {
    arena: String,
    known: HashTable<Text>,
    hasher: FixedState,
}

impl TextsBuilder {
    pub(crate) fn intern(&mut self, text: &str) -> Text {
        let Self { arena, known, hasher } = self;
        let at = |known: &Text, arena: &str| {
            arena.get(known.0.start()..known.0.start() + known.0.len()).map(|t| hasher.hash_one(t))
        };
        let hash = hasher.hash_one(text);
        let same = |known: &Text| arena.get(known.0.start()..known.0.start() + known.0.len()) == Some(text);
        if let Some(found) = known.find(hash, same) {
            return *found;
        }
        let start = arena.len();
        arena.push_str(text);
        let new = Text::new(start, arena.len());
        known.insert_unique(hash, new, |known| at(known, arena).unwrap_or_default());
        new
    }

    pub(crate) fn finish(self) -> Texts {
        Texts::of(self.arena)
    }
}
