//! What follows from the draws of experiments, and what whoever analyses them relies on. // F2, A10
//!
//! The statistical ones draw for fixed units: they pass or fail once and for all, at the 99.9 % point of chi-square.

use flags_core::{
    BucketKey, Context, Definitions, ExperimentDefinition, FlagSet, Purpose, Timestamp,
    definition::{ArmDefinition, ExperimentStatus, HoldoutDefinition, LayerDefinition},
};
use flags_testkit::vectors;
use proptest::prelude::*;

use crate::{
    bucketing::{UNITS, chi_square, percent},
    experiments::compiled,
};

fn running(key: &str, weights: &[u32]) -> ExperimentDefinition {
    let experiment = ExperimentDefinition::new(key).status(ExperimentStatus::Running);
    weights.iter().enumerate().fold(experiment, |experiment, (at, weight)| {
        let arm = ArmDefinition { control: at == 0, ..ArmDefinition::new(format!("arm-{at}")) };
        experiment.arm(arm.weight(*weight))
    })
}

fn set_of(experiments: Vec<ExperimentDefinition>) -> FlagSet {
    compiled(&Definitions { experiments, ..Definitions::default() })
}

fn arm(set: &FlagSet, experiment: &str, unit: &str) -> Option<usize> {
    set.assign(experiment, &Context::new(unit), &Timestamp::default()).arm().map(flags_core::ArmView::index)
}

/// Experiments that share a layer, with their traffic in thousandths of a percent.
fn layered(shares: &[u32]) -> Definitions {
    let experiments = shares
        .iter()
        .enumerate()
        .map(|(at, share)| running(&format!("e{at}"), &[1, 1]).layer("page").traffic(percent(*share)))
        .collect();
    Definitions { experiments, layers: vec![LayerDefinition::new("page")], ..Definitions::default() }
}

proptest! {
    /// Same input, same arm, from a set compiled anew and beside experiments that were not there before.
    #[test]
    fn the_same_unit_has_the_same_arm(unit in ".*", weights in [1_u32..9, 0..9, 0..9], share in 0_u32..=100_000) {
        let alone = set_of(vec![running("button", &weights).traffic(percent(share))]);
        let others = vec![running("before", &[1, 1]), running("button", &weights).traffic(percent(share)), running("z", &[1, 1])];
        prop_assert_eq!(arm(&alone, "button", &unit), arm(&set_of(others), "button", &unit));
    }

    /// Raising traffic only adds units, and moves nobody from one arm to another.
    #[test]
    fn raising_traffic_only_adds(unit in ".*", low in 0_u32..=100_000, high in 0_u32..=100_000) {
        let (low, high) = (low.min(high), low.max(high));
        let at = |share| arm(&set_of(vec![running("button", &[1, 1]).traffic(percent(share))]), "button", &unit);
        if let Some(before) = at(low) {
            prop_assert_eq!(at(high), Some(before));
        }
        // The same in a layer, for whoever stands last in it.
        let in_layer = |share| arm(&compiled(&layered(&[20_000, share])), "e1", &unit);
        if let Some(before) = in_layer(low.min(80_000)) {
            prop_assert_eq!(in_layer(high.min(80_000)), Some(before));
        }
    }

    /// Appending an arm of weight 0 moves nobody.
    #[test]
    fn an_arm_without_weight_moves_nobody(unit in ".*", weights in [1_u32..1_000, 0..1_000]) {
        let without = set_of(vec![running("button", &weights)]);
        let with = set_of(vec![running("button", &[weights[0], weights[1], 0])]);
        prop_assert_eq!(arm(&without, "button", &unit), arm(&with, "button", &unit));
    }

    /// Nobody is in two experiments of a layer, and whoever is in none has a bucket that nobody owns.
    #[test]
    fn layers_are_disjoint(unit in ".*", shares in [0_u32..=40_000, 0..=30_000, 0..=30_000]) {
        let set = compiled(&layered(&shares));
        let taking_part = ["e0", "e1", "e2"].iter().filter(|key| arm(&set, key, &unit).is_some()).count();
        let owned: u32 = shares.iter().sum();
        let bucket = BucketKey::new("page", Purpose::Layer).hash(&unit).bucket();
        prop_assert_eq!(taking_part, usize::from(bucket < owned));
    }

    /// A status changes who is enrolled in that experiment and moves nobody in the others of its layer.
    #[test]
    fn stopping_one_moves_nobody_in_its_layer(unit in ".*", shares in [0_u32..=40_000, 0..=30_000, 0..=30_000]) {
        let definitions = layered(&shares);
        let mut stopped = definitions.clone();
        stopped.experiments[0].status = ExperimentStatus::Stopped;
        let (all, rest) = (compiled(&definitions), compiled(&stopped));
        prop_assert_eq!(arm(&rest, "e0", &unit), None);
        for key in ["e1", "e2"] {
            prop_assert_eq!(arm(&all, key, &unit), arm(&rest, key, &unit));
        }
    }

    /// A holdout takes the same units out of every experiment it covers, and out of no other.
    #[test]
    fn whoever_is_held_out_is_held_out_everywhere(unit in ".*", share in 0_u32..=100_000) {
        let definitions = Definitions {
            experiments: vec![running("a", &[1, 1]), running("b", &[1, 2]).salt("other"), running("c", &[1, 1])],
            holdouts: vec![HoldoutDefinition::new("q4", percent(share)).from_experiments(["a", "b"])],
            ..Definitions::default()
        };
        let set = compiled(&definitions);
        let out = BucketKey::new("q4", Purpose::Holdout).hash(&unit).is_admitted(percent(share));
        let taking_part = ["a", "b", "c"].map(|key| arm(&set, key, &unit).is_some());
        prop_assert_eq!(taking_part, [!out, !out, true]);
    }
}

