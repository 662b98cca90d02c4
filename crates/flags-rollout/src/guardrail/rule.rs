//! Rules that the application brings along.

use std::time::Duration;

use flags_core::{Percentage, Timestamp};

use super::{Arms, Counts};
use crate::machine::Judgement;

/// A guardrail of the application's own: anything that can be judged.
///
/// ```
/// use flags_rollout::guardrail::{Rule, RuleLook};
/// use flags_rollout::machine::{Judgement, Verdict};
///
/// /// The books balance.
/// struct Books { difference: i64 }
///
/// impl Rule for Books {
///     fn name(&self) -> &str {
///         "books"
///     }
///
///     fn judge(&self, _: &RuleLook) -> Judgement {
///         match self.difference {
///             0 => Judgement::new(Verdict::Pass, "the books balance"),
///             difference => Judgement::new(Verdict::Fail, format!("the books are off by {difference}")),
///         }
///     }
/// }
/// ```
pub trait Rule {
    /// The name that guardrails call it by.
    fn name(&self) -> &str;

    /// What it says. It has to answer at once: what takes time is gathered before.
    fn judge(&self, look: &RuleLook) -> Judgement;
}

/// What a rule may want to know.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct RuleLook {
    /// The percentage of the stage.
    pub percentage: Percentage,
    /// How long data have been gathered in it.
    pub gathered: Duration,
    /// The runs of the stage so far, the failed ones being the bad.
    pub runs: Arms<Counts>,
    /// The present time.
    pub now: Timestamp,
}

impl RuleLook {
    pub(super) fn new(percentage: Percentage, since: Timestamp, runs: Arms<Counts>, now: Timestamp) -> Self {
        Self { percentage, gathered: now.saturating_since(since), runs, now }
    }
}
