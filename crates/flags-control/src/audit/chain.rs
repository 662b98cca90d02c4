//! The chain: what an entry takes over from the one before it.
//!
//! Pure: it turns drafts into lines and knows nothing of where they are kept. What it remembers of the log is little and
//! can be found again by reading the log from its end.

use serde::{Deserialize, Serialize};

use super::{
    Draft, Entry, EntryHash, Head,
    entry::{Frame, line, within_years},
};

/// Where a log stands: what the next entry follows on, and which changes of controls it holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Chain {
    /// The last entry; `None` while there is none.
    pub(super) head: Option<Head>,
    /// The last revision that was recorded, with the number of its entries.
    pub(super) recorded: Option<Recorded>,
}

/// The last revision of the controls that a log holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Recorded {
    /// The revision.
    pub(super) revision: u64,
    /// How many entries are about it. A change may be recorded by several, of which a crash may leave the first few.
    pub(super) entries: u64,
}

impl Chain {
    /// The number of the next entry.
    pub(super) fn next_sequence(&self) -> u64 {
        self.head.map_or(1, |head| head.sequence.saturating_add(1))
    }

    /// The hash that the next entry names as the one before it.
    pub(super) fn previous(&self) -> EntryHash {
        self.head.map_or(EntryHash::NONE, |head| head.hash)
    }

    /// Gives a draft the next place; returns the entry and its line, without the line feed.
    pub(super) fn add(&mut self, draft: &Draft) -> (Entry, String) {
        let (sequence, previous) = (self.next_sequence(), self.previous());
        let (line, hash) = line(draft, sequence, previous);
        self.follow(Head { sequence, hash }, draft.revision);
        let entry = Entry {
            sequence,
            at: within_years(draft.at),
            actor: draft.actor.clone(),
            origin: draft.origin,
            action: draft.action.clone(),
            target: draft.target.clone(),
            reason: draft.reason.clone(),
            before: draft.before.clone().filter(|value| !value.is_null()),
            after: draft.after.clone().filter(|value| !value.is_null()),
            revision: draft.revision,
            previous,
            hash,
        };
        (entry, line)
    }

    /// Takes note of an entry that is there.
    pub(super) fn follow(&mut self, head: Head, revision: Option<u64>) {
        self.head = Some(head);
        self.recorded = match (self.recorded, revision) {
            (Some(recorded), Some(revision)) if recorded.revision == revision => {
                Some(Recorded { revision, entries: recorded.entries + 1 })
            }
            (_, Some(revision)) => Some(Recorded { revision, entries: 1 }),
            (recorded, None) => recorded,
        };
    }

    /// The drafts the log does not hold yet: those without a revision, and those of the last revision and later ones.
    ///
    /// Drafts of the last revision that are there already are the first of their revision, since they are written in order.
    pub(super) fn missing<'d>(&self, drafts: &'d [Draft]) -> Vec<&'d Draft> {
        let mut held = self.recorded.map_or(0, |recorded| recorded.entries);
        let last = self.recorded.map(|recorded| recorded.revision);
        let mut is_missing = |draft: &&Draft| match (draft.revision, last) {
            (Some(revision), Some(last)) if revision < last => false,
            (Some(revision), Some(last)) if revision == last && held > 0 => {
                held -= 1;
                false
            }
            _ => true,
        };
        drafts.iter().filter(|draft| is_missing(draft)).collect()
    }
}

/// Finds out where a log stands from its lines, the last one first.
#[derive(Debug, Default)]
pub(super) struct Rewind {
    chain: Chain,
}

impl Rewind {
    /// Takes the line before the ones it had; says whether it needs another.
    ///
    /// Of an entry that was edited nothing but its place is believed: a revision put in would keep later changes out.
    pub(super) fn take(&mut self, frame: &Frame, carried: Option<Carried>) -> bool {
        self.chain.head.get_or_insert(frame.head());
        if !frame.is_as_hashed {
            return true;
        }
        match (&mut self.chain.recorded, frame.revision) {
            (Some(recorded), Some(revision)) if recorded.revision == revision => recorded.entries += 1,
            (Some(_), Some(_)) => return false,
            (recorded @ None, Some(revision)) => *recorded = Some(Recorded { revision, entries: 1 }),
            (_, None) => {}
        }
        let Some(carried) = carried else { return true };
        match (&mut self.chain.recorded, carried.recorded) {
            (Some(recorded), Some(before)) if recorded.revision == before.revision => {
                recorded.entries += before.entries;
            }
            (recorded @ None, before) => *recorded = before,
            (Some(_), _) => {}
        }
        false
    }

    /// Where the log stands.
    pub(super) fn finish(self) -> Chain {
        self.chain
    }
}

/// What the first entry of a segment carries over from the segments before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Carried {
    #[serde(default)]
    pub(super) recorded: Option<Recorded>,
}
