//! Staged rollouts that advance on evidence, and undo themselves on evidence.
//!
//! ```
//! use std::time::Duration;
//! use flags_core::{Percentage, Timestamp};
//! use flags_rollout::machine::{
//!     Action, Command, ControlsInForce, Event, Judgement, Observation, State, Status, Verdict, transition,
//! };
//! use flags_rollout::plan::{GuardMetric, GuardrailDefinition, RolloutDefinition, Strategy, Surroundings};
//!
//! let definition = RolloutDefinition::new(Strategy::Canary)
//!     .guardrail(GuardrailDefinition::new(GuardMetric::ErrorRate).max_increase(0.1));
//! let plan = definition.check(&Surroundings::default()).map_err(|problems| format!("{problems:?}"))?;
//!
//! let start = Timestamp::from_millis(0);
//! let command = Command::Start { before: ControlsInForce::default() };
//! let event = Event::Command { command, by: "ada".into(), because: "the launch".into() };
//! let (state, actions) = transition(&plan, &State::planned(&plan, start), &event, start);
//! let one_percent = Percentage::new(1.0).map_err(|error| error.to_string())?;
//! assert!(actions.contains(&Action::Set { percentage: one_percent, dry_run: false }));
//!
//! // The guardrail fails a minute later: the flag goes back to what was in force before.
//! let broken = Observation {
//!     judgements: vec![Judgement::new(Verdict::Fail, "31 errors in 60 runs, 1 in 60 of the control").relative()],
//!     ..Observation::nothing(state.epoch)
//! };
//! let now = start.saturating_add(Duration::from_secs(60));
//! let (state, actions) = transition(&plan, &state, &Event::Tick(broken), now);
//! assert!(matches!(state.status, Status::RollingBack { .. }));
//! assert!(actions.contains(&Action::Restore { to: ControlsInForce::default(), dry_run: false }));
//! # Ok::<(), String>(())
//! ```
//!
//! # How it goes
//!
//! - A [`plan`] says which share of the units gets the flag when, and what has to stay well meanwhile.
//! - The [`machine`] is a pure function `(plan, state, event, now) -> (state, actions)`. Only a verdict that is a pass lets a
//!   plan advance, only one that is a failure rolls it back; what is not known holds it, and after a grace pauses it.
//! - A [`guardrail`] turns counts, signals and the application's own rules into verdicts: against a concurrent control group
//!   by a test that holds however often one looks, or against an absolute bound.
//! - The [`breaker`] of a flag switches it off while too many of its runs fail, and tries it again after a while.
//! - A [`migration`] goes through phases that flags guard, each waiting for the flags it requires.
//! - [`signals`] brings health from outside the process: a Prometheus, a health check, what the application pushes.
//! - [`wire`] has states and events as JSON, for the journal; [`simulate`] runs a plan in virtual time.
//!
//! # Features
//!
//! - `controller`: the module of that name, which runs plans by a clock, keeps their journals in a folder, and survives being
//!   killed at any moment.
//! - `signals`: what asks for health signals, over the network and on threads of its own.
//!
//! Everything else knows no clock, no thread, no file and no network.

pub mod breaker;
#[cfg(feature = "controller")]
pub mod controller;
pub mod guardrail;
pub mod machine;
pub mod migration;
pub mod plan;
pub mod signals;
pub mod simulate;
pub mod wire;
