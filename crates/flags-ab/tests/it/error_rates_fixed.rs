//! By simulation and by listing all outcomes: tests without an effect reject as often as they say, and intervals hold the
//! truth as often as they say. Every seed is fixed, so a failure is a change and never bad luck. // G2

use fastrand::Rng;
use flags_ab::statistics::{
    Alpha, Arm, Direction, JointMoments, Margin, Moments, PValue, PValues, Proportion, Sides, Summary, boschloo,
    conversion_test, cuped, difference_intervals, fisher_exact, mann_whitney, non_inferiority, ratio_metric,
    relative_lift, sample_ratio, sample_size_two_proportions,
    special::{binomial, normal},
    two_proportion_z, welch_t, wilson_interval,
};

const ALPHA: Alpha = Alpha::FIVE_PERCENT;

/// Runs `trials` and holds the share of successes to `rate`, within four standard errors and `tolerance` for what the method
/// itself only approximates.
#[track_caller]
fn rate_is(rate: f64, tolerance: f64, trials: u32, mut trial: impl FnMut(&mut Rng) -> bool) {
    let mut rng = Rng::with_seed(20_261_120);
    let successes = (0..trials).filter(|_| trial(&mut rng)).count() as f64;
    let seen = successes / f64::from(trials);
    let band = 4.0 * (rate * (1.0 - rate) / f64::from(trials)).sqrt() + tolerance;
    assert!((seen - rate).abs() <= band, "{seen} where {rate} is meant, within {band}");
}

fn gaussian(rng: &mut Rng) -> f64 {
    // Not 0, so that the quantile is finite.
    normal::quantile((rng.f64() + 1e-17).min(1.0 - 1e-16))
}

fn exponential(rng: &mut Rng) -> f64 {
    -libm::log1p(-rng.f64())
}

/// A binomial count, by inversion from zero upwards.
fn successes(rng: &mut Rng, users: u64, rate: f64) -> Proportion {
    let conversions = (0..users).filter(|_| rng.f64() < rate).count() as u64;
    Proportion::new(conversions, users).unwrap()
}

fn sample(rng: &mut Rng, users: usize, value: impl Fn(&mut Rng) -> f64) -> Summary {
    let mut moments = Moments::default();
    (0..users).for_each(|_| moments.push(value(rng)).unwrap());
    moments.summary()
}

fn rejects(p: PValue) -> bool {
    p.is_significant(ALPHA)
}

#[test]
fn the_z_test_holds_its_level() {
    rate_is(0.05, 0.003, 4000, |rng| {
        let arms = (successes(rng, 1000, 0.1), successes(rng, 1500, 0.1));
        rejects(two_proportion_z(arms.0, arms.1).unwrap().pooled.unwrap().p.two_sided)
    });
}

#[test]
fn welchs_test_holds_its_level_with_unequal_variances() {
    let trial = |rng: &mut Rng| {
        let (a, b) = (sample(rng, 12, gaussian), sample(rng, 30, |rng| 3.0 * gaussian(rng)));
        welch_t(a, b, ALPHA).unwrap().test.unwrap()
    };
    rate_is(0.05, 0.002, 8000, |rng| rejects(trial(rng).p.two_sided));
    rate_is(0.05, 0.002, 8000, |rng| rejects(trial(rng).p.greater));
    rate_is(0.95, 0.002, 8000, |rng| trial(rng).interval.contains(0.0));
}

#[test]
fn the_u_test_holds_its_level_for_any_distribution() {
    let exponentials = |rng: &mut Rng, users: usize| (0..users).map(|_| exponential(rng)).collect::<Vec<_>>();
    rate_is(0.05, 0.004, 4000, |rng| {
        let test = mann_whitney(&exponentials(rng, 50), &exponentials(rng, 60)).unwrap();
        rejects(test.corrected.unwrap().p.two_sided)
    });
    // With ties, as counts have.
    rate_is(0.05, 0.006, 4000, |rng| {
        let counts = |rng: &mut Rng, users: usize| {
            exponentials(rng, users).iter().map(|x| (x * 2.0).floor()).collect::<Vec<_>>()
        };
        rejects(mann_whitney(&counts(rng, 50), &counts(rng, 70)).unwrap().uncorrected.unwrap().p.two_sided)
    });
}

#[test]
fn the_check_of_shares_alarms_at_its_level() {
    rate_is(0.05, 0.003, 4000, |rng| {
        let mut users = [0; 3];
        (0..2000).for_each(|_| users[[0, 0, 1, 2, 2][rng.usize(0..5)]] += 1);
        rejects(sample_ratio(&users, &[2.0, 1.0, 2.0]).unwrap().p)
    });
}

#[test]
fn a_guardrail_at_its_margin_passes_at_the_level() {
    rate_is(0.05, 0.002, 6000, |rng| {
        let (a, b) = (sample(rng, 60, |rng| 5.0 + gaussian(rng)), sample(rng, 80, |rng| 4.5 + gaussian(rng)));
        non_inferiority(a, b, Margin::Absolute(0.5), Direction::Increase, ALPHA).unwrap().non_inferior
    });
    rate_is(0.05, 0.002, 6000, |rng| {
        let (a, b) = (sample(rng, 60, |rng| 5.0 + gaussian(rng)), sample(rng, 80, |rng| 5.5 + gaussian(rng)));
        non_inferiority(a, b, Margin::Relative(0.1), Direction::Decrease, ALPHA).unwrap().non_inferior
    });
}

