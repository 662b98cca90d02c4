//! What follows from the bucketing formula, and what users rely on. // A9, A10
//!
//! The statistical ones draw for fixed units: they pass or fail once and for all. Their bound is the 99.9 % point of the
//! chi-square distribution, so that a formula with a visible bias or dependence fails them.

use flags_core::{Context, Definitions, FlagDefinition, FlagSet, Percentage, Timestamp};
use flags_testkit::compile;
use proptest::prelude::*;

pub(crate) const UNITS: u32 = 20_000;

fn set_of(flags: Vec<FlagDefinition>) -> FlagSet {
    compile(&Definitions { flags, ..Definitions::default() }, "production", &[]).unwrap()
}

pub(crate) fn percent(thousandths: u32) -> Percentage {
    Percentage::from_thousandths(thousandths).unwrap()
}

fn is_on(set: &FlagSet, flag: &str, unit: &str) -> bool {
    set.is_enabled(flag, &Context::new(unit), &Timestamp::default())
}

fn variant(set: &FlagSet, flag: &str, unit: &str) -> Option<String> {
    set.evaluate(flag, &Context::new(unit), &Timestamp::default()).variant().map(str::to_owned)
}

fn three_way(weights: [u32; 3]) -> FlagDefinition {
    let mut flag = FlagDefinition::new("checkout");
    for (name, weight) in ["a", "b", "c"].into_iter().zip(weights) {
        flag = flag.weighted_variant(name, name, weight);
    }
    flag
}

proptest! {
    /// Same input, same answer, from a set compiled anew.
    #[test]
    fn the_same_input_has_the_same_answer(unit in ".*", share in 0_u32..=100_000, weights in [0_u32..9, 1..9, 0..9]) {
        let flag = || three_way(weights).off("a").rollout(percent(share));
        prop_assert_eq!(variant(&set_of(vec![flag()]), "checkout", &unit), variant(&set_of(vec![flag()]), "checkout", &unit));
    }

    /// Raising a percentage only adds units.
    #[test]
    fn raising_only_adds(unit in ".*", low in 0_u32..=100_000, high in 0_u32..=100_000) {
        let (low, high) = (low.min(high), low.max(high));
        let before = set_of(vec![FlagDefinition::new("checkout").rollout(percent(low))]);
        let after = set_of(vec![FlagDefinition::new("checkout").rollout(percent(high))]);
        prop_assert!(!is_on(&before, "checkout", &unit) || is_on(&after, "checkout", &unit));
    }

    /// A unit's bucket is where it is added on the way up and removed on the way down: last added, first removed.
    #[test]
    fn the_last_added_is_removed_first(unit in ".*", other in ".*", share in 0_u32..=100_000) {
        let admitted_from = |unit: &str| {
            let set = set_of(vec![FlagDefinition::new("checkout").rollout(percent(50_000))]);
            set.evaluate("checkout", &Context::new(unit), &Timestamp::default()).bucket().unwrap()
        };
        let (own, others) = (admitted_from(&unit), admitted_from(&other));
        let set = set_of(vec![FlagDefinition::new("checkout").rollout(percent(share))]);
        prop_assert_eq!(is_on(&set, "checkout", &unit), own < share);
        // Of two units, at any percentage, the one that was added earlier is there whenever the later one is.
        let (earlier, later) = if own <= others { (&unit, &other) } else { (&other, &unit) };
        prop_assert!(!is_on(&set, "checkout", later) || is_on(&set, "checkout", earlier));
    }

    /// A rule's percentage and the flag's are one draw: admitted at 10 % of a rule is admitted at 20 % of the flag.
    #[test]
    fn rules_share_the_draw_of_the_flag(unit in ".*", low in 0_u32..=100_000, high in 0_u32..=100_000) {
        let (low, high) = (low.min(high), low.max(high));
        let rule = flags_core::RuleDefinition::new().rollout(percent(low)).serve("on");
        let by_rule = FlagDefinition::new("checkout").rule(rule).rollout(Percentage::ZERO);
        let by_flag = FlagDefinition::new("checkout").rollout(percent(high));
        prop_assert!(
            !is_on(&set_of(vec![by_rule]), "checkout", &unit) || is_on(&set_of(vec![by_flag]), "checkout", &unit)
        );
    }

    /// Appending a variant of weight 0 moves nobody.
    #[test]
    fn a_variant_without_weight_moves_nobody(unit in ".*", weights in [0_u32..1_000, 1..1_000, 0..1_000]) {
        let with = three_way(weights).weighted_variant("d", "d", 0);
        let without = three_way(weights);
        prop_assert_eq!(
            variant(&set_of(vec![with]), "checkout", &unit),
            variant(&set_of(vec![without]), "checkout", &unit)
        );
    }
}

