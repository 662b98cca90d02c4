//! The plan of an experiment, and the quantity of it that was left out.

use flags::{
    ExperimentDefinition,
    core::definition::{AnalysisMethod, Correction, Goal, MetricDefinition, MetricKind, MetricRole},
};
use flags_ab::{
    analysis::{AnalysisOptions, TIGHTEST_AT},
    statistics::{
        Alpha, Estimate, MeansDesign, Sides, Undefined, minimum_detectable_mean, minimum_detectable_rate, power_means,
        power_two_proportions, sample_size_means, sample_size_two_proportions,
        sequential::{ConfidenceSequence, EffectEstimate, GroupSequential, Shape, Spending},
    },
};
use serde_json::{Value as Json, json};

use super::grouped;
use crate::{
    failure::Failure,
    number::{percent, significant},
    suggest,
};

/// What a metric is measured by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Measure {
    /// The share of the units that convert.
    Rate,
    /// The mean over the units.
    Mean {
        /// Their standard deviation; it has to be given.
        deviation: Option<f64>,
    },
}

/// What is known, and so what is asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Comparison {
    /// How many units?
    Units { effect: f64, power: f64 },
    /// How small an effect?
    Effect { units: u64, power: f64, down: bool },
    /// How likely is it found?
    Power { effect: f64, units: u64 },
}

/// The plan of an experiment.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) experiment: Option<String>,
    pub(super) metric: String,
    pub(super) measure: Measure,
    pub(super) baseline: Option<f64>,
    /// The effect the definition wants to find, with its sign.
    pub(super) effect: Option<f64>,
    pub(super) is_to_decrease: bool,
    pub(super) confidence: f64,
    pub(super) power: f64,
    pub(super) comparisons: usize,
    pub(super) sides: Sides,
    /// Names and weights, the control first.
    pub(super) arms: Vec<(String, u32)>,
    pub(super) daily_units: Option<u64>,
    /// The share of them that takes part.
    pub(super) traffic: f64,
    pub(super) method: AnalysisMethod,
    pub(super) asked: Comparison,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            experiment: None,
            metric: "conversion".to_owned(),
            measure: Measure::Rate,
            baseline: None,
            effect: None,
            is_to_decrease: false,
            confidence: 0.95,
            power: 0.8,
            comparisons: 1,
            sides: Sides::Two,
            arms: vec![("control".to_owned(), 1), ("treatment".to_owned(), 1)],
            daily_units: None,
            traffic: 1.0,
            method: AnalysisMethod::Fixed,
            asked: Comparison::Units { effect: 0.0, power: 0.8 },
        }
    }
}

/// All quantities of a plan.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// As a share of the baseline.
    effect: f64,
    /// In all arms.
    units: f64,
    power: f64,
    alpha: Alpha,
    days: Option<f64>,
    pub(super) notes: Vec<String>,
}

impl Plan {
    /// The plan that a definition has for a metric, or for its first success metric.
    pub(super) fn of(definition: &ExperimentDefinition, metric: Option<&str>) -> Result<Self, Failure> {
        let key = &definition.key;
        let is_success = |metric: &&MetricDefinition| metric.role == MetricRole::Success;
        let found = match metric {
            Some(name) => definition.metrics.iter().find(|metric| *metric.name == *name),
            None => definition.metrics.iter().find(is_success),
        };
        let Some(found) = found else {
            let names: Vec<&str> = definition.metrics.iter().map(|metric| &*metric.name).collect();
            return Err(Failure::NotFound(match metric {
                Some(name) => match suggest::closest(name, names.iter().copied()) {
                    Some(meant) => format!("experiment `{key}` has no metric `{name}`; did you mean `{meant}`?"),
                    None => format!("experiment `{key}` has no metric `{name}`; it has {}", names.join(", ")),
                },
                None => format!("experiment `{key}` has no success metric to plan for"),
            }));
        };
        let control = definition.control_arm().map(|arm| (arm.name.to_string(), arm.weight));
        let treatments = definition.arms.iter().filter(|arm| !arm.control);
        let treatments: Vec<_> = treatments.map(|arm| (arm.name.to_string(), arm.weight)).collect();
        let success = definition.metrics.iter().filter(is_success).count();
        let is_to_decrease = found.goal == Goal::Decrease;
        let mut plan = Self {
            experiment: Some(key.to_string()),
            metric: found.name.to_string(),
            measure: match found.kind {
                MetricKind::Conversion => Measure::Rate,
                _ => Measure::Mean { deviation: found.deviation },
            },
            baseline: found.baseline,
            effect: found.minimum_detectable_effect.map(|effect| if is_to_decrease { -effect } else { effect }),
            is_to_decrease,
            confidence: definition.analysis.confidence,
            power: definition.analysis.power,
            comparisons: match definition.analysis.correction {
                Correction::None => 1,
                _ => success.max(1) * treatments.len().max(1),
            },
            daily_units: definition.analysis.daily_units,
            traffic: definition.traffic.map_or(1.0, |share| f64::from(share.thousandths()) / 100_000.0),
            method: definition.analysis.method,
            ..Self::default()
        };
        plan.arms = control.into_iter().chain(treatments).collect();
        plan.check_arms()?;
        Ok(plan)
    }

