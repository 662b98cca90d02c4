//! Unconditional exact tests: every outcome of both arms counts, and the rate they share is the worst one possible.

use crate::statistics::{
    level::{PValue, PValues},
    outcome::{Arm, Estimate, Undefined},
    sample::Proportion,
    special::{binomial, hypergeometric::Hypergeometric},
};

/// The most users of both arms together.
const MOST_USERS: u64 = 2000;

/// Boschloo's exact test: Fisher's one-sided p as the statistic, with its true distribution.
///
/// p = sup over the common rate π of P(T ≤ t), where T is Fisher's one-sided p of a table of two independent binomial counts;
/// two-sided is twice the smaller one-sided p, at most 1. Never larger than Fisher's one-sided p, and as exact. The supremum
/// is found on a grid of 64 + 32 √N angles with golden-section refinement of its best peaks: error below 1e-6 relative.
/// Tables tie within 1e-9 relative.
///
/// Source: Boschloo, Statistica Neerlandica 24, 1970.
///
/// ```
/// use flags_ab::statistics::{Proportion, boschloo};
///
/// let p = boschloo(Proportion::new(0, 1)?, Proportion::new(1, 1)?)?;
/// assert!((p.greater.value() - 0.25).abs() < 1e-9);
/// # Ok::<(), flags_ab::statistics::Undefined>(())
/// ```
///
/// # Errors
///
/// `NoUsers` if an arm is empty; `TooLarge` beyond 2000 users.
pub fn boschloo(control: Proportion, treatment: Proportion) -> Estimate<PValues> {
    check(control, treatment, "Boschloo's exact test")?;
    if degenerate(control, treatment) {
        return Ok(all_one());
    }
    let greater = supremum(control.users(), treatment.users(), &fisher_region(control, treatment));
    let less = supremum(treatment.users(), control.users(), &fisher_region(treatment, control));
    Ok(PValues {
        two_sided: p_value((2.0 * greater.min(less)).min(1.0)),
        greater: p_value(greater),
        less: p_value(less),
    })
}

/// Barnard's exact test: the pooled z statistic with its true distribution.
///
/// p = sup over the common rate π of P(z ≥ z seen), P(z ≤ z seen), or P(|z| ≥ |z seen|), with z = 0 for a table in which all or
/// none converted. Statistics are compared in integers, so that ties are ties. Supremum and error as for [`boschloo`].
///
/// Source: Barnard, Biometrika 34, 1947; Suissa and Shuster, JRSS A 148, 1985.
///
/// # Errors
///
/// `NoUsers` if an arm is empty; `TooLarge` beyond 2000 users.
pub fn barnard(control: Proportion, treatment: Proportion) -> Estimate<PValues> {
    check(control, treatment, "Barnard's exact test")?;
    if degenerate(control, treatment) {
        return Ok(all_one());
    }
    let p = |control: Proportion, treatment: Proportion, two_sided: bool| {
        p_value(supremum(control.users(), treatment.users(), &score_region(control, treatment, two_sided)))
    };
    Ok(PValues {
        two_sided: p(control, treatment, true),
        greater: p(control, treatment, false),
        less: p(treatment, control, false),
    })
}

fn check(control: Proportion, treatment: Proportion, method: &'static str) -> Estimate<()> {
    for (arm, proportion) in [(Arm::Control, control), (Arm::Treatment, treatment)] {
        if proportion.users() == 0 {
            return Err(Undefined::NoUsers { arm });
        }
    }
    if control.users().saturating_add(treatment.users()) > MOST_USERS {
        return Err(Undefined::TooLarge { method, instead: "use Fisher's exact test or the z-test" });
    }
    Ok(())
}

/// Whether all or none converted, so that nothing can be more extreme.
fn degenerate(control: Proportion, treatment: Proportion) -> bool {
    let none = |part: fn(Proportion) -> u64| part(control) + part(treatment) == 0;
    none(Proportion::conversions) || none(Proportion::failures)
}

fn all_one() -> PValues {
    PValues { two_sided: PValue::ONE, greater: PValue::ONE, less: PValue::ONE }
}

fn p_value(value: f64) -> PValue {
    PValue::new(value, libm::log(value))
}

/// The tables that are at least as extreme: for each count of the first arm, the counts of the second that are below `below`
/// or from `from` on.
///
/// That they are of this form is Barnard's convexity, which both statistics have.
struct Region {
    below: Vec<u64>,
    from: Vec<u64>,
}

/// The tables whose Fisher p against "the second is larger" is at most the one seen.
fn fisher_region(first: Proportion, second: Proportion) -> Region {
    let (n, m) = (first.users(), second.users());
    let p = |x: u64, y: u64| Hypergeometric::new(n, m, x + y).map_or(1.0, |distribution| distribution.at_least(y));
    let limit = p(first.conversions(), second.conversions()) * (1.0 + 1e-9);
    // The more the first arm has, the more the second needs: one walk along the edge.
    let mut edge = 0;
    let from = (0..=n)
        .map(|x| {
            while edge <= m && p(x, edge) > limit {
                edge += 1;
            }
            edge
        })
        .collect();
    Region { below: vec![0; first.users() as usize + 1], from }
}

