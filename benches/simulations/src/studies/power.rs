//! Whether an experiment of the computed size finds the effect it was sized for, as often as planned.

use fastrand::Rng;
use flags_ab::statistics::{
    Alpha, Estimate, MeansDesign, Moments, Sides, Summary, conversion_test, minimum_detectable_mean,
    minimum_detectable_rate, power_means, power_two_proportions, sample_size_means, sample_size_two_proportions,
    sequential::{GroupSequential, Shape, Spending},
    two_proportion_z, welch_t,
};

use super::ALPHA;
use crate::{
    claim::{Claim, Row},
    lab::{Lab, Tally},
    page::Section,
    variates::{Binomial, normal},
};

const TEXT: &str = "\
Experiments with the effect they were planned for and the users they were said to need: the share that finds the effect is the\n\
power, to be within two points of the planned one. The other way round, the smallest detectable effect of a given size is found\n\
with the power it was asked for, and the computed power of a given design is the one that is seen.";

/// Two points.
const POINTS: f64 = 0.02;

pub(super) fn study(lab: &Lab) -> Estimate<Section> {
    let mut rows = sizes_of_rates(lab)?;
    rows.extend(sizes_of_means(lab)?);
    rows.extend(detectable(lab)?);
    rows.extend(computed(lab)?);
    rows.extend(plans(lab)?);
    Ok(Section::new(TEXT, rows))
}

fn near(power: f64) -> Claim {
    Claim::equals(power).give_or_take(POINTS)
}

/// How often the z-tests find a difference: pooled, unpooled, and the automatic choice.
fn found(lab: &Lab, stream: &str, a: (u64, f64), b: (u64, f64), alpha: Alpha, sides: Sides) -> [Tally; 3] {
    let (control, treatment) = (Binomial::new(a.0, a.1), Binomial::new(b.0, b.1));
    lab.count(stream, lab.runs(2), |rng| {
        let (a, b) = (control.draw(rng), treatment.draw(rng));
        let p = |p: flags_ab::statistics::PValues| match sides {
            Sides::One => p.greater,
            Sides::Two => p.two_sided,
        };
        let test = two_proportion_z(a, b);
        let significant =
            |test: Estimate<flags_ab::statistics::PValues>| test.is_ok_and(|values| p(values).is_significant(alpha));
        [
            significant(test.and_then(|test| test.pooled).map(|test| test.p)),
            significant(test.and_then(|test| test.unpooled).map(|test| test.p)),
            significant(conversion_test(a, b).map(|test| test.p)),
        ]
    })
}

fn sizes_of_rates(lab: &Lab) -> Estimate<Vec<Row>> {
    use Sides::{One, Two};
    let hundredth = Alpha::new(0.01)?;
    let mut rows = Vec::new();
    for (rate_a, rate_b, ratio, power, alpha, sides) in [
        (0.05, 0.07, 1.0, 0.8, ALPHA, Two),
        (0.10, 0.11, 1.0, 0.9, ALPHA, Two),
        (0.01, 0.013, 1.0, 0.8, ALPHA, Two),
        (0.3, 0.36, 1.0, 0.8, hundredth, Two),
        (0.05, 0.07, 1.0, 0.8, ALPHA, One),
        (0.05, 0.07, 0.25, 0.8, ALPHA, Two),
    ] {
        let size = sample_size_two_proportions(rate_a, rate_b, ratio, power, alpha, sides)?;
        let setting = format!(
            "{rate_a} and {rate_b}, power {power}, α {}{}{}",
            alpha.value(),
            if sides == One { ", one-sided" } else { "" },
            if ratio == 1.0 { String::new() } else { format!(", arms 1 : {ratio}") },
        );
        let arms = |control: f64| (control.ceil() as u64, (control * ratio).ceil() as u64);
        let shown = |(a, b): (u64, u64)| format!("{setting}: {a} + {b} users");
        let pooled = arms(size.control_pooled);
        let [by_pooled, _, by_choice] = found(lab, &setting, (pooled.0, rate_a), (pooled.1, rate_b), alpha, sides);
        rows.push(Row::share("size for the z-test, pooled", shown(pooled), by_pooled, near(power)));
        rows.push(Row::share("the same with the automatic choice", shown(pooled), by_choice, near(power)));
        let unpooled = arms(size.control_unpooled);
        let stream = format!("{setting} unpooled");
        let [_, by_unpooled, _] = found(lab, &stream, (unpooled.0, rate_a), (unpooled.1, rate_b), alpha, sides);
        rows.push(Row::share("size for the z-test, unpooled", shown(unpooled), by_unpooled, near(power)));
        let cohen = arms(size.control_cohens_h);
        let stream = format!("{setting} cohen");
        let [by_cohen, _, _] = found(lab, &stream, (cohen.0, rate_a), (cohen.1, rate_b), alpha, sides);
        // The arcsine transformation is another test than the one that is used; with arms of one size nearly the same.
        let claim = near(power).promised_if(ratio == 1.0);
        rows.push(Row::share("size by Cohen's h", shown(cohen), by_cohen, claim));
    }
    Ok(rows)
}

