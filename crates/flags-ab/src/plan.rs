//! Before an experiment runs: how many units it needs, as far as its definition says what is to be found.

use flags_core::{
    ExperimentDefinition,
    definition::{Correction, Goal, MetricDefinition, MetricKind, MetricRole},
};

use crate::statistics::{
    Alpha, Estimate, MeansDesign, Sides, Undefined, sample_size_means, sample_size_two_proportions,
};

/// How many units an experiment needs.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedSample {
    /// The success metric that needs the most.
    pub metric: Box<str>,
    /// How many units the control needs.
    pub control: f64,
    /// How many units all arms need, each in proportion to its weight.
    pub units: f64,
    /// The two-sided level of each single comparison.
    pub alpha: Alpha,
    /// How many comparisons share the level of the whole.
    pub comparisons: usize,
    /// How many days that takes; `None` where `daily_units` is not written.
    pub days: Option<f64>,
}

/// How many units an experiment needs to find what its success metrics are to find, or `None` if none of them says enough: a
/// `minimum_detectable_effect` and a `baseline`, and a `deviation` if it is not a conversion.
///
/// It is the size for one look at the end, by the two-sided z-test (pooled for conversions); a method that looks earlier
/// needs more. The level is divided by the number of success metrics times treatments (Bonferroni)
/// unless the experiment's correction is `none`; Holm and Benjamini-Hochberg need no more than that. The metric that needs most
/// counts, and of the treatments the one with the smallest weight.
///
/// ```
/// use flags_ab::plan::planned_sample;
/// use flags_core::{ExperimentDefinition, definition::{ArmDefinition, MetricDefinition}};
///
/// let sales = MetricDefinition::conversion("sales", "purchase").baseline(0.05).minimum_detectable_effect(0.4);
/// let experiment = ExperimentDefinition::new("button")
///     .arm(ArmDefinition::control("control"))
///     .arm(ArmDefinition::new("treatment"))
///     .metric(sales);
/// let plan = planned_sample(&experiment).expect("because the metric says what is to be found")?;
/// assert_eq!(plan.units.ceil(), 4425.0);
/// # Ok::<(), flags_ab::statistics::Undefined>(())
/// ```
///
/// # Errors
///
/// As [`sample_size_two_proportions`] and [`sample_size_means`]; `OutOfDomain` if the effect would bring a rate to 1 or beyond, and
/// `ZeroControl` if the baseline is 0, of which no share is an effect.
pub fn planned_sample(experiment: &ExperimentDefinition) -> Option<Estimate<PlannedSample>> {
    let control = experiment.control_arm()?;
    let of_treatments = experiment.arms.iter().filter(|arm| !arm.control && arm.weight > 0);
    let treatments = of_treatments.clone().count();
    let smallest = of_treatments.map(|arm| arm.weight).min()?;
    if control.weight == 0 {
        return None;
    }
    let success: Vec<_> = experiment.metrics.iter().filter(|metric| metric.role == MetricRole::Success).collect();
    let comparisons = match experiment.analysis.correction {
        Correction::None => 1,
        _ => success.len() * treatments,
    };
    let ratio = f64::from(smallest) / f64::from(control.weight);
    let whole: f64 = experiment.arms.iter().map(|arm| f64::from(arm.weight)).sum();
    let size = |metric: &MetricDefinition| -> Option<Estimate<PlannedSample>> {
        let (effect, baseline) = (metric.minimum_detectable_effect?, metric.baseline?);
        if metric.kind != MetricKind::Conversion && metric.deviation.is_none() {
            return None;
        }
        Some(Alpha::new((1.0 - experiment.analysis.confidence) / comparisons as f64).and_then(|alpha| {
            let control_size = control_size(metric, baseline, effect, ratio, experiment.analysis.power, alpha)?;
            let units = control_size * whole / f64::from(control.weight);
            let share = experiment.traffic.map_or(1.0, |traffic| f64::from(traffic.thousandths()) / 100_000.0);
            let daily = experiment.analysis.daily_units.map(|units| units as f64 * share);
            Ok(PlannedSample {
                metric: metric.name.clone(),
                control: control_size,
                units,
                alpha,
                comparisons,
                days: daily.filter(|daily| *daily > 0.0).map(|daily| units / daily),
            })
        }))
    };
    let mut largest: Option<PlannedSample> = None;
    for planned in success.into_iter().filter_map(size) {
        match planned {
            Err(undefined) => return Some(Err(undefined)),
            Ok(planned) if largest.as_ref().is_none_or(|largest| planned.units > largest.units) => {
                largest = Some(planned);
            }
            Ok(_) => {}
        }
    }
    largest.map(Ok)
}

/// The size of the control for one metric.
fn control_size(
    metric: &MetricDefinition,
    baseline: f64,
    effect: f64,
    ratio: f64,
    power: f64,
    alpha: Alpha,
) -> Estimate {
    if baseline == 0.0 {
        return Err(Undefined::ZeroControl);
    }
    let sign = match metric.goal {
        Goal::Increase => 1.0,
        Goal::Decrease => -1.0,
    };
    match metric.deviation {
        Some(standard_deviation) if metric.kind != MetricKind::Conversion => {
            let difference = sign * effect * baseline.abs();
            let design = MeansDesign { difference, standard_deviation, alpha, sides: Sides::Two };
            sample_size_means(design, ratio, power)
        }
        _ => {
            let rate = baseline * (1.0 + sign * effect);
            Ok(sample_size_two_proportions(baseline, rate, ratio, power, alpha, Sides::Two)?.control_pooled)
        }
    }
}
