//! Random variates, written without the library they are to test.

use fastrand::Rng;
use flags_ab::statistics::Proportion;

/// A standard normal variate, by the polar method (Marsaglia and Bray, SIAM Review 6, 1964).
pub(crate) fn normal(rng: &mut Rng) -> f64 {
    loop {
        let (u, v) = (2.0 * rng.f64() - 1.0, 2.0 * rng.f64() - 1.0);
        let square = u * u + v * v;
        if square < 1.0 && square > 0.0 {
            return u * (-2.0 * libm::log(square) / square).sqrt();
        }
    }
}

/// An exponential variate of mean 1.
pub(crate) fn exponential(rng: &mut Rng) -> f64 {
    -libm::log1p(-rng.f64())
}

/// The exponential of a normal variate with this deviation, of median 1: most users spend little, a few very much.
pub(crate) fn log_normal(rng: &mut Rng, sigma: f64) -> f64 {
    libm::exp(sigma * normal(rng))
}

/// A Gamma variate of scale 1; `shape` is above 0 (Marsaglia and Tsang, ACM TOMS 26, 2000).
pub(crate) fn gamma(rng: &mut Rng, shape: f64) -> f64 {
    if shape < 1.0 {
        return gamma(rng, shape + 1.0) * libm::pow(1.0 - rng.f64(), 1.0 / shape);
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = normal(rng);
        let root = 1.0 + c * x;
        if root <= 0.0 {
            continue;
        }
        let v = root * root * root;
        if libm::log(1.0 - rng.f64()) < 0.5 * x * x + d - d * v + d * libm::log(v) {
            return d * v;
        }
    }
}

/// A Beta variate; both parameters are above 0, and not both next to nothing.
pub(crate) fn beta(rng: &mut Rng, a: f64, b: f64) -> f64 {
    let (x, y) = (gamma(rng, a), gamma(rng, b));
    x / (x + y)
}

/// A binomial count by trying each user, for rates that change from draw to draw.
pub(crate) fn conversions(rng: &mut Rng, users: u64, rate: f64) -> Proportion {
    let hits = (0..users).filter(|_| rng.f64() < rate).count() as u64;
    proportion(hits, users)
}

/// The binomial distribution of the conversions of an arm, tabulated to be drawn from.
#[derive(Clone, Debug)]
pub(crate) struct Binomial {
    users: u64,
    first: u64,
    /// The probability of each count from the first on.
    masses: Vec<f64>,
    /// The probability of up to that count.
    sums: Vec<f64>,
}

impl Binomial {
    /// For a rate between 0 and 1, ends excluded. Counts less likely than 1e-20 of the likeliest are left out.
    pub(crate) fn new(users: u64, rate: f64) -> Self {
        let odds = rate / (1.0 - rate);
        let mode = (((users + 1) as f64 * rate) as u64).min(users);
        let (mut up, mut down) = (vec![1.0], Vec::new());
        let negligible = 1e-20;
        for k in mode..users {
            let mass = up[up.len() - 1] * odds * ((users - k) as f64 / (k + 1) as f64);
            if mass < negligible {
                break;
            }
            up.push(mass);
        }
        let mut mass = 1.0;
        for k in (1..=mode).rev() {
            mass *= k as f64 / ((users - k + 1) as f64 * odds);
            if mass < negligible {
                break;
            }
            down.push(mass);
        }
        let first = mode - down.len() as u64;
        let weights: Vec<f64> = down.into_iter().rev().chain(up).collect();
        let total: f64 = weights.iter().sum();
        let masses: Vec<f64> = weights.iter().map(|weight| weight / total).collect();
        let sums = masses
            .iter()
            .scan(0.0, |sum, mass| {
                *sum += mass;
                Some(*sum)
            })
            .collect();
        Self { users, first, masses, sums }
    }

    /// A draw.
    pub(crate) fn draw(&self, rng: &mut Rng) -> Proportion {
        let u = rng.f64();
        let place = self.sums.partition_point(|sum| *sum <= u).min(self.masses.len() - 1);
        proportion(self.first + place as u64, self.users)
    }

    /// Every outcome with its probability, but for those that are next to impossible.
    pub(crate) fn outcomes(&self, negligible: f64) -> impl Iterator<Item = (Proportion, f64)> + '_ {
        (self.first..)
            .zip(&self.masses)
            .filter(move |(_, mass)| **mass > negligible)
            .map(|(k, mass)| (proportion(k, self.users), *mass))
    }
}

fn proportion(hits: u64, users: u64) -> Proportion {
    Proportion::new(hits, users).expect("no more users convert than there are")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean and variance of many draws.
    fn moments(draw: impl Fn(&mut Rng) -> f64) -> (f64, f64) {
        let mut rng = Rng::with_seed(1);
        let draws: Vec<f64> = (0..200_000).map(|_| draw(&mut rng)).collect();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        (mean, draws.iter().map(|draw| (draw - mean) * (draw - mean)).sum::<f64>() / draws.len() as f64)
    }

    #[track_caller]
    fn has(draw: impl Fn(&mut Rng) -> f64, mean: f64, variance: f64) {
        let (seen_mean, seen_variance) = moments(draw);
        // Five standard errors of the mean, and of the variance of these distributions.
        assert!((seen_mean - mean).abs() < 5.0 * (variance / 200_000.0).sqrt(), "mean {seen_mean}, meant {mean}");
        assert!((seen_variance - variance).abs() < 0.04 * variance, "variance {seen_variance}, meant {variance}");
    }

    #[test]
    fn variates_have_the_moments_of_the_textbook() {
        has(normal, 0.0, 1.0);
        has(exponential, 1.0, 1.0);
        has(|rng| log_normal(rng, 0.5), libm::exp(0.125), libm::exp(0.25) * libm::expm1(0.25));
        has(|rng| gamma(rng, 2.5), 2.5, 2.5);
        has(|rng| gamma(rng, 0.4), 0.4, 0.4);
        has(|rng| beta(rng, 2.0, 6.0), 0.25, 0.25 * 0.75 / 9.0);
        let table = Binomial::new(40, 0.3);
        has(|rng| table.draw(rng).conversions() as f64, 12.0, 8.4);
        has(|rng| conversions(rng, 40, 0.3).conversions() as f64, 12.0, 8.4);
    }

    #[test]
    fn the_tabulated_binomial_is_the_binomial() {
        for (users, rate) in [(1, 0.5), (7, 0.01), (50, 0.99), (12, 0.4)] {
            let choose = |k: u64| (0..k).fold(1.0, |product, i| product * (users - i) as f64 / (i + 1) as f64);
            let power = |base: f64, exponent: u64| base.powi(exponent as i32);
            let mut total = 0.0;
            for (outcome, mass) in Binomial::new(users, rate).outcomes(0.0) {
                let (hits, misses) = (outcome.conversions(), outcome.failures());
                let expected = choose(hits) * power(rate, hits) * power(1.0 - rate, misses);
                assert!((mass - expected).abs() < 1e-13, "{users} {rate}: {hits}: {mass} {expected}");
                total += mass;
            }
            assert!((total - 1.0).abs() < 1e-12);
        }
    }
}
