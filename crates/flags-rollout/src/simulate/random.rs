//! Random numbers of the distributions that traffic has, from a seed.

use crate::guardrail::Counts;

/// The bad ones of `runs`, each bad by itself with probability `rate`.
///
/// It jumps from one bad run to the next by geometric steps, which is exact and takes as long as there are bad runs.
pub(super) fn binomial(random: &mut fastrand::Rng, runs: u64, rate: f64) -> Counts {
    if rate > 0.5 {
        let good = binomial(random, runs, 1.0 - rate);
        return Counts::new(runs - good.bad, runs);
    }
    if rate <= 0.0 {
        return Counts::new(0, runs);
    }
    let scale = 1.0 / libm::log1p(-rate);
    let (mut bad, mut at) = (0, 0.0);
    loop {
        at += libm::floor(libm::log(positive(random)) * scale) + 1.0;
        if at > runs as f64 {
            return Counts::new(bad, runs);
        }
        bad += 1;
    }
}

/// A share from the beta distribution with that mean, whose parameters sum to `concentration`.
pub(super) fn beta(random: &mut fastrand::Rng, mean: f64, concentration: f64) -> f64 {
    if !(mean > 0.0 && mean < 1.0 && concentration > 0.0) {
        return mean;
    }
    let (a, b) = (gamma(random, mean * concentration), gamma(random, (1.0 - mean) * concentration));
    if a + b > 0.0 { a / (a + b) } else { mean }
}

/// A number from the gamma distribution of that shape (Marsaglia and Tsang, ACM TOMS 26, 2000).
fn gamma(random: &mut fastrand::Rng, shape: f64) -> f64 {
    if shape < 1.0 {
        return gamma(random, shape + 1.0) * libm::pow(positive(random), 1.0 / shape);
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / libm::sqrt(9.0 * d);
    loop {
        let x = normal(random);
        let v = 1.0 + c * x;
        if v <= 0.0 {
            continue;
        }
        let v = v * v * v;
        if libm::log(positive(random)) < 0.5 * x * x + d - d * v + d * libm::log(v) {
            return d * v;
        }
    }
}

/// A number from the normal distribution (Box and Muller).
fn normal(random: &mut fastrand::Rng) -> f64 {
    let radius = libm::sqrt(-2.0 * libm::log(positive(random)));
    radius * libm::cos(std::f64::consts::TAU * random.f64())
}

/// A number above 0, at most 1.
fn positive(random: &mut fastrand::Rng) -> f64 {
    1.0 - random.f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_and_variances_are_those_of_the_distributions() {
        let mut random = fastrand::Rng::with_seed(7);
        let mut moments = |draw: &mut dyn FnMut(&mut fastrand::Rng) -> f64| {
            let values: Vec<f64> = (0..20_000).map(|_| draw(&mut random)).collect();
            let mean = values.iter().sum::<f64>() / 20_000.0;
            (mean, values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / 19_999.0)
        };
        for rate in [0.01, 0.3, 0.9] {
            let (mean, variance) = moments(&mut |random| binomial(random, 200, rate).bad as f64);
            assert!((mean / (200.0 * rate) - 1.0).abs() < 0.02, "{rate} {mean}");
            assert!((variance / (200.0 * rate * (1.0 - rate)) - 1.0).abs() < 0.05, "{rate} {variance}");
        }
        let (mean, variance) = moments(&mut |random| beta(random, 0.01, 200.0));
        assert!((mean / 0.01 - 1.0).abs() < 0.03, "{mean}");
        assert!((variance / (0.01 * 0.99 / 201.0) - 1.0).abs() < 0.1, "{variance}");
    }
}
