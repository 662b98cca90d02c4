//! A few totals that belong together, and which of them have a place among the series that are shown.

/// How many series may be shown, and how many are.
#[derive(Debug)]
pub(crate) struct Budget {
    pub(super) limit: usize,
    pub(super) used: usize,
    /// How many times a series found no place.
    pub(super) refused: u64,
}

impl Budget {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, used: 0, refused: 0 }
    }

    /// Takes places for `more` series, or counts them as refused.
    pub(super) fn take(&mut self, more: usize) -> bool {
        let fits = self.limit.saturating_sub(self.used) >= more;
        if fits {
            self.used += more;
        } else {
            self.refused += more as u64;
        }
        fits
    }

    /// How many times a series found no place.
    pub(crate) fn refused(&self) -> u64 {
        self.refused
    }

    pub(super) fn has_room_for(&self, more: usize) -> bool {
        self.limit.saturating_sub(self.used) >= more
    }

    pub(super) fn give_back(&mut self, places: usize) {
        self.used = self.used.saturating_sub(places);
    }
}

/// `N` totals, at most eight. A total gets its place when it is first counted, or before; once it has one it keeps it.
///
/// What is counted while a total has no place goes to a common overflow as well, and stays there: it is never shown twice.
#[derive(Clone, Debug)]
pub(crate) struct Series<const N: usize> {
    totals: [u64; N],
    /// What of each total is in the overflow; most have nothing there.
    overflowed: Option<Box<[u64; N]>>,
    shown: u8,
    refused: u8,
}

impl<const N: usize> Default for Series<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> Series<N> {
    pub(super) fn new() -> Self {
        Self { totals: [0; N], overflowed: None, shown: 0, refused: 0 }
    }

    pub(super) fn add(&mut self, at: usize, more: u64, budget: &mut Budget, overflow: &mut [u64; N]) {
        if more == 0 || at >= N {
            return;
        }
        self.totals[at] += more;
        if self.shown & 1 << at == 0 && self.refused & 1 << at == 0 {
            if budget.take(1) {
                self.shown |= 1 << at;
            } else {
                self.refused |= 1 << at;
            }
        }
        if self.shown & 1 << at == 0 {
            self.overflowed.get_or_insert_with(|| Box::new([0; N]))[at] += more;
            overflow[at] += more;
        }
    }

    /// Gives a total its place before anything is counted. The caller has seen to it that there is room.
    pub(super) fn show(&mut self, at: usize, budget: &mut Budget) {
        if at < N && self.is_new(at) && budget.take(1) {
            self.shown |= 1 << at;
        }
    }

    /// Whether a total has neither got nor been refused a place.
    pub(super) fn is_new(&self, at: usize) -> bool {
        (self.shown | self.refused) & 1 << at == 0
    }

    /// Brings the totals up to what they are elsewhere, each at zero first if there is room for it.
    pub(super) fn follow(&mut self, now: [u64; N], budget: &mut Budget, overflow: &mut [u64; N]) {
        for (at, total) in now.into_iter().enumerate() {
            if self.is_new(at) && budget.has_room_for(1) {
                self.show(at, budget);
            }
            self.add(at, total.saturating_sub(self.totals[at]), budget, overflow);
        }
    }

    /// Lets totals that were refused a place ask again.
    pub(super) fn ask_again(&mut self) {
        self.refused = 0;
    }

    /// Gives its places back.
    pub(super) fn retire(&self, budget: &mut Budget) {
        budget.give_back(self.shown.count_ones() as usize);
    }

    /// Takes over the totals of a series that has been retired.
    pub(super) fn inherit(&mut self, retired: &Self, budget: &mut Budget, overflow: &mut [u64; N]) {
        for at in 0..N {
            // What is in the overflow already must not get there, or be shown, again.
            let hidden = retired.overflowed.as_ref().map_or(0, |overflowed| overflowed[at]);
            if hidden > 0 {
                self.totals[at] += hidden;
                self.overflowed.get_or_insert_with(|| Box::new([0; N]))[at] += hidden;
            }
            self.add(at, retired.visible(at), budget, overflow);
        }
    }

    /// What is shown: each place with its total, less what is in the overflow.
    pub(crate) fn shown(&self) -> impl Iterator<Item = (usize, u64)> {
        (0..N).filter(|at| self.shown & 1 << at != 0).map(|at| (at, self.visible(at)))
    }

    fn visible(&self, at: usize) -> u64 {
        self.totals[at] - self.overflowed.as_ref().map_or(0, |overflowed| overflowed[at])
    }

    /// All that was counted, shown or not.
    pub(crate) fn totals(&self) -> &[u64; N] {
        &self.totals
    }

    pub(crate) fn sum(&self) -> u64 {
        self.totals.iter().sum()
    }
}
