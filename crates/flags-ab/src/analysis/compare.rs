//! Every metric of every arm beside the control, with the correction for their number.

use flags_core::{
    Timestamp,
    definition::{
        AnalysisMethod, Correction as Written, ExperimentDefinition, Goal, MetricDefinition, MetricKind, MetricRole,
    },
};

use super::{
    ArmValue, Comparison, Evidence, Measured, MetricAnalysis, Plan, Unavailable, Verdict, Waiting,
    judge::{Judged, Method, OneSided, Sure, judge, lift, mean_interval, one_sided, twice_the_smaller},
    pair::{Pair, Phases},
    shortfall::{Basis, per_day, shortfall},
};
use crate::{
    Name,
    statistics::{
        Alpha, Arm, Correction, Estimate, Interval, Undefined, adjust_p_values, bayes::BetaPosterior, wilson_interval,
    },
    summary::{ExperimentSummary, MetricSummary},
};

/// What holds for all comparisons of an analysis.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting<'a> {
    pub(super) definition: &'a ExperimentDefinition,
    pub(super) summary: &'a ExperimentSummary,
    pub(super) plan: &'a Plan,
    pub(super) now: Timestamp,
    /// The units that had come in by each of the looks so far.
    pub(super) information: &'a [f64],
    /// Why nothing may be shown, and until when, if nothing may.
    pub(super) withheld: Option<(Unavailable, Waiting)>,
    /// What a verdict waits for although results are shown.
    pub(super) undecided: Option<Waiting>,
    /// Whether this is the last look, after which "not yet" would be no answer.
    pub(super) last: bool,
}

/// The level of the intervals of success metrics, and the correction of their p-values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Family {
    pub(super) interval: Alpha,
    pub(super) correction: Option<Correction>,
}

impl Family {
    /// The family of all success metrics and arms.
    pub(super) fn of(plan: &Plan) -> Self {
        let correction = match plan.correction {
            Written::None => None,
            Written::Bonferroni => Some(Correction::Bonferroni),
            Written::Holm => Some(Correction::Holm),
            Written::BenjaminiHochberg => Some(Correction::BenjaminiHochberg),
        };
        Self { interval: plan.alpha_each, correction }
    }

    /// The family of all success metrics and arms in so many segments.
    pub(super) fn of_segments(plan: &Plan, segments: usize) -> Self {
        let tests = (plan.comparisons * segments).max(1) as f64;
        let interval = Alpha::new(plan.alpha.value() / tests).unwrap_or(plan.alpha_each);
        Self { interval, correction: Some(Correction::BenjaminiHochberg) }
    }
}

/// The metrics of several slices, with the success metrics of all of them as one family of tests.
pub(super) fn compare(setting: &Setting<'_>, slices: &[&Phases<'_>], family: Family) -> Vec<Vec<MetricAnalysis>> {
    let of_slice = |phases: &&Phases<'_>| {
        let metrics = setting.definition.metrics.iter();
        metrics.map(|metric| setting.metric(metric, phases, family)).collect()
    };
    let mut analysed: Vec<Vec<MetricAnalysis>> = slices.iter().map(of_slice).collect();
    correct(setting, family, &mut analysed);
    analysed
}

/// Corrects the p-values of the success metrics for their number; one that is not there counts as 1.
fn correct(setting: &Setting<'_>, family: Family, analysed: &mut [Vec<MetricAnalysis>]) {
    let success = analysed.iter_mut().flatten().filter(|metric| metric.role == MetricRole::Success);
    let mut tests: Vec<(Goal, &mut Comparison)> = success
        .flat_map(|metric| {
            let goal = metric.goal;
            metric.arms.iter_mut().map(move |arm| (goal, arm))
        })
        .collect();
    let own: Vec<f64> = tests.iter().map(|(_, test)| p_like(test).unwrap_or(1.0)).collect();
    let adjusted = match family.correction.map(|correction| adjust_p_values(&own, correction)) {
        Some(Ok(adjusted)) => adjusted.values().to_vec(),
        _ => own,
    };
    let may_decide = setting.withheld.is_none() && setting.undecided.is_none();
    for ((goal, test), p) in tests.iter_mut().zip(adjusted) {
        if let Ok(Evidence::Test { adjusted, .. }) = &mut test.evidence {
            *adjusted = p;
        }
        let effect = test.effect.map_or(0.0, |effect| effect.value);
        if may_decide && test.evidence.is_ok() && p <= setting.plan.alpha.value() && effect != 0.0 {
            test.verdict = if (effect > 0.0) == (*goal == Goal::Increase) { Verdict::Better } else { Verdict::Worse };
        }
    }
}

/// The p-value of a success metric's comparison, or what stands for it.
fn p_like(comparison: &Comparison) -> Option<f64> {
    match comparison.evidence {
        Ok(Evidence::Test { p, .. }) => Some(p.value()),
        Ok(Evidence::Posterior { chance_to_win, .. }) => Some(twice_the_smaller(chance_to_win)),
        _ => None,
    }
}

