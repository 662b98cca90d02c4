//! Experiments as people write them: who takes part, what each arm gets, and where it stands.

use alloc::{boxed::Box, vec::Vec};
use core::fmt;

use hashbrown::HashSet;

use super::{AnalysisDefinition, Condition, MetricDefinition};
use crate::{Object, Percentage, Timestamp, Value};

/// One experiment as it is written: a question, the units that are asked, and two or more arms to compare.
///
/// The evaluator reads who takes part and what the arms override; metrics and analysis are carried along for whoever judges
/// the outcome.
///
/// ```
/// use flags_core::definition::{ArmDefinition, ExperimentDefinition, ExperimentStatus};
/// use flags_core::Percentage;
///
/// let experiment = ExperimentDefinition::new("checkout_button")
///     .hypothesis("A red button sells more")
///     .status(ExperimentStatus::Running)
///     .traffic(Percentage::new(40.0)?)
///     .arm(ArmDefinition::control("control").overrides("button_color", "blue"))
///     .arm(ArmDefinition::new("treatment").overrides("button_color", "red"));
/// assert_eq!(experiment.arms.len(), 2);
/// # Ok::<(), flags_core::PercentageError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExperimentDefinition {
    /// The experiment's key.
    pub key: Box<str>,
    /// What it is to show.
    pub hypothesis: Option<Box<str>>,
    /// What it is about.
    pub description: Option<Box<str>>,
    /// Who answers for it.
    pub owner: Option<Box<str>>,
    /// Where it stands.
    pub status: ExperimentStatus,
    /// From when on units are enrolled, if it is running; `None` means from the beginning.
    pub start: Option<Timestamp>,
    /// Until when, that instant not included; `None` means until it is stopped.
    pub end: Option<Timestamp>,
    /// The layer it shares with others: no unit is in two experiments of one layer.
    pub layer: Option<Box<str>>,
    /// The share of the units, or of the layer, that takes part; `None` means all.
    pub traffic: Option<Percentage>,
    /// The attributes the unit is taken from, the first present counting; empty means the set's.
    pub bucket_by: Vec<Box<str>>,
    /// What keys its draws; `None` means the key.
    pub salt: Option<Box<str>>,
    /// Who is eligible: all of these have to hold; empty means everybody.
    pub audience: Vec<Condition>,
    /// What is compared; at least two.
    pub arms: Vec<ArmDefinition>,
    /// What is measured.
    pub metrics: Vec<MetricDefinition>,
    /// How it is judged.
    pub analysis: AnalysisDefinition,
    /// The arm a person has chosen to end it: the whole audience gets it, whatever status, dates and traffic say.
    pub winner: Option<Box<str>>,
}

impl ExperimentDefinition {
    /// A draft without arms.
    #[must_use]
    pub fn new(key: impl Into<Box<str>>) -> Self {
        Self { key: key.into(), ..Self::default() }
    }

    /// The experiment with a hypothesis.
    #[must_use]
    pub fn hypothesis(mut self, text: impl Into<Box<str>>) -> Self {
        self.hypothesis = Some(text.into());
        self
    }

    /// The experiment with a description.
    #[must_use]
    pub fn description(mut self, text: impl Into<Box<str>>) -> Self {
        self.description = Some(text.into());
        self
    }

    /// The experiment with an owner.
    #[must_use]
    pub fn owner(mut self, owner: impl Into<Box<str>>) -> Self {
        self.owner = Some(owner.into());
        self
    }

    /// The experiment in a status.
    #[must_use]
    pub fn status(mut self, status: ExperimentStatus) -> Self {
        self.status = status;
        self
    }

    /// The experiment enrolling from that instant on.
    #[must_use]
    pub fn start(mut self, start: Timestamp) -> Self {
        self.start = Some(start);
        self
    }

    /// The experiment enrolling until that instant, which is not included.
    #[must_use]
    pub fn end(mut self, end: Timestamp) -> Self {
        self.end = Some(end);
        self
    }

    /// The experiment in a layer.
    #[must_use]
    pub fn layer(mut self, layer: impl Into<Box<str>>) -> Self {
        self.layer = Some(layer.into());
        self
    }

    /// The experiment for that share of the units, or of its layer.
    #[must_use]
    pub fn traffic(mut self, share: Percentage) -> Self {
        self.traffic = Some(share);
        self
    }

