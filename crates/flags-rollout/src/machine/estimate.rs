//! When a rollout will be complete, as far as anybody can say.

use flags_core::Timestamp;

use super::{State, Status};
use crate::plan::Plan;

/// When a rollout will be complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Estimate {
    /// Then at the earliest: samples, approvals and freeze windows may make it later.
    NotBefore(Timestamp),
    /// Nobody can say: it waits for a person or for data, or has not been started.
    Unknown,
    /// It is over.
    Over,
}

impl Estimate {
    /// The estimate for a rollout at an instant. A plan that is not started yet and has a date is taken to start then.
    #[must_use]
    pub fn of(plan: &Plan, state: &State, now: Timestamp) -> Self {
        match state.status {
            Status::Complete | Status::RolledBack { .. } => Self::Over,
            Status::Paused(_) | Status::RollingBack { .. } => Self::Unknown,
            Status::Planned => match plan.definition().not_before {
                Some(date) => Self::NotBefore(date.max(now).saturating_add(plan.shortest())),
                None => Self::Unknown,
            },
            Status::Running(_) => {
                let rest = plan.stage(state.stage).hold.saturating_sub(state.baked_at(now));
                let later = plan.stages().iter().skip(state.stage + 1).map(|stage| stage.hold);
                Self::NotBefore(later.fold(now.saturating_add(rest), Timestamp::saturating_add))
            }
        }
    }
}
