//! Segments: each effect, the many looks, and whether effects differ at all. // F10

use flags_ab::{
    Name,
    analytics::{Arms, Judgement, Looks, SegmentResult, segments},
    statistics::{Alpha, Arm, Correction, Proportion, Undefined, adjust_p_values, sequential::EffectEstimate},
    summary::{ArmSummary, ExperimentSummary, MetricSum, MetricSummary, Slice},
};

use super::events::arms;

/// Conversions and users of control and treatment, by dimension and value.
type Rates<'a> = (&'a str, &'a str, (u64, u64), (u64, u64));

fn summary(rates: &[Rates<'_>]) -> ExperimentSummary {
    let mut summary = ExperimentSummary::new("button");
    for (dimension, value, control, treatment) in rates {
        let mut slice = Slice::default();
        for (arm, (conversions, users)) in [("control", control), ("treatment", treatment)] {
            let sum = MetricSum::Conversion(Proportion::new(*conversions, *users).unwrap());
            let metrics = [(Name::from("sales"), MetricSummary::new(sum))].into();
            slice.arms.insert(arm.into(), ArmSummary { users: *users, in_two_arms: 0, metrics });
        }
        summary.segments.insert(((*dimension).into(), (*value).into()), slice);
    }
    summary
}

fn judge(rates: &[Rates<'_>], judgement: &Judgement) -> SegmentResult {
    segments(&summary(rates), &arms(), &["sales".into()], judgement)
}

const COUNTRIES: [Rates<'_>; 5] = [
    ("country", "DE", (100, 2_000), (190, 2_000)),
    ("country", "FR", (100, 2_000), (104, 2_000)),
    ("country", "NL", (100, 2_000), (150, 2_000)),
    ("device", "phone", (100, 2_000), (140, 2_000)),
    ("device", "desktop", (100, 2_000), (139, 2_000)),
];

#[test]
fn every_value_of_every_dimension_has_its_effect_and_all_are_adjusted_together() {
    let result = judge(&COUNTRIES, &Judgement { looks: Looks::Once, ..Judgement::default() });
    let names: Vec<&str> = result.tables.iter().map(|table| &*table.dimension).collect();
    assert_eq!((names, result.comparisons), (vec!["country", "device"], 5));
    let rows: Vec<_> = result.tables.iter().flat_map(|table| &table.rows).collect();
    let values: Vec<&str> = rows.iter().map(|row| &*row.value).collect();
    assert_eq!(values, ["DE", "FR", "NL", "desktop", "phone"]);
    assert_eq!((rows[0].users, rows[0].control, rows[0].treatment), ([2_000, 2_000], Ok(0.05), Ok(0.095)));
    let effects: Vec<_> = rows.iter().map(|row| row.effect.unwrap()).collect();
    let p: Vec<f64> = effects.iter().map(|effect| effect.p.unwrap().value()).collect();
    let adjusted = adjust_p_values(&p, Correction::BenjaminiHochberg).unwrap();
    let found: Vec<f64> = effects.iter().map(|effect| effect.adjusted_p.unwrap()).collect();
    assert_eq!(found, adjusted.values());
    assert!(effects[0].is_significant(Alpha::FIVE_PERCENT) && !effects[1].is_significant(Alpha::FIVE_PERCENT));
    // Bonferroni over five: 99 % intervals.
    let alone = judge(
        &COUNTRIES[..1],
        &Judgement { looks: Looks::Once, alpha: Alpha::new(0.01).unwrap(), ..Judgement::default() },
    );
    let (one, of_five) = (alone.tables[0].rows[0].effect.unwrap().interval.unwrap(), effects[0].interval.unwrap());
    assert!((one.lower - of_five.lower).abs() < 1e-9 && (one.upper - of_five.upper).abs() < 1e-9);
}

#[test]
fn q_asks_whether_effects_differ() {
    let result = judge(&COUNTRIES, &Judgement::default());
    let (country, device) = (result.tables[0].heterogeneity.unwrap(), result.tables[1].heterogeneity.unwrap());
    // Of two effects Q is the squared difference over the sum of their variances.
    let effect = |treatment| {
        EffectEstimate::between(Proportion::new(100, 2_000).unwrap(), Proportion::new(treatment, 2_000).unwrap())
            .unwrap()
    };
    let (one, other) = (effect(140), effect(139));
    let by_hand = (one.effect() - other.effect()).powi(2) / (one.se().powi(2) + other.se().powi(2));
    assert!((device.q / by_hand - 1.0).abs() < 1e-9, "{} for {by_hand}", device.q);
    assert_eq!((device.degrees_of_freedom, device.beyond_chance), (1, 0.0));
    assert!(device.p.value() > 0.9);
    assert_eq!(country.degrees_of_freedom, 2);
    assert!(country.adjusted_p < 0.01 && country.beyond_chance > 0.7, "{country:?}");
    assert!((country.adjusted_p / (2.0 * country.p.value()) - 1.0).abs() < 1e-9, "of two tables");
}

#[test]
fn one_effect_seldom_looks_like_several() {
    // Seeded: 500 experiments with the same effect in six segments.
    let mut random = fastrand::Rng::with_seed(3);
    let mut draw = |rate: f64| (0..400).filter(|_| random.f64() < rate).count() as u64;
    let values = ["a", "b", "c", "d", "e", "f"];
    let differing = (0..500).filter(|_| {
        let rates: Vec<Rates<'_>> =
            values.iter().map(|value| ("x", *value, (draw(0.2), 400), (draw(0.25), 400))).collect();
        judge(&rates, &Judgement::default()).tables[0].heterogeneity.unwrap().p.is_significant(Alpha::FIVE_PERCENT)
    });
    let share = differing.count() as f64 / 500.0;
    // 5 % and three standard errors to either side.
    assert!((0.02..=0.08).contains(&share), "{share}");
}

#[test]
fn segments_without_a_comparison_have_reasons() {
    let mut summary = summary(&[("country", "DE", (1, 10), (0, 0))]);
    let result = segments(&summary, &arms(), &["sales".into()], &Judgement::default());
    let table = &result.tables[0];
    let nobody = Undefined::NoUsers { arm: Arm::Treatment };
    assert_eq!(
        (table.rows[0].effect, table.rows[0].treatment, table.rows[0].control),
        (Err(nobody), Err(nobody), Ok(0.1))
    );
    assert_eq!(
        table.heterogeneity.unwrap_err().to_string(),
        "the number of segments with a known effect is 0, and has to be at least 2"
    );
    assert_eq!(result.comparisons, 0);
    summary.segments.clear();
    assert!(segments(&summary, &arms(), &["sales".into()], &Judgement::default()).tables.is_empty());
    let third = Arms::new("button", "other", ["third"]);
    assert!(segments(&summary, &third, &["sales".into()], &Judgement::default()).tables.is_empty());
}