/// A comparison before the correction, and the level that its arm's own interval is shown at.
struct Found {
    effect: Result<Measured, Unavailable>,
    lift: Result<Measured, Unavailable>,
    evidence: Result<Evidence, Unavailable>,
    verdict: Verdict,
    method: String,
    level: Alpha,
}

impl Setting<'_> {
    fn method(&self) -> Method<'_> {
        Method { plan: self.plan, information: self.information }
    }

    fn metric(&self, metric: &MetricDefinition, phases: &Phases<'_>, family: Family) -> MetricAnalysis {
        let control = &*self.plan.control;
        let treatments = self.definition.arms.iter().filter(|arm| *arm.name != *control);
        // The control's own interval is the widest that any of its comparisons calls for.
        let mut control_level = family.interval;
        let arms = treatments
            .map(|arm| {
                let found = match self.withheld {
                    Some((why, waiting)) => nothing(why, Verdict::NotYet(waiting), family.interval),
                    None => self.found(metric, phases, &arm.name, family),
                };
                if found.level < control_level {
                    control_level = found.level;
                }
                Comparison {
                    arm: Name::from(&*arm.name),
                    value: self.value(metric, phases, &arm.name, found.level),
                    effect: found.effect,
                    lift: found.lift,
                    evidence: found.evidence,
                    verdict: found.verdict,
                    method: found.method,
                }
            })
            .collect();
        MetricAnalysis {
            name: Name::from(&*metric.name),
            kind: metric.kind,
            role: metric.role,
            goal: metric.goal,
            primary: self.plan.primary.as_deref() == Some(&*metric.name),
            margin: metric.margin.filter(|_| metric.role == MetricRole::Guardrail),
            minimum_detectable_effect: metric.minimum_detectable_effect,
            control_arm: self.plan.control.clone(),
            control: self.value(metric, phases, control, control_level),
            arms,
        }
    }

    fn found(&self, metric: &MetricDefinition, phases: &Phases<'_>, arm: &str, family: Family) -> Found {
        let pair = match Pair::of(metric, phases, &self.plan.control, arm) {
            Ok(pair) => pair,
            Err(why) => return nothing(why, self.without_answer(why), family.interval),
        };
        match metric.role {
            MetricRole::Success => self.success(metric, &pair, arm, family.interval),
            MetricRole::Guardrail => self.guardrail(metric, &pair),
        }
    }

    fn success(&self, metric: &MetricDefinition, pair: &Pair, arm: &str, interval: Alpha) -> Found {
        let judged = match judge(self.method(), pair, interval) {
            Ok(judged) => judged,
            Err(why) => return nothing(why, self.without_answer(why), interval),
        };
        let evidence = judged.sure.map(|sure| match (sure, metric.goal) {
            (Sure::Test(p), _) => Evidence::Test { p, adjusted: p.value() },
            (Sure::Posterior(chances), Goal::Increase) => {
                Evidence::Posterior { chance_to_win: chances.chance_to_win, expected_loss: chances.loss_if_treatment }
            }
            (Sure::Posterior(chances), Goal::Decrease) => Evidence::Posterior {
                chance_to_win: 1.0 - chances.chance_to_win,
                expected_loss: chances.loss_if_control,
            },
        });
        let missing = || {
            let traffic = per_day(self.definition, self.summary, self.now, &self.plan.control, arm);
            shortfall(self.plan, metric, pair, judged.level, traffic, Basis::Data)
        };
        // Whether the effect is significant is told by the correction, once all tests are there.
        let verdict = match (evidence, self.undecided) {
            (Err(why), _) => self.without_answer(why),
            (Ok(_), Some(waiting)) => Verdict::NotYet(waiting),
            (Ok(_), None) if !self.last => Verdict::NotYet(Waiting::ForEvidence(missing())),
            (Ok(_), None) => match missing().filter(|shortfall| shortfall.units < shortfall.needed) {
                Some(shortfall) => Verdict::Underpowered(shortfall),
                None => Verdict::NoDifferenceSeen,
            },
        };
        shown(pair, judged, evidence, verdict)
    }

    fn guardrail(&self, metric: &MetricDefinition, pair: &Pair) -> Found {
        let plan = self.plan;
        let half = Alpha::new(plan.alpha.value() / 2.0).unwrap_or(plan.alpha);
        let judged = match judge(self.method(), pair, plan.alpha) {
            Ok(judged) => judged,
            Err(why) => return nothing(why, self.without_answer(why), plan.alpha),
        };
        let evidence = one_sided(self.method(), pair, metric.margin, metric.goal, half).map(|tests| match tests {
            OneSided::Tests { holds, breached } => {
                Evidence::Guardrail { p_holds: metric.margin.map(|_| holds), p_breached: breached }
            }
            OneSided::Chance(chance_to_hold) => Evidence::GuardrailPosterior { chance_to_hold },
        });
        let verdict = match evidence {
            Err(why) => self.without_answer(why),
            Ok(evidence) => self.holds(evidence, metric.margin.is_some(), half.value()),
        };
        shown(pair, judged, evidence, verdict)
    }

    fn holds(&self, evidence: Evidence, has_margin: bool, level: f64) -> Verdict {
        let (holds, breached) = match evidence {
            Evidence::Guardrail { p_holds, p_breached } => {
                (p_holds.is_some_and(|p| p.value() <= level), p_breached.value() <= level)
            }
            Evidence::GuardrailPosterior { chance_to_hold } => (chance_to_hold >= 1.0 - level, chance_to_hold <= level),
            Evidence::Test { .. } | Evidence::Posterior { .. } => (false, false),
        };
        match (self.undecided, has_margin) {
            (Some(waiting), _) => Verdict::NotYet(waiting),
            (None, true) if breached => Verdict::Inferior,
            (None, true) if holds => Verdict::NonInferior,
            (None, true) if self.last => Verdict::NotShown,
            (None, true) => Verdict::NotYet(Waiting::ForEvidence(None)),
            (None, false) if breached => Verdict::Worse,
            (None, false) => Verdict::NoDifferenceSeen,
        }
    }

    /// The verdict where there is no number: too early, or none.
    fn without_answer(&self, why: Unavailable) -> Verdict {
        match why {
            Unavailable::NoData
            | Unavailable::TooFewUnits { .. }
            | Unavailable::TooFewConversions { .. }
            | Unavailable::Undefined(Undefined::NoUsers { .. } | Undefined::TooFewUsers { .. })
                if !self.last =>
            {
                Verdict::NotYet(Waiting::ForData(why))
            }
            _ => Verdict::Undefined(why),
        }
    }

    fn value(&self, metric: &MetricDefinition, phases: &Phases<'_>, arm: &str, level: Alpha) -> ArmValue {
        let found = merged(phases, arm, &metric.name);
        let (sums, missing) = match found {
            Ok(Some(sums)) => (Some(sums), Unavailable::NoData),
            Ok(None) => (None, Unavailable::NoData),
            Err(why) => (None, Unavailable::from(why)),
        };
        let value = match (self.withheld, sums) {
            (Some((why, _)), _) => Err(why),
            (None, None) => Err(missing),
            (None, Some(sums)) if sums.sum.units() == 0 => Err(missing),
            (None, Some(sums)) => self.measured(metric.kind, &sums, level),
        };
        ArmValue {
            units: sums.map_or(0, |sums| sums.sum.units()),
            open_windows: sums.map_or(0, |sums| sums.open_windows),
            capped: sums.map_or(0, |sums| sums.capped),
            value,
        }
    }

    fn measured(&self, kind: MetricKind, sums: &MetricSummary, level: Alpha) -> Result<Measured, Unavailable> {
        if kind != MetricKind::Conversion {
            let summary = sums.sum.summary(Arm::Treatment)?;
            return Ok(Measured { value: summary.mean(), interval: mean_interval(summary, level) });
        }
        let conversions = sums.sum.conversions()?;
        let rate = conversions.rate().ok_or(Unavailable::NoData)?;
        let interval = if self.plan.method == AnalysisMethod::Bayesian {
            // Where nobody or everybody converted, that rate is possible too (Brown, Cai and DasGupta, 2001).
            let ends = |interval: Interval| Interval {
                lower: if conversions.conversions() == 0 { 0.0 } else { interval.lower },
                upper: if conversions.failures() == 0 { 1.0 } else { interval.upper },
            };
            let posterior = BetaPosterior::UNIFORM.update(conversions)?;
            posterior.credible_interval(level).map(ends)
        } else {
            wilson_interval(conversions, level)
        };
        Ok(Measured { value: rate, interval: interval.map_err(Unavailable::from) })
    }
}

