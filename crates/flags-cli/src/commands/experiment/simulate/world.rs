//! A simulated experiment: units arrive, the planned analysis looks, and ends it or not.

use std::time::Duration;

use fastrand::Rng;
use flags::{
    ExperimentDefinition, Timestamp,
    core::definition::{AnalysisMethod, Correction, ExperimentStatus, MetricDefinition, MetricKind, MetricRole},
};
use flags_ab::{
    Name,
    analysis::{AnalysisError, AnalysisOptions, DecisionKind, analyze},
    statistics::Undefined,
    summary::{ArmSummary, ExperimentSummary, MetricSum, MetricSummary, Slice},
};

use super::draw;

/// When simulated experiments begin: any instant will do, but not today's, so that a run is the same every day.
const START: i64 = 1_767_225_600_000;

/// What is true in a simulated world.
#[derive(Clone, Copy, Debug)]
pub(super) struct Truth {
    /// The metric in the control.
    pub(super) baseline: f64,
    /// Its standard deviation over units, where it is no rate.
    pub(super) deviation: f64,
    /// How much more the treatments have, as a share of the baseline.
    pub(super) effect: f64,
}

/// How simulated experiments are run.
#[derive(Clone, Debug)]
pub(super) struct World {
    definition: ExperimentDefinition,
    is_rate: bool,
    metric: Name,
    units: u64,
    looks: usize,
    /// How many are drawn of each arm between two looks, by weight.
    shares: Vec<(Name, f64)>,
}

/// How many experiments ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ends {
    /// A treatment was declared the winner.
    pub(super) winner: u64,
    /// The control was declared the winner, or the experiment was stopped because of harm.
    pub(super) harm: u64,
    /// Nothing was found.
    pub(super) nothing: u64,
    /// The units of all of them together.
    pub(super) units: u64,
}

impl Ends {
    pub(super) fn runs(&self) -> u64 {
        self.winner + self.harm + self.nothing
    }
}

impl World {
    /// The world of an experiment, with its primary metric alone at the level of a single comparison.
    pub(super) fn new(definition: &ExperimentDefinition, units: u64, looks: usize) -> Option<Self> {
        let success = definition.metrics.iter().filter(|metric| metric.role == MetricRole::Success);
        let metric: MetricDefinition = success.clone().next()?.clone();
        let treatments = definition.arms.len().saturating_sub(1);
        let comparisons = match definition.analysis.correction {
            Correction::None => 1,
            _ => (success.count() * treatments).max(1),
        };
        let mut definition = definition.clone();
        definition.analysis.confidence = 1.0 - (1.0 - definition.analysis.confidence) / comparisons as f64;
        definition.analysis.correction = Correction::None;
        let start = Timestamp::from_millis(START);
        definition.start = Some(start);
        definition.end = Some(start.saturating_add(DAY * u32::try_from(looks).unwrap_or(u32::MAX)));
        definition.status = ExperimentStatus::Running;
        definition.winner = None;
        let total: f64 = definition.arms.iter().map(|arm| f64::from(arm.weight)).sum();
        let share = |weight: u32| f64::from(weight) / total;
        let shares = definition.arms.iter().map(|arm| (Name::from(&*arm.name), share(arm.weight))).collect();
        let (is_rate, name) = (metric.kind == MetricKind::Conversion, Name::from(&*metric.name));
        // What is drawn has neither ratios nor outliers.
        let kind = if is_rate { MetricKind::Conversion } else { MetricKind::Mean };
        definition.metrics = vec![MetricDefinition { kind, winsorize: None, window: None, ..metric }];
        Some(Self { definition, is_rate, metric: name, units, looks, shares })
    }

    /// Runs one experiment.
    ///
    /// # Errors
    ///
    /// As the analysis, for a definition that cannot be analysed or numbers that cannot be drawn.
    pub(super) fn run(&self, truth: Truth, rng: &mut Rng, ends: &mut Ends) -> Result<(), AnalysisError> {
        let mut arms: Vec<(u64, Option<MetricSum>)> = self.shares.iter().map(|_| (0, None)).collect();
        for look in 1..=self.looks {
            let so_far = |share: f64| (self.units as f64 * share * look as f64 / self.looks as f64).round() as u64;
            for ((name, share), (users, sum)) in self.shares.iter().zip(&mut arms) {
                let new = so_far(*share).saturating_sub(*users);
                let is_control = self.definition.control_arm().is_some_and(|control| *control.name == **name);
                let effect = if is_control { 0.0 } else { truth.effect };
                let drawn = self.draw(truth, truth.baseline + effect * truth.baseline.abs(), new, rng);
                let joined = drawn.and_then(|drawn| sum.take().map_or(Ok(drawn), |sum| sum.merge(drawn)));
                *sum = Some(joined.map_err(|reason| self.undefined(reason))?);
                *users += new;
            }
            // A single look is at the end; before it the analysis would refuse to say anything.
            if look < self.looks && self.definition.analysis.method == AnalysisMethod::Fixed {
                continue;
            }
            let now = Timestamp::from_millis(START).saturating_add(DAY * u32::try_from(look).unwrap_or(u32::MAX));
            let analysis =
                analyze(&self.definition, &self.summary(&arms), &AnalysisOptions::at(now).looks(self.looks))?;
            let decision = &analysis.decision;
            let ended = match decision.kind {
                DecisionKind::RecommendWinner => {
                    let control = self.definition.control_arm().map(|arm| &*arm.name);
                    if decision.arm.as_deref() == control { &mut ends.harm } else { &mut ends.winner }
                }
                DecisionKind::RecommendStop => &mut ends.harm,
                _ if look == self.looks => &mut ends.nothing,
                _ => continue,
            };
            *ended += 1;
            ends.units += arms.iter().map(|(users, _)| users).sum::<u64>();
            return Ok(());
        }
        Ok(())
    }

    fn draw(&self, truth: Truth, mean: f64, users: u64, rng: &mut Rng) -> Result<MetricSum, Undefined> {
        if self.is_rate {
            return draw::conversions(rng, users, mean.clamp(0.0, 1.0)).map(MetricSum::Conversion);
        }
        draw::values(rng, users, mean, truth.deviation).map(MetricSum::Mean)
    }

    fn undefined(&self, reason: Undefined) -> AnalysisError {
        AnalysisError::Plan { experiment: Name::from(&*self.definition.key), reason }
    }

    fn summary(&self, arms: &[(u64, Option<MetricSum>)]) -> ExperimentSummary {
        let mut slice = Slice::default();
        for ((name, _), (users, sum)) in self.shares.iter().zip(arms) {
            let arm: &mut ArmSummary = slice.arms.entry(name.clone()).or_default();
            arm.users = *users;
            arm.metrics.extend(sum.map(|sum| (self.metric.clone(), MetricSummary::new(sum))));
        }
        let mut summary = ExperimentSummary::new(&*self.definition.key);
        summary.phases.insert("".into(), slice);
        summary
    }
}

/// Between two looks.
const DAY: Duration = Duration::from_secs(86_400);
