//! How often methods err when one looks again and again: by simulation, with fixed seeds.
//!
//! Every assertion leaves room for four standard deviations of the simulation's own error, so that a method at its nominal
//! level passes and one that is wrong by a tenth does not.

use flags_ab::statistics::sequential::{
    ConfidenceSequence, Dispersion, EffectEstimate, GroupSequential, MixtureTest, OneSidedConfidenceSequence,
    SequentialSampleRatio, Shape, Spending,
};
use flags_ab::statistics::{Alpha, Proportion, Sides, two_proportion_z};

const ALPHA: f64 = 0.05;

fn alpha() -> Alpha {
    Alpha::new(ALPHA).unwrap()
}

/// The largest count that `experiments` of probability `rate` leave plausible.
fn at_most(rate: f64, experiments: u32) -> u32 {
    let expected = rate * f64::from(experiments);
    (expected + 4.0 * (expected * (1.0 - rate)).sqrt()).floor() as u32
}

fn binomial(random: &mut fastrand::Rng, trials: u64, rate: f64) -> u64 {
    (0..trials).map(|_| u64::from(random.f64() < rate)).sum()
}

/// Two arms that grow batch by batch.
struct Arms {
    control: Proportion,
    treatment: Proportion,
}

impl Arms {
    fn new() -> Self {
        Self { control: Proportion::default(), treatment: Proportion::default() }
    }

    fn grow(&mut self, random: &mut fastrand::Rng, users: u64, control: f64, treatment: f64) {
        let batch = |random: &mut fastrand::Rng, rate| Proportion::new(binomial(random, users, rate), users).unwrap();
        self.control = self.control.merge(batch(random, control)).unwrap();
        self.treatment = self.treatment.merge(batch(random, treatment)).unwrap();
    }
}

/// How many experiments find an effect, by method.
#[derive(Debug, Default)]
struct Found {
    sequence: u32,
    one_sided: u32,
    mixture: u32,
    fixed: u32,
}

/// How many of `experiments`, with 200 looks each, find an effect.
fn found(experiments: u32, treatment: f64) -> Found {
    let sequence = ConfidenceSequence::new(alpha(), 10_000.0).unwrap();
    let one_sided = OneSidedConfidenceSequence::new(alpha(), 10_000.0).unwrap();
    let mixture = MixtureTest::new(alpha(), 0.01 * 0.01).unwrap();
    let mut random = fastrand::Rng::with_seed(41);
    let mut found = Found::default();
    for _ in 0..experiments {
        let mut arms = Arms::new();
        arms.grow(&mut random, 400, 0.1, treatment);
        let (mut by_sequence, mut by_one_sided, mut by_mixture, mut by_fixed) = (false, false, false, false);
        for _ in 0..200 {
            arms.grow(&mut random, 100, 0.1, treatment);
            let estimate = EffectEstimate::between(arms.control, arms.treatment).unwrap();
            by_sequence |= sequence.look(&estimate).unwrap().p_value.is_significant(alpha());
            by_one_sided |= one_sided.look(&estimate).unwrap().p_above_zero.is_significant(alpha());
            by_mixture |= mixture.look(&estimate).unwrap().p_value.is_significant(alpha());
            let fixed = two_proportion_z(arms.control, arms.treatment).unwrap().pooled.unwrap();
            by_fixed |= fixed.p.two_sided.is_significant(alpha());
        }
        found.sequence += u32::from(by_sequence);
        found.one_sided += u32::from(by_one_sided);
        found.mixture += u32::from(by_mixture);
        found.fixed += u32::from(by_fixed);
    }
    found
}

// F7, G3: looked at 200 times, the sequential methods keep their level and a fixed test does not.
#[test]
fn without_an_effect_only_the_fixed_test_is_fooled() {
    let experiments = 400;
    let found = found(experiments, 0.1);
    for errors in [found.sequence, found.one_sided, found.mixture] {
        assert!(errors <= at_most(ALPHA, experiments), "of {experiments}: {found:?}");
    }
    assert!(found.fixed > experiments / 4, "of {experiments}: {found:?}");
}

#[test]
fn with_an_effect_the_sequential_methods_find_it() {
    let found = found(50, 0.12);
    assert!(found.sequence >= 48 && found.one_sided >= 48 && found.mixture >= 48, "of 50: {found:?}");
    let harm = self::found(50, 0.08);
    assert_eq!(harm.one_sided, 0, "of 50: {harm:?}");
}