    /// Other weights, the control first.
    pub(super) fn set_weights(&mut self, weights: &[u32]) -> Result<(), Failure> {
        let name = |place: usize| match (self.arms.get(place), place) {
            (Some((name, _)), _) => name.clone(),
            (None, place) => format!("treatment {place}"),
        };
        let single = self.comparisons / self.arms.len().saturating_sub(1).max(1);
        let arms: Vec<_> = weights.iter().enumerate().map(|(place, weight)| (name(place), *weight)).collect();
        self.comparisons = match self.experiment {
            Some(_) if self.comparisons == 1 => 1,
            _ => single.max(1) * arms.len().saturating_sub(1).max(1),
        };
        self.arms = arms;
        self.check_arms()
    }

    fn check_arms(&self) -> Result<(), Failure> {
        let weighed = self.arms.iter().skip(1).any(|(_, weight)| *weight > 0);
        match self.arms.first() {
            Some((_, control)) if *control > 0 && weighed => Ok(()),
            _ => Err(Failure::Usage(
                "a comparison needs a control and a treatment with weights above 0, as in --weights 1,1".to_owned(),
            )),
        }
    }

    fn control_weight(&self) -> f64 {
        self.arms.first().map_or(1.0, |(_, weight)| f64::from(*weight))
    }

    /// The weight of the smallest treatment, whose comparison needs the most.
    fn treatment_weight(&self) -> f64 {
        let weights = self.arms.iter().skip(1).map(|(_, weight)| *weight).filter(|weight| *weight > 0);
        weights.min().map_or(1.0, f64::from)
    }

    fn total_weight(&self) -> f64 {
        self.arms.iter().map(|(_, weight)| f64::from(*weight)).sum()
    }

    /// The level of each comparison.
    fn alpha(&self) -> Estimate<Alpha> {
        // 1 - 0.95 is not 0.05.
        let alpha = ((1.0 - self.confidence) * 1e15).round() / 1e15;
        Alpha::new(alpha / self.comparisons as f64)
    }

    /// How many units of so many the control and the smallest treatment get.
    fn shares(&self, units: u64) -> (u64, u64) {
        let of = |weight: f64| (units as f64 * weight / self.total_weight()).floor() as u64;
        (of(self.control_weight()), of(self.treatment_weight()))
    }

