//! Group-sequential designs against published tables and their own definition by simulation.

use flags_ab::statistics::sequential::{Boundaries, GroupSequential, Shape, Side, Spending};
use flags_ab::statistics::{Alpha, Sides, Undefined};
use proptest::prelude::*;

fn plan(shape: Shape, alpha: f64, sides: Sides) -> GroupSequential {
    GroupSequential::new(shape, Alpha::new(alpha).unwrap(), sides).unwrap()
}

fn equal(looks: u32) -> Vec<f64> {
    (1..=looks).map(|look| f64::from(look) / f64::from(looks)).collect()
}

// What the boundaries promise is what Brownian paths do; the simulation shares no code with the recursion.
#[test]
fn simulated_paths_cross_as_often_as_computed() {
    let fractions = [0.15, 0.5, 0.55, 1.0];
    let paths = 40_000;
    for (shape, sides, drift) in [
        (Shape::Spending(Spending::Pocock), Sides::Two, 0.0),
        (Shape::Spending(Spending::ObrienFleming), Sides::Two, 2.0),
        (Shape::WangTsiatis(0.25), Sides::One, 1.0),
        (Shape::Spending(Spending::Power(1.5)), Sides::One, -1.0),
    ] {
        let boundaries = plan(shape, 0.1, sides).boundaries(&fractions).unwrap();
        let computed = boundaries.crossing_probabilities(drift).unwrap();
        let mut counted = vec![(0, 0); fractions.len()];
        let mut random = fastrand::Rng::with_seed(20_240_917);
        for _ in 0..paths {
            let (mut score, mut before) = (0.0, 0.0);
            for (look, &now) in fractions.iter().enumerate() {
                score += drift * (now - before) + (now - before).sqrt() * gaussian(&mut random);
                before = now;
                match boundaries.crossing(look, score / now.sqrt()).unwrap() {
                    Some(Side::Upper) => counted[look].0 += 1,
                    Some(Side::Lower) => counted[look].1 += 1,
                    None => continue,
                }
                break;
            }
        }
        for (crossing, counts) in computed.iter().zip(&counted) {
            for (probability, count) in [(crossing.upper, counts.0), (crossing.lower, counts.1)] {
                let frequency = f64::from(count) / f64::from(paths);
                let error = (probability * (1.0 - probability) / f64::from(paths)).sqrt();
                assert!(
                    (frequency - probability).abs() <= 4.5 * error + 1e-12,
                    "{shape:?} {drift}: {frequency} {probability}"
                );
            }
        }
    }
}

/// Box and Muller's.
fn gaussian(random: &mut fastrand::Rng) -> f64 {
    (-2.0 * (1.0 - random.f64()).ln()).sqrt() * (std::f64::consts::TAU * random.f64()).cos()
}

// Jennison and Turnbull 2000, tables 2.2 and 2.4: what five looks cost in users, at 80 % power and two-sided 5 %.
#[test]
fn interim_looks_cost_what_the_tables_say() {
    let fixed = 1.959_963_984_540_054 + 0.841_621_233_572_914;
    for (shape, inflation) in [(Shape::Pocock, 1.229), (Shape::ObrienFleming, 1.028)] {
        let boundaries = plan(shape, 0.05, Sides::Two).boundaries(&equal(5)).unwrap();
        let drift = boundaries.drift_for_power(0.8).unwrap();
        assert!(((drift / fixed).powi(2) - inflation).abs() < 1e-3, "{shape:?} {}", (drift / fixed).powi(2));
        assert!((boundaries.power(drift).unwrap() - 0.8).abs() < 1e-9);
        let expected = boundaries.expected_information(drift).unwrap();
        assert!(expected * inflation < 0.9, "an effect of the planned size stops early: {expected}");
        assert!(boundaries.expected_information(0.0).unwrap() > 0.9);
    }
}

// F7: no look can be planned away or added behind one's back.
#[test]
fn boundaries_by_spending_do_not_depend_on_later_looks() {
    let design = plan(Shape::Spending(Spending::HwangShihDeCani(-2.0)), 0.05, Sides::Two);
    let all = design.boundaries(&[0.2, 0.35, 0.8, 0.9, 1.2]).unwrap();
    let some = design.boundaries(&[0.2, 0.35, 0.8]).unwrap();
    for (left, right) in all.looks().iter().zip(some.looks()) {
        assert!((left.boundary.unwrap() - right.boundary.unwrap()).abs() < 1e-9);
    }
    let last = all.looks().last().unwrap();
    assert!((last.cumulative_alpha - 0.05).abs() < 1e-12, "more users than planned spend what is left");

    let early_end = design.closing_boundaries(&[0.2, 0.35, 0.8]).unwrap();
    assert!((early_end.looks()[2].cumulative_alpha - 0.05).abs() < 1e-12);
    assert!(early_end.looks()[2].boundary < some.looks()[2].boundary, "an early end may spend all");
}

