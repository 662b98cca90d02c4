//! What has been gathered since a stage began, and what it says.

use flags_ab::statistics::sequential::SequentialSampleRatio;
use flags_core::{Percentage, Timestamp};

use super::{
    Arms, Counts, Group, Rule, RuleLook, catastrophe,
    counted::{Counted, Recent},
    signal::Signalled,
};
use crate::{
    machine::{Judgement, Observation, Verdict},
    plan::{GuardMetric, GuardrailDefinition, OnBreach, OnMissing, Plan},
};

/// How surely the arms do not get their shares before that is said.
const MISMATCH_ALPHA: f64 = 0.001;

/// How far back a catastrophe is looked for.
const CATASTROPHE_WINDOW: std::time::Duration = std::time::Duration::from_secs(60);

/// What has been measured since the last batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// The runs of both arms, the failed ones being the bad.
    pub runs: Arms<Counts>,
    /// The units that were seen for the first time in this stage, in each arm.
    pub units: Arms<u64>,
    /// What each guardrail has to be told, in the order of the plan. What is missing at the end is not known.
    pub readings: Vec<Reading>,
}

/// What one guardrail is told.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Reading {
    /// The runs since the last batch, with those that are bad by this guardrail's metric: failed, or slower than its bound.
    Counts(Arms<Counts>),
    /// The value of a signal.
    Value(f64),
    /// There is no value, or none that can be read: [`Verdict::NoData`] or [`Verdict::Error`], and why.
    Missing(Verdict, Box<str>),
    /// Nothing new; for rules, which are asked when it is looked.
    Nothing,
}

/// Everything gathered under one epoch of a rollout.
#[derive(Clone, Debug)]
pub struct Evidence {
    epoch: u64,
    percentage: Percentage,
    since: Timestamp,
    gauges: Vec<Gauge>,
    runs: Arms<Counts>,
    recent: Recent,
    shares: Option<SequentialSampleRatio>,
    mismatch: Option<Box<str>>,
}

#[derive(Clone, Debug)]
enum Gauge {
    Counted(Box<Counted>),
    Signalled(Signalled),
    Ruled,
}

impl Evidence {
    /// Begins to gather, for the stage with that percentage, under the epoch the machine has named.
    #[must_use]
    pub fn new(plan: &Plan, percentage: Percentage, epoch: u64, now: Timestamp) -> Self {
        let gauge = |guardrail: &GuardrailDefinition| match guardrail.metric {
            GuardMetric::ErrorRate | GuardMetric::Latency(_) | GuardMetric::SignalCounts(_) => {
                Gauge::Counted(Box::new(Counted::new(guardrail)))
            }
            GuardMetric::Signal(_) => Gauge::Signalled(Signalled::default()),
            GuardMetric::Rule(_) => Gauge::Ruled,
        };
        let weight = |share: Percentage| f64::from(share.thousandths());
        let weights = [weight(Group::control_share(percentage)), weight(percentage)];
        Self {
            epoch,
            percentage,
            since: now,
            gauges: plan.guardrails().iter().map(gauge).collect(),
            runs: Arms::default(),
            recent: Recent::default(),
            // At 100 percent there is one arm, and nothing to be mismatched.
            shares: SequentialSampleRatio::new(&weights, 10_000.0).ok(),
            mismatch: None,
        }
    }

