//! Who gets which arm: shares, independence, layers and holdouts, through the evaluator itself.

use fastrand::Rng;
use flags_ab::statistics::{Alpha, Estimate, sample_ratio, special::chi_squared};
use flags_core::{
    CompileOptions, Context, Definitions, FlagSet, Percentage, Timestamp,
    definition::{ArmDefinition, ExperimentDefinition, ExperimentStatus, HoldoutDefinition, LayerDefinition},
};

use super::ALPHA;
use crate::{
    claim::{Claim, Row},
    lab::Lab,
    page::Section,
};

const TEXT: &str = "\
Experiments with fresh salts, asked for the arms of 10 000 units each. If assignment were truly random, a chi-square test at 5 %\n\
of the shares, or of the independence of two assignments, would alarm for 5 % of the salts: no more, as it would if experiments\n\
leaned on each other, and no less, as it would if hashing were more even than chance. Disjoint means disjoint: the number of units\n\
in two experiments of a layer, or in an experiment that a holdout keeps them out of, is zero.";

/// Units asked with each salt.
const UNITS: u64 = 10_000;

pub(super) fn study(lab: &Lab) -> Estimate<Section> {
    let mut rows = Vec::new();
    for (cost, (words, name)) in [40, 100, 100].into_iter().zip(UNITS_BY_NAME) {
        rows.extend(independence(lab, cost, words, name));
    }
    rows.extend(disjoint(lab));
    rows.extend(holdouts(lab));
    Ok(Section::new(TEXT, rows))
}

type Name = fn(u64) -> String;

/// Keys as applications have them: counted, digits only, and hexadecimal.
const UNITS_BY_NAME: [(&str, Name); 3] = [
    ("units user-1, user-2, …", |number| format!("user-{number}")),
    ("units 1, 2, …", |number| number.to_string()),
    ("units by a hexadecimal hash", |number| {
        let hash = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        format!("{:016x}{:016x}", hash, hash.rotate_left(29) ^ number)
    }),
];

/// A running experiment with arms of these weights and a salt of its own.
fn experiment(key: &str, salt: u64, weights: &[u32], traffic: u32) -> ExperimentDefinition {
    let share = Percentage::from_thousandths(traffic * 1000).expect("a share of at most a hundred percent");
    let start =
        ExperimentDefinition::new(key).status(ExperimentStatus::Running).salt(format!("{key}-{salt:x}")).traffic(share);
    weights.iter().enumerate().fold(start, |experiment, (place, weight)| {
        let name = format!("arm-{place}");
        let arm = if place == 0 { ArmDefinition::control(name) } else { ArmDefinition::new(name) };
        experiment.arm(arm.weight(*weight))
    })
}

fn layer(key: &str, salt: u64) -> LayerDefinition {
    LayerDefinition::new(key).salt(format!("{key}-{salt:x}"))
}

fn compiled(definitions: Definitions) -> FlagSet {
    let checked = definitions.check().expect("the definitions of this study are consistent");
    FlagSet::compile(&checked, &CompileOptions::new("simulation"))
}

/// The place of the arm that a unit has in an experiment; none if it is not enrolled.
fn arm(set: &FlagSet, experiment: &str, unit: &Context) -> Option<usize> {
    let assignment = set.assign(experiment, unit, &Timestamp::default());
    let number = assignment.arm()?.name().strip_prefix("arm-")?;
    number.parse().ok()
}

/// Arm and the lack of one as a column of a table: 0 without.
fn column(arm: Option<usize>) -> usize {
    arm.map_or(0, |place| place + 1)
}

/// A table of counts of two assignments of the same units.
struct Table<const R: usize, const C: usize>([[u64; C]; R]);

impl<const R: usize, const C: usize> Table<R, C> {
    fn new() -> Self {
        Self([[0; C]; R])
    }

    fn count(&mut self, row: usize, column: usize) {
        self.0[row][column] += 1;
    }

