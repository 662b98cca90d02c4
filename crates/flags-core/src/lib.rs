#![no_std]
//! The evaluator of flags.
extern crate alloc;

mod attributes;
mod bucketing;
mod check;
mod context;
pub mod definition;
mod error;
mod fold;
mod ip;
mod number;
mod pattern;
mod percentage;
mod timestamp;
mod value;
mod version;

pub use self::{
    attributes::{AttributeName, Attributes},
    bucketing::{BUCKETS, BucketKey, Draw, MAX_TOTAL_WEIGHT, Purpose},
    check::CheckedDefinitions,
    context::{BorrowedContext, Context},
    definition::{
        Condition, Definitions, FlagDefinition, FlagKind, RuleDefinition, ScheduleStep, SegmentDefinition, Serve, State,
    },
    error::{DefinitionError, DefinitionErrors, PathPart, Problem},
    ip::{IpRange, IpRangeError},
    pattern::{Pattern, PatternError},
    percentage::{Percentage, PercentageError},
    timestamp::{Clock, Date, Timestamp},
    value::{AsValue, List, Object, Value, ValueRef, ValueType},
    version::{VersionRequirement, VersionRequirementError},
};

/// The attributes a unit is taken from where neither a flag nor the settings name any; the first present counts.
pub const DEFAULT_BUCKET_BY: [&str; 5] = ["targeting_key", "user_id", "node_id", "session_id", "request_id"];
