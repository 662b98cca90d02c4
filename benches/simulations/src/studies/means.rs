//! Tests of means, ratios and ranks where there is no difference.

use fastrand::Rng;
use flags_ab::statistics::{
    Arm, CapOver, Direction, Estimate, JointMoments, Margin, Moments, PValue, Proportion, Summary, cuped, mann_whitney,
    non_inferiority, ratio_metric, relative_lift, two_proportion_z, upper_cap, welch_t, winsorize,
};

use super::{ALPHA, rejects};
use crate::{
    claim::{Claim, Row},
    lab::Lab,
    page::Section,
    variates::{Binomial, exponential, log_normal, normal},
};

const TEXT: &str = "\
A/A experiments by numbers: revenue, ratios such as clicks per view, counts, and guardrails that are worse by exactly their\n\
margin. Means are tested by Welch's t-test; with normal values it is right at any size, with skewed ones once the arms are large\n\
or of one size. The log-normal values have a coefficient of variation of 2.9: a tail as heavy as revenue has.";

pub(super) fn study(lab: &Lab) -> Estimate<Section> {
    let mut rows = welch(lab);
    rows.extend(adjusted(lab));
    rows.extend(ratios(lab));
    rows.extend(ranks(lab));
    rows.extend(guardrails(lab));
    Ok(Section::new(TEXT, rows))
}

/// What is drawn for a user.
type Value = fn(&mut Rng) -> f64;

fn sample(rng: &mut Rng, users: usize, value: impl Fn(&mut Rng) -> f64) -> Summary {
    summary((0..users).map(|_| value(rng)))
}

fn summary(values: impl IntoIterator<Item = f64>) -> Summary {
    let mut moments = Moments::default();
    for value in values {
        moments.push(value).expect("variates are finite");
    }
    moments.summary()
}

/// The two-sided p-value of Welch's test.
fn t_test(a: Summary, b: Summary) -> Estimate<PValue> {
    welch_t(a, b, ALPHA)?.test.map(|test| test.p.two_sided)
}

fn level() -> Claim {
    Claim::equals(ALPHA.value()).give_or_take(0.002)
}

fn welch(lab: &Lab) -> Vec<Row> {
    let heavy: Value = |rng| log_normal(rng, 1.5);
    let settings: [(&str, usize, Value, usize, Value, Claim); 7] = [
        ("10 + 10 users, normal", 10, normal, 10, normal, level()),
        ("12 + 30 users, normal, deviations 1 and 3", 12, normal, 30, |rng| 3.0 * normal(rng), level()),
        ("200 + 200 users, exponential", 200, exponential, 200, exponential, level()),
        ("1000 + 3000 users, exponential", 1000, exponential, 3000, exponential, level().give_or_take(0.003)),
        ("2000 + 2000 users, log-normal", 2000, heavy, 2000, heavy, level().give_or_take(0.005)),
        ("50 + 50 users, log-normal", 50, heavy, 50, heavy, level().unpromised()),
        ("100 + 900 users, log-normal", 100, heavy, 900, heavy, level().unpromised()),
    ];
    let mut rows = Vec::new();
    for (setting, n, control, m, treatment, claim) in settings {
        let cost = 1 + (n + m) as u64 / 400;
        let [two_sided, greater, lift] = lab.count(setting, lab.runs(cost), |rng| {
            let (a, b) = (sample(rng, n, control), sample(rng, m, treatment));
            let test = welch_t(a, b, ALPHA).and_then(|welch| welch.test);
            let lift = relative_lift(a, b, ALPHA).and_then(|lift| lift.intervals);
            [
                rejects(test.map(|test| test.p.two_sided)),
                rejects(test.map(|test| test.p.greater)),
                rejects(lift.map(|lift| lift.p_two_sided)),
            ]
        });
        rows.push(Row::share("Welch's t-test", setting, two_sided, claim));
        if setting.contains("normal, ") || setting.ends_with(" normal") {
            rows.push(Row::share("Welch's t-test, one-sided", setting, greater, claim));
        } else if n >= 200 {
            rows.push(Row::share("relative lift, delta method", setting, lift, claim.give_or_take(0.006)));
        }
    }
    rows
}

