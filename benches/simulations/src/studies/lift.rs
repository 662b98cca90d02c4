//! Intervals of a difference of means and of a relative lift.

use fastrand::Rng;
use flags_ab::statistics::{
    Arm, Estimate, Fieller, Interval, JointMoments, Moments, RelativeLift, Summary, cuped, ratio_metric, relative_lift,
    welch_t,
};

use super::{ALPHA, holds, holds_or_unbounded};
use crate::{
    claim::{Claim, Row},
    lab::Lab,
    page::Section,
    variates::{Binomial, exponential, log_normal, normal},
};

const TEXT: &str = "\
How often a 95 % interval of an absolute or relative effect on a number holds the truth, where there is one: the treatment has a\n\
fifth more. The delta method linearises, so it needs a control mean that is many of its standard errors from zero, some ten, which\n\
takes a hundred conversions; Fieller's interval does not, and where it is unbounded it says so. That counts as holding the truth,\n\
so that Fieller's is on the safe side there. A lift of rates needs conversions of the control to be defined; runs without an\n\
interval are left out and named.";

pub(super) fn study(lab: &Lab) -> Estimate<Section> {
    let mut rows = means(lab);
    rows.extend(small_mean(lab));
    rows.extend(rates(lab));
    rows.extend(ratios(lab));
    rows.extend(cuped_rows(lab));
    Ok(Section::new(TEXT, rows))
}

type Value = fn(&mut Rng) -> f64;

fn sample(rng: &mut Rng, users: usize, value: impl Fn(&mut Rng) -> f64) -> Summary {
    let mut moments = Moments::default();
    (0..users).for_each(|_| moments.push(value(rng)).expect("variates are finite"));
    moments.summary()
}

fn difference(a: Summary, b: Summary) -> Estimate<Interval> {
    Ok(welch_t(a, b, ALPHA)?.test?.interval)
}

/// Whether the intervals by delta (z), delta (t), logarithm and Fieller hold a lift.
fn lifts(lift: Estimate<RelativeLift>, truth: f64) -> [Option<bool>; 4] {
    let intervals = match lift.and_then(|lift| lift.intervals) {
        Ok(intervals) => intervals,
        Err(_) => return [None; 4],
    };
    let fieller = |fieller: Fieller| fieller.interval;
    [
        holds(Ok(intervals.delta_z), truth),
        holds(Ok(intervals.delta_t), truth),
        holds(intervals.log, truth),
        holds_or_unbounded(intervals.fieller.and_then(fieller), truth),
    ]
}

const LIFTS: [&str; 4] = ["lift, delta method, z", "lift, delta method, t", "lift, logarithm", "lift, Fieller"];

fn coverage() -> Claim {
    Claim::equals(0.95)
}

fn means(lab: &Lab) -> Vec<Row> {
    let heavy: Value = |rng| log_normal(rng, 1.5);
    // A fifth more of a value with mean 1, or with mean exp(1.5²/2).
    let mean_of_heavy = libm::exp(1.125);
    let settings: [(&str, usize, Value, f64, Option<f64>); 5] = [
        ("50 + 50 users, normal, mean 4 deviations", 50, |rng| 4.0 + normal(rng), 4.0, Some(0.002)),
        ("50 + 50 users, exponential", 50, exponential, 1.0, Some(0.015)),
        ("500 + 500 users, exponential", 500, exponential, 1.0, Some(0.004)),
        ("2000 + 2000 users, log-normal", 2000, heavy, mean_of_heavy, Some(0.01)),
        ("50 + 50 users, log-normal", 50, heavy, mean_of_heavy, None),
    ];
    let mut rows = Vec::new();
    for (setting, users, value, mean, allowance) in settings {
        let [absolute, delta_z, delta_t, log, fieller] =
            lab.count_answers(&format!("lift {setting}"), lab.runs(1 + users as u64 / 200), |rng| {
                let (a, b) = (sample(rng, users, value), sample(rng, users, |rng| 1.2 * value(rng)));
                let [delta_z, delta_t, log, fieller] = lifts(relative_lift(a, b, ALPHA), 0.2);
                [holds(difference(a, b), 0.2 * mean), delta_z, delta_t, log, fieller]
            });
        let claim = coverage().give_or_take(allowance.unwrap_or(0.0)).promised_if(allowance.is_some());
        rows.push(Row::share("difference, Welch", setting, absolute, claim));
        for (method, tally) in LIFTS.into_iter().zip([delta_z, delta_t, log, fieller]) {
            rows.push(Row::share(method, setting, tally, claim));
        }
    }
    rows
}

