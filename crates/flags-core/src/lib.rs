//! The evaluator of flags: definitions and a context in, a decision and its explanation out.
//!
//! ```
//! use flags_core::{CompileOptions, Condition, Context, Definitions, FlagDefinition, FlagSet, Percentage, RuleDefinition, Timestamp};
//!
//! let checkout = FlagDefinition::new("checkout")
//!     .variant("classic", "classic")
//!     .variant("express", "express")
//!     .off("classic")
//!     .serve("classic")
//!     .rule(RuleDefinition::new().name("benelux").when(Condition::attribute("country").is_in(["NL", "BE"])).serve("express"));
//! let definitions = Definitions { flags: vec![checkout], ..Definitions::default() };
//! let set = FlagSet::compile(&definitions.check()?, &CompileOptions::new("production"));
//!
//! let context = Context::new("user-42").set("country", "NL");
//! let decision = set.evaluate("checkout", &context, &Timestamp::default());
//! assert_eq!(decision.variant(), Some("express"));
//! assert_eq!(decision.rule(), Some((1, Some("benelux"))));
//! println!("{}", set.explain("checkout", &context, &Timestamp::default()));
//! # Ok::<(), flags_core::DefinitionErrors>(())
//! ```
//!
//! # How it goes
//!
//! - [`Definitions`] are plain data: what people write. [`Definitions::check`] finds everything that is wrong with them.
//! - [`FlagSet::compile`] turns checked definitions into an immutable snapshot for one environment, with the [`Overlay`] of
//!   run-time controls laid over it.
//! - [`FlagSet::evaluate`] walks the fourteen steps of the evaluation order for a context (anything that implements
//!   [`Attributes`]) and comes to a [`Decision`]. It neither locks nor allocates nor fails. [`FlagSet::explain`] is the same
//!   walk with somebody writing it down.
//! - [`FlagSet::assign`] asks an experiment for a context's arm: the same question that step 11 of the order asks for a flag.
//! - Who gets what is integer arithmetic on a SipHash ([`BucketKey`], [`Draw`]), the same on every machine for ever.
//!
//! # What is not here
//!
//! No clock, no file, no network, no random number, no log: the caller lends a [`Clock`], and everything else is somebody
//! else's. There is no serde either; whoever speaks TOML or JSON has types of its own. The crate needs `alloc`, never `std`.
//!
//! # Crate features
//!
//! - `regex` (default): the `matches` operator, by `regex-automata`. Without it [`Pattern::new`] refuses every expression.

#![no_std]

extern crate alloc;

mod attributes;
mod bucketing;
mod check;
mod compile;
mod context;
pub mod definition;
mod error;
mod evaluate;
mod explain;
mod fold;
mod ip;
mod number;
mod observer;
mod overlay;
mod pattern;
mod percentage;
mod predicates;
mod prefix;
mod set;
mod timestamp;
mod value;
mod version;

pub use self::{
    attributes::{AttributeName, Attributes},
    bucketing::{BUCKETS, BucketKey, Draw, MAX_TOTAL_WEIGHT, Purpose},
    check::CheckedDefinitions,
    compile::{CompileOptions, ForcedValue},
    context::{BorrowedContext, Context},
    definition::{
        Condition, Definitions, ExperimentDefinition, FlagDefinition, FlagKind, RuleDefinition, ScheduleStep,
        SegmentDefinition, Serve, State,
    },
    error::{DefinitionError, DefinitionErrors, PathPart, Problem},
    evaluate::{Assignment, Cause, Decision, Detail, ErrorCode, NotAssigned, Outcome, Reason},
    explain::{ExplainedStep, Explanation, Note, NoteKind, StepVerdict},
    ip::{IpRange, IpRangeError},
    observer::Observer,
    overlay::{Control, ControlAction, ExperimentAction, ExperimentControl, Overlay},
    pattern::{Pattern, PatternError},
    percentage::{Percentage, PercentageError},
    predicates::Predicates,
    set::{ArmView, ChangeKind, ExperimentChange, ExperimentId, ExperimentView, FlagChange, FlagId, FlagSet, FlagView},
    timestamp::{Clock, Date, Timestamp},
    value::{AsValue, List, Object, Value, ValueRef, ValueType},
    version::{Version, VersionRequirement, VersionRequirementError},
};

/// The attributes a unit is taken from where neither a flag nor the settings name any; the first present counts.
pub const DEFAULT_BUCKET_BY: [&str; 5] = ["targeting_key", "user_id", "node_id", "session_id", "request_id"];