/// Welch's test after winsorising, capping or CUPED.
fn adjusted(lab: &Lab) -> Vec<Row> {
    let setting = "500 + 500 users, log-normal";
    let [moved, capped, capped_present] = lab.count(setting, lab.runs(10), |rng| {
        let values: Vec<f64> = (0..1000).map(|_| log_normal(rng, 1.5)).collect();
        let test = |values: &[f64], cap: f64| {
            let arm = |values: &[f64]| summary(values.iter().map(|value| value.min(cap)));
            rejects(t_test(arm(&values[..500]), arm(&values[500..])))
        };
        let moved = winsorize(&values, 0.0, 0.01);
        let cap = upper_cap(&values, 0.01, CapOver::All);
        // Two of three users spend nothing, and the cap is that of those who do.
        let some: Vec<f64> = values.iter().map(|value| if rng.u32(0..3) == 0 { *value } else { 0.0 }).collect();
        let cap_present = upper_cap(&some, 0.01, CapOver::NonZero);
        [
            moved.is_ok_and(|moved| test(&moved.values, f64::INFINITY)),
            cap.is_ok_and(|cap| test(&values, cap)),
            cap_present.is_ok_and(|cap| test(&some, cap)),
        ]
    });
    let mut rows = vec![
        Row::share("winsorised at 1 % of both arms, then Welch's", setting, moved, level().give_or_take(0.003)),
        Row::share("capped at the quantile of 99 %, then Welch's", setting, capped, level().give_or_take(0.003)),
        Row::share(
            "capped among those above zero, then Welch's",
            "500 + 500 users, one in three log-normal, else 0",
            capped_present,
            level().give_or_take(0.003),
        ),
    ];
    let before_and_after = |rng: &mut Rng, value: Value, users: usize| {
        let mut moments = JointMoments::default();
        for _ in 0..users {
            let before = value(rng);
            moments.push(before, 0.7 * before + 0.7 * value(rng)).expect("variates are finite");
        }
        moments
    };
    for (setting, users, value) in
        [("40 + 40 users, normal", 40, normal as Value), ("200 + 200 users, exponential", 200, exponential as Value)]
    {
        let [found] = lab.count(&format!("cuped {setting}"), lab.runs(1 + users as u64 / 100), |rng| {
            let (a, b) = (before_and_after(rng, value, users), before_and_after(rng, value, users));
            [rejects(cuped(a, b, ALPHA).and_then(|cuped| cuped.comparison.test).map(|test| test.p.two_sided))]
        });
        rows.push(Row::share("CUPED, then Welch's", setting, found, level()));
    }
    rows
}

fn ratios(lab: &Lab) -> Vec<Row> {
    let arm = |rng: &mut Rng| {
        let mut totals = JointMoments::default();
        for _ in 0..300 {
            // Some users click on half of everything they see, so views of one user are not independent.
            let views = 1.0 + (exponential(rng) * 5.0).floor();
            let keen = if rng.f64() < 0.3 { 0.5 } else { 0.05 };
            let clicks = (0..views as u32).filter(|_| rng.f64() < keen).count();
            totals.push(clicks as f64, views).expect("counts are finite");
        }
        totals
    };
    let setting = "300 + 300 users with 1 to some 30 views";
    let [delta, naive] = lab.count(setting, lab.runs(5), |rng| {
        let (a, b) = (arm(rng), arm(rng));
        let delta = ratio_metric(a, Arm::Control).and_then(|control| t_test(control, ratio_metric(b, Arm::Treatment)?));
        [rejects(delta), rejects(z_of_events(a, b))]
    });
    vec![
        Row::share("ratio metric, delta method, then Welch's", setting, delta, level().give_or_take(0.003)),
        Row::share("z-test with views taken for users", setting, naive, level().unpromised()),
    ]
}

