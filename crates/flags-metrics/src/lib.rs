//! Counts and times evaluations and outcomes, shows them to Prometheus, and raises alerts.
//!
//! ```
//! use flags_core::{CompileOptions, Context, Definitions, FlagDefinition, FlagSet, Timestamp};
//! use flags_metrics::{Metrics, MetricsOptions};
//!
//! let mut options = MetricsOptions::default();
//! options.unique_units = true;
//! let metrics = Metrics::with_options(options);
//! let definitions = Definitions { flags: vec![FlagDefinition::new("cart").enabled(true)], ..Definitions::default() };
//! let set = FlagSet::compile(&definitions.check()?, &CompileOptions::new("production"));
//! let layout = metrics.layout(&set);
//!
//! let cart = set.find("cart").expect("because it was just defined");
//! let sample = layout.begin();
//! let outcome = set.decide(cart, &Context::new("user-42"), &Timestamp::default());
//! layout.finish(sample, outcome);
//! set.with_unit(cart, &Context::new("user-42"), |unit| layout.count_unit(cart, unit));
//! println!("{}", metrics.render());
//! # assert_eq!(metrics.summary("cart").and_then(|cart| cart.unique_units), Some(1));
//! # Ok::<(), flags_core::DefinitionErrors>(())
//! ```
//!
//! # How it goes
//!
//! - For every compiled set there is a [`CounterLayout`]: a cell for each flag, variant and reason. Each thread counts in cells
//!   of its own ([`ThreadCounts`]), a load and a store each. A scrape adds the threads up and carries what is new to totals that
//!   go by names; so totals are exact, and rise across reloads and the ends of threads.
//! - [`Branch`] measures the code that a variant leads to: how its runs end, how long they take, and how the last minutes went.
//! - [`Metrics`] shows all of it to Prometheus, and sums it up for people and programs ([`FlagSummary`]).
//! - [`alerts`] are rules over the numbers, as pure state machines.
//! - `channels` take what alerts have to tell to where somebody hears it (crate feature `channels`).
//! - [`table`] has every metric's name, kind, help and labels; nothing is shown that is not in it.
//!
//! # What is not here
//!
//! No thread, no file, no network but for `channels`: whoever scrapes comes by himself. Nothing that a user of the application sent becomes a
//! label.

pub mod alerts;
mod branch;
mod cache;
#[cfg(feature = "channels")]
pub mod channels;
mod clock;
mod counting;
mod error;
mod exposition;
mod histogram;
mod ledger;
mod metrics;
mod options;
mod record;
mod setup;
mod shared;
mod sketch;
mod summary;
pub mod table;
mod tracked;

/// The crate whose registry and collectors are used, for metrics of an application's own.
pub use prometheus;

pub use self::{
    branch::{Branch, BranchOutcomes, Measurement, ShadowCounter, ShadowCounts, ShadowResult, WindowCounts},
    cache::{Cache, CacheRequests},
    clock::{MachineClock, MonotonicClock},
    counting::{CounterLayout, Sample, ThreadCounts},
    error::RegisterError,
    exposition::Samples,
    histogram::HistogramSnapshot,
    metrics::Metrics,
    options::{MetricsOptions, WindowOptions},
    summary::{BranchSummary, ErrorCount, FlagSummary, OutcomeCount, Overview},
};
