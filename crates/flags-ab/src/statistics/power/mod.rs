//! Before the experiment: how many users it takes, what a given number can find, and how likely.

mod means;
mod proportions;

pub use self::{
    means::{MeansDesign, MeansPower, minimum_detectable_mean, power_means, sample_size_means},
    proportions::{
        DetectableRate, ProportionsPower, ProportionsSize, minimum_detectable_rate, power_two_proportions,
        sample_size_two_proportions,
    },
};
use super::{
    level::{Alpha, Sides},
    outcome::{Arm, Estimate, Undefined, argument},
    special::{normal, solve},
};

/// The chance that a z statistic with mean `shift` passes the critical value, on both sides of a two-sided test.
fn power_of_shift(shift: f64, alpha: Alpha, sides: Sides) -> f64 {
    let z = sides.z(alpha);
    match sides {
        Sides::One => normal::sf(z - shift),
        Sides::Two => normal::sf(z - shift) + normal::sf(z + shift),
    }
}

/// The mean a z statistic needs for this power; both tails count in a two-sided test.
fn shift_for_power(power: f64, alpha: Alpha, sides: Sides) -> Estimate {
    check_power(power, alpha)?;
    // Exact for one side, and for two sides a little more than enough.
    let enough = sides.z(alpha) + normal::quantile(power);
    match sides {
        Sides::One => Ok(enough),
        Sides::Two => {
            let missing = |shift: f64| power_of_shift(shift, alpha, sides) - power;
            // The other tail helps by less than half of α, so the root is not far below, and never below zero.
            Ok(solve::root(missing, 0.0, enough.max(0.0) + 1.0).unwrap_or(enough))
        }
    }
}

fn check_power(power: f64, alpha: Alpha) -> Estimate {
    argument("the power", power, "above alpha and below 1", |power| alpha.value() < power && power < 1.0)
}

fn check_ratio(ratio: f64) -> Estimate {
    argument("the ratio of the arms", ratio, "a finite number above 0", |ratio| ratio > 0.0)
}

fn check_rate(what: &'static str, rate: f64) -> Estimate {
    argument(what, rate, "between 0 and 1", |rate| (0.0..=1.0).contains(&rate))
}

/// The sum of the inverse sizes of the arms, with somebody in each.
fn inverse_sizes(users_a: u64, users_b: u64) -> Estimate {
    for (arm, users) in [(Arm::Control, users_a), (Arm::Treatment, users_b)] {
        if users == 0 {
            return Err(Undefined::NoUsers { arm });
        }
    }
    Ok(1.0 / users_a as f64 + 1.0 / users_b as f64)
}
