//! The checks of the data, done before anything else is looked at.

use std::time::Duration;

use flags_core::definition::{ExperimentDefinition, MetricDefinition, MetricKind};

use super::{ArmUsers, Check, CheckKind, CheckOutcome, Progress, display::percent, pair::in_lowest_terms};
use crate::{
    Name,
    analysis::AnalysisOptions,
    statistics::{Estimate, SampleRatio, sample_ratio, sequential::SequentialSampleRatio, special::chi_squared},
    summary::{ExperimentSummary, Slice, Split},
};

/// How close to the plan a mismatch is looked for by the sequential test; see
/// [`SequentialSampleRatio::new`](crate::statistics::sequential::SequentialSampleRatio::new).
const CONCENTRATION: f64 = 10_000.0;

/// The share of units in two arms above which the data cannot be trusted.
const TWO_ARMS: f64 = 0.01;

/// People differ by the day of the week, so a whole one is the least.
const WEEK: Duration = Duration::from_secs(7 * 86_400);

/// The arms with their units, and how many they should have.
pub(super) fn arms(definition: &ExperimentDefinition, summary: &ExperimentSummary, overall: &Slice) -> Vec<ArmUsers> {
    let planned = written_split(definition);
    let known = definition.arms.iter().map(|arm| (Name::from(&*arm.name), arm.control));
    let others = overall.arms.keys().filter(|name| definition.arms.iter().all(|arm| *arm.name != ***name));
    known
        .chain(others.map(|name| (name.clone(), false)))
        .map(|(name, control)| {
            let expected = summary.phases.iter().map(|(phase, slice)| {
                let split = Split::parse(phase);
                let share = split.as_ref().unwrap_or(&planned).share(&name)?;
                Some(share * slice.all_users() as f64)
            });
            let expected: Option<f64> = expected.sum();
            ArmUsers { users: overall.users(&name), control, expected: expected.map(|expected| expected + 0.0), name }
        })
        .collect()
}

/// All checks, the gravest first.
pub(super) fn checks(
    definition: &ExperimentDefinition,
    summary: &ExperimentSummary,
    overall: &Slice,
    arms: &[ArmUsers],
    options: &AnalysisOptions,
) -> Vec<Check> {
    let mut checks = shares(definition, summary, arms);
    checks.extend(metric_units(definition, overall));
    checks.push(two_arms(overall));
    checks.extend(changed_split(definition, summary));
    checks.push(run_time(definition, summary, options));
    checks.extend(open_windows(definition, options));
    checks
}

fn check(kind: CheckKind, outcome: CheckOutcome, text: impl Into<String>, p: Option<f64>) -> Check {
    Check { kind, outcome, text: text.into(), p }
}

fn written_split(definition: &ExperimentDefinition) -> Split {
    Split::new(definition.arms.iter().map(|arm| (Name::from(&*arm.name), arm.weight)))
}

/// Whether the arms have the sizes that the weights in force gave them, over all phases together.
fn shares(definition: &ExperimentDefinition, summary: &ExperimentSummary, arms: &[ArmUsers]) -> Vec<Check> {
    let planned = written_split(definition);
    let mut strays: Vec<(Name, u64)> = vec![];
    let (mut statistic, mut freedom, mut ln_factor, mut skipped) = (0.0, 0, 0.0, None);
    for (phase, slice) in &summary.phases {
        let split = Split::parse(phase).unwrap_or_else(|| planned.clone());
        let outside = slice.arms.iter().filter(|(name, arm)| arm.users > 0 && split.weight(name) == 0);
        strays.extend(outside.map(|(name, arm)| (name.clone(), arm.users)));
        match phase_shares(&split, slice) {
            Ok((ratio, ln_bayes_factor)) => {
                ln_factor += ln_bayes_factor;
                if ratio.smallest_expected >= 5.0 {
                    statistic += ratio.chi_squared;
                    freedom += ratio.degrees_of_freedom;
                } else {
                    skipped = Some("fewer than 5 units are expected in an arm, too few to test the sizes".to_owned());
                }
            }
            Err(why) => skipped = Some(format!("the sizes of the arms cannot be tested: {why}")),
        }
    }
    let mut checks = vec![];
    if !strays.is_empty() {
        let named: Vec<String> = strays.iter().map(|(name, users)| format!("{users} units are in {name}")).collect();
        let text = format!("{}, which had no weight then: look for what puts them there", named.join(" and "));
        checks.push(check(CheckKind::ZeroWeight, CheckOutcome::Failed, text, None));
    }
    if freedom == 0 {
        let why = skipped.unwrap_or_else(|| "there are no units yet to test the sizes of the arms by".to_owned());
        checks.push(check(CheckKind::SampleRatio, CheckOutcome::Skipped, why, None));
        return checks;
    }
    let p = libm::exp(chi_squared::ln_sf(statistic, freedom as f64)).clamp(0.0, 1.0);
    let sizes: Vec<String> =
        arms.iter().filter_map(|arm| Some(format!("{} {} of {:.0}", arm.name, arm.users, arm.expected?))).collect();
    checks.push(judged(CheckKind::SampleRatio, p, &format!("{} expected", sizes.join(", "))));
    let p = libm::exp(-ln_factor).clamp(0.0, 1.0);
    checks.push(judged(CheckKind::SequentialSampleRatio, p, "by a test for any number of looks"));
    checks
}