    /// The experiment with an attribute its unit is taken from, after those named before.
    #[must_use]
    pub fn bucket_by(mut self, attribute: impl Into<Box<str>>) -> Self {
        self.bucket_by.push(attribute.into());
        self
    }

    /// The experiment with a salt of its own.
    #[must_use]
    pub fn salt(mut self, salt: impl Into<Box<str>>) -> Self {
        self.salt = Some(salt.into());
        self
    }

    /// The experiment with one more condition on who is eligible; all of them have to hold.
    #[must_use]
    pub fn audience(mut self, condition: Condition) -> Self {
        self.audience.push(condition);
        self
    }

    /// The experiment with one more arm, after those there are.
    #[must_use]
    pub fn arm(mut self, arm: ArmDefinition) -> Self {
        self.arms.push(arm);
        self
    }

    /// The experiment with one more metric.
    #[must_use]
    pub fn metric(mut self, metric: MetricDefinition) -> Self {
        self.metrics.push(metric);
        self
    }

    /// The experiment judged so.
    #[must_use]
    pub fn analysis(mut self, analysis: AnalysisDefinition) -> Self {
        self.analysis = analysis;
        self
    }

    /// The experiment ended: the whole audience gets that arm.
    #[must_use]
    pub fn winner(mut self, arm: impl Into<Box<str>>) -> Self {
        self.winner = Some(arm.into());
        self
    }

    /// The arm the others are compared with.
    #[must_use]
    pub fn control_arm(&self) -> Option<&ArmDefinition> {
        self.arms.iter().find(|arm| arm.control)
    }

    /// The keys of the flags that its arms override, each once, in the order they are first named.
    #[must_use]
    pub fn flags(&self) -> Vec<&str> {
        let mut known: HashSet<&str, foldhash::fast::FixedState> = HashSet::default();
        let named = self.arms.iter().flat_map(|arm| &arm.overrides).map(|(flag, _)| &**flag);
        named.filter(|flag| known.insert(flag)).collect()
    }
}

/// Where an experiment stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ExperimentStatus {
    /// Being written: nobody is enrolled yet.
    #[default]
    Draft,
    /// Enrolling, between its start and its end.
    Running,
    /// Held for a while: nobody is enrolled, and everybody gets the same arm again when it goes on.
    Paused,
    /// Over.
    Stopped,
}

impl ExperimentStatus {
    /// Every status, in the order of the format's documentation.
    pub const ALL: [Self; 4] = [Self::Draft, Self::Running, Self::Paused, Self::Stopped];

    /// The word the format uses for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
        }
    }

    /// The status called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}

impl fmt::Display for ExperimentStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One of the things an experiment compares.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ArmDefinition {
    /// Its name, unique in the experiment.
    pub name: Box<str>,
    /// What it is for.
    pub description: Option<Box<str>>,
    /// Whether the others are compared with it; exactly one arm says so.
    pub control: bool,
    /// Its share, relative to the other arms; 0 means that no unit is drawn into it.
    pub weight: u32,
    /// Flags and the variant each serves in this arm (`on` or `off` for a boolean flag without variants). A flag that is not
    /// named here is left as it is.
    pub overrides: Vec<(Box<str>, Box<str>)>,
    /// Free data for the application.
    pub payload: Object,
}

impl ArmDefinition {
    /// An arm of weight 1 that overrides nothing.
    #[must_use]
    pub fn new(name: impl Into<Box<str>>) -> Self {
        Self { name: name.into(), weight: 1, ..Self::default() }
    }

    /// The arm that the others are compared with, of weight 1, overriding nothing.
    #[must_use]
    pub fn control(name: impl Into<Box<str>>) -> Self {
        Self { control: true, ..Self::new(name) }
    }

    /// The arm with a share, relative to the other arms.
    #[must_use]
    pub fn weight(mut self, weight: u32) -> Self {
        self.weight = weight;
        self
    }

    /// The arm in which one more flag serves that variant.
    #[must_use]
    pub fn overrides(mut self, flag: impl Into<Box<str>>, variant: impl Into<Box<str>>) -> Self {
        self.overrides.push((flag.into(), variant.into()));
        self
    }

    /// The arm with one more piece of data for the application.
    #[must_use]
    pub fn payload(mut self, name: impl Into<crate::AttributeName>, value: impl Into<Value>) -> Self {
        self.payload.insert(name, value);
        self
    }

    /// The arm with a description.
    #[must_use]
    pub fn description(mut self, text: impl Into<Box<str>>) -> Self {
        self.description = Some(text.into());
        self
    }
}
