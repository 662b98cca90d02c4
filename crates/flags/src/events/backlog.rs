//! What has not been told yet: some sets of changes as they came, and beyond that the newest merged into one.
//!
//! So it is bounded whoever is slow: by [`MAX_PENDING`] sets, and the newest by the flags there are and those there were when
//! merging began.

use std::collections::VecDeque;

use flags_core::ChangeKind;

use super::{Change, ChangeSet};

/// How many sets of changes may wait before the newest are merged.
pub(super) const MAX_PENDING: usize = 256;

/// Sets of changes that wait, oldest first.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    pending: VecDeque<ChangeSet>,
}

impl Backlog {
    pub(super) fn push(&mut self, changes: ChangeSet) {
        if self.pending.len() < MAX_PENDING {
            self.pending.push_back(changes);
        } else if let Some(newest) = self.pending.back_mut() {
            newest.merge(changes);
            // What came and went again is not worth telling.
            if newest.is_empty() {
                self.pending.pop_back();
            }
        }
    }

    pub(super) fn pop(&mut self) -> Option<ChangeSet> {
        self.pending.pop_front()
    }
}

impl ChangeSet {
    /// Adds later changes: of a flag in both, what became of it in the end.
    fn merge(&mut self, later: Self) {
        self.revision = later.revision;
        self.at = later.at;
        self.source = later.source;
        merge(&mut self.changes, later.changes);
        merge(&mut self.experiments, later.experiments);
    }
}

/// Adds later changes to earlier ones, both in the order of the keys.
fn merge(earlier: &mut Vec<Change>, later: Vec<Change>) {
    for change in later {
        match earlier.binary_search_by(|known| known.key.cmp(&change.key)) {
            Ok(at) => match merged(earlier[at].kind, change.kind) {
                Some(kind) => earlier[at].kind = kind,
                None => drop(earlier.remove(at)),
            },
            Err(at) => earlier.insert(at, change),
        }
    }
}

/// What two changes of one flag or experiment come to; `None` is none.
fn merged(first: ChangeKind, then: ChangeKind) -> Option<ChangeKind> {
    match (first, then) {
        (ChangeKind::Added, ChangeKind::Changed) => Some(ChangeKind::Added),
        (ChangeKind::Added, ChangeKind::Removed) => None,
        (ChangeKind::Removed, ChangeKind::Added) => Some(ChangeKind::Changed),
        (_, then) => Some(then),
    }
}

#[cfg(test)]
mod tests {
    use ChangeKind::{Added, Changed, Removed};
    use flags_core::Timestamp;

    use super::*;
    use crate::ChangeSource;

    fn set(revision: u64, changes: &[(&str, ChangeKind)]) -> ChangeSet {
        ChangeSet {
            revision,
            at: Timestamp::default(),
            source: ChangeSource::File,
            changes: changes.iter().map(|(key, kind)| Change { key: (*key).into(), kind: *kind }).collect(),
            experiments: vec![],
        }
    }

    /// The same of experiments.
    fn of_experiments(revision: u64, changes: &[(&str, ChangeKind)]) -> ChangeSet {
        let ChangeSet { changes: experiments, .. } = set(revision, changes);
        ChangeSet { experiments, ..set(revision, &[]) }
    }

    #[test]
    fn merging_keeps_the_end_of_it() {
        let mut first = set(1, &[("a", Added), ("b", Removed), ("d", Changed), ("e", Added)]);
        first.merge(set(2, &[("a", Changed), ("b", Added), ("c", Added), ("d", Removed), ("e", Removed)]));
        assert_eq!(first, set(2, &[("a", Added), ("b", Changed), ("c", Added), ("d", Removed)]));
    }

    #[test]
    fn experiments_are_merged_for_themselves() {
        let mut first = set(1, &[("a", Added)]);
        first.merge(of_experiments(2, &[("a", Changed), ("b", Added)]));
        first.merge(of_experiments(3, &[("b", Removed)]));
        let expected =
            ChangeSet { experiments: of_experiments(3, &[("a", Changed)]).experiments, ..set(3, &[("a", Added)]) };
        assert_eq!(first, expected);
        // They keep a set that has nothing else from being dropped.
        let mut backlog = Backlog::default();
        (0..256).for_each(|revision| backlog.push(of_experiments(revision, &[("b", Changed)])));
        backlog.push(set(256, &[("a", Added)]));
        backlog.push(set(257, &[("a", Removed)]));
        assert_eq!(std::iter::from_fn(|| backlog.pop()).last(), Some(of_experiments(257, &[("b", Changed)])));
    }

    #[test]
    fn nothing_that_waits_grows_without_bound() {
        let mut backlog = Backlog::default();
        // Names that are never used again: what was added and removed meanwhile leaves nothing behind.
        for number in 0..10_000_u64 {
            let name = format!("flag-{number}");
            backlog.push(set(2 * number, &[("switch", Changed), (&name, Added)]));
            backlog.push(set(2 * number + 1, &[(&name, Removed)]));
        }
        let told: Vec<ChangeSet> = std::iter::from_fn(|| backlog.pop()).collect();
        assert_eq!(told.len(), MAX_PENDING);
        assert!(told[..MAX_PENDING - 1].iter().map(|set| set.revision).eq(0..255), "the oldest are told one by one");
        assert_eq!(told[MAX_PENDING - 1], set(19_999, &[("flag-127", Removed), ("switch", Changed)]));
    }

    #[test]
    fn what_comes_to_nothing_is_not_told() {
        let mut backlog = Backlog::default();
        (0..255).for_each(|revision| backlog.push(set(revision, &[("a", Changed)])));
        backlog.push(set(255, &[("b", Added)]));
        backlog.push(set(256, &[("b", Removed)]));
        assert_eq!(std::iter::from_fn(|| backlog.pop()).map(|set| set.revision).last(), Some(254));
    }
}