#[test]
fn intervals_of_a_lift_hold_the_truth() {
    let trial = |rng: &mut Rng| {
        let (a, b) = (sample(rng, 200, |rng| 2.0 + gaussian(rng)), sample(rng, 300, |rng| 2.4 + gaussian(rng)));
        relative_lift(a, b, ALPHA).unwrap().intervals.unwrap()
    };
    rate_is(0.95, 0.004, 5000, |rng| trial(rng).delta_t.contains(0.2));
    rate_is(0.95, 0.004, 5000, |rng| trial(rng).log.unwrap().contains(0.2));
    // Where the mean of the control is small, Fieller's still does.
    rate_is(0.95, 0.004, 5000, |rng| {
        let (a, b) = (sample(rng, 400, |rng| 0.25 + gaussian(rng)), sample(rng, 400, |rng| 0.5 + gaussian(rng)));
        // An unbounded interval holds everything.
        let fieller = relative_lift(a, b, ALPHA).unwrap().intervals.unwrap().fieller;
        fieller.and_then(|fieller| fieller.interval).map_or(true, |interval| interval.contains(1.0))
    });
}

#[test]
fn ratio_metrics_hold_their_level_where_events_do_not() {
    let arm = |rng: &mut Rng, arm: Arm| {
        let mut totals = JointMoments::default();
        for _ in 0..300 {
            // Each user has a rate of clicks of her own, so her views are not independent.
            let views = 1.0 + (exponential(rng) * 5.0).floor();
            let clicks = (0..views as u32).filter(|_| rng.f64() < 0.1).count() as f64
                + if rng.f64() < 0.3 { views / 2.0 } else { 0.0 };
            totals.push(clicks, views).unwrap();
        }
        (ratio_metric(totals, arm).unwrap(), totals)
    };
    rate_is(0.05, 0.004, 3000, |rng| {
        let (a, b) = (arm(rng, Arm::Control).0, arm(rng, Arm::Treatment).0);
        rejects(welch_t(a, b, ALPHA).unwrap().test.unwrap().p.two_sided)
    });
    // The same data with each view as if it were a user: far more than one in twenty.
    let mut rng = Rng::with_seed(7);
    let naive = (0..500).filter(|_| {
        let views = |totals: JointMoments| {
            let users = totals.count() as f64;
            let total = |moments: Moments| (moments.mean().unwrap() * users).round() as u64;
            Proportion::new(total(totals.x()), total(totals.y())).unwrap()
        };
        let (a, b) = (views(arm(&mut rng, Arm::Control).1), views(arm(&mut rng, Arm::Treatment).1));
        rejects(two_proportion_z(a, b).unwrap().pooled.unwrap().p.two_sided)
    });
    assert!(naive.count() > 100);
}

#[test]
fn cuped_holds_its_level_and_takes_out_what_is_correlated() {
    let correlation: f64 = 0.7;
    let arm = |rng: &mut Rng| {
        let mut moments = JointMoments::default();
        for _ in 0..150 {
            let before = gaussian(rng);
            let noise = gaussian(rng) * (1.0 - correlation * correlation).sqrt();
            moments.push(before, correlation * before + noise).unwrap();
        }
        moments
    };
    let mut ratios = Moments::default();
    rate_is(0.05, 0.003, 4000, |rng| {
        let result = cuped(arm(rng), arm(rng), ALPHA).unwrap();
        ratios.push(result.variance_ratio.unwrap()).unwrap();
        rejects(result.comparison.test.unwrap().p.two_sided)
    });
    // 1 − ρ².
    assert!((ratios.mean().unwrap() - 0.51).abs() < 0.01, "{ratios:?}");
}

#[test]
fn the_sample_size_gives_the_power() {
    let size = sample_size_two_proportions(0.1, 0.16, 1.0, 0.8, ALPHA, Sides::Two).unwrap();
    let users = size.control_pooled.ceil() as u64;
    rate_is(0.8, 0.01, 3000, |rng| {
        let arms = (successes(rng, users, 0.1), successes(rng, users, 0.16));
        rejects(two_proportion_z(arms.0, arms.1).unwrap().pooled.unwrap().p.two_sided)
    });
}

/// The exact probability that `event` happens to two arms, by listing all outcomes that are not next to impossible.
fn probability(sizes: (u64, u64), rates: (f64, f64), event: impl Fn(Proportion, Proportion) -> bool) -> f64 {
    let masses = |users: u64, rate: f64| {
        (0..=users)
            .map(move |k| (Proportion::new(k, users).unwrap(), binomial::pmf(k, users, rate)))
            .filter(|(_, mass)| *mass > 1e-9)
    };
    masses(sizes.0, rates.0)
        .flat_map(|(a, mass_a)| masses(sizes.1, rates.1).map(move |(b, mass_b)| (a, b, mass_a * mass_b)))
        .filter(|(a, b, _)| event(*a, *b))
        .map(|(_, _, mass)| mass)
        .sum()
}

