//! From a definition and its sums to everything there is to say.

use flags_core::definition::{AnalysisMethod, ExperimentDefinition};

use super::{
    Analysis, AnalysisError, AnalysisOptions, Looks, Plan, Progress, SegmentAnalysis, Shortfall, Unavailable, Waiting,
    checking::{arms, checks},
    compare::{Family, Setting, compare},
    decide::{Case, decide},
    pair::{Pair, Phases},
    plan::{single_look, single_look_has_come},
    shortfall::{Basis, per_day, shortfall},
};
use crate::{
    Name,
    summary::{ExperimentSummary, Slice},
};

/// Judges an experiment by its sums, at an instant.
///
/// Pure: the same arguments give the same analysis, and nothing is done with it. For a group-sequential experiment the sums
/// have to end at its last look, see [`CollectOptions::for_analysis`](crate::collect::CollectOptions::for_analysis).
///
/// # Errors
///
/// If the definition has no control or nothing beside it, if the summary is of another experiment, or if its parts do not fit
/// together. An experiment without any data is no error; the analysis says so.
pub fn analyze(
    definition: &ExperimentDefinition,
    summary: &ExperimentSummary,
    options: &AnalysisOptions,
) -> Result<Analysis, AnalysisError> {
    if *summary.experiment != *definition.key {
        return Err(AnalysisError::OtherExperiment {
            definition: Name::from(&*definition.key),
            summary: summary.experiment.clone(),
        });
    }
    let plan = Plan::of(definition, options)?;
    let overall = summary.overall()?;
    let progress = Progress::of(definition, options.now);
    let arms = arms(definition, summary, &overall);
    let checks = checks(definition, summary, &overall, &arms, options);
    let phases: Vec<_> = summary.phases.iter().collect();

    let information = plan.looks.map_or(vec![], |looks| information(summary, &overall, looks));
    let withheld = withheld(definition, summary, &plan, &phases, options);
    let ended = progress == Progress::Ended;
    let undecided = (plan.method == AnalysisMethod::Bayesian && !single_look_has_come(definition, options.now))
        .then(|| Waiting::ToDecide { at: single_look(definition) });
    let last = match plan.method {
        AnalysisMethod::Fixed => withheld.is_none(),
        AnalysisMethod::GroupSequential => ended || plan.looks.is_some_and(|looks| looks.next.is_none()),
        AnalysisMethod::Bayesian => undecided.is_none(),
        AnalysisMethod::Sequential => ended,
    };
    let setting = Setting {
        definition,
        summary,
        plan: &plan,
        now: options.now,
        information: &information,
        withheld,
        undecided,
        last,
    };
    let metrics = compare(&setting, &[&phases], Family::of(&plan)).pop().unwrap_or_default();
    let decision = decide(&Case {
        plan: &plan,
        checks: &checks,
        metrics: &metrics,
        waiting: withheld.map(|(_, waiting)| waiting).or(undecided),
        last,
        anybody: overall.all_users() > 0,
    });
    let segments = segments(&setting, summary);
    let experiment = Name::from(&*definition.key);
    Ok(Analysis { experiment, at: options.now, plan, progress, checks, arms, metrics, segments, decision })
}

/// Why nothing may be shown yet, and until when.
fn withheld(
    definition: &ExperimentDefinition,
    summary: &ExperimentSummary,
    plan: &Plan,
    phases: &Phases<'_>,
    options: &AnalysisOptions,
) -> Option<(Unavailable, Waiting)> {
    match plan.method {
        AnalysisMethod::Sequential | AnalysisMethod::Bayesian => None,
        AnalysisMethod::GroupSequential => match plan.looks {
            None => Some((Unavailable::NoDates, Waiting::ForData(Unavailable::NoDates))),
            Some(looks) if looks.passed == 0 => {
                let at = looks.next?;
                Some((Unavailable::BeforeTheFirstLook { at }, Waiting::ForTheFirstLook { at }))
            }
            Some(_) => None,
        },
        AnalysisMethod::Fixed if single_look_has_come(definition, options.now) => None,
        AnalysisMethod::Fixed => {
            let until = single_look(definition);
            // Without a date nothing ends it but somebody, who may want to know how far it is.
            let sample =
                if until.is_some() { None } else { missing_sample(definition, summary, plan, phases, options) };
            Some((Unavailable::BeforeTheEnd { until }, Waiting::ForTheEnd { at: until, sample }))
        }
    }
}

/// What the arm that is farthest from its planned sample lacks.
fn missing_sample(
    definition: &ExperimentDefinition,
    summary: &ExperimentSummary,
    plan: &Plan,
    phases: &Phases<'_>,
    options: &AnalysisOptions,
) -> Option<Shortfall> {
    let primary = definition.metrics.iter().find(|metric| plan.primary.as_deref() == Some(&*metric.name))?;
    let treatments = definition.arms.iter().filter(|arm| *arm.name != *plan.control);
    let samples = treatments.filter_map(|arm| {
        let pair = Pair::of(primary, phases, &plan.control, &arm.name).ok()?;
        let traffic = per_day(definition, summary, options.now, &plan.control, &arm.name);
        shortfall(plan, primary, &pair, plan.alpha_each, traffic, Basis::Baseline)
    });
    samples.max_by_key(|sample| sample.needed.saturating_sub(sample.units))
}

/// The units that had come in by each of the looks that have passed, ascending as looks have to be; empty where the days are
/// not known. Within a day units are taken to come evenly.
fn information(summary: &ExperimentSummary, overall: &Slice, looks: Looks) -> Vec<f64> {
    let units = overall.all_users() as f64;
    if summary.days.is_empty() || units == 0.0 {
        return vec![];
    }
    let by = |look: usize| -> f64 {
        let at = looks.at(look).as_micros() as f64;
        let share = |start: f64| ((at - start) / 86_400e6).clamp(0.0, 1.0);
        let days = summary.days.iter();
        days.map(|(day, slice)| slice.all_users() as f64 * share(day.start().as_micros() as f64)).sum()
    };
    // A look without new units is no look, and tells nothing that the one before did not.
    let least = |look: usize| units * 0.01 * look as f64 / looks.passed as f64;
    let most = |look: usize| units * (1.0 - 0.01 * (looks.passed - look) as f64);
    let mut before = 0.0;
    (1..=looks.passed)
        .map(|look| {
            let so_far = if look == looks.passed { units } else { by(look).clamp(least(look), most(look)) };
            before = so_far.max(before * 1.005);
            before
        })
        .collect()
}

/// The segments, as a family of tests of their own.
fn segments(setting: &Setting<'_>, summary: &ExperimentSummary) -> Vec<SegmentAnalysis> {
    let unknown = Name::from("");
    let phases: Vec<Vec<_>> = summary.segments.values().map(|slice| vec![(&unknown, slice)]).collect();
    let slices: Vec<&Phases<'_>> = phases.iter().map(Vec::as_slice).collect();
    let metrics = compare(setting, &slices, Family::of_segments(setting.plan, slices.len()));
    let segments = summary.segments.iter().zip(metrics);
    segments
        .map(|(((dimension, value), slice), metrics)| SegmentAnalysis {
            dimension: dimension.clone(),
            value: value.clone(),
            users: slice.all_users(),
            metrics,
        })
        .collect()
}
