//! The two arms of a stage: those who have the flag, and as many who do not.

use flags_core::{BUCKETS, Percentage};

/// How runs ended: all of them, and the bad ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All runs.
    pub runs: u64,
    /// Those that failed, or took too long: whatever is counted. Not more than `runs`.
    pub bad: u64,
}

impl Counts {
    /// The counts of `bad` among `runs`.
    #[must_use]
    pub const fn new(bad: u64, runs: u64) -> Self {
        Self { runs, bad }
    }

    /// What was counted since `earlier`, by counters that only rise. A counter that fell has started anew from zero.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        if self.runs < earlier.runs || self.bad < earlier.bad {
            return self;
        }
        Self { runs: self.runs - earlier.runs, bad: self.bad - earlier.bad }
    }

    /// The share of bad runs; `None` without runs.
    #[must_use]
    pub fn rate(self) -> Option<f64> {
        (self.runs > 0).then(|| self.bad as f64 / self.runs as f64)
    }

    pub(super) fn add(&mut self, other: Self) {
        self.runs = self.runs.saturating_add(other.runs);
        self.bad = self.bad.saturating_add(other.bad);
    }
}

/// The same of both arms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arms<T> {
    /// Of the concurrent control group.
    pub control: T,
    /// Of those who have the flag.
    pub treatment: T,
}

impl<T> Arms<T> {
    /// The control first, as everywhere.
    #[must_use]
    pub const fn new(control: T, treatment: T) -> Self {
        Self { control, treatment }
    }
}

/// Which arm of a stage a unit is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// It has the flag.
    Treatment,
    /// It does not, and is compared with those who do.
    Control,
    /// It does not, and is not looked at.
    Neither,
}

impl Group {
    /// The group of a unit, by its bucket of the flag's rollout.
    ///
    /// The control is of the same size as the treatment, or whatever is left above half; it has the units that get the flag
    /// last. Both are drawn from the same units by the same draw, so they differ in nothing but the flag.
    ///
    /// ```
    /// use flags_core::Percentage;
    /// use flags_rollout::guardrail::Group;
    ///
    /// let ten = Percentage::from_thousandths(10_000).unwrap_or(Percentage::ZERO);
    /// assert_eq!(Group::of_bucket(9_999, ten), Group::Treatment);
    /// assert_eq!(Group::of_bucket(50_000, ten), Group::Neither);
    /// assert_eq!(Group::of_bucket(90_000, ten), Group::Control);
    /// ```
    #[must_use]
    pub fn of_bucket(bucket: u32, percentage: Percentage) -> Self {
        if bucket < percentage.thousandths() {
            Self::Treatment
        } else if bucket >= BUCKETS - Self::control_share(percentage).thousandths() {
            Self::Control
        } else {
            Self::Neither
        }
    }

    /// The share of the units that is compared with those who have the flag.
    #[must_use]
    pub fn control_share(percentage: Percentage) -> Percentage {
        let rest = BUCKETS.saturating_sub(percentage.thousandths());
        Percentage::from_thousandths(percentage.thousandths().min(rest)).unwrap_or(Percentage::ZERO)
    }
}
