//! The comparison with the concurrent control group, by a test that holds however often one looks.

use flags_ab::statistics::{
    Estimate, Proportion,
    sequential::{Dispersion, EffectEstimate, VarianceInflation},
};

use super::{
    Arms, Counts,
    harm::Harm,
    share::{percent, rate_and_variance, shown},
};
use crate::machine::{Judgement, Verdict};

/// From how many runs in each arm on it may pass: below, its standard error is none.
const FEWEST_RUNS: u64 = 10;

/// The counts of a stage, how its batches vary, and the evidence of harm.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comparing {
    pub(super) total: Arms<Counts>,
    max_increase: f64,
    control_batches: Dispersion,
    harm: Harm,
}

impl Comparing {
    /// Nothing so far; the treatment's share may be larger by that relative increase.
    pub(super) fn new(max_increase: f64) -> Self {
        let harm = Harm::new(max_increase);
        Self { total: Arms::default(), max_increase, control_batches: Dispersion::new(), harm }
    }

    pub(super) fn record(&mut self, batch: Arms<Counts>) {
        self.total.control.add(batch.control);
        self.total.treatment.add(batch.treatment);
        self.harm.record(batch);
        if let Ok(control) = Proportion::new(batch.control.bad, batch.control.runs) {
            self.control_batches.record(control);
        }
    }

    /// Says whether the treatment is worse than the control by more than is allowed, at a level that all looks together keep.
    ///
    /// A pass asks for more than the absence of a failure: samples enough, and an estimate of `p_b − (1 + increase) p_a` that
    /// is not above zero by more than its standard error. What is trending bad does not advance.
    pub(super) fn judge(&self, alpha: f64, min_samples: u64) -> Judgement {
        let Arms { control, treatment } = self.total;
        for (arm, counts) in [("the flag", treatment), ("the control", control)] {
            if counts.runs == 0 {
                return Judgement::new(Verdict::NoData, format!("no runs with {arm}")).relative();
            }
        }
        let evidence = format!("{} with the flag, {} without", shown(treatment), shown(control));
        let judgement = |verdict, what: &str| Judgement::new(verdict, format!("{evidence}: {what}")).relative();
        let allowed = match self.max_increase {
            0.0 => "worse than the control".to_owned(),
            increase => format!("more than {} worse than the control", percent(increase)),
        };
        if self.harm.ln_e() >= -libm::log(alpha) {
            return judgement(Verdict::Fail, &format!("surely {allowed}"));
        }
        let needed = min_samples.max(FEWEST_RUNS);
        if control.runs.min(treatment.runs) < needed {
            return judgement(Verdict::Inconclusive, &format!("{needed} runs are needed in each arm"));
        }
        match self.estimate() {
            Ok(estimate) if estimate.effect() > estimate.se() => {
                judgement(Verdict::Inconclusive, &format!("it may be {allowed}"))
            }
            Ok(_) => judgement(Verdict::Pass, &format!("not {allowed}")),
            Err(why) => judgement(Verdict::Error, &why.to_string()),
        }
    }

    fn estimate(&self) -> Estimate<EffectEstimate> {
        let factor = 1.0 + self.max_increase;
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
