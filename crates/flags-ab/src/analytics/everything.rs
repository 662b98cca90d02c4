//! All analytics of an experiment at once.

use flags_core::{
    Timestamp,
    definition::{ExperimentDefinition, MetricDefinition, MetricRole},
};

use super::{
    ActivitySeries, AnalyticsError, AnomalyOptions, Arms, DailyActivity, Funnel, FunnelCounts, FunnelResult, Judgement,
    LeftOut, LifetimeCounts, LifetimePlan, LifetimeResult, SegmentResult, TimeSeries, for_each_participant, segments,
    time_series,
};
use crate::{
    Name,
    store::{EventStore, Query},
    summary::ExperimentSummary,
};

/// What is asked of the events themselves, since no summary has it.
///
/// ```
/// use flags_ab::analytics::{AnalyticsPlan, Funnel, LifetimePlan};
///
/// let plan = AnalyticsPlan::new()
///     .funnel(Funnel::new("checkout", ["cart", "purchase"])?)
///     .lifetime(LifetimePlan::new("purchase", 8)?)
///     .activity("purchase");
/// assert_eq!(plan.funnels.len(), 1);
/// # Ok::<(), flags_ab::analytics::AnalyticsError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AnalyticsPlan {
    /// The funnels.
    pub funnels: Vec<Funnel>,
    /// The value in the long run.
    pub lifetime: Option<LifetimePlan>,
    /// The events whose days are looked through; new units are, whatever stands here.
    pub activity: Vec<Name>,
    /// How days are judged.
    pub anomalies: AnomalyOptions,
}

impl AnalyticsPlan {
    /// New units by day, and nothing else.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The events of all metrics by day.
    #[must_use]
    pub fn of(experiment: &ExperimentDefinition) -> Self {
        let events = experiment.metrics.iter().flat_map(MetricDefinition::events);
        events.fold(Self::new(), Self::activity)
    }

    /// The plan with one more funnel.
    #[must_use]
    pub fn funnel(mut self, funnel: Funnel) -> Self {
        self.funnels.push(funnel);
        self
    }

    /// The plan with lifetime value.
    #[must_use]
    pub fn lifetime(mut self, lifetime: LifetimePlan) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// The plan with one more event whose days are looked through.
    #[must_use]
    pub fn activity(mut self, event: impl Into<Name>) -> Self {
        let event = event.into();
        if !self.activity.contains(&event) {
            self.activity.push(event);
        }
        self
    }
}

/// All analytics of an experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct Analytics {
    /// The experiment's key.
    pub experiment: Name,
    /// The instant at which it was asked.
    pub at: Timestamp,
    /// How it was judged.
    pub judgement: Judgement,
    /// The effect on each metric by day, for each arm.
    pub time_series: Vec<TimeSeries>,
    /// The effects by segment.
    pub segments: SegmentResult,
    /// The funnels.
    pub funnels: Vec<FunnelResult>,
    /// What happened on each day, and which days are out of the ordinary.
    pub activity: Vec<ActivitySeries>,
    /// The long run.
    pub lifetime: Option<LifetimeResult>,
    /// The units that are in none of what was asked of events.
    pub left_out: LeftOut,
}

impl Analytics {
    /// What a summary has: the days and segments that are in it, for every metric.
    ///
    /// # Errors
    ///
    /// [`AnalyticsError::NoControl`] or [`AnalyticsError::Plan`] for a definition that has not been checked.
    pub fn of_summary(
        summary: &ExperimentSummary,
        experiment: &ExperimentDefinition,
        now: Timestamp,
    ) -> Result<Self, AnalyticsError> {
        let (arms, judgement) = (Arms::of(experiment)?, Judgement::of(experiment, now)?);
        let metrics: Vec<Name> = experiment.metrics.iter().map(|metric| Name::from(&*metric.name)).collect();
        let mut days = vec![];
        let success = experiment.metrics.iter().filter(|metric| metric.role == MetricRole::Success).count();
        for (name, metric) in metrics.iter().zip(&experiment.metrics) {
            // As in the analysis: success metrics share the level, and each guardrail has to hold by itself.
            let comparisons = match metric.role {
                MetricRole::Success => success * arms.treatments().count(),
                MetricRole::Guardrail => 1,
            };
            let series = time_series(summary, &arms, name, &judgement, comparisons);
            days.extend(series.into_iter().filter(|one| !one.days.is_empty()));
        }
        Ok(Self {
            experiment: arms.experiment().clone(),
            at: now,
            judgement,
            time_series: days,
            segments: segments(summary, &arms, &metrics, &judgement),
            funnels: vec![],
            activity: vec![],
            lifetime: None,
            left_out: LeftOut::default(),
        })
    }

    /// The same with what only the events have, in one pass over them.
    ///
    /// # Errors
    ///
    /// As [`of_summary`](Self::of_summary), and [`AnalyticsError::Store`] if the events cannot be read.
    pub fn with_events(
        mut self,
        store: &dyn EventStore,
        experiment: &ExperimentDefinition,
        plan: &AnalyticsPlan,
    ) -> Result<Self, AnalyticsError> {
        let (arms, now) = (Arms::of(experiment)?, self.at);
        let mut query = Query::experiment(arms.experiment().clone()).until(now);
        let mut funnels: Vec<FunnelCounts> =
            plan.funnels.iter().map(|funnel| FunnelCounts::new(funnel.clone(), &arms, now)).collect();
        let mut lifetime = plan.lifetime.clone().map(|plan| LifetimeCounts::new(plan, &arms, now));
        let mut activity = DailyActivity::new(plan.activity.iter().cloned(), &arms, now);
        query = activity.wanting(query);
        query = plan.funnels.iter().fold(query, |query, funnel| funnel.wanting(query));
        query = plan.lifetime.iter().fold(query, |query, plan| plan.wanting(query));
        self.left_out = for_each_participant(store, &query, &arms, &mut |participant| {
            funnels.iter_mut().for_each(|funnel| funnel.record(participant));
            lifetime.iter_mut().for_each(|lifetime| lifetime.record(participant));
            activity.record(participant);
        })?;
        self.funnels = funnels.iter().map(|funnel| funnel.result(&self.judgement)).collect();
        self.lifetime = lifetime.map(|lifetime| lifetime.result(&self.judgement));
        self.activity = activity.series(&plan.anomalies);
        Ok(self)
    }
}