/// The vectors of the four purposes, through experiments: what other languages compute is what is assigned here.
#[test]
fn the_vectors_of_the_four_purposes() {
    let mut asked = [0; 4];
    for vector in vectors::bucketing().unwrap() {
        let share = percent((vector.bucket + 1).min(100_000));
        let below = percent(vector.bucket);
        let salted = |experiment: ExperimentDefinition| experiment.salt(vector.salt.as_str());
        let takes_part = |definitions: Definitions| arm(&compiled(&definitions), "e", &vector.unit).is_some();
        match vector.purpose.as_str() {
            "arm" => {
                // An experiment has two arms at least; one of weight 0 moves nobody.
                let weights = [&vector.weights[..], &[0]].concat();
                let set = set_of(vec![salted(running("e", &weights))]);
                assert_eq!(arm(&set, "e", &vector.unit), Some(vector.arm), "{vector:?}");
                asked[0] += 1;
            }
            "traffic" => {
                let with = |share| {
                    let experiments = vec![salted(running("e", &[1, 1]).traffic(share))];
                    Definitions { experiments, ..Definitions::default() }
                };
                assert_eq!((takes_part(with(share)), takes_part(with(below))), (true, false), "{vector:?}");
                asked[1] += 1;
            }
            "layer" => {
                let with = |share| {
                    let mut definitions = layered(&[0]);
                    definitions.experiments[0] = running("e", &[1, 1]).layer("page").traffic(share);
                    definitions.layers[0].salt = Some(vector.salt.as_str().into());
                    definitions
                };
                assert_eq!((takes_part(with(share)), takes_part(with(below))), (true, false), "{vector:?}");
                asked[2] += 1;
            }
            "holdout" => {
                let with = |share| Definitions {
                    experiments: vec![running("e", &[1, 1])],
                    holdouts: vec![HoldoutDefinition::new("h", share).salt(vector.salt.as_str())],
                    ..Definitions::default()
                };
                assert_eq!((takes_part(with(share)), takes_part(with(below))), (false, true), "{vector:?}");
                asked[3] += 1;
            }
            _ => {}
        }
    }
    assert!(asked.iter().all(|count| *count > 5), "{asked:?}");
}

/// Arms, traffic, layers and holdouts say nothing of each other, and neither do two experiments.
#[test]
fn draws_are_independent() {
    let definitions = Definitions {
        experiments: vec![
            running("button", &[1, 1, 2]),
            running("banner", &[1, 1]),
            running("gated", &[1]).arm(ArmDefinition::new("b").weight(0)).traffic(percent(30_000)),
            running("layered", &[1, 1]).layer("page").traffic(percent(40_000)),
            running("held", &[1, 1]),
        ],
        layers: vec![LayerDefinition::new("page")],
        holdouts: vec![HoldoutDefinition::new("q4", percent(20_000)).from_experiments(["held"])],
        ..Definitions::default()
    };
    let set = compiled(&definitions);
    // Of each question, the possible answers: the arm, or taking part at all.
    let drawn = |experiment, unit: &str| arm(&set, experiment, unit).unwrap();
    let part = |experiment, unit: &str| usize::from(arm(&set, experiment, unit).is_some());
    let mut with_traffic = [[0.0; 3]; 2];
    let mut with_layer = [[0.0; 3]; 2];
    let mut with_holdout = [[0.0; 3]; 2];
    let mut with_other = [[0.0; 3]; 2];
    for unit in 0..UNITS {
        let unit = format!("user-{unit}");
        let own = drawn("button", &unit);
        with_traffic[part("gated", &unit)][own] += 1.0;
        with_layer[part("layered", &unit)][own] += 1.0;
        with_holdout[part("held", &unit)][own] += 1.0;
        with_other[drawn("banner", &unit)][own] += 1.0;
    }
    for (what, counts) in
        [("traffic", with_traffic), ("layer", with_layer), ("holdout", with_holdout), ("another", with_other)]
    {
        let statistic = chi_square(&counts);
        assert!(statistic < 13.82, "{what}: {counts:?}, chi-square {statistic} of 2 degrees of freedom");
    }
}

/// Within one experiment: who is admitted by its traffic, or by its layer, says nothing of the arm.
#[test]
fn arms_are_independent_of_the_gate() {
    let mut layer = layered(&[30_000, 70_000]);
    layer.experiments[0].arms[1].weight = 3;
    let narrow = running("e0", &[1, 3]).traffic(percent(30_000));
    let everybody = running("e0", &[1, 3]);
    let own = set_of(vec![narrow]);
    let (in_layer, all) = (compiled(&layer), set_of(vec![everybody]));
    let mut counts = [[[0.0; 2]; 2]; 2];
    for unit in 0..UNITS {
        let unit = format!("user-{unit}");
        let drawn = arm(&all, "e0", &unit).unwrap();
        for (counts, set) in counts.iter_mut().zip([&own, &in_layer]) {
            let admitted = arm(set, "e0", &unit);
            // The arm is the same for whoever is admitted, and would be for the others.
            assert!(admitted.is_none_or(|arm| arm == drawn));
            counts[usize::from(admitted.is_some())][drawn] += 1.0;
        }
    }
    for counts in counts {
        let statistic = chi_square(&counts);
        assert!(statistic < 10.83, "{counts:?}, chi-square {statistic} of 1 degree of freedom");
    }
}
