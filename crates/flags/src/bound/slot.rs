//! What a bound handle remembers of one flag.

use std::sync::Arc;

use arc_swap::{ArcSwapOption, Guard};
use flags_core::{Decision, Value, ValueRef};

use super::words::Words;
use crate::live::new_stamp;

/// The last answer for one flag: numbers that a hit reads without a lock, and beside them what is no number.
#[derive(Debug)]
pub(super) struct Slot {
    words: Words<6>,
    texts: ArcSwapOption<Texts>,
}

/// The numbers of an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    /// The version of the client's state the answer was last found good for; 0 for none.
    pub(super) version: u64,
    /// In ticks of the coarse clock.
    pub(super) expires: u64,
    /// What the flag's decisions depended on.
    pub(super) fingerprint: u64,
    pub(super) on: bool,
    value: KeptValue,
    /// Which [`Texts`] belong to it; 0 for none.
    texts: u64,
}

/// The value of an answer, or where it is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum KeptValue {
    /// There is none: the caller's default.
    Default,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    /// Among the texts.
    Beside,
}

/// The parts of an answer that live on the heap.
#[derive(Debug)]
pub(super) struct Texts {
    stamp: u64,
    fingerprint: u64,
    variant: Arc<str>,
    /// `None` where the value is a number or a boolean.
    value: Option<Value>,
}

/// A value lent by a slot.
pub(super) enum Lent {
    Number(Option<ValueRef<'static>>),
    Beside(Guard<Option<Arc<Texts>>>),
}

impl Slot {
    pub(super) fn new() -> Self {
        Self { words: Words::new(), texts: ArcSwapOption::empty() }
    }

    /// The last answer, unless there is none or it is being replaced.
    #[inline]
    pub(super) fn read(&self) -> Option<Kept> {
        self.words.read().map(Kept::from_words)
    }

    /// Remembers that an answer is good for another version, too.
    pub(super) fn renew(&self, kept: Kept, version: u64) {
        self.words.write(Kept { version, ..kept }.into_words());
    }

    /// Remembers a decision.
    pub(super) fn keep(&self, decision: &Decision<'_>, fingerprint: u64, version: u64, expires: u64) {
        let value = match decision.value() {
            None => KeptValue::Default,
            Some(ValueRef::Boolean(value)) => KeptValue::Boolean(value),
            Some(ValueRef::Integer(value)) => KeptValue::Integer(value),
            Some(ValueRef::Float(value)) => KeptValue::Float(value),
            Some(_) => KeptValue::Beside,
        };
        let texts = decision.variant().map_or(0, |variant| {
            // A variant of a flag that has not changed is still what it was: its texts need not be copied again.
            let known =
                self.texts.load().as_ref().filter(|known| known.is(fingerprint, variant)).map(|known| known.stamp);
            known.unwrap_or_else(|| {
                let beside = decision.value().filter(|_| value == KeptValue::Beside);
                let stamp = new_stamp();
                let texts =
                    Texts { stamp, fingerprint, variant: variant.into(), value: beside.map(ValueRef::to_value) };
                self.texts.store(Some(Arc::new(texts)));
                stamp
            })
        });
        self.renew(Kept { version, expires, fingerprint, on: decision.is_on(), value, texts }, version);
    }

    /// The value of an answer; `None` where another thread has replaced it meanwhile.
    #[inline]
    pub(super) fn value(&self, kept: &Kept) -> Option<Lent> {
        Some(Lent::Number(match kept.value {
            KeptValue::Default => None,
            KeptValue::Boolean(value) => Some(ValueRef::Boolean(value)),
            KeptValue::Integer(value) => Some(ValueRef::Integer(value)),
            KeptValue::Float(value) => Some(ValueRef::Float(value)),
            KeptValue::Beside => return Some(Lent::Beside(self.texts(kept)?)),
        }))
    }

    /// The name of the variant of an answer; `None` where another thread has replaced it meanwhile.
    pub(super) fn variant(&self, kept: &Kept) -> Option<Option<Arc<str>>> {
        if kept.texts == 0 {
            return Some(None);
        }
        let texts = self.texts(kept)?;
        Some(texts.as_ref().map(|texts| Arc::clone(&texts.variant)))
    }

    fn texts(&self, kept: &Kept) -> Option<Guard<Option<Arc<Texts>>>> {
        let texts = self.texts.load();
        texts.as_ref().is_some_and(|texts| texts.stamp == kept.texts).then_some(texts)
    }
}

impl Texts {
    fn is(&self, fingerprint: u64, variant: &str) -> bool {
        self.fingerprint == fingerprint && *self.variant == *variant
    }
}

impl Lent {
    /// The value, or `None` for the caller's default.
    #[inline]
    pub(super) fn get(&self) -> Option<ValueRef<'_>> {
        match self {
            Self::Number(value) => *value,
            Self::Beside(texts) => texts.as_ref()?.value.as_ref().map(Value::as_ref),
        }
    }
}

impl Kept {
    const ON: u64 = 1;

    #[inline]
    fn from_words([version, expires, fingerprint, form, number, texts]: [u64; 6]) -> Self {
        let value = match form >> 1 {
            0 => KeptValue::Default,
            1 => KeptValue::Boolean(number != 0),
            2 => KeptValue::Integer(number.cast_signed()),
            3 => KeptValue::Float(f64::from_bits(number)),
            _ => KeptValue::Beside,
        };
        Self { version, expires, fingerprint, on: form & Self::ON != 0, value, texts }
    }

    fn into_words(self) -> [u64; 6] {
        let (form, number) = match self.value {
            KeptValue::Default => (0, 0),
            KeptValue::Boolean(value) => (1, u64::from(value)),
            KeptValue::Integer(value) => (2, value.cast_unsigned()),
            KeptValue::Float(value) => (3, value.to_bits()),
            KeptValue::Beside => (4, 0),
        };
        let form = form << 1 | u64::from(self.on);
        [self.version, self.expires, self.fingerprint, form, number, self.texts]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_in_words_is_the_same_answer() {
        let values = [
            KeptValue::Default,
            KeptValue::Boolean(false),
            KeptValue::Boolean(true),
            KeptValue::Integer(i64::MIN),
            KeptValue::Integer(-1),
            KeptValue::Float(-0.5),
            KeptValue::Beside,
        ];
        for value in values {
            for on in [false, true] {
                let kept = Kept { version: 2, expires: u64::MAX, fingerprint: 7, on, value, texts: 9 };
                let again = Kept::from_words(kept.into_words());
                assert_eq!((again.on, again.value, again.texts), (on, value, 9));
                assert_eq!((again.version, again.expires, again.fingerprint), (2, u64::MAX, 7));
            }
        }
    }
}
