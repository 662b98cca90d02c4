//! Where a rollout stands.

use std::time::Duration;

use flags_core::{Percentage, Timestamp};

use super::{Author, ControlsInForce};
use crate::plan::{Phase, Plan};

/// Where a rollout stands. Everything that has to survive a restart, and nothing else.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// The fingerprint of the plan it follows.
    pub plan: u64,
    /// How often it has changed.
    pub version: u64,
    /// When it last changed. Time never goes back behind it.
    pub at: Timestamp,
    /// What it is doing.
    pub status: Status,
    /// The index of the stage it is in; 0 before the start.
    pub stage: usize,
    /// The percentage it last asked for; `None` before the start.
    pub asked: Option<Percentage>,
    /// The flag's controls before the start; `None` before it.
    pub before: Option<ControlsInForce>,
    /// Which data count: those gathered since the last [`Action::Gather`](super::Action::Gather), which names it.
    pub epoch: u64,
    /// When it was started.
    pub started_at: Option<Timestamp>,
    /// Since when it has been in the step, or waits.
    pub since: Timestamp,
    /// How long the stage lasted before `since`, pauses left out.
    pub baked: Duration,
    /// Whether a person has let the stage go on.
    pub approved: bool,
    /// What keeps it from going on, if that must not last for ever, and since when.
    pub held: Option<(Hold, Timestamp)>,
    /// The guardrails of this epoch that have failed and of which somebody has been told, as a set of bits.
    pub told: u64,
    /// Whether too many flags want to be rolled back at once.
    pub storm: bool,
    /// How often it has been rolled back by its guardrails in a row.
    pub rollbacks: u32,
    /// Who brought it there.
    pub by: Author,
    /// Why it is there, for people.
    pub because: Box<str>,
}

/// What a rollout is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// It has not been started.
    Planned,
    /// It goes through its stages.
    Running(Step),
    /// It stays where it is.
    Paused(Pause),
    /// It is being taken back, until that has been read back.
    RollingBack {
        /// What it goes back to. A kill is set if it says so, and never lifted.
        to: ControlsInForce,
        /// How often that has been asked for.
        attempts: u32,
    },
    /// It has been taken back.
    RolledBack {
        /// When it may be armed again.
        rearm_after: Timestamp,
    },
    /// It has passed its last stage.
    Complete,
}

impl Status {
    /// Whether nothing changes any more until a person arms it again.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::RolledBack { .. } | Self::Complete)
    }

    /// Its name, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Running(_) => "running",
            Self::Paused(_) => "paused",
            Self::RollingBack { .. } => "rolling_back",
            Self::RolledBack { .. } => "rolled_back",
            Self::Complete => "complete",
        }
    }
}

/// What a rollout does in a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Step {
    /// The percentage has been asked for and not yet been read back.
    Settling,
    /// The stage is being watched.
    Baking,
    /// The stage has passed, and a person has to let it go on.
    AwaitingApproval,
}

impl Step {
    /// Its name, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Settling => "settling",
            Self::Baking => "baking",
            Self::AwaitingApproval => "awaiting_approval",
        }
    }
}

/// Why a rollout is paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Pause {
    /// A person wanted it.
    Manual,
    /// There have been no data for longer than the grace. It goes on by itself when they are back.
    NoData,
    /// The data could not be read for longer than the grace. It goes on by itself when they can.
    Unreadable,
    /// A guardrail did not settle in time. A person decides.
    Inconclusive,
    /// The guardrail of that index failed, and asks for a pause.
    Breach(usize),
    /// The arms do not get their shares.
    Mismatch,
    /// Its absolute bounds failed while many flags wanted to be rolled back. It goes on when the storm is over.
    Storm,
    /// Its definition has changed. Resumed, it follows the new one.
    DefinitionChanged,
    /// Somebody else has changed what the plan had set.
    Interference,
    /// It has taken longer than its deadline allows.
    Deadline,
}

impl Pause {
    /// Its name, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::NoData => "no_data",
            Self::Unreadable => "unreadable",
            Self::Inconclusive => "inconclusive",
            Self::Breach(_) => "breach",
            Self::Mismatch => "mismatch",
            Self::Storm => "storm",
            Self::DefinitionChanged => "definition_changed",
            Self::Interference => "interference",
            Self::Deadline => "deadline",
        }
    }
}

/// What keeps a rollout from going on, for as long as the grace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hold {
    /// There are no data.
    NoData,
    /// The data cannot be read.
    Unreadable,
    /// The stage is due, and a guardrail is not settled.
    Inconclusive,
}

impl Hold {
    /// Its name, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoData => "no_data",
            Self::Unreadable => "unreadable",
            Self::Inconclusive => "inconclusive",
        }
    }
}

impl State {
    /// A rollout that has not been started.
    #[must_use]
    pub fn planned(plan: &Plan, now: Timestamp) -> Self {
        Self {
            plan: plan.fingerprint(),
            version: 0,
            at: now,
            status: Status::Planned,
            stage: 0,
            asked: None,
            before: None,
            epoch: 0,
            started_at: None,
            since: now,
            baked: Duration::ZERO,
            approved: false,
            held: None,
            told: 0,
            storm: false,
            rollbacks: 0,
            by: Author::Plan,
            because: "".into(),
        }
    }

    /// The phase it is in, for people.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match self.status {
            Status::Planned => Phase::Planned,
            Status::Running(_) => Phase::of_running(self.asked.unwrap_or(Percentage::ZERO)),
            Status::Paused(_) => Phase::Paused,
            Status::RollingBack { .. } => Phase::RollingBack,
            Status::RolledBack { .. } => Phase::RolledBack,
            Status::Complete => Phase::Complete,
        }
    }

    /// How long the stage has lasted so far, pauses and the time until its percentage was read back left out.
    #[must_use]
    pub fn baked_at(&self, now: Timestamp) -> Duration {
        match self.status {
            Status::Running(Step::Baking | Step::AwaitingApproval) => {
                self.baked.saturating_add(now.saturating_since(self.since))
            }
            _ => self.baked,
        }
    }
}