/// The tables whose pooled z is at least the one seen, in absolute value if `two_sided`.
fn score_region(first: Proportion, second: Proportion, two_sided: bool) -> Region {
    let (n, m) = (first.users(), second.users());
    let seen = Score::new(first.conversions(), n, second.conversions(), m);
    let limit = if two_sided { seen.absolute() } else { seen };
    let mut region = Region { below: Vec::new(), from: Vec::new() };
    for x in 0..=n {
        let score = |y: u64| Score::new(x, n, y, m);
        region.from.push((0..=m).find(|y| score(*y).is_at_least(limit)).unwrap_or(m + 1));
        let below = if two_sided {
            (0..=m).rev().find(|y| score(*y).negated().is_at_least(limit)).map_or(0, |y| y + 1)
        } else {
            0
        };
        region.below.push(below);
    }
    region
}

/// A pooled z statistic up to a factor that is the same for all tables: d/√v with integers.
#[derive(Clone, Copy, Debug)]
struct Score {
    /// y n − x m.
    difference: i64,
    /// (x + y)(n + m − x − y), or 1 where that is 0 and the difference is too.
    variance: i64,
}

impl Score {
    /// From counts of at most 2000.
    fn new(x: u64, n: u64, y: u64, m: u64) -> Self {
        let [x, n, y, m] = [x, n, y, m].map(|count| count as i64);
        Self { difference: y * n - x * m, variance: ((x + y) * (n + m - x - y)).max(1) }
    }

    fn absolute(self) -> Self {
        Self { difference: self.difference.abs(), ..self }
    }

    fn negated(self) -> Self {
        Self { difference: -self.difference, ..self }
    }

    fn is_at_least(self, limit: Self) -> bool {
        let signed_square = |score: Self, other: Self| {
            let size = i128::from(score.difference).pow(2) * i128::from(other.variance);
            if score.difference < 0 { -size } else { size }
        };
        signed_square(self, limit) >= signed_square(limit, self)
    }
}

/// The largest probability of the region over all rates that both arms may share.
fn supremum(n: u64, m: u64, region: &Region) -> f64 {
    // In the angle, sin² of which is the rate, the probability changes on the same scale everywhere: 1/(2 √N).
    let points = 64 + (32.0 * ((n + m) as f64).sqrt()) as usize;
    let angle = |index: f64| std::f64::consts::FRAC_PI_2 * index / points as f64;
    let probability = |angle: f64| {
        let sine = libm::sin(angle);
        region.probability(n, m, sine * sine)
    };
    let grid: Vec<f64> = (0..=points).map(|index| probability(angle(index as f64))).collect();
    let best = grid.iter().copied().fold(0.0, f64::max);
    let is_peak = |index: usize| {
        let neighbour = |index: Option<usize>| index.and_then(|index| grid.get(index)).copied().unwrap_or(0.0);
        grid[index] >= best * 0.98
            && grid[index] >= neighbour(index.checked_sub(1))
            && grid[index] >= neighbour(Some(index + 1))
    };
    let refined = (0..=points).filter(|index| is_peak(*index)).map(|index| {
        let (low, high) = (index.saturating_sub(1), (index + 1).min(points));
        maximum(probability, angle(low as f64), angle(high as f64))
    });
    refined.fold(best, f64::max).min(1.0)
}

impl Region {
    fn probability(&self, n: u64, m: u64, rate: f64) -> f64 {
        let first = masses(n, rate);
        let second = masses(m, rate);
        // Tails summed from their thin ends.
        let mut above = second.clone();
        above.push(0.0);
        for y in (0..second.len()).rev() {
            above[y] += above[y + 1];
        }
        let mut below = vec![0.0];
        for mass in &second {
            below.push(below.last().copied().unwrap_or(0.0) + mass);
        }
        let edges = self.below.iter().zip(&self.from);
        first.iter().zip(edges).map(|(mass, (low, high))| mass * (below[*low as usize] + above[*high as usize])).sum()
    }
}

/// The binomial probabilities of 0 to n, from the likeliest outwards.
fn masses(n: u64, rate: f64) -> Vec<f64> {
    let failure = 1.0 - rate;
    let mode = ((n as f64 + 1.0) * rate).min(n as f64) as u64;
    let mut masses = vec![0.0; n as usize + 1];
    masses[mode as usize] = binomial::pmf(mode, n, rate);
    for k in mode + 1..=n {
        masses[k as usize] = masses[k as usize - 1] * ((n - k + 1) as f64 * rate / (k as f64 * failure));
    }
    for k in (0..mode).rev() {
        masses[k as usize] = masses[k as usize + 1] * ((k + 1) as f64 * failure / ((n - k) as f64 * rate));
    }
    masses
}

