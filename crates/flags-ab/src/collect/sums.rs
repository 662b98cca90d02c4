//! The sums of the second pass, cut in every way that was asked for.

use std::collections::{BTreeMap, BTreeSet};

use flags_core::definition::{ExperimentDefinition, MetricKind};

use super::{
    CollectError, CollectOptions,
    attribution::{Attributed, Attribution, Taken},
};
use crate::{
    Name,
    statistics::{JointMoments, Moments, Proportion, Undefined},
    store::UnitEvents,
    summary::{ArmSummary, Day, ExperimentSummary, MetricSum, MetricSummary, OTHER, Slice},
};

#[derive(Debug)]
pub(super) struct Sums {
    experiment: Name,
    metrics: Vec<Name>,
    /// The sums of nobody.
    nothing: Vec<MetricSummary>,
    arms: Vec<Name>,
    phases: Vec<(Name, Cells)>,
    dimensions: Vec<(Name, BTreeSet<Name>)>,
    /// By the index of the dimension and the value.
    segments: Vec<BTreeMap<Name, Cells>>,
    days: Option<BTreeMap<Day, Cells>>,
    /// What each metric takes from the unit at hand.
    taken: Vec<(Taken, bool)>,
}

/// For each arm its sums.
type Cells = Vec<Option<Cell>>;

#[derive(Debug)]
struct Cell {
    users: u64,
    in_two_arms: u64,
    metrics: Vec<MetricSummary>,
}

impl Sums {
    pub(super) fn new(
        definition: &ExperimentDefinition,
        options: &CollectOptions,
        dimensions: Vec<(Name, BTreeSet<Name>)>,
    ) -> Self {
        let nothing = |kind: MetricKind| {
            MetricSummary::new(match kind {
                MetricKind::Conversion => MetricSum::Conversion(Proportion::default()),
                MetricKind::Duration | MetricKind::Ratio => MetricSum::Ratio(JointMoments::default()),
                MetricKind::Mean | MetricKind::Count if options.before.is_some() => {
                    MetricSum::WithBefore(JointMoments::default())
                }
                MetricKind::Mean | MetricKind::Count | MetricKind::Custom => MetricSum::Mean(Moments::default()),
            })
        };
        Self {
            experiment: Name::from(&*definition.key),
            metrics: definition.metrics.iter().map(|metric| Name::from(&*metric.name)).collect(),
            nothing: definition.metrics.iter().map(|metric| nothing(metric.kind)).collect(),
            arms: definition.arms.iter().map(|arm| Name::from(&*arm.name)).collect(),
            phases: vec![],
            segments: dimensions.iter().map(|_| BTreeMap::new()).collect(),
            dimensions,
            days: options.days.then(BTreeMap::new),
            taken: vec![],
        }
    }

    pub(super) fn visit(&mut self, attribution: &Attribution, unit: UnitEvents<'_>) -> Result<(), CollectError> {
        let Some(attributed) = attribution.unit(unit) else { return Ok(()) };
        self.taken.clear();
        if !attributed.in_two_arms {
            self.taken.extend((0..self.metrics.len()).map(|metric| attribution.take(attributed, metric)));
        }
        self.add(attributed).map_err(|(metric, reason)| CollectError::Sum {
            metric: self.metrics[metric].clone(),
            unit: unit.unit.to_owned(),
            reason,
        })
    }

