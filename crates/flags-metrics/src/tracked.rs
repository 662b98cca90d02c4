//! A layout whose cells are still counted in, and how far they have been read.

use std::{collections::HashMap, sync::Arc, time::Instant};

use crate::{
    counting::{DURATIONS, ERROR_CODES, ERRORS, Layout, REASONS, Sums, UNKNOWN},
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
    seen: Sums,
}

impl Tracked {
    /// Tracks a layout of what the ledger has just been told of.
    pub(crate) fn new(layout: Arc<Layout>) -> Self {
        let flags = (0..).zip(layout.slots()).map(|(place, _)| place).collect();
        Self { layout, flags, rows: HashMap::new(), seen: Sums::new() }
    }

    /// Brings what has been counted since the last time to the ledger. Returns whether anybody can still count.
    pub(crate) fn absorb(&mut self, ledger: &mut Ledger, now: Instant) -> bool {
        // Asked first, and with the ordering of `get_mut`: whoever counted last has been seen if nobody is left.
        let in_use = Arc::get_mut(&mut self.layout).is_none();
        let sums = self.layout.sums();
        ledger.unknown += sums.rise_of_own(UNKNOWN, &self.seen);
        for (at, cell) in DURATIONS.enumerate() {
            ledger.durations.add_cell(at, sums.rise_of_own(cell, &self.seen));
        }
        for reason in 0..REASONS {
            let Some((cells, former)) = sums.bank(reason, &mut self.seen) else { continue };
            for ((place, slots), flag) in (0_u32..).zip(self.layout.slots()).zip(&self.flags) {
                let of_variants = cells[slots.variants.clone()].iter().zip(&former[slots.variants.clone()]);
                let rises = [(&cells[slots.none], &former[slots.none])].into_iter().chain(of_variants);
                for (slot, (cell, former)) in (0_u32..).zip(rises) {
                    let more = cell.wrapping_sub(*former);
                    if more > 0 {
                        ledger.add(*flag, row_of(&self.rows, place, slot), reason, more, now);
                    }
                }
            }
        }
        if let Some((cells, former)) = sums.bank(ERRORS, &mut self.seen) {
            let of_flags = cells.chunks(ERROR_CODES.len()).zip(former.chunks(ERROR_CODES.len()));
            for (flag, (cells, former)) in self.flags.iter().zip(of_flags) {
                for (error, (cell, former)) in cells.iter().zip(former).enumerate() {
                    ledger.add_errors(*flag, error, cell.wrapping_sub(*former));
                }
            }
        }
        self.seen = sums;
        in_use
    }

    /// Follows the ledger's flags and rows to their new places.
    pub(crate) fn follow(&mut self, moves: &Moves) {
        for ((place, slots), flag) in (0_u32..).zip(self.layout.slots()).zip(&mut self.flags) {
            if *flag == GONE {
                continue;
            }
            if let Some(rows) = moves.rows.get(flag) {
                let follow = |row: u32| rows.get(row as usize).copied().unwrap_or(GONE);
                let former = self.rows.get(&place);
                let moved = (0_u32..).take(1 + slots.variants.len()).map(|slot| match former {
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

/// The ledger's row of a slot of a flag.
fn row_of(moved: &HashMap<u32, Box<[u32]>>, place: u32, slot: u32) -> u32 {
    match moved.get(&place) {
        Some(rows) => rows.get(slot as usize).copied().unwrap_or(GONE),
        None => slot,
    }
}