    /// The quantity that was left out.
    pub(super) fn find(&self) -> Result<Found, Refused> {
        let baseline = self.baseline.ok_or(Refused::NoBaseline)?;
        let alpha = self.alpha()?;
        let (ratio, sides) = (self.treatment_weight() / self.control_weight(), self.sides);
        let design = |effect: f64| -> Result<MeansDesign, Refused> {
            let Measure::Mean { deviation } = self.measure else { return Err(Refused::NoDeviation) };
            let standard_deviation = deviation.ok_or(Refused::NoDeviation)?;
            // A one-sided test is meant in the direction of the effect.
            let difference = (effect * baseline).abs();
            Ok(MeansDesign { difference, standard_deviation, alpha, sides })
        };
        if baseline == 0.0 {
            return Err(Undefined::ZeroControl.into());
        }
        let is_rate = self.measure == Measure::Rate;
        let (effect, units, power) = match self.asked {
            Comparison::Units { effect, power } => {
                let control = if is_rate {
                    let target = baseline * (1.0 + effect);
                    sample_size_two_proportions(baseline, target, ratio, power, alpha, sides)?.control_pooled
                } else {
                    sample_size_means(design(effect)?, ratio, power)?
                };
                let each = |weight: u32| (control * f64::from(weight) / self.control_weight()).ceil();
                (effect, self.arms.iter().map(|(_, weight)| each(*weight)).sum(), power)
            }
            Comparison::Power { effect, units } => {
                let (a, b) = self.shares(units);
                let power = if is_rate {
                    power_two_proportions(baseline, baseline * (1.0 + effect), a, b, alpha, sides)?.pooled?
                } else {
                    power_means(design(effect)?, a, b)?.z
                };
                (effect, units as f64, power)
            }
            Comparison::Effect { units, power, down } => {
                let (a, b) = self.shares(units);
                let effect = if is_rate && down {
                    // The test knows no direction: a fall of the rate is a rise of its complement.
                    let found = minimum_detectable_rate(1.0 - baseline, a, b, power, alpha, sides)?.above_pooled?;
                    (1.0 - found) / baseline - 1.0
                } else if is_rate {
                    minimum_detectable_rate(baseline, a, b, power, alpha, sides)?.above_pooled? / baseline - 1.0
                } else {
                    let size = minimum_detectable_mean(design(0.0)?, a, b, power)? / baseline.abs();
                    if down { -size } else { size }
                };
                (effect, units as f64, power)
            }
        };
        let daily = self.daily_units.map(|daily| daily as f64 * self.traffic).filter(|daily| *daily > 0.0);
        let mut found = Found { effect, units, power, alpha, days: daily.map(|daily| units / daily), notes: vec![] };
        found.notes = self.notes(&found);
        Ok(found)
    }

    /// What the method of the experiment makes of a size that is for one look.
    fn notes(&self, found: &Found) -> Vec<String> {
        let size = |weight: f64| (found.units * weight / self.total_weight()) as u64;
        let more = match self.method {
            AnalysisMethod::Sequential => {
                self.sequential(found.alpha, size(self.control_weight()), size(self.treatment_weight()))
            }
            AnalysisMethod::GroupSequential => self.group_sequential(found.alpha, found.power),
            AnalysisMethod::Fixed | AnalysisMethod::Bayesian => return vec![],
        };
        let method = self.method.name();
        match more {
            Ok(more) => vec![format!(
                "This is for one look at the end. The method is {method}, which pays for its earlier looks: it needs about {} times as \
                 many units for the same power.",
                significant((more * 100.0).round() / 100.0)
            )],
            Err(_) => vec![format!("This is for one look at the end; the method is {method}, which needs more.")],
        }
    }

    /// How many times as many units a confidence sequence needs, by its width at that size.
    fn sequential(&self, alpha: Alpha, a: u64, b: u64) -> Estimate {
        let sequence = ConfidenceSequence::new(alpha, TIGHTEST_AT)?;
        let power = Alpha::new(1.0 - self.power)?.z_one_sided();
        let needed = |multiplier: f64| multiplier + power;
        let fixed = needed(self.sides.z(alpha));
        // The width grows slowly with the size, so that a few rounds settle.
        let mut times = 1.0;
        for _ in 0..8 {
            let at = |users: u64| (users as f64 * times) as u64;
            let look = sequence.look(&EffectEstimate::new(0.0, 1.0, at(a), at(b))?)?;
            times = (needed(look.half_width) / fixed).powi(2);
        }
        Ok(times)
    }

