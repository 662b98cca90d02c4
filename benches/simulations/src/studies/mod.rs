//! The studies, in the order of the page. Each is a function from the laboratory to a table.

mod assignment;
mod bayes;
mod conversions;
mod corrections;
mod coverage;
mod cuped;
mod dispersion;
mod lift;
mod means;
mod mismatch;
mod power;
mod sequential;
mod sequential_coverage;

use flags_ab::statistics::{Alpha, Estimate, Interval, PValue, Undefined};

use crate::{
    lab::Lab,
    page::{Heading, Section},
};

/// What a study is: it may fail only in setting up its methods, never in a run.
pub(crate) type Study = fn(&Lab) -> Estimate<Section>;

/// What their page is about.
pub(crate) const HEADING: Heading = Heading {
    title: "Simulations",
    about: "Whether the statistics of experiments err as often as they say. Experiments whose truth is known were simulated, the\n\
            library was asked as an application would ask it, and the wrong answers were counted.",
    runs: "experiments",
};

/// Every study with its title.
pub(crate) const ALL: &[(&str, Study)] = &[
    ("False positives: conversions", conversions::study),
    ("False positives: means, ratios and ranks", means::study),
    ("False positives: looking every day", sequential::study),
    ("Coverage: rates and their difference", coverage::study),
    ("Coverage: means and relative lifts", lift::study),
    ("Coverage: looking every day", sequential_coverage::study),
    ("Power at the computed sample size", power::study),
    ("Sample-ratio mismatch", mismatch::study),
    ("CUPED", cuped::study),
    ("Many tests at once", corrections::study),
    ("Outcomes that come in batches", dispersion::study),
    ("Bayesian answers", bayes::study),
    ("Assignment: arms, layers, holdouts", assignment::study),
];

/// The level of almost every row.
const ALPHA: Alpha = Alpha::FIVE_PERCENT;

/// Whether a test rejects at [`ALPHA`]; one that has no answer does not.
fn rejects(p: Estimate<PValue>) -> bool {
    p.is_ok_and(|p| p.is_significant(ALPHA))
}

/// Whether an interval holds the truth; nothing where there is none.
fn holds(interval: Estimate<Interval>, truth: f64) -> Option<bool> {
    interval.ok().map(|interval| interval.contains(truth))
}

/// An interval that is unbounded holds everything; one that is missing for another reason is missing.
fn holds_or_unbounded(interval: Estimate<Interval>, truth: f64) -> Option<bool> {
    match interval {
        Err(Undefined::UnboundedFieller { .. }) => Some(true),
        interval => holds(interval, truth),
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;

    use super::*;
    use crate::{
        claim::Verdict,
        page::{page, rows},
    };

    // G3: with few runs the bands are wide, so what is broken here is broken by far.
    #[test]
    fn every_study_runs_and_no_promise_is_broken_by_far() {
        let lab = Lab::new(1, 200, NonZero::new(2).unwrap());
        let sections: Vec<Section> = ALL.iter().map(|(title, study)| study(&lab).unwrap().titled(title)).collect();
        let broken: Vec<_> = rows(&sections).filter(|(_, row)| row.verdict() == Verdict::Broken).collect();
        assert!(broken.is_empty(), "{broken:#?}");
        assert!(rows(&sections).count() > 150);
        assert!(page(&lab, HEADING, &sections).contains("promises hold.**"));
    }
}
