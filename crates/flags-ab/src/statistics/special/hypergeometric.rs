//! The hypergeometric distribution: how the conversions of two arms fall when it does not matter which arm one is in.

use super::binomial::ln_pmf_between;

/// The number of conversions in arm b, given the users of both arms and the conversions of both together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hypergeometric {
    users_a: u64,
    users_b: u64,
    conversions: u64,
}

/// The most terms a tail may need; the standard deviation times eighty stays below it.
const MOST_TERMS: u64 = 8_000_000;

impl Hypergeometric {
    /// The distribution with these margins, if its tails can be summed.
    ///
    /// `None` if there are more conversions than users, more than 2^52 users, or a standard deviation above 1e5, where an
    /// exact sum would run for long and the normal distribution is right to all digits that matter.
    pub fn new(users_a: u64, users_b: u64, conversions: u64) -> Option<Self> {
        let users = users_a.checked_add(users_b).filter(|users| *users <= 1 << 52)?;
        if conversions > users {
            return None;
        }
        let share = |part: u64| if users == 0 { 0.0 } else { part as f64 / users as f64 };
        let variance = conversions as f64 * share(users_a) * share(users_b) * share(users - conversions);
        (variance <= 1e10).then_some(Self { users_a, users_b, conversions })
    }

    /// The fewest conversions arm b can have.
    pub fn least(&self) -> u64 {
        self.conversions.saturating_sub(self.users_a)
    }

    /// The most conversions arm b can have.
    pub fn most(&self) -> u64 {
        self.conversions.min(self.users_b)
    }

    /// The probability of exactly `x` conversions in arm b; relative error below 1e-12.
    pub fn pmf(&self, x: u64) -> f64 {
        libm::exp(self.ln_pmf(x))
    }

    /// The logarithm of [`Hypergeometric::pmf`]; −∞ where it is impossible.
    ///
    /// Source: the quotient of three binomial probabilities at the pooled rate, each in Loader's form (R's `dhyper`).
    pub fn ln_pmf(&self, x: u64) -> f64 {
        if !(self.least()..=self.most()).contains(&x) {
            return f64::NEG_INFINITY;
        }
        let users = self.users_a + self.users_b;
        if users == 0 || self.conversions == 0 || self.conversions == users {
            return 0.0;
        }
        let p = self.conversions as f64 / users as f64;
        let q = (users - self.conversions) as f64 / users as f64;
        ln_pmf_between(x, self.users_b, p, q) + ln_pmf_between(self.conversions - x, self.users_a, p, q)
            - ln_pmf_between(self.conversions, users, p, q)
    }

    /// The probability of at least `x` conversions in arm b; relative error below 1e-12.
    ///
    /// Summed from x outwards where that is the smaller side; the complement of the other side otherwise, where it is at
    /// least 0.3.
    pub fn at_least(&self, x: u64) -> f64 {
        if x <= self.least() {
            1.0
        } else if x as f64 >= self.mean() {
            self.upwards(x)
        } else {
            1.0 - self.downwards(x - 1)
        }
    }

    /// The probability of at most `x` conversions in arm b; see [`Hypergeometric::at_least`].
    pub fn at_most(&self, x: u64) -> f64 {
        if x >= self.most() {
            1.0
        } else if x as f64 <= self.mean() {
            self.downwards(x)
        } else {
            1.0 - self.upwards(x + 1)
        }
    }

    /// The probability of all outcomes that are not likelier than `x`, with ties to 1e-7 relative: Fisher's two-sided p.
    pub fn not_likelier(&self, x: u64) -> f64 {
        let limit = self.ln_pmf(x) + 1e-7;
        let mode = self.mode();
        // On each side of the mode the probabilities fall, so the outcomes that count begin somewhere and go on to the end.
        let lower = last_where(self.least(), mode, |k| self.ln_pmf(k) <= limit);
        let upper = first_where(mode, self.most(), |k| self.ln_pmf(k) <= limit);
        match (lower, upper) {
            (Some(lower), Some(upper)) if upper <= lower + 1 => 1.0,
            (lower, upper) => {
                let below = lower.map_or(0.0, |k| self.at_most(k));
                let above = upper.map_or(0.0, |k| self.at_least(k));
                (below + above).min(1.0)
            }
        }
    }

    fn mean(&self) -> f64 {
        let users = (self.users_a + self.users_b).max(1) as f64;
        self.conversions as f64 * (self.users_b as f64 / users)
    }

    /// The likeliest number, by the known formula for the mode.
    fn mode(&self) -> u64 {
        let product = (u128::from(self.conversions) + 1) * (u128::from(self.users_b) + 1);
        let mode = product / (u128::from(self.users_a) + u128::from(self.users_b) + 2);
        (mode as u64).clamp(self.least(), self.most())
    }

    /// P(X ≥ x) as a sum of falling terms.
    fn upwards(&self, x: u64) -> f64 {
        let first = self.pmf(x);
        let (mut term, mut sum) = (1.0, 1.0);
        for k in x..self.most().min(x.saturating_add(MOST_TERMS)) {
            let gained = (self.users_b - k) as f64 * (self.conversions - k) as f64;
            let lost = (k + 1) as f64 * (self.users_a + k + 1 - self.conversions) as f64;
            term *= gained / lost;
            sum += term;
            if term < sum * 1e-18 {
                break;
            }
        }
        (first * sum).min(1.0)
    }

    /// P(X ≤ x) as a sum of falling terms.
    fn downwards(&self, x: u64) -> f64 {
        let first = self.pmf(x);
        let (mut term, mut sum) = (1.0, 1.0);
        let end = self.least().max(x.saturating_sub(MOST_TERMS));
        for k in (end + 1..=x).rev() {
            let gained = k as f64 * (self.users_a + k - self.conversions) as f64;
            let lost = (self.users_b - k + 1) as f64 * (self.conversions - k + 1) as f64;
            term *= gained / lost;
            sum += term;
            if term < sum * 1e-18 {
                break;
            }
        }
        (first * sum).min(1.0)
    }
}

/// The last place in `from..=to` where `holds`, which is true up to some place and false from there on.
fn last_where(from: u64, to: u64, holds: impl Fn(u64) -> bool) -> Option<u64> {
    if !holds(from) {
        return None;
    }
    let (mut low, mut high) = (from, to);
    while low < high {
        let middle = high - (high - low) / 2;
        if holds(middle) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    Some(low)
}

/// The first place in `from..=to` where `holds`, which is false up to some place and true from there on.
fn first_where(from: u64, to: u64, holds: impl Fn(u64) -> bool) -> Option<u64> {
    if !holds(to) {
        return None;
    }
    let (mut low, mut high) = (from, to);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Some(low)
}