// F7, G3: five looks by a plan err as often as planned, neither more nor much less.
#[test]
fn a_group_sequential_plan_uses_its_level() {
    let experiments = 4000;
    let plan = GroupSequential::new(Shape::Spending(Spending::Pocock), alpha(), Sides::Two).unwrap();
    let boundaries = plan.boundaries(&[0.2, 0.4, 0.6, 0.8, 1.0]).unwrap();
    let mut random = fastrand::Rng::with_seed(42);
    let (mut planned, mut fixed) = (0, 0);
    for _ in 0..experiments {
        let mut arms = Arms::new();
        let (mut crossed, mut significant) = (false, false);
        for look in 0..5 {
            arms.grow(&mut random, 400, 0.3, 0.3);
            let test = two_proportion_z(arms.control, arms.treatment).unwrap().pooled.unwrap();
            crossed |= boundaries.crossing(look, test.z).unwrap().is_some();
            significant |= test.p.two_sided.is_significant(alpha());
        }
        planned += u32::from(crossed);
        fixed += u32::from(significant);
    }
    let rate = f64::from(planned) / f64::from(experiments);
    assert!((rate - ALPHA).abs() < 4.0 * (ALPHA * (1.0 - ALPHA) / f64::from(experiments)).sqrt(), "{rate}");
    // The recursive integration says 14.2 % for five looks at 1.96.
    let rate = f64::from(fixed) / f64::from(experiments);
    assert!((rate - 0.142).abs() < 4.0 * (0.142 * 0.858 / f64::from(experiments)).sqrt(), "{rate}");
}

// F8, G3: looked at after every few users, the sequential sample-ratio test raises no more alarms than its level.
#[test]
fn a_fair_split_alarms_at_the_level_however_often_one_looks() {
    let experiments = 400;
    let mut random = fastrand::Rng::with_seed(43);
    let (mut alarms, mut skewed_alarms) = (0, 0);
    for _ in 0..experiments {
        let mut fair = SequentialSampleRatio::new(&[2.0, 1.0], 100.0).unwrap();
        let mut skewed = fair.clone();
        let (mut alarm, mut skewed_alarm) = (false, false);
        for _ in 0..300 {
            let mut look = |test: &mut SequentialSampleRatio, share: f64| {
                let second = binomial(&mut random, 30, share);
                test.look(&[30 - second, second]).unwrap().p_value.is_significant(alpha())
            };
            alarm |= look(&mut fair, 1.0 / 3.0);
            skewed_alarm |= look(&mut skewed, 0.36);
        }
        alarms += u32::from(alarm);
        skewed_alarms += u32::from(skewed_alarm);
    }
    assert!(alarms <= at_most(ALPHA, experiments), "{alarms} of {experiments}");
    assert!(skewed_alarms > experiments * 9 / 10, "{skewed_alarms} of {experiments}");
}

// G3, for the guard of a rollout: calls of one minute share their fate. Taken for independent they cry wolf; with the
// inflated variance they do not, and a real harm is still found.
#[test]
fn over_dispersed_calls_need_the_inflated_variance() {
    let experiments = 400;
    let calls = 200;
    let sequence = OneSidedConfidenceSequence::new(alpha(), 10_000.0).unwrap();
    let mut random = fastrand::Rng::with_seed(44);
    let mut run = |harm: f64| {
        let (mut naive, mut inflated) = (0, 0);
        for _ in 0..experiments {
            let mut arms = [Proportion::default(); 2];
            let mut dispersion = [Dispersion::new(); 2];
            let (mut naive_alarm, mut inflated_alarm) = (false, false);
            for look in 0..120 {
                for (arm, factor) in [(0, 1.0), (1, harm)] {
                    // Every sixth minute is a bad one: 6 % of errors instead of none.
                    let rate = if random.f64() < 1.0 / 6.0 { 0.06 * factor } else { 0.0 };
                    let batch = Proportion::new(binomial(&mut random, calls, rate), calls).unwrap();
                    arms[arm] = arms[arm].merge(batch).unwrap();
                    dispersion[arm].record(batch);
                }
                let estimate = EffectEstimate::between(arms[0], arms[1]).unwrap();
                let significant = |estimate| sequence.look(&estimate).unwrap().p_above_zero.is_significant(alpha());
                naive_alarm |= significant(estimate);
                // Ten batches in each arm before the variation between them counts as known.
                if look >= 9
                    && let Ok(inflation) = Dispersion::upper_inflation(&dispersion, 0.9)
                {
                    inflated_alarm |= significant(estimate.inflated(inflation).unwrap());
                }
            }
            naive += u32::from(naive_alarm);
            inflated += u32::from(inflated_alarm);
        }
        (naive, inflated)
    };
    let (naive, inflated) = run(1.0);
    assert!(naive > at_most(2.0 * ALPHA, experiments), "naive: {naive} of {experiments}");
    assert!(inflated <= at_most(ALPHA, experiments), "inflated: {inflated} of {experiments}");
    let (_, inflated) = run(3.0);
    assert!(inflated > experiments / 2, "harm found: {inflated} of {experiments}");
}
