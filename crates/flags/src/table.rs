//! Values by name, read without a lock: entries are added and never moved or removed, so a reference to one stays good.

use std::{
    fmt,
    hash::{BuildHasher as _, Hasher as _},
    sync::{Mutex, OnceLock, PoisonError},
};

use foldhash::fast::FixedState;

/// Enough that the names one actor or request asks for mostly have a bucket of their own.
const BUCKETS: usize = 16;

/// A map from names to values that only grows, up to a limit.
pub(crate) struct Table<V> {
    buckets: [Link<V>; BUCKETS],
    /// How many there are; locked by whoever adds one, so that the limit is exact.
    len: Mutex<usize>,
    limit: usize,
}

/// The end of a chain, or what comes next in it.
struct Link<V>(OnceLock<Box<Entry<V>>>);

struct Entry<V> {
    hash: u64,
    name: Box<str>,
    value: V,
    next: Link<V>,
}

impl<V> Table<V> {
    /// A table for at most `limit` names.
    pub(crate) const fn new(limit: usize) -> Self {
        Self { buckets: [const { Link(OnceLock::new()) }; BUCKETS], len: Mutex::new(0), limit }
    }

    /// The value of a name.
    #[inline]
    pub(crate) fn find(&self, name: &str) -> Option<&V> {
        let (hash, mut link) = self.start(name);
        while let Some(entry) = link.0.get() {
            if entry.hash == hash && *entry.name == *name {
                return Some(&entry.value);
            }
            link = &entry.next;
        }
        None
    }

    /// The value of a name, made where there is none; `None` where the table is full. Of several threads that make one for
    /// the same name at once, all get the same.
    pub(crate) fn find_or_insert(&self, name: &str, make: impl Fn() -> V) -> Option<&V> {
        let (hash, mut link) = self.start(name);
        loop {
            let entry = match link.0.get() {
                Some(entry) => entry,
                None => self.append(link, hash, name, &make)?,
            };
            // Another thread may have added another name here meanwhile.
            if entry.hash == hash && *entry.name == *name {
                return Some(&entry.value);
            }
            link = &entry.next;
        }
    }

    /// The values, in no particular order.
    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.buckets.iter().flat_map(|bucket| {
            let mut link = bucket;
            std::iter::from_fn(move || {
                let entry = link.0.get()?;
                link = &entry.next;
                Some(&entry.value)
            })
        })
    }

    #[inline]
    fn start(&self, name: &str) -> (u64, &Link<V>) {
        let mut hasher = FixedState::default().build_hasher();
        hasher.write(name.as_bytes());
        let hash = hasher.finish();
        #[expect(clippy::cast_possible_truncation, reason = "the low bits are what is wanted")]
        let bucket = hash as usize % BUCKETS;
        (hash, &self.buckets[bucket])
    }

    #[cold]
    fn append<'t>(&'t self, link: &'t Link<V>, hash: u64, name: &str, make: &impl Fn() -> V) -> Option<&'t Entry<V>> {
        // Before the lock: what makes a value may ask for another.
        let value = make();
        let mut len = self.len.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = link.0.get() {
            return Some(entry);
        }
        if *len >= self.limit {
            return None;
        }
        let entry =
            link.0.get_or_init(|| Box::new(Entry { hash, name: name.into(), value, next: Link(OnceLock::new()) }));
        *len += 1;
        Some(entry)
    }
}

impl<V> fmt::Debug for Table<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("len", &self.len).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, sync::Barrier, thread};

    use super::*;

    #[test]
    fn names_are_found_again_up_to_the_limit() {
        let table = Table::new(100);
        for number in 0..100 {
            let name = format!("flag-{number}");
            assert_eq!(table.find(&name), None);
            assert_eq!(table.find_or_insert(&name, || number), Some(&number));
            assert_eq!(table.find_or_insert(&name, || unreachable!("because it is there")), Some(&number));
        }
        assert_eq!(table.find_or_insert("one too many", || 0), None);
        assert!((0..100).all(|number| table.find(&format!("flag-{number}")) == Some(&number)));
        assert_eq!(table.values().copied().collect::<BTreeSet<_>>(), (0..100).collect());
    }

    #[test]
    fn threads_that_add_the_same_names_agree_on_their_values() {
        const THREADS: usize = 4;
        let (table, barrier) = (Table::new(64), Barrier::new(THREADS));
        let seen: Vec<Vec<usize>> = thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS)
                .map(|thread| {
                    let (table, barrier) = (&table, &barrier);
                    scope.spawn(move || {
                        barrier.wait();
                        (0..64).map(|name| *table.find_or_insert(&name.to_string(), || thread).unwrap()).collect()
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(seen.iter().all(|values| *values == seen[0]));
        assert_eq!(table.values().count(), 64);
        assert_eq!(table.find_or_insert("one too many", || 0), None);
    }
}
