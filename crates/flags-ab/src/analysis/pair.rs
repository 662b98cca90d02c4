//! An arm beside the control: what the tests are given, from the sums of the phases.

use flags_core::definition::{MetricDefinition, MetricKind};

use super::Unavailable;
use crate::{
    Name,
    statistics::{Alpha, Arm, Estimate, JointMoments, Proportion, Summary, cuped},
    summary::{MetricSum, Slice, Split},
};

/// An arm beside the control by one metric.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    /// The control, as the tests take it: adjusted, and averaged over phases.
    pub(super) control: Summary,
    /// The arm, likewise.
    pub(super) arm: Summary,
    /// The plain conversions, where the metric is one and the phases need no telling apart.
    pub(super) conversions: Option<(Proportion, Proportion)>,
    /// The variance of the level that both arms share after CUPED: it is not in their difference and in the control's mean.
    pub(super) shared: f64,
    /// How many groups of phases were compared by themselves.
    pub(super) strata: usize,
    /// By how much CUPED has reduced the variance of the effect, as a share.
    pub(super) reduction: Option<f64>,
    /// Units of phases in which there was only one of the two.
    pub(super) left_out: u64,
}

/// The phases of one slice of the data: the weights in force, where they are known, and the sums.
pub(super) type Phases<'a> = [(&'a Name, &'a Slice)];

/// Both arms of a group of phases in which their shares were the same.
#[derive(Clone, Copy, Debug, Default)]
struct Stratum {
    control: Option<MetricSum>,
    arm: Option<MetricSum>,
}

/// One stratum as the tests take it.
#[derive(Clone, Copy, Debug)]
struct Compared {
    control: Summary,
    arm: Summary,
    shared: f64,
    reduction: Option<f64>,
}

impl Pair {
    /// The pair of the control and an arm.
    ///
    /// # Errors
    ///
    /// `NoData` if one of them has none, `NeverTogether` if they were never given out at the same time, and whatever the sums
    /// cannot give.
    pub(super) fn of(
        metric: &MetricDefinition,
        phases: &Phases<'_>,
        control: &str,
        arm: &str,
    ) -> Result<Self, Unavailable> {
        let strata = strata(&metric.name, phases, control, arm)?;
        if strata.iter().all(|stratum| stratum.control.is_none()) || strata.iter().all(|stratum| stratum.arm.is_none())
        {
            return Err(Unavailable::NoData);
        }
        let units = |sum: Option<MetricSum>| sum.map_or(0, |sum| sum.units());
        let size = |stratum: &Stratum| units(stratum.control) + units(stratum.arm);
        // One user has no variance, so a phase in which an arm has one is as good as without it.
        let both = |stratum: &&Stratum| strata.len() == 1 || units(stratum.control).min(units(stratum.arm)) > 1;
        let together: Vec<&Stratum> = strata.iter().filter(both).collect();
        let left_out = strata.iter().map(size).sum::<u64>() - together.iter().map(|stratum| size(stratum)).sum::<u64>();
        let pairs = together.iter().filter_map(|stratum| Some((stratum.control?, stratum.arm?)));
        let pairs: Vec<(MetricSum, MetricSum)> = pairs.collect();
        let [(first_control, first_arm), others @ ..] = pairs.as_slice() else {
            return Err(Unavailable::NeverTogether);
        };
        if others.is_empty() {
            let compared = compare(metric.kind, *first_control, *first_arm)?;
            let conversions = if metric.kind == MetricKind::Conversion {
                Some((first_control.conversions()?, first_arm.conversions()?))
            } else {
                None
            };
            let Compared { control, arm, shared, reduction } = compared;
            return Ok(Self { control, arm, conversions, shared, strata: 1, reduction, left_out });
        }
        let compared: Vec<Compared> =
            pairs.iter().map(|(control, arm)| compare(metric.kind, *control, *arm)).collect::<Result<_, _>>()?;
        Ok(Self { left_out, ..average(&compared)? })
    }

    /// The units of both.
    pub(super) fn units(&self) -> u64 {
        self.control.users().saturating_add(self.arm.users())
    }

    /// The arm minus the control.
    pub(super) fn effect(&self) -> f64 {
        self.arm.mean() - self.control.mean()
    }
}