/// The statistic of Pearson's chi-square test of independence for a two-way table of counts.
pub(crate) fn chi_square<const ROWS: usize, const COLUMNS: usize>(counts: &[[f64; COLUMNS]; ROWS]) -> f64 {
    let total: f64 = counts.iter().flatten().sum();
    let column = |at: usize| counts.iter().map(|row| row[at]).sum::<f64>();
    let mut statistic = 0.0;
    for row in counts {
        for (at, count) in row.iter().enumerate() {
            let expected = row.iter().sum::<f64>() * column(at) / total;
            statistic += (count - expected).powi(2) / expected;
        }
    }
    statistic
}

/// Flags are independent of each other: who is on in one says nothing of who is on in another.
#[test]
fn flags_are_independent() {
    let flags = ["checkout", "checkout2", "a", "parallel_validation"];
    let set = set_of(flags.map(|key| FlagDefinition::new(key).rollout(percent(30_000))).to_vec());
    for (at, one) in flags.iter().enumerate() {
        for other in &flags[at + 1..] {
            let mut counts = [[0.0; 2]; 2];
            for unit in 0..UNITS {
                let unit = format!("user-{unit}");
                counts[usize::from(is_on(&set, one, &unit))][usize::from(is_on(&set, other, &unit))] += 1.0;
            }
            let statistic = chi_square(&counts);
            assert!(statistic < 10.83, "{one} and {other}: {counts:?}, chi-square {statistic} of 1 degree of freedom");
        }
    }
}

/// The gate and the split are independent: those admitted early are spread over the variants like all the others.
#[test]
fn gate_and_split_are_independent() {
    let gate = set_of(vec![FlagDefinition::new("checkout").rollout(percent(20_000))]);
    let split = set_of(vec![three_way([1, 1, 2])]);
    let mut counts = [[0.0; 3]; 2];
    for unit in 0..UNITS {
        let unit = format!("user-{unit}");
        let arm = ["a", "b", "c"].iter().position(|name| variant(&split, "checkout", &unit).as_deref() == Some(name));
        counts[usize::from(is_on(&gate, "checkout", &unit))][arm.unwrap()] += 1.0;
    }
    let statistic = chi_square(&counts);
    assert!(statistic < 13.82, "{counts:?}, chi-square {statistic} of 2 degrees of freedom");
}

/// A percentage admits its share and a split keeps its weights, whatever the units look like.
#[test]
fn shares_are_kept() {
    let set = set_of(vec![three_way([1, 2, 5]), FlagDefinition::new("gate").rollout(percent(12_500))]);
    for prefix in ["user-", "node-0000", "", "日本語"] {
        let (mut arms, mut admitted) = ([0.0; 3], [0.0; 2]);
        for unit in 0..UNITS {
            let unit = format!("{prefix}{unit}");
            let arm = ["a", "b", "c"].iter().position(|name| variant(&set, "checkout", &unit).as_deref() == Some(name));
            arms[arm.unwrap()] += 1.0;
            admitted[usize::from(is_on(&set, "gate", &unit))] += 1.0;
        }
        let fit = |found: &[f64], shares: &[f64]| {
            found
                .iter()
                .zip(shares)
                .map(|(n, share)| (n - share * f64::from(UNITS)).powi(2) / (share * f64::from(UNITS)))
                .sum::<f64>()
        };
        let (of_arms, of_gate) = (fit(&arms, &[0.125, 0.25, 0.625]), fit(&admitted, &[0.875, 0.125]));
        assert!(of_arms < 13.82, "{prefix}: {arms:?}, chi-square {of_arms} of 2 degrees of freedom");
        assert!(of_gate < 10.83, "{prefix}: {admitted:?}, chi-square {of_gate} of 1 degree of freedom");
    }
}

/// Two flags with one salt draw alike; that is what a written salt is for.
#[test]
fn a_shared_salt_is_a_shared_draw() {
    let flag = |key: &str| FlagDefinition::new(key).salt("shared").rollout(percent(50_000));
    let set = set_of(vec![flag("one"), flag("two"), FlagDefinition::new("shared").rollout(percent(50_000))]);
    let mut on = 0;
    for unit in 0..1_000 {
        let unit = format!("user-{unit}");
        let answers = ["one", "two", "shared"].map(|key| is_on(&set, key, &unit));
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{unit}");
        on += u32::from(answers[0]);
    }
    assert!((400..600).contains(&on), "{on}");
}
