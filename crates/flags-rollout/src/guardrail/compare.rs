//! The comparison with the concurrent control group, by a test that holds however often one looks.

use flags_ab::statistics::{
    Alpha, Estimate, Proportion,
    sequential::{Dispersion, EffectEstimate, OneSidedConfidenceSequence, VarianceInflation},
};

use super::{
    Arms, Counts,
    share::{percent, rate_and_variance, shown},
};
use crate::machine::{Judgement, Verdict};

/// From how many runs in each arm on anything is said: below, the normal approximation is none.
const FEWEST_RUNS: u64 = 10;

/// What is compared by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comparison {
    /// The relative increase that is allowed.
    pub(super) max_increase: f64,
    /// The level that all looks of this stage together keep.
    pub(super) alpha: f64,
    /// The runs each arm needs for a pass.
    pub(super) min_samples: u64,
}

/// The counts of a stage, and how its batches vary.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Comparing {
    pub(super) total: Arms<Counts>,
    control_batches: Dispersion,
}

impl Comparing {
    pub(super) fn record(&mut self, batch: Arms<Counts>) {
        self.total.control.add(batch.control);
        self.total.treatment.add(batch.treatment);
        if let Ok(control) = Proportion::new(batch.control.bad, batch.control.runs) {
            self.control_batches.record(control);
        }
    }

    /// Says whether the treatment is worse than the control by more than is allowed.
    ///
    /// The effect is `p_b − (1 + increase) p_a`. A pass asks for more than the absence of a failure: samples enough, and an
    /// estimate that is not above the bound by more than its standard error. What is trending bad does not advance.
    pub(super) fn judge(&self, comparison: Comparison) -> Judgement {
        let Arms { control, treatment } = self.total;
        for (arm, counts) in [("the flag", treatment), ("the control", control)] {
            if counts.runs == 0 {
                return Judgement::new(Verdict::NoData, format!("no runs with {arm}")).relative();
            }
        }
        let evidence = format!("{} with the flag, {} without", shown(treatment), shown(control));
        let judgement = |verdict, what: &str| Judgement::new(verdict, format!("{evidence}: {what}")).relative();
        let fewest = control.runs.min(treatment.runs);
        if fewest < FEWEST_RUNS {
            return judgement(Verdict::Inconclusive, "too few to compare");
        }
        let estimate = match self.estimate(comparison.max_increase) {
            Ok(estimate) => estimate,
            Err(why) => return judgement(Verdict::Error, &why.to_string()),
        };
        let allowed = match comparison.max_increase {
            0.0 => "worse than the control".to_owned(),
            increase => format!("more than {} worse than the control", percent(increase)),
        };
        let tightest_at = comparison.min_samples.max(50).saturating_mul(2);
        match surely_harmful(&estimate, tightest_at, comparison.alpha) {
            Ok(true) => judgement(Verdict::Fail, &format!("surely {allowed}")),
            Ok(false) if fewest < comparison.min_samples => {
                judgement(Verdict::Inconclusive, &format!("{} runs are needed in each arm", comparison.min_samples))
            }
            Ok(false) if estimate.effect() > estimate.se() => {
                judgement(Verdict::Inconclusive, &format!("it may be {allowed}"))
            }
            Ok(false) => judgement(Verdict::Pass, &format!("not {allowed}")),
            Err(why) => judgement(Verdict::Error, &why.to_string()),
        }
    }

    fn estimate(&self, max_increase: f64) -> Estimate<EffectEstimate> {
        let factor = 1.0 + max_increase;
        let (control, control_variance) = rate_and_variance(self.total.control);
        let (treatment, treatment_variance) = rate_and_variance(self.total.treatment);
        let se = libm::sqrt(treatment_variance + factor * factor * control_variance);
        let effect = treatment - factor * control;
        let estimate = EffectEstimate::new(effect, se, self.total.control.runs, self.total.treatment.runs)?;
        // The control alone says how much batches vary by nature: in the treatment, harm that sets in would look like it.
        let inflation = Dispersion::inflation(&[self.control_batches]).unwrap_or(VarianceInflation::NONE);
        estimate.inflated(inflation)
    }
}

fn surely_harmful(estimate: &EffectEstimate, tightest_at: u64, alpha: f64) -> Estimate<bool> {
    let sequence = OneSidedConfidenceSequence::new(Alpha::new(alpha)?, tightest_at as f64)?;
    Ok(sequence.look(estimate)?.lower > 0.0)
}