#[test]
fn exact_tests_never_exceed_their_level() {
    for (n, m) in [(10, 10), (8, 20), (25, 15)] {
        let arms = |users: u64| (0..=users).map(move |k| Proportion::new(k, users).unwrap());
        let tables = arms(n).flat_map(|a| arms(m).map(move |b| (a, b)));
        let tested: Vec<_> =
            tables.map(|(a, b)| (a, b, fisher_exact(a, b).unwrap(), boschloo(a, b).unwrap())).collect();
        for rate in [0.02, 0.1, 0.3, 0.5, 0.9] {
            let size = |p: &dyn Fn(PValues, PValues) -> PValue| {
                let rejected = tested.iter().filter(|(_, _, fisher, sharper)| rejects(p(*fisher, *sharper)));
                let mass = |arm: Proportion| binomial::pmf(arm.conversions(), arm.users(), rate);
                rejected.map(|(a, b, _, _)| mass(*a) * mass(*b)).sum::<f64>()
            };
            let sizes = [
                size(&|fisher, _| fisher.two_sided),
                size(&|_, boschloo| boschloo.two_sided),
                size(&|_, boschloo| boschloo.greater),
                size(&|_, boschloo| boschloo.less),
            ];
            assert!(sizes.iter().all(|size| *size <= 0.05), "{n} {m} {rate}: {sizes:?}");
        }
    }
    // What the caution of Fisher's test costs.
    let power =
        |test: &dyn Fn(Proportion, Proportion) -> PValue| probability((15, 15), (0.1, 0.5), |a, b| rejects(test(a, b)));
    let (fisher, sharper) =
        (power(&|a, b| fisher_exact(a, b).unwrap().two_sided), power(&|a, b| boschloo(a, b).unwrap().two_sided));
    assert!(sharper > fisher + 0.1, "{fisher} {sharper}");
}

#[test]
fn the_automatic_choice_holds_its_level_where_the_z_test_does_not() {
    let size = |sizes: (u64, u64), rate: f64, test: &dyn Fn(Proportion, Proportion) -> PValue| {
        probability(sizes, (rate, rate), |a, b| rejects(test(a, b)))
    };
    let z = |a: Proportion, b: Proportion| {
        two_proportion_z(a, b).unwrap().pooled.map_or(PValue::ONE, |test| test.p.two_sided)
    };
    let chosen = |a: Proportion, b: Proportion| conversion_test(a, b).unwrap().p.two_sided;
    for (sizes, rate) in [((10, 40), 0.05), ((20, 20), 0.1), ((50, 50), 0.01), ((60, 60), 0.15)] {
        let seen = size(sizes, rate, &chosen);
        assert!(seen <= 0.06, "{sizes:?} {rate}: {seen}");
    }
    // The pooled z-test by itself rejects far too often with arms of unequal size and few conversions.
    assert!(size((10, 40), 0.05, &z) > 0.07);
}

#[test]
fn intervals_of_rates_hold_the_truth_down_to_few_conversions() {
    // Coverage goes up and down with the rate, since counts are whole; on average over rates it is as said.
    for users in [50, 200] {
        let rates: Vec<f64> = (1..=40).map(|step| f64::from(step) * 0.0125).collect();
        let wilson = |rate: f64| {
            probability((users, 1), (rate, 0.0), |arm, _| wilson_interval(arm, ALPHA).unwrap().contains(rate))
        };
        let coverages: Vec<f64> = rates.iter().map(|rate| wilson(*rate)).collect();
        let average = coverages.iter().sum::<f64>() / coverages.len() as f64;
        assert!((average - 0.95).abs() < 0.01, "{users}: {average}");
        assert!(coverages.iter().all(|coverage| *coverage > 0.9), "{coverages:?}");
    }
    for (sizes, rates) in
        [((50, 50), (0.01, 0.03)), ((50, 80), (0.1, 0.1)), ((60, 60), (0.02, 0.2)), ((50, 50), (0.01, 0.01))]
    {
        let truth: f64 = rates.1 - rates.0;
        let coverage = |pick: &dyn Fn(Proportion, Proportion) -> bool| probability(sizes, rates, pick);
        let intervals = |a, b| difference_intervals(a, b, ALPHA).unwrap();
        let newcombe = coverage(&|a, b| intervals(a, b).newcombe.contains(truth));
        let agresti = coverage(&|a, b| intervals(a, b).agresti_caffo.contains(truth));
        assert!(newcombe > 0.94 && agresti > 0.94, "{sizes:?} {rates:?}: {newcombe} {agresti}");
    }
    // Wald's is there because everybody knows it, not because it is right.
    let wald =
        probability((50, 50), (0.01, 0.03), |a, b| difference_intervals(a, b, ALPHA).unwrap().wald.contains(0.02));
    assert!(wald < 0.85, "{wald}");
}
