//! How many different units there were, without remembering them: the sketch that is called `HyperLogLog`.
//!
//! A unit's hash chooses a register by its first bits, and the register keeps the longest run of zeroes that any hash showed in
//! the rest. With `m` registers the standard error is 1.04 / √m, here 2.3 % (Flajolet, Fusy, Gandouet, Meunier, 2007: *The
//! analysis of a near-optimal cardinality estimation algorithm*). The estimate is the one of Ertl, 2017 (*New cardinality
//! estimation algorithms*, <https://arxiv.org/abs/1702.01284>, algorithm 6): it needs neither tables nor a second formula for
//! small numbers, and is all but exact for a few units.

use std::{
    hash::{BuildHasher as _, Hasher as _, RandomState},
    sync::atomic::{AtomicU8, Ordering::Relaxed},
};

use foldhash::quality::FixedState;

/// The bits of the hash that choose the register.
const PRECISION: u32 = 11;

const REGISTERS: usize = 1 << PRECISION;

/// The longest run there can be, counted from 1.
const LONGEST: usize = (64 - PRECISION) as usize;

/// The registers of one flag. All threads share them; nearly always they are only read.
pub(crate) struct Sketch {
    registers: Box<[AtomicU8; REGISTERS]>,
}

impl Sketch {
    pub(crate) fn new() -> Self {
        Self { registers: Box::new([const { AtomicU8::new(0) }; REGISTERS]) }
    }

    /// Takes note of a unit by its hash.
    #[inline]
    pub(crate) fn insert(&self, hash: u64) {
        let at = (hash >> (64 - PRECISION)) as usize % REGISTERS;
        // The bit set ends the run where all the others are zero.
        let run = ((hash << PRECISION) | 1 << (PRECISION - 1)).leading_zeros() + 1;
        let register = &self.registers[at];
        if u32::from(register.load(Relaxed)) < run {
            register.fetch_max(u8::try_from(run).unwrap_or(u8::MAX), Relaxed);
        }
    }

    /// How many different hashes were inserted, near enough.
    pub(crate) fn estimate(&self) -> f64 {
        let mut counts = [0_u32; LONGEST + 2];
        for register in &*self.registers {
            counts[usize::from(register.load(Relaxed)).min(LONGEST + 1)] += 1;
        }
        #[expect(clippy::cast_precision_loss, reason = "there are 2048 registers")]
        let m = REGISTERS as f64;
        let mut z = m * tau(1.0 - f64::from(counts[LONGEST + 1]) / m);
        for count in counts[1..=LONGEST].iter().rev() {
            z = 0.5 * (z + f64::from(*count));
        }
        z += m * sigma(f64::from(counts[0]) / m);
        // α∞ = 1 / (2 ln 2)
        m * m / (2.0 * std::f64::consts::LN_2 * z)
    }
}

/// σ(x) = x + Σ x^(2^k) · 2^(k-1), for the registers that are still zero.
fn sigma(mut x: f64) -> f64 {
    if x >= 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let former = z;
        z += x * y;
        y += y;
        if z <= former {
            return z;
        }
    }
}

/// τ(x) = ⅓ (1 − x − Σ (1 − x^(2^-k))² · 2^-k), for the registers that cannot rise any more.
fn tau(mut x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let former = z;
        y *= 0.5;
        z -= (1.0 - x).powi(2) * y;
        if z >= former {
            return z / 3.0;
        }
    }
}

/// The hash that tells units apart.
#[derive(Clone)]
pub(crate) struct UnitHasher {
    state: FixedState,
}

impl UnitHasher {
    /// A hash by a seed, or by one that differs for each process.
    pub(crate) fn new(seed: Option<u64>) -> Self {
        let seed = seed.unwrap_or_else(|| RandomState::new().hash_one(0_u8));
        Self { state: FixedState::with_seed(seed) }
    }

    #[inline]
    pub(crate) fn hash(&self, unit: &str) -> u64 {
        let mut hasher = self.state.build_hasher();
        hasher.write(unit.as_bytes());
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1.04 / √m of the paper.
    const STANDARD_ERROR: f64 = 0.022_98;

    fn estimate(units: impl Iterator<Item = u64>, seed: u64) -> f64 {
        let (sketch, hasher) = (Sketch::new(), UnitHasher::new(Some(seed)));
        for unit in units {
            sketch.insert(hasher.hash(&format!("user-{unit}")));
        }
        sketch.estimate()
    }

    /// For each number of units 40 seeds: the error of each stays below five standard errors, their root mean square is
    /// what the paper says, and there is no bias to either side.
    #[test]
    fn the_error_is_the_published_one() {
        for units in [1_u64, 10, 100, 1_000, 5_000, 10_000, 40_000] {
            let seeds = 40;
            let errors: Vec<f64> =
                (0..seeds).map(|seed| (estimate(0..units, seed) - units as f64) / units as f64).collect();
            let worst = errors.iter().map(|error| error.abs()).fold(0.0, f64::max);
            assert!(worst < 5.0 * STANDARD_ERROR, "{units} units: {worst}");
            let rms = (errors.iter().map(|error| error * error).sum::<f64>() / seeds as f64).sqrt();
            assert!(rms < 1.4 * STANDARD_ERROR, "{units} units: {rms}");
            let bias = errors.iter().sum::<f64>() / seeds as f64;
            assert!(bias.abs() < 4.0 * STANDARD_ERROR / (seeds as f64).sqrt(), "{units} units: {bias}");
        }
    }

    #[test]
    fn a_unit_counts_once() {
        assert_eq!(estimate(std::iter::empty(), 1), 0.0);
        let thrice = (0..3_000).map(|unit| unit % 1_000);
        assert_eq!(estimate(thrice, 1), estimate(0..1_000, 1));
    }

    /// σ and τ by their series, term by term.
    #[test]
    fn the_helpers_are_their_series() {
        let series = |x: f64| x + (1..60).map(|k| x.powf(2_f64.powi(k)) * 2_f64.powi(k - 1)).sum::<f64>();
        for x in [0.0, 0.1, 0.5, 0.9, 0.99] {
            assert!((sigma(x) - series(x)).abs() < 1e-9 * series(x).max(1.0), "{x}");
        }
        let series = |x: f64| {
            (1.0 - x - (1..60).map(|k| (1.0 - x.powf(2_f64.powi(-k))).powi(2) * 2_f64.powi(-k)).sum::<f64>()) / 3.0
        };
        for x in [0.0, 0.1, 0.5, 0.9, 1.0] {
            assert!((tau(x) - if x == 0.0 { 0.0 } else { series(x) }).abs() < 1e-9, "{x}");
        }
    }

    #[test]
    fn a_hash_of_zeroes_is_the_longest_run() {
        let sketch = Sketch::new();
        sketch.insert(0);
        assert_eq!(usize::from(sketch.registers[0].load(Relaxed)), LONGEST + 1);
        sketch.insert(1 << (63 - PRECISION));
        assert_eq!(usize::from(sketch.registers[0].load(Relaxed)), LONGEST + 1, "a register never falls");
    }
}