fn judged(kind: CheckKind, p: f64, detail: &str) -> Check {
    let failed = p < SampleRatio::THRESHOLD;
    let start = if failed {
        "sample-ratio mismatch, the arms have not the sizes they should have"
    } else {
        "the arms have the sizes they should have"
    };
    let p_text = if p < 0.0001 { "p < 0.0001".to_owned() } else { format!("p = {p:.4}") };
    let hint = if failed && kind == CheckKind::SampleRatio {
        "; look for what loses or moves units: redirects, crashes, bots, exposures logged where nothing was shown"
    } else {
        ""
    };
    let outcome = if failed { CheckOutcome::Failed } else { CheckOutcome::Passed };
    check(kind, outcome, format!("{start}: {detail}, {p_text}{hint}"), Some(p))
}

/// The test of one phase over the arms that had a weight in it, and the logarithm of its Bayes factor.
fn phase_shares(split: &Split, slice: &Slice) -> Estimate<(SampleRatio, f64)> {
    let weighted = split.weights().iter().filter(|(_, weight)| *weight > 0);
    let (users, weights): (Vec<u64>, Vec<f64>) =
        weighted.map(|(name, weight)| (slice.users(name), f64::from(*weight))).unzip();
    let ratio = sample_ratio(&users, &weights)?;
    let look = SequentialSampleRatio::new(&weights, CONCENTRATION)?.look(&users)?;
    Ok((ratio, look.ln_bayes_factor))
}

/// Whether each metric is of the units that were exposed: whoever sums up elsewhere loses or doubles some by a wrong join,
/// which is a mismatch that the sizes of the arms do not show. A custom metric is of the units that have a value.
fn metric_units(definition: &ExperimentDefinition, overall: &Slice) -> Option<Check> {
    let wrong = definition.metrics.iter().find_map(|metric| {
        overall.arms.iter().find_map(|(arm, known)| {
            let found = known.metrics.get(&*metric.name)?;
            let units = found.sum.units().saturating_add(found.open_windows);
            let fits = units == known.users || (metric.kind == MetricKind::Custom && units < known.users);
            (!fits).then(|| {
                format!(
                    "{} is of {units} units in {arm}, and {} were exposed: look for a join that loses or doubles units",
                    metric.name, known.users
                )
            })
        })
    })?;
    Some(check(CheckKind::MetricUnits, CheckOutcome::Failed, wrong, None))
}

fn two_arms(overall: &Slice) -> Check {
    let (both, one) = (overall.in_two_arms(), overall.all_users());
    if both == 0 {
        return check(CheckKind::TwoArms, CheckOutcome::Passed, "no unit was seen in two arms", None);
    }
    let share = both as f64 / (both as f64 + one as f64);
    let seen = format!("{both} units ({}) were seen in two arms and are left out", percent(share));
    if share > TWO_ARMS {
        let text = format!("{seen}; more than 1 % is too many: look for changed weights or salts, and merged accounts");
        check(CheckKind::TwoArms, CheckOutcome::Failed, text, None)
    } else {
        check(CheckKind::TwoArms, CheckOutcome::Passed, seen, None)
    }
}

/// Whether the shares of the arms have changed, whatever numbers they are written with.
fn changed_split(definition: &ExperimentDefinition, summary: &ExperimentSummary) -> Option<Check> {
    let shares = |phase: &Name| -> Vec<(u32, u32)> {
        // Of unknown weights there are none, which is unlike any known ones.
        let Some(split) = Split::parse(phase) else { return vec![] };
        let first = split.weights().iter().map(|(_, weight)| *weight).find(|weight| *weight > 0).unwrap_or(0);
        definition.arms.iter().map(|arm| in_lowest_terms(first, split.weight(&arm.name))).collect()
    };
    let used: Vec<&Name> =
        summary.phases.iter().filter(|(_, slice)| slice.all_users() > 0).map(|(phase, _)| phase).collect();
    let first = shares(used.first()?);
    if used.iter().all(|phase| shares(phase) == first) {
        return None;
    }
    let named: Vec<&str> =
        used.iter().map(|phase| if phase.is_empty() { "unknown weights" } else { &***phase }).collect();
    let text = format!(
        "the weights have changed on the way ({}): the arms are compared within each phase, and segments and days, which \
         are not told apart by it, may mislead",
        named.join("; ")
    );
    Some(check(CheckKind::ChangedSplit, CheckOutcome::Warning, text, None))
}

fn run_time(definition: &ExperimentDefinition, summary: &ExperimentSummary, options: &AnalysisOptions) -> Check {
    let until = definition.end.map_or(options.now, |end| end.min(options.now));
    let first = summary.days.keys().next().map(|day| day.start());
    let Some(start) = definition.start.or(first) else {
        let text = "it is not known since when it runs: write its start";
        return check(CheckKind::RunTime, CheckOutcome::Skipped, text, None);
    };
    let time = until.saturating_since(start);
    let days = time.as_secs() / 86_400;
    if Progress::of(definition, options.now) == Progress::NotStarted {
        return check(CheckKind::RunTime, CheckOutcome::Skipped, "it has not started", None);
    }
    if time < WEEK {
        let text = format!("it has run for {days} days: a whole week is the least, since people differ by its days");
        return check(CheckKind::RunTime, CheckOutcome::Warning, text, None);
    }
    check(CheckKind::RunTime, CheckOutcome::Passed, format!("it has run for {days} days"), None)
}

/// Units that came last may still do what the metric counts, if it is over already.
fn open_windows(definition: &ExperimentDefinition, options: &AnalysisOptions) -> Option<Check> {
    let end = definition.end.filter(|end| *end <= options.now)?;
    let longest: &MetricDefinition = definition.metrics.iter().max_by_key(|metric| metric.window)?;
    let closes = end.saturating_add(longest.window?);
    (closes > options.now).then(|| {
        let text = format!(
            "the window of {} is open until {closes} for those who came last: what they do until then is not in yet",
            longest.name
        );
        check(CheckKind::OpenWindows, CheckOutcome::Warning, text, None)
    })
}