/// Where the control's mean is five, and three, of its standard errors.
fn small_mean(lab: &Lab) -> Vec<Row> {
    let mut rows = Vec::new();
    for (setting, mean) in [
        ("400 + 400 users, normal, control mean 5 standard errors", 0.25),
        ("400 + 400 users, normal, control mean 3 standard errors", 0.15),
    ] {
        let tallies = lab.count_answers(setting, lab.runs(10), |rng| {
            let (a, b) = (sample(rng, 400, |rng| mean + normal(rng)), sample(rng, 400, |rng| 2.0 * mean + normal(rng)));
            lifts(relative_lift(a, b, ALPHA), 1.0)
        });
        for (method, tally) in LIFTS.into_iter().zip(tallies) {
            // A control mean below zero, which chance can bring, has no interval by logarithms and none by Fieller.
            let claim = Claim::at_least(0.95).give_or_take(0.004).promised_if(method.ends_with("Fieller"));
            rows.push(Row::share(method, setting, tally, claim));
        }
    }
    rows
}

fn rates(lab: &Lab) -> Vec<Row> {
    let mut rows = Vec::new();
    for (users, rate, allowance) in [
        (50_u64, 0.01, 0.02),
        (50, 0.2, 0.02),
        (200, 0.05, 0.02),
        (1000, 0.01, 0.02),
        (1000, 0.1, 0.005),
        (10_000, 0.05, 0.003),
    ] {
        let setting = format!("{users} + {users} users converting at {rate}");
        let (a, b) = (Binomial::new(users, rate), Binomial::new(users, 1.2 * rate));
        let tallies = lab.count_answers(&setting, lab.runs(2), |rng| {
            let (a, b) = (a.draw(rng), b.draw(rng));
            lifts(relative_lift(a.summary(), b.summary(), ALPHA), 0.2)
        });
        for (method, tally) in LIFTS.into_iter().zip(tallies) {
            // The delta method needs more conversions than the others.
            let enough = if method.contains("delta") { 100.0 } else { 5.0 };
            let promised = users as f64 * rate >= enough;
            let claim = coverage().give_or_take(allowance).promised_if(promised);
            rows.push(Row::share(method, setting.clone(), tally, claim));
        }
    }
    rows
}

fn ratios(lab: &Lab) -> Vec<Row> {
    let arm = |rng: &mut Rng, each: f64| {
        let mut totals = JointMoments::default();
        for _ in 0..300 {
            let orders = 1.0 + exponential(rng).floor();
            // A user's orders are alike.
            let spends = each * (0.5 + exponential(rng));
            totals.push(orders * spends, orders).expect("variates are finite");
        }
        totals
    };
    let setting = "300 + 300 users, revenue per order";
    let [absolute, _, delta, log, fieller] = lab.count_answers(setting, lab.runs(5), |rng| {
        let (a, b) = (arm(rng, 1.0), arm(rng, 1.2));
        let (Ok(a), Ok(b)) = (ratio_metric(a, Arm::Control), ratio_metric(b, Arm::Treatment)) else { return [None; 5] };
        let [delta_z, delta_t, log, fieller] = lifts(relative_lift(a, b, ALPHA), 0.2);
        // The mean of a value is 0.5 + 1.
        [holds(difference(a, b), 0.2 * 1.5), delta_z, delta_t, log, fieller]
    });
    let claim = coverage().give_or_take(0.006);
    vec![
        Row::share("difference of ratios, Welch", setting, absolute, claim),
        Row::share("lift of a ratio, delta method, t", setting, delta, claim),
        Row::share("lift of a ratio, logarithm", setting, log, claim),
        Row::share("lift of a ratio, Fieller", setting, fieller, claim),
    ]
}

fn cuped_rows(lab: &Lab) -> Vec<Row> {
    let arm = |rng: &mut Rng, users: usize, effect: f64| {
        let mut moments = JointMoments::default();
        for _ in 0..users {
            let before = normal(rng);
            moments.push(before, 0.8 * before + 0.6 * normal(rng) + effect).expect("variates are finite");
        }
        moments
    };
    let mut rows = Vec::new();
    for users in [50, 500] {
        let setting = format!("{users} + {users} users, normal, correlation 0.8");
        let [adjusted] = lab.count_answers(&setting, lab.runs(1 + users as u64 / 100), |rng| {
            let result = cuped(arm(rng, users, 0.0), arm(rng, users, 0.3), ALPHA);
            [holds(result.and_then(|cuped| cuped.comparison.test).map(|test| test.interval), 0.3)]
        });
        rows.push(Row::share("difference, CUPED", setting, adjusted, coverage().give_or_take(0.003)));
    }
    rows
}