/// The largest value between two places, by golden-section search.
fn maximum(f: impl Fn(f64) -> f64, low: f64, high: f64) -> f64 {
    const SHARE: f64 = 0.618_033_988_749_894_9;
    let (mut low, mut high) = (low, high);
    let mut left = high - SHARE * (high - low);
    let mut right = low + SHARE * (high - low);
    let (mut at_left, mut at_right) = (f(left), f(right));
    for _ in 0..40 {
        if at_left < at_right {
            low = left;
            (left, at_left) = (right, at_right);
            right = low + SHARE * (high - low);
            at_right = f(right);
        } else {
            high = right;
            (right, at_right) = (left, at_left);
            left = high - SHARE * (high - low);
            at_left = f(left);
        }
    }
    at_left.max(at_right)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every table of small arms, with the region as a list of tables instead of edges.
    fn naive(control: Proportion, treatment: Proportion, extreme: &dyn Fn(u64, u64) -> bool) -> f64 {
        let (n, m) = (control.users(), treatment.users());
        let tables: Vec<_> =
            (0..=n).flat_map(|x| (0..=m).map(move |y| (x, y))).filter(|(x, y)| extreme(*x, *y)).collect();
        let choose = |n: u64, k: u64| (0..k).fold(1.0, |product, i| product * (n - i) as f64 / (i + 1) as f64);
        // The number of ways to each total; the chance of one way depends on the total alone.
        let mut ways = vec![0.0; (n + m) as usize + 1];
        for (x, y) in tables {
            ways[(x + y) as usize] += choose(n, x) * choose(m, y);
        }
        let probability = |rate: f64| {
            let chance = |total: usize| rate.powi(total as i32) * (1.0 - rate).powi((n + m) as i32 - total as i32);
            ways.iter().enumerate().map(|(total, ways)| ways * chance(total)).sum::<f64>()
        };
        (0..=4000).map(|index| probability(f64::from(index) / 4000.0)).fold(0.0, f64::max)
    }

    fn small() -> impl Iterator<Item = (Proportion, Proportion)> {
        let arms = |n: u64| (0..=n).map(move |x| Proportion::new(x, n).unwrap());
        [(1, 1), (3, 5), (6, 4), (7, 7)]
            .into_iter()
            .flat_map(move |(n, m)| arms(n).flat_map(move |control| arms(m).map(move |treatment| (control, treatment))))
            .filter(|(control, treatment)| !degenerate(*control, *treatment))
    }

    #[track_caller]
    fn close(got: PValue, expected: f64, case: &str) {
        assert!((got.value() - expected).abs() < 2e-6 * expected, "{case}: {} {expected}", got.value());
    }

    #[test]
    fn boschloo_by_listing_the_tables() {
        for (control, treatment) in small() {
            let (n, m) = (control.users(), treatment.users());
            let fisher = |x: u64, y: u64| Hypergeometric::new(n, m, x + y).unwrap().at_least(y);
            let seen = fisher(control.conversions(), treatment.conversions());
            let expected = naive(control, treatment, &|x, y| fisher(x, y) <= seen * (1.0 + 1e-9));
            close(boschloo(control, treatment).unwrap().greater, expected, &format!("{control:?} {treatment:?}"));
            assert!(expected <= seen * (1.0 + 1e-9), "never above Fisher's");
        }
    }

    #[test]
    fn barnard_by_listing_the_tables() {
        for (control, treatment) in small() {
            let (n, m) = (control.users(), treatment.users());
            let z = |x: u64, y: u64| {
                let pooled = (x + y) as f64 / (n + m) as f64;
                let variance = pooled * (1.0 - pooled) * (1.0 / n as f64 + 1.0 / m as f64);
                let difference = y as f64 / m as f64 - x as f64 / n as f64;
                if variance > 0.0 { difference / variance.sqrt() } else { 0.0 }
            };
            let seen = z(control.conversions(), treatment.conversions());
            let p = barnard(control, treatment).unwrap();
            let case = format!("{control:?} {treatment:?}");
            close(p.greater, naive(control, treatment, &|x, y| z(x, y) >= seen - 1e-9), &case);
            close(p.less, naive(control, treatment, &|x, y| z(x, y) <= seen + 1e-9), &case);
            close(p.two_sided, naive(control, treatment, &|x, y| z(x, y).abs() >= seen.abs() - 1e-9), &case);
        }
    }

    #[test]
    fn masses_add_up() {
        for rate in [0.0, 1e-6, 0.3, 0.999, 1.0] {
            for n in [0, 1, 10, 2000] {
                let sum: f64 = masses(n, rate).iter().sum();
                assert!((sum - 1.0).abs() < 1e-12, "{n} {rate}: {sum}");
            }
        }
    }
}
