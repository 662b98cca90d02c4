//! The weights that were in force when an arm was drawn, as events carry them.

use crate::Name;

/// The weights that were in force when an arm was drawn, in written order: `control=1,treatment=1`.
///
/// ```
/// use flags_ab::summary::Split;
///
/// let split = Split::parse("control=1,treatment=3").expect("this is how splits are written");
/// assert_eq!(split.weight("treatment"), 3);
/// assert_eq!(split.share("treatment"), Some(0.75));
/// assert_eq!(split.weight("an arm that did not exist then"), 0);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    weights: Vec<(Name, u32)>,
}

impl Split {
    /// The split of these weights, in written order.
    #[must_use]
    pub fn new(weights: impl IntoIterator<Item = (Name, u32)>) -> Self {
        Self { weights: weights.into_iter().collect() }
    }

    /// The split that is written as `control=1,treatment=1`, or `None` where that is none: no arm, an arm without a weight, or
    /// one that is named twice.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut weights: Vec<(Name, u32)> = vec![];
        for part in text.split(',') {
            let (arm, weight) = part.rsplit_once('=')?;
            let (arm, weight) = (arm.trim(), weight.trim().parse().ok()?);
            if arm.is_empty() || weights.iter().any(|(known, _)| **known == *arm) {
                return None;
            }
            weights.push((arm.into(), weight));
        }
        Some(Self { weights })
    }

    /// The arms and their weights, in written order.
    #[must_use]
    pub fn weights(&self) -> &[(Name, u32)] {
        &self.weights
    }

    /// The weight of an arm; 0 for one that is not in the split.
    #[must_use]
    pub fn weight(&self, arm: &str) -> u32 {
        self.weights.iter().find(|(name, _)| **name == *arm).map_or(0, |(_, weight)| *weight)
    }

    /// The share of the units that an arm gets; `None` where all weights are 0.
    #[must_use]
    pub fn share(&self, arm: &str) -> Option<f64> {
        let total: u64 = self.weights.iter().map(|(_, weight)| u64::from(*weight)).sum();
        (total > 0).then(|| f64::from(self.weight(arm)) / total as f64)
    }
}

impl std::fmt::Display for Split {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, (arm, weight)) in self.weights.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{arm}={weight}")?;
        }
        Ok(())
    }
}