#[test]
fn the_spending_functions_of_both_names_are_near_the_boundaries_they_are_named_for() {
    for (spending, shape) in [(Spending::ObrienFleming, Shape::ObrienFleming), (Spending::Pocock, Shape::Pocock)] {
        let by_spending = plan(Shape::Spending(spending), 0.05, Sides::Two).boundaries(&equal(5)).unwrap();
        let classical = plan(shape, 0.05, Sides::Two).boundaries(&equal(5)).unwrap();
        for (left, right) in by_spending.looks().iter().zip(classical.looks()) {
            assert!((left.boundary.unwrap() / right.boundary.unwrap() - 1.0).abs() < 0.08);
        }
    }
    let wang_tsiatis = |delta: f64| plan(Shape::WangTsiatis(delta), 0.05, Sides::Two).boundaries(&equal(4)).unwrap();
    let constant = |shape| plan(shape, 0.05, Sides::Two).boundaries(&equal(4)).unwrap().constant();
    assert_eq!(wang_tsiatis(0.0).constant(), constant(Shape::ObrienFleming));
    assert_eq!(wang_tsiatis(0.5).constant(), constant(Shape::Pocock));
    let single = plan(Shape::Pocock, 0.05, Sides::Two).boundaries(&[0.7]).unwrap().constant().unwrap();
    assert!((single - 1.959_963_984_540_054).abs() < 1e-14, "one look is the fixed test");
}

// Crossing the boundary by nothing has exactly the p-value that has been spent by then, and the repeated p-value alpha.
#[test]
fn p_values_on_the_boundary_are_the_level_spent() {
    for sides in [Sides::One, Sides::Two] {
        for shape in [Shape::Spending(Spending::ObrienFleming), Shape::Pocock, Shape::Spending(Spending::Power(2.0))] {
            let boundaries = plan(shape, 0.05, sides).boundaries(&[0.3, 0.5, 0.9, 1.0]).unwrap();
            for (index, look) in boundaries.looks().iter().enumerate() {
                // A hair above, so that rounding does not put it below.
                let z = look.boundary.unwrap() * (1.0 + 1e-14);
                let adjusted = boundaries.stopped_at(index, z * 0.1, 0.1).unwrap();
                let spent = look.cumulative_alpha;
                assert!((adjusted.p_value.value() / spent - 1.0).abs() < 1e-9, "{shape:?} {sides:?} look {index}");
                let repeated = boundaries.repeated_p_value(index, z).unwrap().value();
                assert!((repeated / 0.05 - 1.0).abs() < 1e-7, "{shape:?} {sides:?} look {index}: {repeated}");
            }
        }
    }
}

// F7: stopping early exaggerates; the adjusted estimate and interval do not.
#[test]
fn adjusted_results_are_unbiased_in_the_median_and_cover() {
    let boundaries = plan(Shape::Pocock, 0.1, Sides::Two).boundaries(&equal(3)).unwrap();
    let (drift, experiments) = (1.5, 500);
    let mut random = fastrand::Rng::with_seed(7);
    let (mut naive_above, mut above, mut covered) = (0, 0, 0);
    for _ in 0..experiments {
        let (mut score, mut look) = (0.0, 0);
        let z = loop {
            score += drift / 3.0 + (1.0 / 3.0f64).sqrt() * gaussian(&mut random);
            let z = score / boundaries.looks()[look].information_fraction.sqrt();
            if look == 2 || boundaries.crossing(look, z).unwrap().is_some() {
                break z;
            }
            look += 1;
        };
        // In units of the standard error at full information the effect is the drift.
        let se = 1.0 / boundaries.looks()[look].information_fraction.sqrt();
        let adjusted = boundaries.stopped_at(look, z * se, se).unwrap();
        assert!(adjusted.interval.contains(adjusted.estimate));
        naive_above += i32::from(z * se > drift);
        above += i32::from(adjusted.estimate > drift);
        covered += i32::from(adjusted.interval.contains(drift));
    }
    let share = |count: i32| f64::from(count) / f64::from(experiments);
    // Four standard deviations of 500 throws: 0.09 around a half, 0.054 around nine tenths.
    assert!((share(above) - 0.5).abs() < 0.09, "{}", share(above));
    assert!((share(covered) - 0.9).abs() < 0.054, "{}", share(covered));
    assert!(share(naive_above) >= share(above), "{} {}", share(naive_above), share(above));
}