fn sample(rng: &mut Rng, users: u64, mean: f64, deviation: f64) -> Summary {
    let mut moments = Moments::default();
    (0..users).for_each(|_| moments.push(mean + deviation * normal(rng)).expect("variates are finite"));
    moments.summary()
}

/// How often Welch's test finds a difference of normal means.
fn found_by_t(lab: &Lab, stream: &str, design: MeansDesign, users: (u64, u64)) -> Tally {
    let cost = 1 + (users.0 + users.1) / 50;
    let [found] = lab.count(stream, lab.runs(cost.min(50)), |rng| {
        let a = sample(rng, users.0, 0.0, design.standard_deviation);
        let b = sample(rng, users.1, design.difference, design.standard_deviation);
        let p = welch_t(a, b, design.alpha).and_then(|welch| welch.test).map(|test| match design.sides {
            Sides::One => test.p.greater,
            Sides::Two => test.p.two_sided,
        });
        [p.is_ok_and(|p| p.is_significant(design.alpha))]
    });
    found
}

fn sizes_of_means(lab: &Lab) -> Estimate<Vec<Row>> {
    let mut rows = Vec::new();
    for (difference, ratio, power, sides, words) in [
        (0.3, 1.0, 0.8, Sides::Two, ""),
        (0.3, 2.0, 0.9, Sides::Two, ", arms 1 : 2"),
        (0.2, 1.0, 0.8, Sides::One, ", one-sided"),
    ] {
        let design = MeansDesign { difference, standard_deviation: 1.0, alpha: ALPHA, sides };
        let control = sample_size_means(design, ratio, power)?;
        let users = (control.ceil() as u64, (control * ratio).ceil() as u64);
        let setting = format!("{difference} deviations, power {power}{words}: {} + {} users", users.0, users.1);
        let tally = found_by_t(lab, &setting, design, users);
        rows.push(Row::share("size for a difference of means", setting, tally, near(power)));
    }
    Ok(rows)
}

fn detectable(lab: &Lab) -> Estimate<Vec<Row>> {
    let mut rows = Vec::new();
    for (rate, users_a, users_b) in [(0.05, 4000, 4000), (0.01, 20_000, 20_000), (0.2, 3000, 1000)] {
        let effect = minimum_detectable_rate(rate, users_a, users_b, 0.8, ALPHA, Sides::Two)?;
        for (method, other) in [
            ("smallest detectable rate above", effect.above_pooled?),
            ("smallest detectable rate above, by Cohen's h", effect.above_cohens_h?),
        ] {
            let setting = format!("{users_a} + {users_b} users at {rate} and {other:.5}, power 0.8");
            let [pooled, _, _] =
                found(lab, &format!("{method} {setting}"), (users_a, rate), (users_b, other), ALPHA, Sides::Two);
            let exact = method.ends_with("above") || users_a == users_b;
            rows.push(Row::share(method, setting, pooled, near(0.8).promised_if(exact)));
        }
    }
    let design = MeansDesign { difference: 0.0, standard_deviation: 2.0, alpha: ALPHA, sides: Sides::Two };
    let difference = minimum_detectable_mean(design, 150, 250, 0.8)?;
    let setting = format!("150 + 250 users, deviation 2: {difference:.3}, power 0.8");
    let tally = found_by_t(lab, &setting, MeansDesign { difference, ..design }, (150, 250));
    rows.push(Row::share("smallest detectable difference of means", setting, tally, near(0.8)));
    Ok(rows)
}

