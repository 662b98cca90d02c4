//! Whether the effect is another for some: segment by segment, with care for the many looks.

use std::collections::BTreeMap;

use super::{Arms, Effect, Judgement, effect::effect_estimate};
use crate::{
    Name,
    statistics::{
        Alpha, Arm, Correction, Estimate, PValue, Undefined, adjust_p_values, sequential::EffectEstimate,
        special::chi_squared,
    },
    summary::{ExperimentSummary, MetricSum},
};

/// Effects by segment.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentResult {
    /// A table for each dimension, metric and arm, in this order.
    pub tables: Vec<SegmentTable>,
    /// How many effects p-values are adjusted for, over all tables.
    pub comparisons: usize,
}

impl SegmentResult {
    /// What has to be said with any of it.
    pub const EXPLORATORY: &'static str = "Exploratory: with so many looks some segment always seems to stand out. \
        p-values are adjusted for all of them (Benjamini and Hochberg), and what is found here is a question for the next \
        experiment, not an answer of this one.";
}

/// The effect of an arm on a metric, by the values of a dimension.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentTable {
    /// The dimension, such as the country.
    pub dimension: Name,
    /// The metric's name.
    pub metric: Name,
    /// The arm that is compared with the control.
    pub arm: Name,
    /// The values of the dimension, in the order of text.
    pub rows: Vec<Segment>,
    /// Whether the effects differ at all. Look at this first: if they do not, the rows are one effect and chance.
    pub heterogeneity: Estimate<Heterogeneity>,
}

/// The units with one value of a dimension.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// The value; [`OTHER`](crate::summary::OTHER) for all beyond the number that is kept.
    pub value: Name,
    /// How many units the metric is known of, in the control and in the arm.
    pub users: [u64; 2],
    /// The value per unit in the control.
    pub control: Estimate,
    /// The value per unit in the arm.
    pub treatment: Estimate,
    /// The effect; its interval is such that those of all tables hold together.
    pub effect: Estimate<Effect>,
}

/// Cochran's Q: whether the effects of segments differ by more than chance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heterogeneity {
    /// Σ w (d − d̄)², with w the inverse of each effect's squared standard error and d̄ the mean weighted by it.
    pub q: f64,
    /// One less than the number of segments whose effect has a standard error.
    pub degrees_of_freedom: u32,
    /// How surprising such differences would be if there were one effect, for one look.
    pub p: PValue,
    /// The same, adjusted by Benjamini and Hochberg for the number of tables.
    pub adjusted_p: f64,
    /// I²: the share of the variation that is beyond chance, from 0 to 1.
    pub beyond_chance: f64,
}

/// The effects by segment of every dimension in the summary, on these metrics.
///
/// All p-values of effects, over all tables, are adjusted together by Benjamini and Hochberg's method, and all intervals
/// are Bonferroni's; the judgement's correction does not count here. Whether effects differ is asked for each table by
/// Cochran's Q, Σ w (d − d̄)², which is chi-squared with k − 1 degrees of freedom for k segments of some size if there is one
/// effect; it is for one look. Sources: Cochran, Biometrics 10, 1954; Higgins and Thompson, Statistics in Medicine 21, 2002, for I².
///
/// Segments have to be of what was known before the exposure; a segment by what an arm may change compares apples and pears.
#[must_use]
pub fn segments(summary: &ExperimentSummary, arms: &Arms, metrics: &[Name], judgement: &Judgement) -> SegmentResult {
    let judgement = Judgement { correction: Some(Correction::BenjaminiHochberg), ..*judgement };
    let control = &arms.names()[arms.control()];
    let mut cells: BTreeMap<Place, Vec<Cell>> = BTreeMap::new();
    for ((dimension, value), slice) in &summary.segments {
        for (metric_index, metric) in metrics.iter().enumerate() {
            for arm in arms.treatments() {
                let of = |arm: &Name| slice.metric(arm, metric).map(|metric| metric.sum);
                let (control, treatment) = (of(control), of(&arms.names()[arm]));
                if control.is_some() || treatment.is_some() {
                    let place = (dimension.clone(), metric_index, arm);
                    cells.entry(place).or_default().push(Cell { value: value.clone(), control, treatment });
                }
            }
        }
    }
    let effect = |cell: &Cell, each: Estimate<Alpha>| {
        let (control, treatment) = cell.both()?;
        Effect::of_sums(&control, &treatment, judgement.looks, each?)
    };
    let has_p = |cell: &&Cell| effect(cell, Ok(judgement.alpha)).is_ok_and(|effect| effect.p.is_ok());
    let comparisons = cells.values().flatten().filter(has_p).count();
    let each = judgement.each(comparisons);
    let tables = cells.into_iter().map(|((dimension, metric, arm), cells)| {
        let estimates: Vec<EffectEstimate> = cells.iter().filter_map(|cell| cell.estimate().ok()).collect();
        let rows = cells.iter().map(|cell| cell.row(effect(cell, each)));
        SegmentTable {
            dimension,
            metric: metrics[metric].clone(),
            arm: arms.names()[arm].clone(),
            rows: rows.collect(),
            heterogeneity: heterogeneity(&estimates),
        }
    });
    let mut tables: Vec<SegmentTable> = tables.collect();
    let effects = tables.iter_mut().flat_map(|table| &mut table.rows).filter_map(|row| row.effect.as_mut().ok());
    judgement.adjust(effects, comparisons);
    adjust_heterogeneity(&mut tables);
    SegmentResult { tables, comparisons }
}

