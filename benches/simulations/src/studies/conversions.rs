//! Tests of two conversion rates where there is no difference.

use flags_ab::statistics::{
    Estimate, PValue, Proportion, ZTest, barnard, boschloo, conversion_test, fisher_exact, two_proportion_z,
};

use super::{ALPHA, rejects};
use crate::{
    claim::{Claim, Row},
    lab::Lab,
    listing::probabilities,
    page::Section,
    variates::Binomial,
};

const TEXT: &str = "\
A/A experiments by conversions: both arms convert at the same rate, and a test that finds a difference is wrong. The z-tests are\n\
held to 5 % where at least five conversions are expected in each arm. Exact tests reject at most as often as they may and mostly\n\
less, because counts are whole; theirs is the *worst* of all the rates that are listed, with every outcome counted. The automatic\n\
choice takes Boschloo's test below an expected count of 5 and the z-test above, so it may exceed 5 % by what the z-test does there.";

/// Arms in which the normal approximation is good: users of each, and the rate.
const LARGE: [(u64, u64, f64); 5] =
    [(1000, 1000, 0.1), (1000, 3000, 0.1), (5000, 5000, 0.05), (50_000, 50_000, 0.01), (200, 200, 0.5)];

/// Arms in which it is not.
const SMALL: [(u64, u64); 4] = [(50, 50), (30, 90), (20, 20), (10, 40)];

/// The rates at which small arms are tried.
const RATES: [f64; 9] = [0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5];

pub(super) fn study(lab: &Lab) -> Estimate<Section> {
    let mut rows = Vec::new();
    for (n, m, rate) in LARGE {
        let (a, b) = (Binomial::new(n, rate), Binomial::new(m, rate));
        let setting = format!("{n} + {m} users at {rate}");
        let [pooled, greater, less, unpooled, automatic] = lab.count(&setting, lab.runs(1), |rng| {
            let (a, b) = (a.draw(rng), b.draw(rng));
            let [pooled, unpooled] = z_tests(a, b);
            let p = |pick: fn(&flags_ab::statistics::PValues) -> PValue| rejects(pooled.map(|test| pick(&test.p)));
            [
                p(|p| p.two_sided),
                p(|p| p.greater),
                p(|p| p.less),
                rejects(unpooled.map(|test| test.p.two_sided)),
                rejects(conversion_test(a, b).map(|test| test.p.two_sided)),
            ]
        });
        let level = Claim::equals(ALPHA.value()).give_or_take(0.002);
        for (method, tally) in [
            ("z-test, pooled", pooled),
            ("z-test, pooled, one-sided: more", greater),
            ("z-test, pooled, one-sided: less", less),
            ("z-test, unpooled", unpooled),
            ("automatic choice", automatic),
        ] {
            rows.push(Row::share(method, setting.clone(), tally, level));
        }
    }
    // Listing all outcomes of the larger ones takes longer than a quick look may.
    let small_arms = if lab.is_full() { &SMALL[..] } else { &SMALL[2..] };
    for (n, m) in small_arms {
        rows.extend(small(lab, *n, *m));
    }
    Ok(Section::new(TEXT, rows))
}

/// The tests that small arms are put to, in the order of [`small_tests`].
const TESTS: [&str; 7] = [
    "Fisher's exact test",
    "Boschloo's test",
    "Boschloo's test, one-sided: more",
    "Barnard's test",
    "automatic choice",
    "z-test, pooled",
    "z-test, unpooled",
];

fn small_tests(a: Proportion, b: Proportion) -> [bool; 7] {
    let boschloo = boschloo(a, b);
    let [pooled, unpooled] = z_tests(a, b);
    [
        rejects(fisher_exact(a, b).map(|p| p.two_sided)),
        rejects(boschloo.map(|p| p.two_sided)),
        rejects(boschloo.map(|p| p.greater)),
        rejects(barnard(a, b).map(|p| p.two_sided)),
        rejects(conversion_test(a, b).map(|test| test.p.two_sided)),
        rejects(pooled.map(|test| test.p.two_sided)),
        rejects(unpooled.map(|test| test.p.two_sided)),
    ]
}

/// The largest error of each test over the rates, for arms so small that every outcome is tested once and looked up after.
fn small(lab: &Lab, n: u64, m: u64) -> Vec<Row> {
    let outcomes: Vec<(Proportion, Proportion)> =
        all_counts(n).flat_map(|x| all_counts(m).map(move |y| (x, y))).collect();
    let rejected = lab.map(&outcomes, |(x, y)| small_tests(*x, *y));
    let mut worst = [(0.0_f64, 0.0); 7];
    for rate in RATES {
        let (a, b) = (Binomial::new(n, rate), Binomial::new(m, rate));
        let sizes = probabilities(&a, &b, |x, y| rejected[(x.conversions() * (m + 1) + y.conversions()) as usize]);
        for (worst, size) in worst.iter_mut().zip(sizes) {
            *worst = if size > worst.0 { (size, rate) } else { *worst };
        }
    }
    let rows = TESTS.into_iter().zip(worst).map(|(method, (size, rate))| {
        let claim = match method {
            "automatic choice" => Claim::at_most(ALPHA.value()).give_or_take(0.01),
            method if method.starts_with('z') => Claim::at_most(ALPHA.value()).unpromised(),
            _ => Claim::at_most(ALPHA.value()),
        };
        Row::exactly(method, format!("{n} + {m} users, worst of {} rates: {rate}", RATES.len()), size, claim)
    });
    rows.collect()
}

fn all_counts(users: u64) -> impl Iterator<Item = Proportion> {
    (0..=users).map(move |hits| Proportion::new(hits, users).expect("no more users convert than there are"))
}

fn z_tests(a: Proportion, b: Proportion) -> [Estimate<ZTest>; 2] {
    match two_proportion_z(a, b) {
        Ok(test) => [test.pooled, test.unpooled],
        Err(reason) => [Err(reason); 2],
    }
}