/// The wrong test: each view as if it were a user.
fn z_of_events(a: JointMoments, b: JointMoments) -> Estimate<PValue> {
    let events = |totals: JointMoments| {
        let total = |moments: Moments| (moments.mean().unwrap_or(0.0) * totals.count() as f64).round() as u64;
        Proportion::new(total(totals.x()), total(totals.y()))
    };
    two_proportion_z(events(a)?, events(b)?)?.pooled.map(|test| test.p.two_sided)
}

fn ranks(lab: &Lab) -> Vec<Row> {
    let values = |rng: &mut Rng, users: usize, value: Value| (0..users).map(|_| value(rng)).collect::<Vec<f64>>();
    let count: Value = |rng| (2.0 * exponential(rng)).floor();
    let settings: [(&str, usize, usize, Value); 3] = [
        ("8 + 9 users, exponential", 8, 9, exponential),
        ("50 + 60 users, log-normal", 50, 60, |rng| log_normal(rng, 1.5)),
        ("100 + 140 users, whole numbers with many ties", 100, 140, count),
    ];
    let mut rows = Vec::new();
    for (setting, n, m, value) in settings {
        let [exact, corrected, uncorrected] = lab.count(setting, lab.runs(1 + (n + m) as u64 / 40), |rng| {
            match mann_whitney(&values(rng, n, value), &values(rng, m, value)) {
                Ok(test) => [
                    rejects(test.exact.map(|p| p.two_sided)),
                    rejects(test.corrected.map(|test| test.p.two_sided)),
                    rejects(test.uncorrected.map(|test| test.p.two_sided)),
                ],
                Err(_) => [false; 3],
            }
        });
        if n < 20 {
            rows.push(Row::share("Mann-Whitney, exact", setting, exact, Claim::at_most(ALPHA.value())));
        }
        let claim = Claim::at_most(ALPHA.value()).give_or_take(0.002);
        rows.push(Row::share("Mann-Whitney, corrected for continuity", setting, corrected, claim));
        if n >= 20 {
            rows.push(Row::share("Mann-Whitney, uncorrected", setting, uncorrected, level().give_or_take(0.003)));
        }
    }
    rows
}

fn guardrails(lab: &Lab) -> Vec<Row> {
    let passes = |a: Summary, b: Summary, margin: Margin, better: Direction| {
        non_inferiority(a, b, margin, better, ALPHA).is_ok_and(|result| result.non_inferior)
    };
    let setting = "60 + 80 users, normal";
    let [more, less, more_relative, less_relative] = lab.count(setting, lab.runs(2), |rng| {
        let a = sample(rng, 60, |rng| 5.0 + normal(rng));
        let worse = sample(rng, 80, |rng| 4.5 + normal(rng));
        let b = Summary::new(80, worse.mean() + 1.0, worse.variance()).expect("a shifted mean is finite");
        [
            passes(a, worse, Margin::Absolute(0.5), Direction::Increase),
            passes(a, b, Margin::Absolute(0.5), Direction::Decrease),
            passes(a, worse, Margin::Relative(0.1), Direction::Increase),
            passes(a, b, Margin::Relative(0.1), Direction::Decrease),
        ]
    });
    let mut rows = vec![
        Row::share("non-inferiority at an absolute margin, more is better", setting, more, level()),
        Row::share("non-inferiority at an absolute margin, less is better", setting, less, level()),
        Row::share("non-inferiority at a relative margin, more is better", setting, more_relative, level()),
        Row::share("non-inferiority at a relative margin, less is better", setting, less_relative, level()),
    ];
    let setting = "5000 + 5000 users, conversions at 0.1 and 0.09";
    let (a, b) = (Binomial::new(5000, 0.1), Binomial::new(5000, 0.09));
    let [absolute, relative] = lab.count(setting, lab.runs(1), |rng| {
        let (a, b) = (a.draw(rng).summary(), b.draw(rng).summary());
        [
            passes(a, b, Margin::Absolute(0.01), Direction::Increase),
            passes(a, b, Margin::Relative(0.1), Direction::Increase),
        ]
    });
    rows.push(Row::share("non-inferiority at an absolute margin, more is better", setting, absolute, level()));
    rows.push(Row::share("non-inferiority at a relative margin, more is better", setting, relative, level()));
    rows
}