    /// Whether the chi-square test of independence alarms. No row and no column may be empty.
    fn alarms(&self, alpha: Alpha) -> bool {
        let rows = self.0.map(|row| row.iter().sum::<u64>() as f64);
        let columns: [f64; C] = std::array::from_fn(|column| self.0.iter().map(|row| row[column] as f64).sum());
        let total: f64 = rows.iter().sum();
        let mut statistic = 0.0;
        for (counts, row) in self.0.iter().zip(rows) {
            for (count, column) in counts.iter().zip(columns) {
                let expected = row * column / total;
                let distance = *count as f64 - expected;
                statistic += distance * distance / expected;
            }
        }
        chi_squared::sf(statistic, ((R - 1) * (C - 1)) as f64) <= alpha.value()
    }
}

fn units(rng: &mut Rng, name: Name) -> impl Iterator<Item = Context> {
    let first = rng.u64(0..1 << 40);
    (first..first + UNITS).map(move |number| Context::new(name(number)))
}

fn independence(lab: &Lab, cost: u64, words: &str, name: Name) -> Vec<Row> {
    let alarms = lab.count(&format!("independence {words}"), lab.runs(cost), |rng| {
        let mut salt = || rng.u64(..);
        let set = compiled(Definitions {
            layers: vec![layer("first", salt()), layer("second", salt())],
            experiments: vec![
                experiment("a", salt(), &[1, 1], 40).layer("first"),
                experiment("b", salt(), &[1, 2, 1], 60).layer("first"),
                experiment("c", salt(), &[1, 1], 50).layer("second"),
                experiment("d", salt(), &[1, 2, 1], 100),
                experiment("e", salt(), &[1, 1], 50),
            ],
            ..Definitions::default()
        });
        let mut shares = [0; 3];
        let mut layers = Table::<2, 2>::new();
        let mut arms_of_layers = Table::<2, 3>::new();
        let mut plain = Table::<3, 3>::new();
        let mut layer_and_plain = Table::<3, 3>::new();
        for unit in units(rng, name) {
            let [a, b, c, d, e] = ["a", "b", "c", "d", "e"].map(|experiment| arm(&set, experiment, &unit));
            if let Some(d) = d {
                shares[d] += 1;
                plain.count(d, column(e));
                layer_and_plain.count(d, column(c));
            }
            // Every unit is in one of the two of the first layer, which is full.
            layers.count(usize::from(b.is_some()), usize::from(c.is_some()));
            if let Some(a) = a {
                arms_of_layers.count(a, column(c));
            }
        }
        [
            sample_ratio(&shares, &[1.0, 2.0, 1.0]).is_ok_and(|ratio| ratio.p.is_significant(ALPHA)),
            layers.alarms(ALPHA),
            arms_of_layers.alarms(ALPHA),
            plain.alarms(ALPHA),
            layer_and_plain.alarms(ALPHA),
        ]
    });
    let questions = [
        "shares of arms 1 : 2 : 1",
        "layers independent: experiments of one against experiments of the other",
        "layers independent: arms of one against arms of the other",
        "experiments without a layer independent: arms against traffic and arms",
        "arms of an experiment without a layer against a layer's traffic and arms",
    ];
    let claim = Claim::equals(ALPHA.value()).give_or_take(0.002);
    questions.into_iter().zip(alarms).map(|(question, tally)| Row::share(question, words, tally, claim)).collect()
}

/// Units that are in two experiments of a layer, over all salts.
fn disjoint(lab: &Lab) -> Vec<Row> {
    let runs = lab.runs(400);
    let [both, covered] = lab.average("disjoint", runs, |rng| {
        let mut salt = || rng.u64(..);
        let set = compiled(Definitions {
            layers: vec![layer("shared", salt())],
            experiments: vec![
                experiment("a", salt(), &[1, 1], 30).layer("shared"),
                experiment("b", salt(), &[1, 1], 30).layer("shared"),
                experiment("c", salt(), &[1, 1], 40).layer("shared"),
            ],
            ..Definitions::default()
        });
        let (mut both, mut covered) = (0, 0);
        for unit in units(rng, UNITS_BY_NAME[0].1) {
            let enrolled =
                ["a", "b", "c"].into_iter().filter(|experiment| arm(&set, experiment, &unit).is_some()).count();
            both += u64::from(enrolled > 1);
            covered += u64::from(enrolled == 1);
        }
        [both as f64 / UNITS as f64, covered as f64 / UNITS as f64]
    });
    let setting = format!("a layer of 30 %, 30 % and 40 %, {UNITS} units each");
    vec![
        Row::mean("share of units in two experiments of a layer", setting.clone(), both, Claim::equals(0.0)),
        Row::mean("share of units in exactly one", setting, covered, Claim::equals(1.0)),
    ]
}

