//! How an experiment is judged, as people write it.

/// How an experiment is judged. The evaluator does not read it.
#[derive(Clone, Debug, PartialEq)]
pub struct AnalysisDefinition {
    /// The confidence level, between 0 and 1; 0.95 unless written.
    pub confidence: f64,
    /// The power a sample size is computed for, between 0 and 1; 0.8 unless written.
    pub power: f64,
    /// The method.
    pub method: AnalysisMethod,
    /// What is done about many comparisons.
    pub correction: Correction,
    /// What is done with the verdict.
    pub decide: DecisionMode,
    /// How many eligible units come by on a day, before `traffic`; above 0. The time it takes is planned from it.
    pub daily_units: Option<u64>,
}

impl Default for AnalysisDefinition {
    fn default() -> Self {
        Self {
            confidence: 0.95,
            power: 0.8,
            method: AnalysisMethod::default(),
            correction: Correction::default(),
            decide: DecisionMode::default(),
            daily_units: None,
        }
    }
}

/// The statistical method an experiment is judged by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AnalysisMethod {
    /// One look, at the end.
    Fixed,
    /// A look at any time.
    #[default]
    Sequential,
    /// A few planned looks.
    GroupSequential,
    /// Posterior probabilities.
    Bayesian,
}

impl AnalysisMethod {
    /// Every method, in the order of the format's documentation.
    pub const ALL: [Self; 4] = [Self::Fixed, Self::Sequential, Self::GroupSequential, Self::Bayesian];

    /// The word the format uses for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Sequential => "sequential",
            Self::GroupSequential => "group_sequential",
            Self::Bayesian => "bayesian",
        }
    }

    /// The method called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}

/// What is done about the chance of a false finding among many comparisons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Correction {
    /// Nothing.
    None,
    /// Bonferroni's: the chance of any false finding, divided evenly.
    Bonferroni,
    /// Holm's: the same chance, step by step.
    #[default]
    Holm,
    /// Benjamini and Hochberg's: the share of false findings.
    BenjaminiHochberg,
}

impl Correction {
    /// Every correction, in the order of the format's documentation.
    pub const ALL: [Self; 4] = [Self::None, Self::Bonferroni, Self::Holm, Self::BenjaminiHochberg];

    /// The word the format uses for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Bonferroni => "bonferroni",
            Self::Holm => "holm",
            Self::BenjaminiHochberg => "benjamini_hochberg",
        }
    }

    /// The correction called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}

/// What is done with the verdict on an experiment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DecisionMode {
    /// Nothing.
    Off,
    /// A person is told.
    #[default]
    Recommend,
    /// The winner is declared by a control.
    Apply,
}

impl DecisionMode {
    /// Every mode, in the order of the format's documentation.
    pub const ALL: [Self; 3] = [Self::Off, Self::Recommend, Self::Apply];

    /// The word the format uses for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Recommend => "recommend",
            Self::Apply => "apply",
        }
    }

    /// The mode called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}
