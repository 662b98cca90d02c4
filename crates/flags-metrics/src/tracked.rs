//! A layout whose cells are still counted in, and how far they have been read.

use std::{collections::HashMap, sync::Arc, time::Instant};

use crate::{
    counting::{Cells, ERROR_CODES, Layout, REASONS},
    histogram::BUCKETS,
    ledger::{GONE, Ledger, Moves},
};

/// A layout whose cells are still counted in, and how far they have been read.
pub(crate) struct Tracked {
    layout: Arc<Layout>,
    /// Of each of its flags: the place in the ledger, or [`GONE`].
    flags: Vec<u32>,
    /// Of its flags whose variants have changed since: the ledger's row of each slot, or [`GONE`].
    rows: HashMap<u32, Box<[u32]>>,
    /// What each cell came to when it was last read.
    seen: Vec<u64>,
}

impl Tracked {
    /// Tracks a layout of what the ledger has just been told of.
    pub(crate) fn new(layout: Arc<Layout>) -> Self {
        let flags = (0..).zip(layout.flags()).map(|(place, _)| place).collect();
        let seen = layout.sums();
        Self { layout, flags, rows: HashMap::new(), seen }
    }

    /// Brings what has been counted since the last time to the ledger. Returns whether anybody can still count.
    pub(crate) fn absorb(&mut self, ledger: &mut Ledger, now: Instant) -> bool {
        // Asked first, and with the ordering of `get_mut`: whoever counted last has been seen if nobody is left.
        let in_use = Arc::get_mut(&mut self.layout).is_none();
        let cells = self.layout.sums();
        let rise = |at: usize| cells[at].wrapping_sub(self.seen[at]);
        ledger.unknown += rise(Cells::UNKNOWN);
        for at in 0..=BUCKETS {
            ledger.durations.add_cell(at, rise(Cells::DURATIONS + at));
        }
        for ((place, (first, slots)), flag) in (0..).zip(self.layout.flags()).zip(&self.flags) {
            let block = first..first + slots * REASONS + ERROR_CODES.len();
            if *flag == GONE || cells[block.clone()] == self.seen[block.clone()] {
                continue;
            }
            let moved = self.rows.get(&place);
            for (offset, at) in block.enumerate() {
                let more = rise(at);
                if more == 0 {
                    continue;
                }
                let (reason, slot) = (offset / slots, offset % slots);
                if reason < REASONS {
                    let row = moved.map_or(slot as u32, |rows| rows.get(slot).copied().unwrap_or(GONE));
                    ledger.add(*flag, row, reason, more, now);
                } else {
                    ledger.add_errors(*flag, offset - slots * REASONS, more);
                }
            }
        }
        self.seen = cells;
        in_use
    }

    /// Follows the ledger's flags and rows to their new places.
    pub(crate) fn follow(&mut self, moves: &Moves) {
        for ((place, (_, slots)), flag) in (0..).zip(self.layout.flags()).zip(&mut self.flags) {
            if *flag == GONE {
                continue;
            }
            if let Some(rows) = moves.rows.get(flag) {
                let follow = |row: u32| rows.get(row as usize).copied().unwrap_or(GONE);
                let former = self.rows.get(&place);
                let moved = (0..slots as u32).map(|slot| match former {
                    Some(former) => former.get(slot as usize).copied().map_or(GONE, follow),
                    None => follow(slot),
                });
                let moved = moved.collect();
                self.rows.insert(place, moved);
            }
            *flag = moves.flags.get(*flag as usize).copied().unwrap_or(GONE);
        }
    }
}