    fn add(&mut self, unit: Attributed<'_>) -> Result<(), (usize, Undefined)> {
        let exposure = unit.exposure;
        let arm = place(&mut self.arms, |arm| *arm == exposure.arm, || exposure.arm.clone());
        let phase = place(&mut self.phases, |(split, _)| *split == exposure.split, || (exposure.split.clone(), vec![]));
        let taken = if unit.in_two_arms { None } else { Some(&*self.taken) };
        let add = |cells: &mut Cells| add(cells, arm, taken, &self.nothing);
        add(&mut self.phases[phase].1)?;
        if let Some(days) = &mut self.days {
            add(days.entry(Day::of(unit.first)).or_default())?;
        }
        for ((dimension, kept), segments) in self.dimensions.iter().zip(&mut self.segments) {
            let Some((_, value)) = exposure.dimensions.iter().find(|(name, _)| name == dimension) else { continue };
            let value = kept.get(&**value).map_or(OTHER, |value| &**value);
            match segments.get_mut(value) {
                Some(cells) => add(cells)?,
                None => add(segments.entry(value.into()).or_default())?,
            }
        }
        Ok(())
    }

    pub(super) fn finish(self) -> ExperimentSummary {
        let slice = |cells: Cells| {
            let arms = self.arms.iter().zip(cells).filter_map(|(arm, cell)| Some((arm, cell?)));
            let arms = arms.map(|(arm, cell)| {
                let metrics = if cell.users > 0 { cell.metrics } else { vec![] };
                let metrics = self.metrics.iter().cloned().zip(metrics).collect();
                (arm.clone(), ArmSummary { users: cell.users, in_two_arms: cell.in_two_arms, metrics })
            });
            Slice { arms: arms.collect() }
        };
        let dimensions = self.dimensions.into_iter().map(|(name, _)| name).zip(self.segments);
        let segments = dimensions.flat_map(|(dimension, values)| {
            values.into_iter().map(move |(value, cells)| ((dimension.clone(), value), cells))
        });
        ExperimentSummary {
            experiment: self.experiment,
            phases: self.phases.into_iter().map(|(split, cells)| (split, slice(cells))).collect(),
            segments: segments.map(|(key, cells)| (key, slice(cells))).collect(),
            days: self.days.into_iter().flatten().map(|(day, cells)| (day, slice(cells))).collect(),
        }
    }
}

/// The place of what is looked for, which is added at the end if it is not there. There are few, so a walk is fastest.
fn place<T>(known: &mut Vec<T>, found: impl Fn(&T) -> bool, make: impl FnOnce() -> T) -> usize {
    known.iter().position(found).unwrap_or_else(|| {
        known.push(make());
        known.len() - 1
    })
}

/// Adds a unit to its arm: what was taken from it, or that it was in two arms.
fn add(
    cells: &mut Cells,
    arm: usize,
    taken: Option<&[(Taken, bool)]>,
    nothing: &[MetricSummary],
) -> Result<(), (usize, Undefined)> {
    if cells.len() <= arm {
        cells.resize_with(arm + 1, || None);
    }
    let cell = cells[arm].get_or_insert_with(|| Cell { users: 0, in_two_arms: 0, metrics: nothing.to_vec() });
    let Some(taken) = taken else {
        cell.in_two_arms += 1;
        return Ok(());
    };
    cell.users += 1;
    for (metric, (summary, (taken, was_cut))) in cell.metrics.iter_mut().zip(taken).enumerate() {
        summary.capped += u64::from(*was_cut);
        push(summary, *taken).map_err(|reason| (metric, reason))?;
    }
    Ok(())
}

fn push(summary: &mut MetricSummary, taken: Taken) -> Result<(), Undefined> {
    match (&mut summary.sum, taken) {
        (_, Taken::Open) => summary.open_windows += 1,
        (MetricSum::Conversion(sum), Taken::Conversion(had)) => {
            *sum = sum.merge(Proportion::new(u64::from(had), 1)?)?;
        }
        (MetricSum::Mean(sum), Taken::Value(value)) => sum.push(value)?,
        (MetricSum::WithBefore(sum), Taken::WithBefore(before, value)) => sum.push(before, value)?,
        (MetricSum::Ratio(sum), Taken::Ratio(numerator, denominator)) => sum.push(numerator, denominator)?,
        // Left out. What is taken and what it is added to come from the same kind, so nothing else is.
        _ => {}
    }
    Ok(())
}
