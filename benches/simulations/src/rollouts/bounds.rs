//! What no test can do better, for the smallest regression that is promised to be found.

use flags_ab::statistics::{Estimate, special::binomial};
use flags_rollout::guardrail::Arms;

use super::{ALPHA, traffic::Traffic};
use crate::{
    claim::{Claim, Row},
    lab::Lab,
    listing::probabilities,
    page::Section,
    variates::Binomial,
};

const TEXT: &str = "\
How often 0.1 % against 1 % can be found within ten looks of 200 runs per arm, 2000 runs in all, where the rate of the control is\n\
not known beforehand. Of tests that may be looked at for ever, the evidence of the bet that knows both rates grows fastest. A single\n\
test may be a little better, if it is looked at once, at exactly the tenth look, so that no harm that is smaller or later is ever\n\
found, and if runs are independent: Fisher's test that decides ties by lot is the most powerful of all that are unbiased. How much of\n\
the level that one look needs to find 99 % is the last row: half of it.";

const RUNS: u64 = 200;
const LOOKS: u64 = 10;

pub(super) fn study(lab: &Lab) -> Estimate<Section> {
    let setting = "0.1 % to 1 %, ten looks of 200 runs per arm";
    let traffic = Traffic { looks: 10, ..Traffic::new(RUNS, 0.001, 0.01) };
    let [oracle] = lab.count(setting, lab.runs(2), |rng| {
        let (mut ln_e, mut found) = (0.0, false);
        traffic.run(rng, |_, Arms { control, treatment }| {
            // Ten of eleven bad runs are the treatment's, where one of two would be without harm.
            let (more, less) = (libm::log(20.0 / 11.0), libm::log(2.0 / 11.0));
            ln_e += treatment.bad as f64 * more + control.bad as f64 * less;
            found |= ln_e >= -libm::log(ALPHA);
            found
        });
        [found]
    });
    let claim = Claim::at_least(0.99).unpromised();
    let all_at_once = power_of_fisher(ALPHA);
    let (mut low, mut high) = (0.0, ALPHA);
    for _ in 0..20 {
        let middle = 0.5 * (low + high);
        if power_of_fisher(middle) < 0.99 { low = middle } else { high = middle }
    }
    let rows = vec![
        Row::share("the bet that knows both rates", setting, oracle, claim),
        Row::exactly("one look alone, at the whole level", setting, all_at_once, claim),
        Row::exactly("the level that one look needs to find 99 %", setting, high, Claim::at_most(ALPHA).unpromised()),
    ];
    Ok(Section::new(TEXT, rows))
}

/// How likely Fisher's test with lots finds the harm at the last look: given all bad runs, those of the treatment are at most
/// hypergeometric without harm, for which rates as small as these are as good as a fair coin.
fn power_of_fisher(alpha: f64) -> f64 {
    let (control, treatment) = (Binomial::new(RUNS * LOOKS, 0.001), Binomial::new(RUNS * LOOKS, 0.01));
    // For each number of bad runs: from which number of the treatment's on it rejects, and how often just below.
    let most = 200;
    let tests: Vec<(u64, f64)> = (0..=most).map(|bad| rejection(bad, alpha)).collect();
    let at = |bad: u64| tests.get(usize::try_from(bad).unwrap_or(usize::MAX)).copied().unwrap_or((0, 1.0));
    let [surely] =
        probabilities(&control, &treatment, |a, b| [b.conversions() >= at(a.conversions() + b.conversions()).0]);
    let mut by_lot = 0.0;
    for (a, mass_a) in control.outcomes(1e-12) {
        for (b, mass_b) in treatment.outcomes(1e-12) {
            let (from, chance) = at(a.conversions() + b.conversions());
            if b.conversions() + 1 == from {
                by_lot += mass_a * mass_b * chance;
            }
        }
    }
    surely + by_lot
}

/// From how many of `bad` fair coins on a level is kept, and how often one less may count as well.
fn rejection(bad: u64, alpha: f64) -> (u64, f64) {
    let mut tail = 0.0;
    for count in (0..=bad).rev() {
        let mass = binomial::pmf(count, bad, 0.5);
        if tail + mass > alpha {
            return (count + 1, (alpha - tail) / mass);
        }
        tail += mass;
    }
    (0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_with_lots_uses_its_level_to_the_letter() {
        for bad in [1, 5, 11, 22] {
            let (from, chance) = rejection(bad, ALPHA);
            let surely: f64 = (from..=bad).map(|count| binomial::pmf(count, bad, 0.5)).sum();
            let lot = chance * binomial::pmf(from - 1, bad, 0.5);
            assert!((surely + lot - ALPHA).abs() < 1e-12, "{bad} {from} {chance}");
        }
    }
}
