//! A few numbers that are read together without a lock: either as one writer left them, or not at all.
//!
//! It is a sequence lock of atomics (Boehm, "Can seqlocks get along with programming language memory models?", MSPC 2012,
//! figure 6): a reader that meets a writer gets nothing and goes the long way, a writer that meets another gives up. Nobody
//! waits.

use std::{
    array,
    sync::atomic::{AtomicU64, Ordering, fence},
};

/// `N` numbers that belong together.
#[derive(Debug)]
pub(super) struct Words<const N: usize> {
    /// 0 before the first write; odd while there is one.
    sequence: AtomicU64,
    words: [AtomicU64; N],
}

impl<const N: usize> Words<N> {
    pub(super) fn new() -> Self {
        Self { sequence: AtomicU64::new(0), words: array::from_fn(|_| AtomicU64::new(0)) }
    }

    /// The numbers last written; `None` before the first write and while there is one.
    #[inline]
    pub(super) fn read(&self) -> Option<[u64; N]> {
        let before = self.sequence.load(Ordering::Acquire);
        if before == 0 || before % 2 == 1 {
            return None;
        }
        let words = array::from_fn(|at| self.words[at].load(Ordering::Relaxed));
        // Whoever has seen a word of a later write sees its sequence, too.
        fence(Ordering::Acquire);
        (self.sequence.load(Ordering::Relaxed) == before).then_some(words)
    }

    /// Replaces the numbers, unless another thread is doing so.
    pub(super) fn write(&self, words: [u64; N]) {
        let before = self.sequence.load(Ordering::Relaxed);
        let odd = before.wrapping_add(1);
        if before % 2 == 1 || self.sequence.compare_exchange(before, odd, Ordering::Acquire, Ordering::Relaxed).is_err()
        {
            return;
        }
        // The odd number is seen before any of the new words.
        fence(Ordering::Release);
        for (place, word) in self.words.iter().zip(words) {
            place.store(word, Ordering::Relaxed);
        }
        self.sequence.store(before.wrapping_add(2), Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Barrier, thread};

    use super::*;

    #[test]
    fn nothing_is_read_before_the_first_write() {
        let words = Words::<2>::new();
        assert_eq!(words.read(), None);
        words.write([1, 2]);
        assert_eq!(words.read(), Some([1, 2]));
    }

    #[test]
    fn no_reader_sees_half_a_write() {
        const WRITES: u64 = 200_000;
        let (words, barrier) = (Words::<4>::new(), Barrier::new(3));
        thread::scope(|scope| {
            for writer in 0..2 {
                let (words, barrier) = (&words, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    for turn in 0..WRITES {
                        let number = turn * 2 + writer + 1;
                        words.write([number, number.wrapping_mul(3), !number, number]);
                    }
                });
            }
            barrier.wait();
            let mut read = 0;
            while read < 1_000 {
                let Some([number, tripled, inverted, again]) = words.read() else { continue };
                assert_eq!([tripled, inverted, again], [number.wrapping_mul(3), !number, number]);
                read += 1;
            }
        });
        assert!(words.read().is_some(), "a writer that is done leaves something to read");
    }
}
