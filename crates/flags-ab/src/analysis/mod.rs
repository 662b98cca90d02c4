//! What an experiment says: from its sums to estimates, verdicts and a decision.
//!
//! [`analyze`] is a pure function of the definition, the summary and the instant. It checks first whether the data can be
//! trusted; then each metric of each arm is compared with the control by the method that the definition has chosen; at last
//! it says what to do and why. It never does it.
//!
//! ```
//! use flags_ab::{analysis::{AnalysisOptions, DecisionKind, analyze}, summary::ExperimentSummary};
//! use flags_core::{Timestamp, definition::{ArmDefinition, ExperimentDefinition, ExperimentStatus, MetricDefinition}};
//!
//! let definition = ExperimentDefinition::new("checkout")
//!     .status(ExperimentStatus::Running)
//!     .arm(ArmDefinition::control("control"))
//!     .arm(ArmDefinition::new("treatment"))
//!     .metric(MetricDefinition::conversion("conversion", "purchase"));
//! let summary = ExperimentSummary::from_json("checkout", r#"[
//!     {"experiment": "checkout", "arm": "control",   "metric": "conversion", "users": 5000, "conversions": 250},
//!     {"experiment": "checkout", "arm": "treatment", "metric": "conversion", "users": 5010, "conversions": 351}
//! ]"#)?;
//!
//! let now = Timestamp::from_millis(1_795_000_000_000);
//! let analysis = analyze(&definition, &summary, &AnalysisOptions::at(now))?;
//! assert_eq!(analysis.decision.kind, DecisionKind::RecommendWinner);
//! assert_eq!(analysis.decision.arm.as_deref(), Some("treatment"));
//! println!("{analysis}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How it is judged
//!
//! | method | looks | a success metric | a guardrail with a margin | decides |
//! | --- | --- | --- | --- | --- |
//! | `fixed` | one | z or exact test, Welch's t | one-sided Welch test | at the end, once all windows have closed; before it nothing is shown |
//! | `sequential` | any | confidence sequence | one-sided confidence sequence | at any time |
//! | `group_sequential` | five, evenly spaced from start to end | O'Brien-Fleming spending | the same, one-sided | at a look |
//! | `bayesian` | any | posterior, flat prior | posterior | at the end |
//!
//! - The first success metric is the primary one. An arm is recommended if it is better by that one, worse by no other, and
//!   every guardrail holds; of several such arms the one that is best by the primary metric.
//! - p-values are corrected over all success metrics and all arms; intervals are Bonferroni's, at α over their number, because
//!   the other corrections have none. Guardrails are not corrected: each has to hold by itself. They are tested one-sided at
//!   α/2, so that the interval of confidence 1 − α lies on the good side of the margin when one holds.
//! - Where the weights of the arms have changed, arms are compared within each phase of equal weights and the differences
//!   averaged by the size of the phases, since the phases may differ in other things too.
//! - What tunes a method is fixed before the data: the confidence sequences are tightest at [`TIGHTEST_AT`] users.
//! - Segments are exploratory. They have a correction of their own (Benjamini and Hochberg's) and never decide.

mod analyze;
mod check;
mod checking;
mod compare;
mod comparison;
mod decide;
mod decision;
pub(crate) mod display;
mod judge;
mod options;
mod pair;
mod plan;
mod result;
mod shortfall;
mod unavailable;
mod wire;

pub(crate) use self::judge::{MINIMUM_EXPECTED, MINIMUM_UNITS};
pub(crate) use self::plan::{single_look, single_look_has_come};
pub use self::{
    analyze::analyze,
    check::{Check, CheckKind, CheckOutcome},
    comparison::{ArmValue, Comparison, Evidence, Measured, MetricAnalysis, Shortfall, Verdict, Waiting},
    decision::{Because, Decision, DecisionKind, Finding},
    options::{AnalysisError, AnalysisOptions},
    plan::{Looks, Plan, Progress, TIGHTEST_AT},
    result::{Analysis, ArmUsers, SegmentAnalysis},
    unavailable::Unavailable,
};
