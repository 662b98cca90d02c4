//! Plans as people write them, not yet checked.

use std::time::Duration;

use flags_core::{Percentage, Timestamp};

use super::{Freeze, GuardrailDefinition, OnBreach, Strategy};

/// A rollout plan as it is written: plain data, anything goes until it is [checked](RolloutDefinition::check).
#[derive(Clone, Debug, PartialEq)]
pub struct RolloutDefinition {
    /// How the stages are computed.
    pub strategy: Strategy,
    /// The percentage of the first stage, or the size of a step for [`Strategy::Stepped`]; `None` for the strategy's own.
    pub start: Option<Percentage>,
    /// The percentage it ends at; `None` for 100, or for the last of the written stages.
    pub target: Option<Percentage>,
    /// How long all of it lasts at least: shared out over the stages that say no hold of their own.
    pub duration: Option<Duration>,
    /// The written stages, for [`Strategy::Custom`]; empty for the others.
    pub stages: Vec<StageDefinition>,
    /// Whether it goes on by itself when a stage has passed.
    pub auto_advance: bool,
    /// What has to stay well.
    pub guardrails: Vec<GuardrailDefinition>,
    /// From when on it may be started by itself; people may start it before.
    pub not_before: Option<Timestamp>,
    /// When it does not advance. It protects always.
    pub freezes: Vec<Freeze>,
    /// How many outcomes each arm needs in a stage that says no number of its own, if there is a guardrail.
    pub min_samples: u64,
    /// How long a stage may wait for data, or for a clear verdict once its hold is over, before the plan is paused.
    pub grace: Duration,
    /// How long a change of the percentage may take to be read back before somebody is alerted.
    pub settle_timeout: Duration,
    /// How long all of it may take before it is paused, whatever it waits for.
    pub deadline: Option<Duration>,
    /// How long after a rollback it cannot be armed again; doubled with each further one, up to 64 times.
    pub cooldown: Duration,
    /// What a rollback goes back to.
    pub on_rollback: OnRollback,
    /// What to do when the arms do not get their shares of the units, so that comparisons mean nothing.
    pub on_mismatch: OnBreach,
    /// How often, at most, a harmless flag may be rolled back by its comparisons, over all guardrails, stages and looks.
    pub alpha: f64,
    /// The share of errors no branch may surely be above, from its twentieth run on, whatever the guardrails say.
    pub catastrophe: f64,
    /// Whether everything is judged and nothing is done.
    pub dry_run: bool,
}

impl RolloutDefinition {
    /// A plan with nothing written but its strategy.
    #[must_use]
    pub fn new(strategy: Strategy) -> Self {
        Self {
            strategy,
            start: None,
            target: None,
            duration: None,
            stages: vec![],
            auto_advance: true,
            guardrails: vec![],
            not_before: None,
            freezes: vec![],
            min_samples: 500,
            grace: Duration::from_secs(15 * 60),
            settle_timeout: Duration::from_secs(60),
            deadline: None,
            cooldown: Duration::from_secs(60 * 60),
            on_rollback: OnRollback::Previous,
            on_mismatch: OnBreach::Pause,
            alpha: 0.05,
            catastrophe: 0.5,
            dry_run: false,
        }
    }

    /// The plan of one's own with these stages.
    #[must_use]
    pub fn custom(stages: impl IntoIterator<Item = StageDefinition>) -> Self {
        Self { stages: stages.into_iter().collect(), ..Self::new(Strategy::Custom) }
    }

    /// The plan with one more guardrail.
    #[must_use]
    pub fn guardrail(mut self, guardrail: GuardrailDefinition) -> Self {
        self.guardrails.push(guardrail);
        self
    }
}

/// A stage as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StageDefinition {
    /// The share of units.
    pub percentage: Percentage,
    /// How long it lasts at least.
    pub hold: Option<Duration>,
    /// How many outcomes each arm needs before the stage is left.
    pub min_samples: Option<u64>,
    /// Whether a person has to let it go on.
    pub approval: bool,
}

impl StageDefinition {
    /// A stage of that share and nothing else.
    #[must_use]
    pub fn new(percentage: Percentage) -> Self {
        Self { percentage, hold: None, min_samples: None, approval: false }
    }

    /// The stage with a time it lasts at least.
    #[must_use]
    pub fn hold(mut self, hold: Duration) -> Self {
        self.hold = Some(hold);
        self
    }

    /// The stage with a number of outcomes each arm needs.
    #[must_use]
    pub fn min_samples(mut self, samples: u64) -> Self {
        self.min_samples = Some(samples);
        self
    }

    /// The stage that a person has to let go on.
    #[must_use]
    pub fn approval(mut self) -> Self {
        self.approval = true;
        self
    }
}

/// What a rollback goes back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnRollback {
    /// What was in force before the plan was started, control for control; nobody, if that was a larger percentage than the one
    /// it is taken back from, since a rollback never gives a flag to more units.
    Previous,
    /// Nobody: 0 percent.
    Zero,
    /// The flag is killed, and everything below it.
    Kill,
}

impl OnRollback {
    /// Its name, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Previous => "previous",
            Self::Zero => "zero",
            Self::Kill => "kill",
        }
    }
}
