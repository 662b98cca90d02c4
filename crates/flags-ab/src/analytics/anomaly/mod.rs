//! Days that are out of the ordinary: outages, bots, a tracker that was lost.

mod activity;
mod detect;

pub use self::{
    activity::{ActivitySeries, DailyActivity, Measured},
    detect::{Anomalies, AnomalyOptions, DayScore, NoScores, Scale, anomalies},
};