fn nothing(why: Unavailable, verdict: Verdict, level: Alpha) -> Found {
    Found { effect: Err(why), lift: Err(why), evidence: Err(why), verdict, method: String::new(), level }
}

fn shown(pair: &Pair, judged: Judged, evidence: Result<Evidence, Unavailable>, verdict: Verdict) -> Found {
    let mut method = judged.words;
    if let Some(reduction) = pair.reduction {
        method.push_str(&format!("; adjusted by CUPED, {:.0} % less variance", reduction * 100.0));
    }
    if pair.strata > 1 {
        method.push_str(&format!("; compared within {} phases of equal weights", pair.strata));
    }
    if pair.left_out > 0 {
        method.push_str(&format!(
            "; without {} units of phases in which one of the two was not given out",
            pair.left_out
        ));
    }
    let lift = lift(pair, judged.level);
    Found { effect: Ok(judged.effect), lift, evidence, verdict, method, level: judged.level }
}

fn merged(phases: &Phases<'_>, arm: &str, metric: &str) -> Estimate<Option<MetricSummary>> {
    let mut parts = phases.iter().filter_map(|(_, slice)| slice.metric(arm, metric));
    let Some(first) = parts.next() else { return Ok(None) };
    parts.try_fold(*first, |sum, part| sum.merge(*part)).map(Some)
}