/// Dimension, index of the metric, index of the arm.
type Place = (Name, usize, usize);

struct Cell {
    value: Name,
    control: Option<MetricSum>,
    treatment: Option<MetricSum>,
}

impl Cell {
    fn both(&self) -> Estimate<(MetricSum, MetricSum)> {
        let control = self.control.ok_or(Undefined::NoUsers { arm: Arm::Control })?;
        Ok((control, self.treatment.ok_or(Undefined::NoUsers { arm: Arm::Treatment })?))
    }

    fn estimate(&self) -> Estimate<EffectEstimate> {
        let (control, treatment) = self.both()?;
        effect_estimate(&control, &treatment)
    }

    fn row(&self, effect: Estimate<Effect>) -> Segment {
        let users = |sum: Option<MetricSum>| sum.map_or(0, |sum| sum.units());
        let mean = |sum: Option<MetricSum>, arm: Arm| match sum {
            Some(sum) if sum.units() > 0 => sum.summary(arm).map(crate::statistics::Summary::mean),
            _ => Err(Undefined::NoUsers { arm }),
        };
        Segment {
            value: self.value.clone(),
            users: [users(self.control), users(self.treatment)],
            control: mean(self.control, Arm::Control),
            treatment: mean(self.treatment, Arm::Treatment),
            effect,
        }
    }
}

fn heterogeneity(estimates: &[EffectEstimate]) -> Estimate<Heterogeneity> {
    let groups = estimates.len() as u64;
    let freedom = match u32::try_from(groups.saturating_sub(1)) {
        Ok(freedom) if freedom > 0 => freedom,
        Ok(_) => {
            let what = "the number of segments with a known effect";
            return Err(Undefined::OutOfDomain { what, value: groups as f64, expected: "at least 2" });
        }
        Err(_) => return Err(Undefined::Overflow { what: "the number of segments" }),
    };
    // Weights relative to the most exact effect, so that no square leaves the doubles.
    let smallest = estimates.iter().map(EffectEstimate::se).fold(f64::INFINITY, f64::min);
    let weight = |estimate: &EffectEstimate| (smallest / estimate.se()) * (smallest / estimate.se());
    let total: f64 = estimates.iter().map(weight).sum();
    let mean: f64 = estimates.iter().map(|estimate| weight(estimate) / total * estimate.effect()).sum();
    let q: f64 = estimates.iter().map(|estimate| ((estimate.effect() - mean) / estimate.se()).powi(2)).sum();
    if !q.is_finite() {
        return Err(Undefined::Overflow { what: "Cochran's Q" });
    }
    let df = f64::from(freedom);
    let p = PValue::from_ln(chi_squared::ln_sf(q, df));
    let beyond_chance = if q > df { (q - df) / q } else { 0.0 };
    Ok(Heterogeneity { q, degrees_of_freedom: freedom, p, adjusted_p: p.value(), beyond_chance })
}

fn adjust_heterogeneity(tables: &mut [SegmentTable]) {
    let known: Vec<&mut Heterogeneity> =
        tables.iter_mut().filter_map(|table| table.heterogeneity.as_mut().ok()).collect();
    let p_values: Vec<f64> = known.iter().map(|one| one.p.value()).collect();
    // A p-value is between 0 and 1, so there is nothing to refuse.
    if let Ok(adjusted) = adjust_p_values(&p_values, Correction::BenjaminiHochberg) {
        for (one, adjusted) in known.into_iter().zip(adjusted.values()) {
            one.adjusted_p = *adjusted;
        }
    }
}