/// The sums, put together where the two arms had the same shares of the units.
///
/// Differences between such phases are the same in both arms, and do no harm when pooled. Between phases of other shares
/// they would look like an effect (Simpson's paradox).
fn strata(metric: &str, phases: &Phases<'_>, control: &str, arm: &str) -> Estimate<Vec<Stratum>> {
    let mut strata: Vec<(Option<(u32, u32)>, Stratum)> = vec![];
    for (phase, slice) in phases {
        let split = Split::parse(phase);
        let shares = split.map(|split| in_lowest_terms(split.weight(control), split.weight(arm)));
        let place = strata.iter().position(|(known, _)| *known == shares).unwrap_or_else(|| {
            strata.push((shares, Stratum::default()));
            strata.len() - 1
        });
        let stratum = &mut strata[place].1;
        let sum = |name: &str| slice.metric(name, metric).map(|metric| metric.sum);
        stratum.control = merged(stratum.control, sum(control))?;
        stratum.arm = merged(stratum.arm, sum(arm))?;
    }
    Ok(strata.into_iter().map(|(_, stratum)| stratum).collect())
}

fn merged(one: Option<MetricSum>, other: Option<MetricSum>) -> Estimate<Option<MetricSum>> {
    Ok(match (one, other) {
        (Some(one), Some(other)) => Some(one.merge(other)?),
        (one, other) => one.or(other),
    })
}

/// 2 and 4 as 1 and 2; the order of phases and how weights are written make no difference.
pub(super) fn in_lowest_terms(control: u32, arm: u32) -> (u32, u32) {
    let (mut a, mut b) = (control, arm);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    // Only of 0 and 0 there is no divisor.
    let divisor = a.max(1);
    (control / divisor, arm / divisor)
}

fn compare(kind: MetricKind, control: MetricSum, arm: MetricSum) -> Result<Compared, Unavailable> {
    if let (MetricSum::WithBefore(control), MetricSum::WithBefore(arm)) = (control, arm) {
        return Ok(adjusted(control, arm)?);
    }
    let summary = |sum: MetricSum, arm: Arm| match kind {
        MetricKind::Conversion => sum.conversions().map(Proportion::summary),
        _ => sum.summary(arm),
    };
    let (control, arm) = (summary(control, Arm::Control)?, summary(arm, Arm::Treatment)?);
    Ok(Compared { control, arm, shared: 0.0, reduction: None })
}

fn adjusted(control: JointMoments, arm: JointMoments) -> Estimate<Compared> {
    // The level is of no consequence for the adjustment.
    let adjusted = cuped(control, arm, Alpha::FIVE_PERCENT)?;
    let before = control.merge(arm)?.x().summary();
    let shared = adjusted.theta * adjusted.theta * before.variance() / before.users().max(1) as f64;
    Ok(Compared {
        control: adjusted.control,
        arm: adjusted.treatment,
        shared: if shared.is_finite() { shared } else { 0.0 },
        reduction: adjusted.variance_ratio.ok().map(|ratio| 1.0 - ratio),
    })
}

/// Strata side by side, each with the weight of its share of all units.
///
/// Source: post-stratification, as in Miratrix, Sekhon and Yu, JRSS B 75, 2013: Σ `w_k` (`m_bk` − `m_ak`), with the variance
/// Σ `w_k`² (`s_bk`²/`n_bk` + `s_ak`²/`n_ak`).
fn average(strata: &[Compared]) -> Estimate<Pair> {
    let total: u64 = strata.iter().map(|stratum| stratum.control.users() + stratum.arm.users()).sum();
    let weight = |stratum: &Compared| (stratum.control.users() + stratum.arm.users()) as f64 / total.max(1) as f64;
    let side = |of: fn(&Compared) -> Summary| {
        let users: u64 = strata.iter().map(|stratum| of(stratum).users()).sum();
        let mean = strata.iter().map(|stratum| weight(stratum) * of(stratum).mean()).sum();
        let variance_of_mean: f64 = strata
            .iter()
            .map(|stratum| weight(stratum).powi(2) * of(stratum).variance() / of(stratum).users() as f64)
            .sum();
        Summary::new(users, mean, variance_of_mean * users as f64)
    };
    Ok(Pair {
        control: side(|stratum| stratum.control)?,
        arm: side(|stratum| stratum.arm)?,
        conversions: None,
        shared: strata.iter().map(|stratum| weight(stratum).powi(2) * stratum.shared).sum(),
        strata: strata.len(),
        reduction: strata.iter().map(|stratum| stratum.reduction.map(|share| weight(stratum) * share)).sum(),
        left_out: 0,
    })
}
