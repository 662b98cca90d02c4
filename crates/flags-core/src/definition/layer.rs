//! What experiments share: layers, in which they exclude each other, and holdouts, which are kept out of them.

use alloc::{boxed::Box, vec::Vec};

use crate::Percentage;

/// A layer: the experiments that name it share no unit.
///
/// Each owns a range of the layer's buckets as wide as its traffic, one after the other in written order. So an experiment is
/// best appended, and one that is over best left in its place: whatever stands after it would move.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub struct LayerDefinition {
    /// The layer's key.
    pub key: Box<str>,
    /// What it is for.
    pub description: Option<Box<str>>,
    /// What keys its draw; `None` means the key.
    pub salt: Option<Box<str>>,
}

impl LayerDefinition {
    /// A layer without experiments.
    #[must_use]
    pub fn new(key: impl Into<Box<str>>) -> Self {
        Self { key: key.into(), ..Self::default() }
    }

    /// The layer with a salt of its own.
    #[must_use]
    pub fn salt(mut self, salt: impl Into<Box<str>>) -> Self {
        self.salt = Some(salt.into());
        self
    }

    /// The layer with a description.
    #[must_use]
    pub fn description(mut self, text: impl Into<Box<str>>) -> Self {
        self.description = Some(text.into());
        self
    }
}

/// A holdout: a share of the units that is in none of the experiments it covers, as long as it is written.
///
/// It stays out of the arm that won, too: what all the experiments of a season have brought is measured against it.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct HoldoutDefinition {
    /// The holdout's key.
    pub key: Box<str>,
    /// What it is for.
    pub description: Option<Box<str>>,
    /// The share of units held out. A unit is what each experiment takes for one.
    pub percentage: Percentage,
    /// The experiments it covers.
    pub experiments: HeldOutFrom,
    /// What keys its draw; `None` means the key.
    pub salt: Option<Box<str>>,
}

/// Which experiments a holdout covers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum HeldOutFrom {
    /// Every experiment, those to come included.
    All,
    /// The experiments of these keys.
    Experiments(Vec<Box<str>>),
}

impl HoldoutDefinition {
    /// That share of the units held out of every experiment.
    #[must_use]
    pub fn new(key: impl Into<Box<str>>, percentage: Percentage) -> Self {
        Self { key: key.into(), description: None, percentage, experiments: HeldOutFrom::All, salt: None }
    }

    /// The holdout for these experiments only.
    #[must_use]
    pub fn from_experiments<T: Into<Box<str>>>(mut self, keys: impl IntoIterator<Item = T>) -> Self {
        self.experiments = HeldOutFrom::Experiments(keys.into_iter().map(Into::into).collect());
        self
    }

    /// The holdout with a salt of its own.
    #[must_use]
    pub fn salt(mut self, salt: impl Into<Box<str>>) -> Self {
        self.salt = Some(salt.into());
        self
    }

    /// The holdout with a description.
    #[must_use]
    pub fn description(mut self, text: impl Into<Box<str>>) -> Self {
        self.description = Some(text.into());
        self
    }

    /// The experiments it names; none where it covers all.
    #[must_use]
    pub fn named(&self) -> &[Box<str>] {
        match &self.experiments {
            HeldOutFrom::All => &[],
            HeldOutFrom::Experiments(keys) => keys,
        }
    }

    /// Whether it covers the experiment of that key.
    #[must_use]
    pub fn covers(&self, experiment: &str) -> bool {
        self.experiments == HeldOutFrom::All || self.named().iter().any(|key| **key == *experiment)
    }
}
