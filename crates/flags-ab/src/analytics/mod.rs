//! What else events say of an experiment: where units are lost, over time, by segment, and in the long run.
//!
//! [`Analytics`] has all of it; each part can be had by itself.
//!
//! | question | look at |
//! | --- | --- |
//! | where are units lost on their way? | [`Funnel`], [`FunnelCounts`], [`FunnelResult`] |
//! | how did the effect come about? | [`time_series`] |
//! | is it another for some? | [`segments`] |
//! | which days were out of the ordinary? | [`DailyActivity`], [`anomalies`] |
//! | what are units worth in the long run, and how many stay? | [`LifetimePlan`], [`LifetimeCounts`], [`LifetimeResult`] |

mod anomaly;
mod duration_sketch;
mod effect;
mod error;
mod everything;
mod funnel;
mod lifetime;
mod participant;
mod segments;
mod time_series;
mod wire;

pub use self::{
    anomaly::{
        ActivitySeries, Anomalies, AnomalyOptions, DailyActivity, DayScore, Measured, NoScores, Scale, anomalies,
    },
    duration_sketch::DurationSketch,
    effect::{Effect, Judgement, Looks, Share},
    error::AnalyticsError,
    everything::{Analytics, AnalyticsPlan},
    funnel::{Funnel, FunnelAnchor, FunnelArm, FunnelCounts, FunnelError, FunnelResult, FunnelStep},
    lifetime::{
        Cohort, Lifetime, LifetimeAge, LifetimeArm, LifetimeCounts, LifetimeError, LifetimePlan, LifetimeResult,
        PooledAge,
    },
    participant::{Arms, Enrolment, LeftOut, Participant, for_each_participant},
    segments::{Heterogeneity, Segment, SegmentResult, SegmentTable, segments},
    time_series::{TimeSeries, TimeSeriesDay, TimeSeriesValue, time_series},
};
