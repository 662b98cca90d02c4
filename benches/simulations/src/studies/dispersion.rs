//! Outcomes of one batch share their fate: tests with and without allowing for it.

use fastrand::Rng;
use flags_ab::statistics::{
    Estimate, Proportion,
    sequential::{Dispersion, EffectEstimate, OneSidedConfidenceSequence},
};

use super::ALPHA;
use crate::{
    claim::{Claim, Row},
    lab::Lab,
    page::Section,
    variates::{beta, conversions},
};

const TEXT: &str = "\
Calls of one minute or one node share what befell it. A guard that takes them for independent raises false alarms; with the\n\
variance inflated by the upper limit of what is seen between batches it does not, and still finds an arm that fails three times as\n\
often. Two hours of minutes with 200 calls in each arm are looked at every minute, by a one-sided confidence sequence; the\n\
inflation counts as known from the tenth minute on.";

const MINUTES: usize = 120;
const CALLS: u64 = 200;

/// How the error rate of a minute is drawn: mean about 1 %.
struct Weather {
    words: &'static str,
    rate: fn(&mut Rng) -> f64,
}

pub(super) fn study(lab: &Lab) -> Estimate<Section> {
    let kinds = [
        Weather { words: "the same rate every minute", rate: |_| 0.01 },
        Weather { words: "rates of a Beta distribution", rate: |rng| beta(rng, 1.0, 99.0) },
        Weather { words: "every sixth minute a bad one", rate: |rng| if rng.u32(0..6) == 0 { 0.06 } else { 0.0 } },
    ];
    let mut rows = Vec::new();
    for Weather { words, rate } in kinds {
        let independent = words.starts_with("the same");
        for (harm, setting) in
            [(1.0, format!("{words}, no harm")), (3.0, format!("{words}, three times as many errors"))]
        {
            let sequence = OneSidedConfidenceSequence::new(ALPHA, (CALLS * MINUTES as u64) as f64)?;
            let [naive, inflated, upper] = lab.count(&setting, lab.runs(40), |rng| alarms(rng, &sequence, rate, harm));
            let claim = |promised| {
                let claim = if harm == 1.0 { Claim::at_most(ALPHA.value()) } else { Claim::at_least(0.5) };
                claim.promised_if(promised)
            };
            rows.extend([
                Row::share("calls taken for independent", setting.clone(), naive, claim(independent)),
                Row::share("variance inflated by the estimate", setting.clone(), inflated, claim(false)),
                Row::share("variance inflated by its upper 90 % limit", setting, upper, claim(true)),
            ]);
        }
    }
    Ok(Section::new(TEXT, rows))
}

/// Whether an alarm is raised at any minute: without inflation, with the estimated one, with its upper limit.
fn alarms(rng: &mut Rng, sequence: &OneSidedConfidenceSequence, rate: fn(&mut Rng) -> f64, harm: f64) -> [bool; 3] {
    let mut arms = [Proportion::default(); 2];
    let mut dispersion = [Dispersion::new(); 2];
    let mut alarm = [false; 3];
    for minute in 1..=MINUTES {
        for (arm, factor) in [1.0, harm].into_iter().enumerate() {
            let rate = (factor * rate(rng)).min(1.0);
            let batch = conversions(rng, CALLS, rate);
            arms[arm] = arms[arm].merge(batch).expect("the calls of two hours fit a counter");
            dispersion[arm].record(batch);
        }
        let Ok(estimate) = EffectEstimate::between(arms[0], arms[1]) else { continue };
        let look = |estimate: Estimate<EffectEstimate>| {
            let bounds = estimate.and_then(|estimate| sequence.look(&estimate));
            bounds.is_ok_and(|bounds| bounds.p_above_zero.is_significant(ALPHA))
        };
        alarm[0] |= look(Ok(estimate));
        if minute >= 10 {
            alarm[1] |= look(Dispersion::inflation(&dispersion).and_then(|factor| estimate.inflated(factor)));
            alarm[2] |=
                look(Dispersion::upper_inflation(&dispersion, 0.9).and_then(|factor| estimate.inflated(factor)));
        }
    }
    alarm
}
