//! A first pass over the units, for what has to be known before anything is summed up: where to cut, and which values of a
//! dimension have the most units.

use std::collections::{BTreeMap, BTreeSet};

use flags_core::definition::{ExperimentDefinition, MetricDefinition, MetricKind};

use super::{
    CollectOptions,
    attribution::{Attribution, Taken},
    sketch::Sketch,
};
use crate::{Name, store::UnitEvents};

/// The values of a dimension that are counted; of more, the first in the order of the alphabet.
const COUNTED: usize = 10_000;

/// What is known after the first pass.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// For each metric, the quantile and the values, if it is winsorised.
    sketches: Vec<Option<(f64, Sketch)>>,
    /// For each dimension the units of each value.
    dimensions: Vec<(Name, BTreeMap<Name, u64>)>,
}

impl Survey {
    pub(super) fn is_needed(definition: &ExperimentDefinition, options: &CollectOptions) -> bool {
        !options.dimensions.is_empty() || definition.metrics.iter().any(|metric| quantile(metric).is_some())
    }

    pub(super) fn new(definition: &ExperimentDefinition, options: &CollectOptions) -> Self {
        let sketch = |metric: &MetricDefinition| quantile(metric).map(|quantile| (quantile, Sketch::default()));
        Self {
            sketches: definition.metrics.iter().map(sketch).collect(),
            dimensions: options.dimensions.iter().map(|name| (name.clone(), BTreeMap::new())).collect(),
        }
    }

    pub(super) fn visit(&mut self, attribution: &Attribution, unit: UnitEvents<'_>) {
        let Some(unit) = attribution.unit(unit) else { return };
        for (metric, sketch) in self.sketches.iter_mut().enumerate() {
            let Some((_, sketch)) = sketch.as_mut().filter(|_| !unit.in_two_arms) else { continue };
            match attribution.take(unit, metric).0 {
                Taken::Value(value) | Taken::WithBefore(_, value) => sketch.push(value),
                Taken::Ratio(numerator, denominator) if denominator > 0.0 => sketch.push(numerator / denominator),
                _ => {}
            }
        }
        for (dimension, values) in &mut self.dimensions {
            let Some((_, value)) = unit.exposure.dimensions.iter().find(|(name, _)| name == dimension) else {
                continue;
            };
            if let Some(count) = values.get_mut(&**value) {
                *count += 1;
            } else {
                values.insert(Name::from(&**value), 1);
                if values.len() > COUNTED {
                    // Always the last one, so that the rest does not depend on the order of the units.
                    values.pop_last();
                }
            }
        }
    }

    /// Where the values of each metric are cut.
    pub(super) fn caps(&mut self) -> Vec<Option<f64>> {
        let sketches = self.sketches.iter_mut().map(Option::take);
        sketches.map(|sketch| sketch.and_then(|(quantile, sketch)| sketch.positive_quantile(quantile))).collect()
    }

    /// The values of each dimension that have the most units, `most` at the most.
    pub(super) fn kept_values(self, most: usize) -> Vec<(Name, BTreeSet<Name>)> {
        let kept = |values: BTreeMap<Name, u64>| {
            let mut by_size: Vec<(Name, u64)> = values.into_iter().collect();
            // Stable, so that values of one size stay in the order of the alphabet.
            by_size.sort_by_key(|(_, units)| std::cmp::Reverse(*units));
            by_size.into_iter().take(most).map(|(value, _)| value).collect()
        };
        self.dimensions.into_iter().map(|(name, values)| (name, kept(values))).collect()
    }
}

/// The quantile at which a metric is cut; none for conversions, which have nothing to cut.
fn quantile(metric: &MetricDefinition) -> Option<f64> {
    metric.winsorize.filter(|quantile| metric.kind != MetricKind::Conversion && *quantile > 0.0 && *quantile < 1.0)
}
