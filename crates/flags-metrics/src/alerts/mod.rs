//! Alerts: rules that say what somebody should hear of, and the state machines that decide when.
//!
//! Everything here is a function of (state, observation, now): [`Alerts`] reads no clock, starts no thread and sends nothing.
//! Whoever owns it calls [`tick`](Alerts::tick) every few seconds with what was [measured](Measurements),
//! [`record`](Alerts::record) when something [happens](Event), and hands the [notifications](Notification) that come back to
//! channels.
//!
//! # What each condition means
//!
//! | condition | one alert for each | holds while | resolves when |
//! | --- | --- | --- | --- |
//! | [`EvaluationLatency`](AlertCondition::EvaluationLatency) | rule | that quantile of the sampled evaluation times of the window is above the bound | it is not above it any more |
//! | [`FlagErrorRate`](AlertCondition::FlagErrorRate) | flag | that share of the flag's outcomes of the window, or more than it, were errors | the share is not above the bound any more |
//! | [`ReloadFailed`](AlertCondition::ReloadFailed) | rule | the files as they are were refused | they are accepted, or again what is in force |
//! | [`Rollback`](AlertCondition::Rollback) | flag | its rollout was rolled back less than a cooldown ago | nothing further came for a cooldown, or the rollout goes on |
//! | [`RolloutAttention`](AlertCondition::RolloutAttention) | flag | its rollout is paused, waits for an approval or is not in force, a guardrail that only tells has failed, or its circuit breaker is open | the rollout goes on or is over, and the breaker lets runs through |
//! | [`ExperimentSignificant`](AlertCondition::ExperimentSignificant) | experiment | it got a verdict less than a cooldown ago | nothing further came for a cooldown, or the experiment was concluded |
//! | [`UnexpectedChange`](AlertCondition::UnexpectedChange) | flag | it changed unexpectedly less than a cooldown ago | nothing further came for a cooldown, or somebody confirmed the change |
//!
//! There is no second bound for coming down: what flaps around its bound is kept quiet by the cooldown.
//!
//! # What is told, and how often
//!
//! - An alert **fires** once its condition has held without a gap for the rule's `hold`, and not within a cooldown of the
//!   last time it fired. What holds again too soon waits, and fires at the end of the cooldown if it still holds then; the
//!   notification says how often it held in between. So there is one firing in a cooldown at most.
//! - Each firing is followed by exactly one **resolved**, which says why; there are never two firings without it.
//! - **Missing data** (no evaluations were sampled, fewer outcomes than `min_samples`) never make an alert fire: a wait starts
//!   anew after a gap. They do not resolve it silently either: it keeps firing for a cooldown without data, and then resolves
//!   with [`Resolution::NoData`], in words.
//! - A flag that is deleted, or a rule, resolves its alerts with that reason.
//!
//! # Time
//!
//! Time that has passed is the sum of the steps forward between calls. A clock that is set back delays nothing, and one that
//! is set forward makes waits end early; what is shown as the time of something is what the clock said then.

mod condition;
mod event;
mod instance;
mod measurements;
mod notification;
mod recent;
mod rule;
mod rules;
mod state;
mod subject;
mod watched;
mod words;

pub use self::{
    condition::AlertCondition,
    event::Event,
    measurements::{EvaluationTimes, FlagOutcomes, Measurements},
    notification::{Notification, NotificationStatus, Resolution},
    rule::{AlertRule, AlertSeverity},
    rules::{Alerts, MAX_ALERTS_PER_RULE},
    state::{AlertPhase, AlertState},
    subject::AlertSubject,
};
