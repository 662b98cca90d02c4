//! Plans: which share of the units gets the flag when, and what has to stay well meanwhile.
//!
//! A [`RolloutDefinition`] is what people write, as plain data. [`RolloutDefinition::check`] finds everything that is wrong
//! with it and makes a [`Plan`] of it, in which the stages of the [`Strategy`] are worked out.
//!
//! ```
//! use std::time::Duration;
//! use flags_rollout::plan::{GuardMetric, GuardrailDefinition, RolloutDefinition, Strategy, Surroundings};
//!
//! let mut definition = RolloutDefinition::new(Strategy::Linear);
//! definition.duration = Some(Duration::from_secs(5 * 3_600));
//! definition.guardrails.push(GuardrailDefinition::new(GuardMetric::ErrorRate).max_increase(0.1));
//! let plan = definition.check(&Surroundings::default()).map_err(|problems| format!("{problems:?}"))?;
//! let shares: Vec<String> = plan.stages().iter().map(|stage| stage.percentage.to_string()).collect();
//! assert_eq!(shares, ["10", "25", "50", "75", "100"]);
//! assert_eq!(plan.stages()[0].hold, Duration::from_secs(3_600));
//! # Ok::<(), String>(())
//! ```

mod check;
mod checked;
mod definition;
mod freeze;
mod guardrail;
mod phase;
mod problem;
mod schedule;
mod strategy;

pub use self::{
    check::Surroundings,
    checked::{Plan, Stage},
    definition::{OnRollback, RolloutDefinition, StageDefinition},
    freeze::{Freeze, MinuteOfDay, Weekday},
    guardrail::{GuardMetric, GuardrailDefinition, LatencyQuantile, OnBreach, OnMissing},
    phase::Phase,
    problem::{PlanError, PlanProblem},
    strategy::Strategy,
};
