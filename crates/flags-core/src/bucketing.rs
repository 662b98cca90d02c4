//! Who gets what, by arithmetic on integers alone.
//!
//! For a salt and a purpose, SipHash-1-3 is keyed once; a unit's hash under that key is cut into 100 000 buckets, or into as
//! many positions as the weights of a split sum to. The formula never changes: a unit keeps its answer on every machine and
//! in every release. `docs/reference/bucketing.md` states it for other languages.

use core::hash::Hasher as _;

use siphasher::sip::SipHasher13;

use crate::Percentage;

/// The number of buckets percentages are cut into: thousandths of a percent.
pub const BUCKETS: u32 = 100_000;

/// What a draw is for. Draws of different purposes are independent of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Rollout percentage of a flag and percentages of its rules: one draw.
    Rollout,
    /// The split over variants.
    Variant,
    /// A `percentage` condition.
    Percentage,
    /// Who takes part in an experiment.
    Traffic,
    /// The arm of an experiment.
    Arm,
    /// The place in a layer of experiments.
    Layer,
    /// Who is held out.
    Holdout,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 7] =
        [Self::Rollout, Self::Variant, Self::Percentage, Self::Traffic, Self::Arm, Self::Layer, Self::Holdout];

    /// The word that is hashed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rollout => "rollout",
            Self::Variant => "variant",
            Self::Percentage => "percentage",
            Self::Traffic => "traffic",
            Self::Arm => "arm",
            Self::Layer => "layer",
            Self::Holdout => "holdout",
        }
    }

    /// The purpose called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}

/// The key of a draw, computed once from a salt and a purpose.
///
/// ```
/// use flags_core::{BucketKey, Percentage, Purpose};
///
/// let draw = BucketKey::new("checkout", Purpose::Rollout).hash("user-42");
/// assert!(draw.bucket() < 100_000);
/// assert!(draw.is_admitted(Percentage::HUNDRED));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BucketKey {
    k0: u64,
    k1: u64,
}

impl BucketKey {
    /// The key of a salt and a purpose.
    #[must_use]
    pub fn new(salt: &str, purpose: Purpose) -> Self {
        Self::of_name(salt, purpose.name())
    }

    /// The key of a salt and a purpose given by its word.
    #[must_use]
    pub fn of_name(salt: &str, purpose: &str) -> Self {
        let half = |last: u8| {
            let mut hasher = SipHasher13::new_with_keys(0, 0);
            // `write` takes bytes as they are; `str::hash` would add a terminator of its own.
            hasher.write(salt.as_bytes());
            hasher.write(&[0]);
            hasher.write(purpose.as_bytes());
            hasher.write(&[0, last]);
            hasher.finish()
        };
        Self { k0: half(0), k1: half(1) }
    }

    /// The two halves of the key, `k0` and `k1`.
    #[must_use]
    pub const fn halves(self) -> (u64, u64) {
        (self.k0, self.k1)
    }

    /// Draws for a unit.
    #[must_use]
    #[inline]
    pub fn hash(self, unit: &str) -> Draw {
        Draw(SipHasher13::new_with_keys(self.k0, self.k1).hash(unit.as_bytes()))
    }
}

/// What a unit drew: a 64-bit number, the same for the same unit and key for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw(u64);

impl Draw {
    /// The number itself.
    #[must_use]
    pub const fn hash(self) -> u64 {
        self.0
    }

    /// `floor(hash · 100 000 / 2^64)`, from 0 to 99 999.
    #[must_use]
    #[inline]
    pub const fn bucket(self) -> u32 {
        self.position(BUCKETS)
    }

    /// `floor(hash · total / 2^64)`, from 0 to `total - 1`; 0 where the total is 0.
    #[must_use]
    #[inline]
    pub const fn position(self, total: u32) -> u32 {
        #[expect(clippy::cast_possible_truncation, reason = "the quotient is below `total`")]
        let position = ((self.0 as u128 * total as u128) >> 64) as u32;
        position
    }

    /// Whether the unit is among the admitted.
    #[must_use]
    #[inline]
    pub const fn is_admitted(self, percentage: Percentage) -> bool {
        self.bucket() < percentage.thousandths()
    }

    /// The index of the arm drawn: the first whose cumulated weight is above the position. An arm of weight 0 is never drawn.
    ///
    /// `None` where the weights sum to 0 or to more than 2^31 - 1.
    #[must_use]
    pub fn arm(self, weights: &[u32]) -> Option<usize> {
        let total: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
        let total = u32::try_from(total).ok().filter(|total| (1..=MAX_TOTAL_WEIGHT).contains(total))?;
        let position = self.position(total);
        let mut until = 0;
        weights.iter().position(|weight| {
            until += weight;
            position < until
        })
    }
}

/// The largest sum of weights a split may have: 2^31 - 1.
pub const MAX_TOTAL_WEIGHT: u32 = 0x7fff_ffff;