#[test]
fn repeated_intervals_are_wide_and_results_mirror() {
    let boundaries = plan(Shape::Spending(Spending::ObrienFleming), 0.05, Sides::Two).boundaries(&equal(4)).unwrap();
    let interval = boundaries.repeated_interval(1, 0.3, 0.1).unwrap();
    let z = boundaries.looks()[1].boundary.unwrap();
    assert!((interval.lower - (0.3 - z * 0.1)).abs() < 1e-15 && (interval.upper - (0.3 + z * 0.1)).abs() < 1e-15);

    for (look, effect) in [(1, 0.31), (3, 0.1), (3, 2.4)] {
        let (up, down) =
            (boundaries.stopped_at(look, effect, 0.1).unwrap(), boundaries.stopped_at(look, -effect, 0.1).unwrap());
        assert!((up.p_value.ln() - down.p_value.ln()).abs() < 1e-9);
        assert!((up.estimate + down.estimate).abs() < 1e-9);
        assert!((up.interval.lower + down.interval.upper).abs() < 1e-9);
        assert!((up.interval.upper + down.interval.lower).abs() < 1e-9);
        assert_eq!(up.interval.lower > 0.0, up.p_value.value() < 0.05, "interval and p-value agree");
    }
}

#[test]
fn a_look_with_nothing_to_spend_stops_nobody() {
    let boundaries =
        plan(Shape::Spending(Spending::ObrienFleming), 0.05, Sides::Two).boundaries(&[0.001, 0.5, 1.0]).unwrap();
    let look = boundaries.looks()[0];
    assert_eq!((look.boundary, look.nominal_level, look.cumulative_alpha), (None, 0.0, 0.0));
    assert_eq!(boundaries.crossing(0, 1e6), Ok(None));
    assert_eq!(boundaries.repeated_interval(0, 1.0, 1.0), Err(Undefined::NoBoundary { look: 1 }));
    assert_eq!(boundaries.stopped_at(0, 1e6, 1.0), Err(Undefined::NotStopped { look: 1 }));
    assert!((boundaries.looks()[2].cumulative_alpha - 0.05).abs() < 1e-12);
    let next = boundaries.plan().boundaries(&[0.5, 1.0]).unwrap();
    assert!((boundaries.looks()[2].boundary.unwrap() - next.looks()[1].boundary.unwrap()).abs() < 1e-9);
}