fn computed(lab: &Lab) -> Estimate<Vec<Row>> {
    let mut rows = Vec::new();
    for (rate_a, rate_b, users_a, users_b) in
        [(0.05, 0.06, 3000, 3000), (0.02, 0.03, 1500, 3000), (0.5, 0.45, 800, 800)]
    {
        let power = power_two_proportions(rate_a, rate_b, users_a, users_b, ALPHA, Sides::Two)?.pooled?;
        let setting = format!("{users_a} + {users_b} users at {rate_a} and {rate_b}");
        let [pooled, _, _] =
            found(lab, &format!("power {setting}"), (users_a, rate_a), (users_b, rate_b), ALPHA, Sides::Two);
        rows.push(Row::share("computed power, two rates", setting, pooled, near(power)));
    }
    // So few users that only the non-central t distribution knows. It is that of Student's test; Welch's, which is what is
    // run, gives a little away where a handful of users have to tell two variances.
    for (users, difference, promised) in [(5, 2.0, false), (12, 1.0, true), (20, 1.0, true)] {
        let design = MeansDesign { difference, standard_deviation: 1.0, alpha: ALPHA, sides: Sides::Two };
        let power = power_means(design, users, users)?.t?;
        let setting = format!("{users} + {users} users, normal, {difference} deviations");
        let tally = found_by_t(lab, &setting, design, (users, users));
        rows.push(Row::share("computed power, t-test", setting, tally, near(power).promised_if(promised)));
    }
    Ok(rows)
}

/// Group-sequential plans with the drift they were planned for, and the users they save on average.
fn plans(lab: &Lab) -> Estimate<Vec<Row>> {
    let fractions = [0.2, 0.4, 0.6, 0.8, 1.0];
    let mut rows = Vec::new();
    for (name, shape) in [
        ("spending as O'Brien and Fleming", Shape::Spending(Spending::ObrienFleming)),
        ("spending as Pocock", Shape::Spending(Spending::Pocock)),
        ("Wang and Tsiatis, Δ = 0.25", Shape::WangTsiatis(0.25)),
    ] {
        let boundaries = GroupSequential::new(shape, ALPHA, Sides::Two)?.boundaries(&fractions)?;
        let drift = boundaries.drift_for_power(0.8)?;
        let expected = boundaries.expected_information(drift)?;
        let setting = format!("5 even looks, {name}, drift {drift:.3}");
        // Where one stops, and whether by a crossing.
        let stop = |rng: &mut Rng| {
            let mut sum = 0.0;
            for (look, now) in fractions.into_iter().enumerate() {
                sum += 0.2 * drift + 0.2_f64.sqrt() * normal(rng);
                if boundaries.crossing(look, sum / f64::sqrt(now)).is_ok_and(|side| side.is_some()) {
                    return (now, true);
                }
            }
            (1.0, false)
        };
        let [found] = lab.count(&setting, lab.runs(1), |rng| [stop(rng).1]);
        let [information] = lab.average(&format!("{setting} where"), lab.runs(1), |rng| [stop(rng).0]);
        rows.push(Row::share("drift for a power of a group-sequential plan", setting.clone(), found, near(0.8)));
        rows.push(Row::mean("expected share of the planned users", setting, information, Claim::equals(expected)));
    }
    Ok(rows)
}
