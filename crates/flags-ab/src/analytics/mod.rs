//! What else events say of an experiment: where units are lost, over time, by segment, and in the long run.
//!
//! | question | look at |
//! | --- | --- |
//! | where are units lost on their way? | [`Funnel`], [`FunnelCounts`], [`FunnelResult`] |

mod duration_sketch;
mod effect;
mod error;
mod funnel;
mod participant;

pub use self::{
    duration_sketch::DurationSketch,
    effect::{Effect, Judgement, Looks},
    error::AnalyticsError,
    funnel::{Funnel, FunnelAnchor, FunnelArm, FunnelCounts, FunnelError, FunnelResult, FunnelShare, FunnelStep},
    participant::{Arms, Enrolment, LeftOut, Participant, for_each_participant},
};