fn holdouts(lab: &Lab) -> Vec<Row> {
    let set = |rng: &mut Rng| {
        let mut salt = || rng.u64(..);
        let percent = |percent: u32| Percentage::from_thousandths(percent * 1000).expect("at most a hundred percent");
        compiled(Definitions {
            layers: vec![layer("shared", salt())],
            experiments: vec![
                experiment("layered", salt(), &[1, 1], 50).layer("shared"),
                experiment("covered", salt(), &[1, 1], 100),
                experiment("covered_by_other", salt(), &[1, 1], 100),
                experiment("free", salt(), &[1, 1], 100),
            ],
            holdouts: vec![
                HoldoutDefinition::new("ten", percent(10))
                    .from_experiments(["layered", "covered"])
                    .salt(format!("ten-{:x}", salt())),
                HoldoutDefinition::new("twenty", percent(20))
                    .from_experiments(["covered_by_other"])
                    .salt(format!("twenty-{:x}", salt())),
            ],
            ..Definitions::default()
        })
    };
    let held_out = |set: &FlagSet, experiment: &str, unit: &Context| {
        set.assign(experiment, unit, &Timestamp::default()).why_not().is_some_and(|why| why.name() == "held_out")
    };
    let [leaks, ten, twenty] = lab.average("holdouts", lab.runs(400), |rng| {
        let set = set(rng);
        let mut counts = [0_u64; 3];
        for unit in units(rng, UNITS_BY_NAME[0].1) {
            let (ten, twenty) = (held_out(&set, "covered", &unit), held_out(&set, "covered_by_other", &unit));
            // Whoever is held out of one covered experiment is in none of them.
            let leaks = ten && ["layered", "covered"].iter().any(|experiment| arm(&set, experiment, &unit).is_some());
            counts.iter_mut().zip([leaks, ten, twenty]).for_each(|(count, hit)| *count += u64::from(hit));
        }
        counts.map(|count| count as f64 / UNITS as f64)
    });
    let alarms = lab.count("holdouts independent", lab.runs(40), |rng| {
        let set = set(rng);
        let (mut of_arms, mut of_each_other) = (Table::<2, 2>::new(), Table::<2, 2>::new());
        for unit in units(rng, UNITS_BY_NAME[0].1) {
            let (ten, twenty) = (held_out(&set, "covered", &unit), held_out(&set, "covered_by_other", &unit));
            of_each_other.count(usize::from(ten), usize::from(twenty));
            if let Some(free) = arm(&set, "free", &unit) {
                of_arms.count(free, usize::from(ten));
            }
        }
        [of_arms.alarms(ALPHA), of_each_other.alarms(ALPHA)]
    });
    let setting = "holdouts of 10 % and 20 %";
    let claim = Claim::equals(ALPHA.value()).give_or_take(0.002);
    vec![
        Row::mean("share of units held out and yet enrolled", setting, leaks, Claim::equals(0.0)),
        Row::mean("share of units held out", "a holdout of 10 %", ten, Claim::equals(0.1)),
        Row::mean("share of units held out", "a holdout of 20 %", twenty, Claim::equals(0.2)),
        Row::share("holdout independent of the arms of an experiment it does not cover", setting, alarms[0], claim),
        Row::share("holdouts independent of each other", setting, alarms[1], claim),
    ]
}