    /// Takes in what was measured since the last batch. Each batch counts as a whole: batches of equal lengths of time, or of
    /// single nodes, show best how much runs vary together.
    pub fn record(&mut self, plan: &Plan, batch: &Batch, now: Timestamp) {
        self.runs.control.add(batch.runs.control);
        self.runs.treatment.add(batch.runs.treatment);
        self.recent.record(now, batch.runs, CATASTROPHE_WINDOW);
        for ((guardrail, gauge), reading) in plan.guardrails().iter().zip(&mut self.gauges).zip(&batch.readings) {
            match (gauge, reading) {
                (Gauge::Counted(counted), Reading::Counts(arms)) => counted.record(now, *arms, guardrail.window),
                (Gauge::Signalled(signalled), Reading::Value(value)) => {
                    signalled.value(now, *value, guardrail.max.unwrap_or(f64::MAX));
                }
                (Gauge::Counted(counted), Reading::Missing(verdict, text)) => counted.missing(*verdict, text.clone()),
                (Gauge::Signalled(signalled), Reading::Missing(verdict, text)) => {
                    signalled.missing(now, *verdict, text.clone());
                }
                _ => {}
            }
        }
        let units = [batch.units.control, batch.units.treatment];
        if let Some(shares) = &mut self.shares
            && units != [0, 0]
            && let Ok(look) = shares.look(&units)
            && look.p_value.value() <= MISMATCH_ALPHA
        {
            let text = format!(
                "{} units with the flag and {} in the control, which does not come by chance from shares of {} % and {} %",
                shares.counts().get(1).copied().unwrap_or(0),
                shares.counts().first().copied().unwrap_or(0),
                self.percentage,
                Group::control_share(self.percentage),
            );
            self.mismatch = Some(text.into());
        }
    }

    /// What the machine needs to know at this moment.
    #[must_use]
    pub fn observe(&self, plan: &Plan, rules: &[&dyn Rule], now: Timestamp) -> Observation {
        let alpha = self.percentage.is_partial().then(|| plan.alpha_per_comparison());
        let judge = |(guardrail, gauge): (&GuardrailDefinition, &Gauge)| match gauge {
            Gauge::Counted(counted) => counted.judge(guardrail, alpha, now),
            Gauge::Signalled(signalled) => signalled.judge(guardrail.max.unwrap_or(f64::MAX), guardrail.window, now),
            Gauge::Ruled => match rules.iter().find(|rule| rule.name() == guardrail.metric.name()) {
                Some(rule) => rule.judge(&RuleLook::new(self.percentage, self.since, self.runs, now)),
                None => Judgement::new(Verdict::Error, "the application does not bring this rule any more"),
            },
        };
        let recent = self.recent.counts(now, CATASTROPHE_WINDOW);
        Observation {
            epoch: self.epoch,
            samples: self.samples(plan),
            judgements: plan.guardrails().iter().zip(&self.gauges).map(judge).collect(),
            catastrophe: catastrophe::catastrophe(recent, plan.definition().catastrophe).map(Into::into),
            mismatch: self.mismatch.clone(),
        }
    }

    /// How many runs the smaller arm has had, by the guardrail that has counted fewest of them. Those that may be missing, or
    /// only tell, keep nothing waiting; where there are no others, it is what was counted most anywhere.
    fn samples(&self, plan: &Plan) -> u64 {
        let smaller = |Arms { control, treatment }: Arms<Counts>| match self.percentage.is_partial() {
            true => control.runs.min(treatment.runs),
            false => treatment.runs,
        };
        let counted = plan.guardrails().iter().zip(&self.gauges).filter_map(|(guardrail, gauge)| match gauge {
            Gauge::Counted(counted) => Some((guardrail, smaller(counted.total()))),
            Gauge::Signalled(_) | Gauge::Ruled => None,
        });
        let is_waited_for = |guardrail: &GuardrailDefinition| {
            guardrail.on_missing != OnMissing::Ignore && guardrail.on_breach != OnBreach::Notify
        };
        let (waited_for, others): (Vec<_>, Vec<_>) = counted.partition(|(guardrail, _)| is_waited_for(guardrail));
        let fewest = waited_for.into_iter().map(|(_, samples)| samples).min();
        let most = others.into_iter().map(|(_, samples)| samples).max().unwrap_or_default();
        fewest.unwrap_or_else(|| most.max(smaller(self.runs)))
    }

    /// The epoch it was gathered under.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The runs of the stage so far, the failed ones being the bad.
    #[must_use]
    pub fn runs(&self) -> Arms<Counts> {
        self.runs
    }
}
