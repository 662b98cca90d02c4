//! Probabilities without any error: every outcome of two arms is listed with its chance.

use flags_ab::statistics::Proportion;

use crate::variates::Binomial;

/// What is less likely than this is left out; all of it together is less likely than 1e-6 for arms of up to 10 000 users.
const NEGLIGIBLE: f64 = 1e-12;

/// The probability of each of several events, for two arms with these conversions.
pub(crate) fn probabilities<const N: usize>(
    control: &Binomial,
    treatment: &Binomial,
    events: impl Fn(Proportion, Proportion) -> [bool; N],
) -> [f64; N] {
    let treatments: Vec<(Proportion, f64)> = treatment.outcomes(NEGLIGIBLE).collect();
    let mut total = [0.0; N];
    for (a, mass_a) in control.outcomes(NEGLIGIBLE) {
        for (b, mass_b) in &treatments {
            let mass = mass_a * mass_b;
            // The corners, in which both arms are at their least likely, cost most of the time and weigh nothing.
            if mass > NEGLIGIBLE {
                for (total, event) in total.iter_mut().zip(events(a, *b)) {
                    *total += if event { mass } else { 0.0 };
                }
            }
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probabilities_of_all_outcomes_add_up() {
        for (users, rate) in [(10, 0.2), (1000, 0.01), (3000, 0.5)] {
            let arm = Binomial::new(users, rate);
            let [all, same] = probabilities(&arm, &arm, |a, b| [true, a == b]);
            assert!((all - 1.0).abs() < 1e-6, "{users} {rate}: {all}");
            let squares: f64 = arm.outcomes(0.0).map(|(_, mass)| mass * mass).sum();
            assert!((same - squares).abs() < 1e-6);
        }
    }
}
