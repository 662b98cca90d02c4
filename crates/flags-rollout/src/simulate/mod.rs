//! Rollouts in virtual time: the real machine and the real guardrails on simulated traffic.
//!
//! A [`Scenario`] says how the arms fare over time; [`simulate()`] runs a plan on it from a seed and gives back everything the
//! machine did. The same seed gives the same run, on every machine. [`rates`] does so for many seeds: how often it completes,
//! is rolled back or paused, and how soon harm is found.
//!
//! ```
//! use flags_rollout::plan::{GuardMetric, GuardrailDefinition, RolloutDefinition, Strategy, Surroundings};
//! use flags_rollout::simulate::{Outcome, Scenario, simulate};
//!
//! let definition = RolloutDefinition::new(Strategy::Linear)
//!     .guardrail(GuardrailDefinition::new(GuardMetric::ErrorRate).max_increase(0.1));
//! let plan = definition.check(&Surroundings::default()).map_err(|problems| format!("{problems:?}"))?;
//!
//! let broken = Scenario::constant(0.01, 0.5);
//! let run = simulate(&plan, &broken, 1);
//! assert_eq!(run.outcome, Outcome::RolledBack);
//! println!("{run}");
//! # Ok::<(), String>(())
//! ```
//!
//! Signals have the share of errors over all runs of a look. Rules of the application are not there and have no readable data.

mod random;
mod rates;
mod run;
mod scenario;

pub use self::{
    rates::{Rates, rates},
    run::{Outcome, Run, simulate},
    scenario::{Data, Scenario, Span, Traffic},
};
