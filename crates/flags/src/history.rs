//! What became of each flag since the client was built, in memory.

use std::collections::{HashMap, VecDeque};

use flags_core::{ChangeKind, FlagView, Percentage, State, Timestamp};

use crate::{ChangeSet, ChangeSource};

/// How many entries are kept of one flag; the oldest go first.
pub const HISTORY_PER_FLAG: usize = 100;
/// How many entries are kept in all.
const HISTORY_IN_ALL: usize = 10_000;

/// One change of one flag.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HistoryEntry {
    /// When it took effect.
    pub at: Timestamp,
    /// The revision it made.
    pub revision: u64,
    /// Where it came from.
    pub source: ChangeSource,
    /// What became of the flag.
    pub kind: ChangeKind,
    /// The flag before; `None` if it was not there.
    pub before: Option<FlagSummary>,
    /// The flag after; `None` if it is gone.
    pub after: Option<FlagSummary>,
}

/// A flag in a few words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlagSummary {
    /// Its state as written.
    pub state: State,
    /// Its rollout percentage as written.
    pub rollout_percentage: Percentage,
    /// How many rules it has.
    pub rules: usize,
    /// A hash of everything its decisions depend on.
    pub fingerprint: u64,
}

impl FlagSummary {
    fn of(flag: FlagView<'_>) -> Self {
        Self {
            state: flag.state(),
            rollout_percentage: flag.rollout_percentage(),
            rules: flag.rule_count(),
            fingerprint: flag.fingerprint(),
        }
    }
}

/// The entries of every flag, bounded.
#[derive(Debug, Default)]
pub(crate) struct History {
    entries: HashMap<Box<str>, VecDeque<HistoryEntry>>,
    /// The flags in the order of their entries, oldest first.
    order: VecDeque<Box<str>>,
}

impl History {
    /// Adds what a new set changed against the former one.
    pub(crate) fn record(&mut self, changes: &ChangeSet, former: &flags_core::FlagSet, set: &flags_core::FlagSet) {
        for change in &changes.changes {
            let entry = HistoryEntry {
                at: changes.at,
                revision: changes.revision,
                source: changes.source,
                kind: change.kind,
                before: former.flag(&change.key).map(FlagSummary::of),
                after: set.flag(&change.key).map(FlagSummary::of),
            };
            let entries = self.entries.entry(change.key.clone()).or_default();
            entries.push_back(entry);
            if entries.len() > HISTORY_PER_FLAG {
                entries.pop_front();
                if let Some(at) = self.order.iter().position(|key| *key == change.key) {
                    self.order.remove(at);
                }
            }
            self.order.push_back(change.key.clone());
        }
        while self.order.len() > HISTORY_IN_ALL {
            let Some(key) = self.order.pop_front() else { break };
            if let Some(entries) = self.entries.get_mut(&key) {
                entries.pop_front();
                if entries.is_empty() {
                    self.entries.remove(&key);
                }
            }
        }
    }

    /// The entries of one flag, oldest first.
    pub(crate) fn of(&self, key: &str) -> Vec<HistoryEntry> {
        self.entries.get(key).into_iter().flatten().cloned().collect()
    }
}
