//! Corrections for many tests, with tests that depend on each other in different ways.

use fastrand::Rng;
use flags_ab::statistics::{Correction, Estimate, adjust_p_values, special};

use super::ALPHA;
use crate::{
    claim::{Claim, Row},
    lab::Lab,
    page::Section,
    variates::normal,
};

const TEXT: &str = "\
Ten one-sided tests in one experiment, of which all or half have no effect. Bonferroni, Šidák, Holm and Hochberg hold the chance of\n\
*any* false finding; Benjamini and Hochberg, and Benjamini and Yekutieli, hold the expected *share* of false findings among the\n\
findings. The tests are independent, depend on each other positively as metrics of the same users do, or in pairs negatively,\n\
where only Bonferroni, Holm, and Benjamini and Yekutieli promise anything. Without a correction about four in ten experiments\n\
without any effect find something.";

const TESTS: usize = 10;

/// How the tests depend on each other.
#[derive(Clone, Copy, PartialEq)]
enum Dependence {
    Independent,
    Positive,
    Negative,
}

impl Dependence {
    fn words(self) -> &'static str {
        match self {
            Self::Independent => "independent",
            Self::Positive => "correlation 0.5",
            Self::Negative => "pairs of correlation −0.9",
        }
    }

    fn draw(self, rng: &mut Rng) -> [f64; TESTS] {
        let mut z = std::array::from_fn(|_| normal(rng));
        match self {
            Self::Independent => {}
            Self::Positive => {
                let shared = normal(rng);
                for z in &mut z {
                    *z = 0.5_f64.sqrt() * (*z + shared);
                }
            }
            Self::Negative => {
                for pair in z.chunks_exact_mut(2) {
                    pair[1] = -0.9 * pair[0] + 0.19_f64.sqrt() * pair[1];
                }
            }
        }
        z
    }
}

const CORRECTIONS: [(&str, Correction); 6] = [
    ("Bonferroni", Correction::Bonferroni),
    ("Šidák", Correction::Sidak),
    ("Holm", Correction::Holm),
    ("Hochberg", Correction::Hochberg),
    ("Benjamini and Hochberg", Correction::BenjaminiHochberg),
    ("Benjamini and Yekutieli", Correction::BenjaminiYekutieli),
];

pub(super) fn study(lab: &Lab) -> Estimate<Section> {
    let mut rows = Vec::new();
    for dependence in [Dependence::Independent, Dependence::Positive, Dependence::Negative] {
        for (effects, words) in [(0, "no effects"), (5, "5 effects of 3 standard errors")] {
            rows.extend(errors(lab, dependence, effects, &format!("10 tests, {}, {words}", dependence.words())));
        }
    }
    Ok(Section::new(TEXT, rows))
}

/// The first `effects` tests have one.
fn errors(lab: &Lab, dependence: Dependence, effects: usize, setting: &str) -> Vec<Row> {
    let p_values = |rng: &mut Rng| {
        let mut z = dependence.draw(rng);
        // In the negative pairs one of each has the effect.
        for effect in 0..effects {
            z[if dependence == Dependence::Negative { 2 * effect } else { effect }] += 3.0;
        }
        z.map(special::normal::sf)
    };
    let is_false = |place: usize| match dependence {
        Dependence::Negative => place % 2 == 1 || place >= 2 * effects,
        _ => place >= effects,
    };
    let runs = lab.runs(1);
    let any = lab.count(setting, runs, |rng| {
        let p = p_values(rng);
        let found = |rejected: &[bool]| rejected.iter().enumerate().any(|(place, found)| *found && is_false(place));
        let mut any = [false; 5];
        for (any, (_, correction)) in any.iter_mut().zip(&CORRECTIONS[..4]) {
            *any = adjust_p_values(&p, *correction).is_ok_and(|adjusted| found(&adjusted.rejected(ALPHA)));
        }
        any[4] = found(&p.map(|p| p <= ALPHA.value()));
        any
    });
    let share = lab.average(&format!("{setting} shares"), runs, |rng| {
        let p = p_values(rng);
        [4, 5].map(|place: usize| {
            let rejected = adjust_p_values(&p, CORRECTIONS[place].1).map(|adjusted| adjusted.rejected(ALPHA));
            let rejected = rejected.unwrap_or_default();
            let findings = rejected.iter().filter(|found| **found).count();
            let wrong = rejected.iter().enumerate().filter(|(place, found)| **found && is_false(*place)).count();
            wrong as f64 / findings.max(1) as f64
        })
    });
    let nothing = Claim::at_most(ALPHA.value()).unpromised();
    let mut rows = Vec::new();
    for ((name, correction), tally) in CORRECTIONS[..4].iter().zip(any) {
        let general = matches!(correction, Correction::Bonferroni | Correction::Holm);
        let claim = if general || dependence != Dependence::Negative { Claim::at_most(ALPHA.value()) } else { nothing };
        rows.push(Row::share(format!("{name}: any false finding"), setting, tally, claim));
    }
    rows.push(Row::share("no correction: any false finding", setting, any[4], nothing));
    let null_share = (TESTS - effects) as f64 / TESTS as f64;
    let hochberg = match dependence {
        // For independent tests it is exactly this.
        Dependence::Independent => Claim::equals(null_share * ALPHA.value()),
        Dependence::Positive => Claim::at_most(null_share * ALPHA.value()),
        Dependence::Negative => Claim::at_most(null_share * ALPHA.value()).unpromised(),
    };
    rows.push(Row::mean("Benjamini and Hochberg: share of false findings", setting, share[0], hochberg));
    let claim = Claim::at_most(null_share * ALPHA.value());
    rows.push(Row::mean("Benjamini and Yekutieli: share of false findings", setting, share[1], claim));
    rows
}
