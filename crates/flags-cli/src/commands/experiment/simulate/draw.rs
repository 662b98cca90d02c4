//! Random sums: of conversions, and of values with a normal distribution.

use fastrand::Rng;
use flags_ab::statistics::{Estimate, Moments, Proportion, Summary};

/// How many of `users` convert at a rate: an exact draw from the binomial distribution, in the time that the rarer of the two
/// outcomes takes.
pub(super) fn conversions(rng: &mut Rng, users: u64, rate: f64) -> Estimate<Proportion> {
    let flipped = rate > 0.5;
    let rare = if flipped { 1.0 - rate } else { rate };
    let mut count = 0;
    if rare > 0.0 {
        // From one of them to the next is a geometric number of users.
        let scale = (-rare).ln_1p();
        let mut at = 0.0;
        loop {
            at += ((1.0 - rng.f64()).ln() / scale).floor() + 1.0;
            if at > users as f64 {
                break;
            }
            count += 1;
        }
    }
    Proportion::new(if flipped { users - count } else { count }, users)
}

/// The sums of so many values around a mean: the mean is drawn from its normal distribution, and the variance from its own, a
/// scaled chi-squared one.
pub(super) fn values(rng: &mut Rng, users: u64, mean: f64, deviation: f64) -> Estimate<Moments> {
    if users == 0 {
        return Ok(Moments::default());
    }
    let n = users as f64;
    let mean = mean + deviation / n.sqrt() * normal(rng);
    let variance = if users > 1 { deviation * deviation * chi_squared(rng, n - 1.0) / (n - 1.0) } else { 0.0 };
    Moments::from_summary(Summary::new(users, mean, variance)?)
}

/// A standard normal number (Box and Muller).
fn normal(rng: &mut Rng) -> f64 {
    (-2.0 * (1.0 - rng.f64()).ln()).sqrt() * (std::f64::consts::TAU * rng.f64()).cos()
}

/// A chi-squared number with at least one degree of freedom (Marsaglia and Tsang, ACM TOMS 26, 2000).
fn chi_squared(rng: &mut Rng, degrees: f64) -> f64 {
    // A gamma variable of shape k/2 and scale 2; one shape below 1 comes from the next one up.
    let shape = degrees / 2.0;
    let boost = if shape < 1.0 { (1.0 - rng.f64()).powf(1.0 / shape) } else { 1.0 };
    let d = if shape < 1.0 { shape + 1.0 } else { shape } - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = normal(rng);
        let v = (1.0 + c * x).powi(3);
        if v > 0.0 && (1.0 - rng.f64()).ln() < 0.5 * x * x + d - d * v + d * v.ln() {
            return 2.0 * d * v * boost;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean and variance of many draws.
    fn moments(draws: impl Iterator<Item = f64>) -> (f64, f64) {
        let mut moments = Moments::default();
        for draw in draws {
            moments.push(draw).unwrap();
        }
        (moments.mean().unwrap(), moments.variance().unwrap())
    }

    #[test]
    fn conversions_have_the_binomial_mean_and_variance() {
        let mut rng = Rng::with_seed(7);
        for (users, rate) in [(50, 0.02), (1000, 0.3), (400, 0.9)] {
            let (mean, variance) =
                moments((0..20_000).map(|_| conversions(&mut rng, users, rate).unwrap().conversions() as f64));
            let (n, expected) = (users as f64, users as f64 * rate * (1.0 - rate));
            // Five standard errors.
            assert!((mean - n * rate).abs() < 5.0 * (expected / 20_000.0).sqrt(), "{users} {rate}: {mean}");
            assert!((variance / expected - 1.0).abs() < 0.08, "{users} {rate}: {variance} {expected}");
        }
        assert_eq!(conversions(&mut rng, 10, 0.0).unwrap().conversions(), 0);
        assert_eq!(conversions(&mut rng, 10, 1.0).unwrap().conversions(), 10);
    }

    #[test]
    fn chi_squared_numbers_have_their_mean_and_variance() {
        let mut rng = Rng::with_seed(7);
        for degrees in [1.0, 3.0, 500.0] {
            let (mean, variance) = moments((0..20_000).map(|_| chi_squared(&mut rng, degrees)));
            assert!((mean / degrees - 1.0).abs() < 0.08, "{degrees}: {mean}");
            assert!((variance / (2.0 * degrees) - 1.0).abs() < 0.15, "{degrees}: {variance}");
        }
    }
}
