//! Metrics as people write them: what is measured of every unit of an experiment.

use alloc::boxed::Box;
use core::time::Duration;

/// Something that is measured of every unit, and what is hoped of it. The evaluator does not read it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetricDefinition {
    /// Its name, unique in the experiment.
    pub name: Box<str>,
    /// What is computed from the events.
    pub kind: MetricKind,
    /// The event it is computed from; a ratio has two of its own.
    pub event: Option<Box<str>>,
    /// Of a ratio: the event above the line.
    pub numerator: Option<Box<str>>,
    /// Of a ratio: the event below the line.
    pub denominator: Option<Box<str>>,
    /// Whether it decides, or must only not get worse.
    pub role: MetricRole,
    /// Which way is better.
    pub goal: Goal,
    /// How long after the first exposure events count; `None` means as long as the experiment is analysed.
    pub window: Option<Duration>,
    /// The relative effect to be found, above 0: 0.02 is two percent of the control's value.
    pub minimum_detectable_effect: Option<f64>,
    /// What it is in the control today, a rate or a mean: the sample size is planned from it.
    pub baseline: Option<f64>,
    /// Its standard deviation over units, above 0, for planning; that of a conversion follows from the baseline.
    pub deviation: Option<f64>,
    /// Of a guardrail: the relative loss that is tolerated, 0 or above.
    pub margin: Option<f64>,
    /// The quantile at which large values are cut, between 0 and 1.
    pub winsorize: Option<f64>,
}

impl MetricDefinition {
    /// A success metric that is to increase, computed from one event.
    #[must_use]
    pub fn new(name: impl Into<Box<str>>, kind: MetricKind, event: impl Into<Box<str>>) -> Self {
        Self { name: name.into(), kind, event: Some(event.into()), ..Self::default() }
    }

    /// The share of the units that have the event at all, to increase.
    #[must_use]
    pub fn conversion(name: impl Into<Box<str>>, event: impl Into<Box<str>>) -> Self {
        Self::new(name, MetricKind::Conversion, event)
    }

    /// One event in proportion to another, to increase.
    #[must_use]
    pub fn ratio(name: impl Into<Box<str>>, numerator: impl Into<Box<str>>, denominator: impl Into<Box<str>>) -> Self {
        Self {
            name: name.into(),
            kind: MetricKind::Ratio,
            numerator: Some(numerator.into()),
            denominator: Some(denominator.into()),
            ..Self::default()
        }
    }

    /// The metric as a guardrail: it may get worse by that relative margin and no more.
    #[must_use]
    pub fn guardrail(mut self, margin: f64) -> Self {
        self.role = MetricRole::Guardrail;
        self.margin = Some(margin);
        self
    }

    /// The metric with a direction that is better.
    #[must_use]
    pub fn goal(mut self, goal: Goal) -> Self {
        self.goal = goal;
        self
    }

    /// The metric counting events only so long after the first exposure.
    #[must_use]
    pub fn window(mut self, window: Duration) -> Self {
        self.window = Some(window);
        self
    }

    /// The metric with the relative effect to be found.
    #[must_use]
    pub fn minimum_detectable_effect(mut self, effect: f64) -> Self {
        self.minimum_detectable_effect = Some(effect);
        self
    }

    /// The metric with what it is in the control today.
    #[must_use]
    pub fn baseline(mut self, value: f64) -> Self {
        self.baseline = Some(value);
        self
    }

    /// The metric with its standard deviation over units.
    #[must_use]
    pub fn deviation(mut self, deviation: f64) -> Self {
        self.deviation = Some(deviation);
        self
    }

    /// The metric with large values cut at a quantile.
    #[must_use]
    pub fn winsorize(mut self, quantile: f64) -> Self {
        self.winsorize = Some(quantile);
        self
    }

    /// The events it is computed from.
    pub fn events(&self) -> impl Iterator<Item = &str> {
        [&self.event, &self.numerator, &self.denominator].into_iter().flatten().map(|event| &**event)
    }
}

/// What a metric computes from the events of a unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MetricKind {
    /// Whether the unit had the event at all.
    #[default]
    Conversion,
    /// The mean over units of the total of the event's values, such as revenue; a unit without the event counts as 0.
    Mean,
    /// The mean over events of their values, which are times: their total by their number, as a ratio is.
    Duration,
    /// How often the unit had the event.
    Count,
    /// The total of one event's values by that of another.
    Ratio,
    /// A value that the application computes for each unit; the latest counts, and units without one are left out.
    Custom,
}

impl MetricKind {
    /// Every kind, in the order of the format's documentation.
    pub const ALL: [Self; 6] = [Self::Conversion, Self::Mean, Self::Duration, Self::Count, Self::Ratio, Self::Custom];

    /// The word the format uses for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Conversion => "conversion",
            Self::Mean => "mean",
            Self::Duration => "duration",
            Self::Count => "count",
            Self::Ratio => "ratio",
            Self::Custom => "custom",
        }
    }

    /// The kind called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}

/// What a metric is there for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MetricRole {
    /// It decides.
    #[default]
    Success,
    /// It must not get worse.
    Guardrail,
}

impl MetricRole {
    /// Both roles, in the order of the format's documentation.
    pub const ALL: [Self; 2] = [Self::Success, Self::Guardrail];

    /// The word the format uses for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Guardrail => "guardrail",
        }
    }

    /// The role called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}

/// Which way a metric is better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Goal {
    /// More is better.
    #[default]
    Increase,
    /// Less is better.
    Decrease,
}

impl Goal {
    /// Both ways, in the order of the format's documentation.
    pub const ALL: [Self; 2] = [Self::Increase, Self::Decrease];

    /// The word the format uses for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Increase => "increase",
            Self::Decrease => "decrease",
        }
    }

    /// The way called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}