#[test]
fn refuses_designs_and_looks_that_are_none() {
    let design = |shape, alpha| GroupSequential::new(shape, Alpha::new(alpha).unwrap(), Sides::Two);
    for refused in [
        design(Shape::Pocock, 0.5),
        design(Shape::WangTsiatis(0.6), 0.05),
        design(Shape::WangTsiatis(f64::NAN), 0.05),
        design(Shape::Spending(Spending::Power(0.0)), 0.05),
        design(Shape::Spending(Spending::Power(f64::INFINITY)), 0.05),
        design(Shape::Spending(Spending::HwangShihDeCani(-41.0)), 0.05),
        design(Shape::Spending(Spending::HwangShihDeCani(f64::NAN)), 0.05),
    ] {
        assert!(matches!(refused, Err(Undefined::OutOfDomain { .. })), "{refused:?}");
    }
    let design = plan(Shape::Spending(Spending::Pocock), 0.05, Sides::Two);
    for fractions in
        [&[][..], &[0.0, 1.0], &[-0.5], &[0.5, 0.5], &[0.6, 0.5], &[f64::NAN], &[f64::INFINITY], &[1.0; 401]]
    {
        assert!(matches!(design.boundaries(fractions), Err(Undefined::OutOfDomain { .. })), "{fractions:?}");
        assert!(design.closing_boundaries(fractions).is_err());
    }
    assert_eq!(design.boundaries(&[0.1, 0.5, 0.5001]), Err(Undefined::LooksTooClose { look: 3 }));

    let boundaries = design.boundaries(&[0.5, 1.0]).unwrap();
    assert!(boundaries.crossing(2, 1.0).is_err() && boundaries.crossing(0, f64::NAN).is_err());
    assert!(boundaries.stopped_at(5, 1.0, 1.0).is_err());
    assert_eq!(boundaries.stopped_at(1, 1.0, 0.0), Err(Undefined::ZeroVariance));
    assert!(boundaries.stopped_at(1, f64::NAN, 1.0).is_err() && boundaries.stopped_at(1, 1.0, -1.0).is_err());
    assert!(boundaries.stopped_at(1, 25.0, 1.0).is_err(), "beyond what is followed");
    assert!(boundaries.stopped_at(0, 1e9, 1.0).is_ok(), "the first look needs no path");
    assert!(boundaries.repeated_p_value(1, f64::INFINITY).is_err());
    assert_eq!(boundaries.repeated_p_value(1, 0.1).unwrap().value(), 1.0);
    for drift in [f64::NAN, 21.0, -21.0] {
        assert!(boundaries.power(drift).is_err(), "{drift}");
    }
    for power in [0.05, 1.0, f64::NAN] {
        assert!(boundaries.drift_for_power(power).is_err(), "{power}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    // Total and consistent for looks at any times, however uneven.
    #[test]
    fn any_looks_spend_the_level_and_no_more(
        steps in prop::collection::vec(1e-3..1.0f64, 1..9), level in 1e-6..0.4f64, kind in 0usize..5, two in any::<bool>(),
    ) {
        let total: f64 = steps.iter().sum();
        let fractions: Vec<f64> = steps.iter().scan(0.0, |sum, step| { *sum += step / total; Some(*sum) }).collect();
        let shape = [
            Shape::Spending(Spending::ObrienFleming), Shape::Spending(Spending::Pocock), Shape::Spending(Spending::Power(3.0)),
            Shape::Spending(Spending::HwangShihDeCani(1.0)), Shape::WangTsiatis(0.3),
        ][kind];
        let design = plan(shape, level, if two { Sides::Two } else { Sides::One });
        let boundaries = design.closing_boundaries(&fractions).unwrap();
        let spent = boundaries.looks().last().unwrap().cumulative_alpha;
        prop_assert!((spent / level - 1.0).abs() < 1e-9, "{spent}");
        // The walk along the finished boundaries finds what the solver put in.
        let crossings = boundaries.crossing_probabilities(0.0).unwrap();
        let walked: f64 = crossings.iter().map(|crossing| crossing.upper + crossing.lower).sum();
        prop_assert!((walked / level - 1.0).abs() < 1e-9, "{walked}");
        prop_assert!(crossings.iter().all(|crossing| (crossing.lower > 0.0) <= two));
        prop_assert!(boundaries.looks().windows(2).all(|pair| pair[0].cumulative_alpha <= pair[1].cumulative_alpha));
    }
}

/// Error spent by the calendar: with units that come in evenly nothing changes, and with any others the level is still kept,
/// because the correlation of the looks is that of the units.
#[test]
fn error_may_be_spent_by_the_calendar() {
    let shape = Shape::Spending(Spending::ObrienFleming);
    let plan = GroupSequential::new(shape, Alpha::new(0.05).unwrap(), Sides::Two).unwrap();
    let times = [0.2, 0.4, 0.6, 0.8, 1.0];
    let even = plan.boundaries_spent_at(&times.map(|time| time * 30_000.0), &times).unwrap();
    let bounds = |boundaries: &Boundaries| -> Vec<f64> {
        boundaries.looks().iter().map(|look| look.boundary.unwrap()).collect()
    };
    for (one, other) in bounds(&even).iter().zip(bounds(&plan.boundaries(&times).unwrap())) {
        assert!((one - other).abs() < 1e-8, "{one} {other}");
    }
    for units in [[100.0, 300.0, 900.0, 2700.0, 8100.0], [5000.0, 8000.0, 9000.0, 9500.0, 9900.0]] {
        let uneven = plan.boundaries_spent_at(&units, &times).unwrap();
        let spent: Vec<f64> = uneven.looks().iter().map(|look| look.cumulative_alpha).collect();
        let planned: Vec<f64> = even.looks().iter().map(|look| look.cumulative_alpha).collect();
        for (spent, planned) in spent.iter().zip(&planned) {
            assert!((spent - planned).abs() < 1e-10, "{spent} {planned}");
        }
        assert!((uneven.power(0.0).unwrap() - 0.05).abs() < 1e-8);
        let last = uneven.looks()[4].boundary.unwrap();
        assert!((uneven.repeated_p_value(4, last).unwrap().value() - 0.05).abs() < 1e-6);
    }
    let short = plan.boundaries_spent_at(&[1.0], &[0.5, 1.0]).unwrap_err();
    assert_eq!(short, Undefined::LengthMismatch { what: "times", found: 2, expected: 1 });
}
