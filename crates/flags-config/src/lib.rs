//! Definition files of feature flags: TOML in, checked definitions out, or diagnostics a person is glad to get.
//!
//! ```
//! use flags_config::{Source, Sources, load};
//!
//! let text = r#"
//! [features.checkout]
//! enabled = true
//! variants = { classic = "classic", express = "express" }
//! serve = "classic"
//! rules = [{ name = "staff", when = [{ segment = "staff" }], serve = "express" }]
//!
//! [segments.staff]
//! members = ["user-1"]
//! "#;
//! let loaded = load(&Source::new("config/features.toml", text).into());
//! let document = loaded.document.expect("the file has no errors");
//! assert_eq!(document.definitions.flags.len(), 1);
//! ```
//!
//! The crate does no input or output: whoever reads the files hands in [`Sources`], one text or a folder's worth of them.
//! [`load`] is all or nothing: a [`Document`] whose references all hold, or a [`Report`] of everything that is wrong, for
//! people ([`Report::render_human`]) and for programs ([`Report::to_json`]). Each [`Diagnostic`] has a stable [`Code`] that
//! explains itself. [`schema()`] gives editors a JSON Schema of the format, and [`reference()`] a page that lists every key;
//! both come from the table by which files are checked.
//!
//! Beside loading there are [`load_and_lint`], for what is allowed and still not wise; [`Difference`], for what changes between
//! two versions; and [`Edit`], for changing one field of a file and nothing else in it.
//!
//! What is wrong in a file never panics and never costs more than the [`Limits`] allow: nesting is bounded before the parser
//! sees the text, and nothing here is slower than linear in it, but for suggestions on names that are wrong.

mod alert;
mod channel;
mod check;
mod codes;
mod diagnostic;
mod diff;
mod duration;
mod edit;
mod findings;
mod knock_on;
mod leaf;
mod limits;
mod lint;
mod load;
mod parse;
mod place;
mod problems;
mod read;
mod references;
mod render;
mod rollout;
mod scan;
mod scenario;
mod shape;
mod source;
mod suggest;

pub use self::{
    alert::{AlertCondition, AlertDefinition, AlertSeverity},
    channel::{ChannelDefinition, ChannelKind, SecretSource},
    codes::Code,
    diagnostic::{Diagnostic, Related, Report, Severity, Suggestion},
    diff::{
        Affected, Change, Difference, Effect, EntryDifference, EntryKind, Status, condition_toml, plan_toml, rule_toml,
        value_toml,
    },
    edit::{Edit, EditError},
    limits::Limits,
    lint::{Finding, LintCode, Linter, lint},
    load::{Document, Loaded, load, load_and_lint, load_within},
    read::Settings,
    rollout::{BreakerSection, MigrationSection, RolloutSection},
    scenario::load_scenario,
    shape::{reference, schema},
    source::{Position, Source, Sources},
};