    /// How many times as many units five looks by O'Brien and Fleming's spending need at most.
    fn group_sequential(&self, alpha: Alpha, power: f64) -> Estimate {
        let looks = AnalysisOptions::LOOKS;
        let fractions: Vec<f64> = (1..=looks).map(|look| look as f64 / looks as f64).collect();
        let design = GroupSequential::new(Shape::Spending(Spending::ObrienFleming), alpha, self.sides)?;
        let drift = design.boundaries(&fractions)?.drift_for_power(power)?;
        let fixed = self.sides.z(alpha) + Alpha::new(1.0 - power)?.z_one_sided();
        Ok((drift / fixed).powi(2))
    }

    fn formula(&self) -> &'static str {
        match self.measure {
            Measure::Rate => "pooled z-test, no continuity correction (Fleiss, Levin and Paik)",
            Measure::Mean { .. } => "z-test of means with a common deviation (Cohen)",
        }
    }

    fn value(&self, value: f64) -> String {
        match self.measure {
            Measure::Rate => percent(value),
            Measure::Mean { .. } => significant(value),
        }
    }

    pub(super) fn facts(&self, found: &Found) -> Vec<(&'static str, String)> {
        let baseline = self.baseline.unwrap_or_default();
        let sign = if found.effect > 0.0 { "+" } else { "" };
        let target = baseline + found.effect * baseline.abs();
        let effect = format!("{} to {} ({sign}{})", self.value(baseline), self.value(target), percent(found.effect));
        let arm = |(name, weight): &(String, u32)| {
            format!("{name} {}", grouped(found.units * f64::from(*weight) / self.total_weight()))
        };
        let arms = self.arms.iter().map(arm).collect::<Vec<_>>().join(", ");
        let sides = if self.sides == Sides::Two { "two-sided" } else { "one-sided" };
        let level = match self.comparisons {
            1 => format!("{} {sides}", percent(found.alpha.value())),
            several => format!(
                "{} {sides}: {} over {several} comparisons",
                percent(found.alpha.value()),
                percent(found.alpha.value() * several as f64)
            ),
        };
        let mut lines = vec![
            ("effect", effect),
            ("units", format!("{}: {arms}", grouped(found.units))),
            ("power", percent(found.power)),
            ("level", level),
        ];
        if let (Some(days), Some(daily)) = (found.days, self.daily_units) {
            let share = if self.traffic < 1.0 { format!(", {} of them", percent(self.traffic)) } else { String::new() };
            lines.push(("duration", format!("{} days at {} units a day{share}", grouped(days), grouped(daily as f64))));
        }
        lines.push(("formula", self.formula().to_owned()));
        lines
    }

    pub(super) fn json(&self, found: &Found) -> Json {
        let baseline = self.baseline.unwrap_or_default();
        let arms = self.arms.iter().map(|(name, weight)| {
            json!({ "arm": name, "weight": weight, "units": (found.units * f64::from(*weight) / self.total_weight()).ceil() })
        });
        json!({
            "experiment": self.experiment,
            "metric": self.experiment.as_ref().map(|_| &self.metric),
            "baseline": baseline,
            "effect": found.effect,
            "target": baseline + found.effect * baseline.abs(),
            "units": found.units,
            "arms": arms.collect::<Vec<_>>(),
            "power": found.power,
            "alpha": found.alpha.value(),
            "comparisons": self.comparisons,
            "days": found.days,
            "found": match self.asked {
                Comparison::Units { .. } => "units",
                Comparison::Effect { .. } => "effect",
                Comparison::Power { .. } => "power",
            },
            "formula": self.formula(),
            "notes": found.notes,
        })
    }
}

/// Why nothing is found.
#[derive(Debug)]
pub(super) enum Refused {
    NoBaseline,
    NoDeviation,
    Undefined(Undefined),
}

impl From<Undefined> for Refused {
    fn from(reason: Undefined) -> Self {
        Self::Undefined(reason)
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoBaseline => f.write_str(
                "what is the metric today? give --baseline: a rate such as 0.05, or with --deviation a mean",
            ),
            Self::NoDeviation => f.write_str(
                "how much does the metric vary over units? give --deviation, its standard deviation, since this one is a mean",
            ),
            Self::Undefined(reason) => write!(f, "{reason}"),
        }
    }
}
