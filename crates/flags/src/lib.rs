//! Feature flags: decisions in nanoseconds, definitions in TOML that explain their own mistakes, hot reload.
//!
//! ```no_run
//! use flags::{Context, Flags};
//!
//! let flags = Flags::builder()
//!     .file("config/features.toml")
//!     .environment("mainnet")
//!     .build()?; // loads, checks, starts watching; a bad file is an error with diagnostics
//! let context = Context::new("user-42").set("country", "NL").set("account_age_days", 45);
//! if flags.is_enabled("parallel_validation", &context) {
//!     // the new way
//! }
//! let checkout = flags.evaluate("checkout", &context); // value, variant, reason, cause, metadata
//! let snapshot = flags.snapshot(); // many evaluations against one version
//! println!("{}", flags.explain("checkout", &context));
//! # let _ = (checkout, snapshot);
//! # Ok::<(), flags::BuildError>(())
//! ```
//!
//! # The parts
//!
//! - [`Flags`] is the client. [`Builder`] makes it of a file or folder, of text, or of definitions assembled in the program.
//! - [`Context`] says who is asking; anything that implements [`Attributes`] will do, so a request type of your own is read
//!   without copying it.
//! - [`Evaluation`] is a decision with everything about it; [`Snapshot`] holds one version for many; [`Flag`] looks a name
//!   up once.
//! - [`feature_enabled!`] asks for the [ambient] context and remembers the answer for a few seconds.
//! - [`Flags::create`], [`update`](Flags::update), [`toggle`](Flags::toggle), [`remove`](Flags::remove) change flags from the
//!   program; [`on_change`](Flags::on_change) and [`on_flag_change`](Flags::on_flag_change) tell of changes from anywhere, and
//!   [`changes`](Flags::changes) and [`changes_of`](Flags::changes_of) do so as a stream.
//! - [`Flags::control`] operates flags and experiments while they run: kill, override, start, pause, stop, declare a winner.
//!   [`Flags::experiments`] tells where experiments stand.
//! - With the feature `metrics`, `Flags::run` and its kin run the code a flag chooses and measure how it ends; `Flags::comparison`
//!   compares what both branches come to.
//! - With the feature `rollouts`, `Flags::rollouts` has the staged rollouts: a client that is asked to drives them, advances on
//!   evidence, and takes back what fails.
//! - [`BoundFlags`] is the client for one context, with a memory of its own; [`Flagged`] is an actor that has one.
//!
//! An evaluation is a load of an atomic number and arithmetic: no lock, no allocation, no system call. It never fails: an
//! unknown flag, or a value of another type, is the caller's default with the reason beside it.
//!
//! # Crate features
//!
//! - `config` (default): definitions in TOML.
//! - `watch` (default): files that are followed as they change.
//! - `metrics`: counting and timing evaluations, and measured branches, once a client is given `Metrics`.
//! - `alerts`: alerts that definitions hold, by log, webhook or Alertmanager.
//! - `experiments`: `Flags::assign`, and recording which units met which arms and what they did, once a client is given a
//!   `Recording`.
//! - `rollouts`: rollout plans that definitions hold: their arms are measured, and a client that is asked to drives them.
//! - `tower`: the module `web`, a middleware that gives every request its flags.
//! - `axum` (with `tower`): the same as an extractor.
//! - `testing`: forcing flags in tests. It adds one relaxed load to an evaluation, so keep it to dev-dependencies.

mod alerting;
pub mod ambient;
mod base;
mod bound;
#[cfg(feature = "metrics")]
mod branch;
mod builder;
mod cache_stats;
mod call_site;
mod client;
mod clock;
mod coarse;
mod evaluate;
mod evaluation;
mod events;
mod flag_value;
mod flagged;
mod handle;
mod history;
mod live;
mod metering;
mod observers;
mod operate;
#[cfg(doctest)]
mod pages;
mod recording;
mod rollouts;
mod runtime;
mod snapshot;
mod status;
mod table;
pub mod testing;
#[cfg(feature = "tower")]
pub mod web;
#[cfg(feature = "config")]
mod wiring;

#[cfg(feature = "experiments")]
#[doc(inline)]
pub use flags_ab as ab;
#[cfg(feature = "config")]
#[doc(inline)]
pub use flags_config as config;
#[doc(inline)]
pub use flags_control as control;
#[doc(inline)]
pub use flags_core as core;
pub use flags_core::{
    ArmView, Assignment, AttributeName, Attributes, BorrowedContext, Cause, ChangeKind, Clock, Condition, Context,
    Decision, DefinitionErrors, Definitions, Detail, ErrorCode, ExperimentDefinition, ExperimentView, Explanation,
    FlagDefinition, FlagId, FlagKind, FlagSet, FlagView, NotAssigned, Object, Observer, Percentage, Reason,
    RuleDefinition, ScheduleStep, SegmentDefinition, State, Timestamp, Value, ValueRef, ValueType,
};
#[cfg(feature = "metrics")]
#[doc(inline)]
pub use flags_metrics as metrics;
#[cfg(feature = "rollouts")]
#[doc(inline)]
pub use flags_rollout as rollout;
#[cfg(feature = "watch")]
#[doc(inline)]
pub use flags_watch as watch;

#[cfg(feature = "alerts")]
pub use self::alerting::AlertDesk;
#[cfg(feature = "metrics")]
pub use self::branch::{
    BranchGuard, Compared, ComparedAsync, ComparedAsyncOn, ComparedOn, Comparison, Mismatch, Run, RunAsync, RunAsyncOn,
    RunOn, TryRun, TryRunAsync, TryRunAsyncOn, TryRunOn,
};
#[cfg(feature = "experiments")]
pub use self::recording::{ArmCount, Assigned, Dropped, EventCount, JudgeError, Recording, RecordingStatus};
#[cfg(feature = "rollouts")]
pub use self::rollouts::{
    ArmRuns, BreakerDesk, BreakerOperator, BreakerView, GuardrailView, LastLook, MigrationDesk, MigrationOperator,
    MigrationPhase, MigrationView, RolloutDesk, RolloutError, RolloutOperator, RolloutOptions, RolloutView,
};
#[cfg(feature = "config")]
pub use self::wiring::RecordedDefinitions;
pub use self::{
    bound::{BoundFlags, MAX_BOUND_FLAGS},
    builder::{BuildError, Builder},
    cache_stats::CacheStats,
    call_site::CallSite,
    client::Flags,
    clock::SystemClock,
    evaluation::{Evaluation, Variant},
    events::{Change, ChangeSet, ChangeSource, Changes, ChangesIter, Subscription},
    flag_value::FlagValue,
    flagged::Flagged,
    handle::Flag,
    history::{FlagSummary, HISTORY_PER_FLAG, HistoryEntry},
    operate::{ControlDesk, ExperimentInfo, ExperimentPhase, OperateError, Operator},
    runtime::{FlagInfo, RuntimeError},
    snapshot::Snapshot,
    status::{ControlStatus, LoadFailure, SourceStatus, Status},
};
