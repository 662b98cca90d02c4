//! What can happen to a rollout.

use std::fmt;

use flags_core::Percentage;

use super::Verdict;

/// One thing that happens to a rollout.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A person, or a program on behalf of one, wants something.
    Command {
        /// What.
        command: Command,
        /// Who.
        by: Box<str>,
        /// Why, in the person's words; may be empty.
        because: Box<str>,
    },
    /// Nobody has to start it: its date may have come.
    Due {
        /// The flag's controls in force, which a rollback goes back to.
        before: ControlsInForce,
    },
    /// Time has passed, and the guardrails have been looked at.
    Tick(Observation),
    /// The flag's controls have been read back.
    ReadBack(ControlsInForce),
    /// The plan is not defined any more: its flag or its rollout has been removed.
    Withdrawn,
    /// A flag that this one hangs on is being rolled back, and this one goes first.
    RequirementRolledBack {
        /// The flag it hangs on.
        flag: Box<str>,
        /// Why that one is rolled back.
        because: Box<str>,
    },
    /// The storm brake has been pulled, or let go.
    Storm {
        /// Whether there is a storm now.
        raging: bool,
    },
}

/// What a person can want of a rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Command {
    /// Start it, whatever its date.
    Start {
        /// The flag's controls in force, which a rollback goes back to.
        before: ControlsInForce,
    },
    /// Stay where it is. Guardrails go on protecting.
    Pause,
    /// Go on after a pause: with data gathered afresh, by the plan as it is written now.
    Resume,
    /// Go to the next stage now, or complete it, whatever is being waited for.
    Promote,
    /// Take it back.
    RollBack,
    /// Let the stage go on that needs an approval. It still waits for everything else.
    Approve,
    /// After a rollback or at the end: make it ready to be started again.
    Rearm,
}

impl Command {
    /// The command called `name`. What [`Start`](Command::Start) says of the controls is nothing yet: a controller reads them
    /// when it carries the command out.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let start = Self::Start { before: ControlsInForce::default() };
        [start, Self::Pause, Self::Resume, Self::Promote, Self::RollBack, Self::Approve, Self::Rearm]
            .into_iter()
            .find(|command| command.name() == name)
    }

    /// Its name, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Start { .. } => "start",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Promote => "promote",
            Self::RollBack => "roll_back",
            Self::Approve => "approve",
            Self::Rearm => "rearm",
        }
    }
}

/// The controls of the flag that a rollout has to do with, as they are in force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ControlsInForce {
    /// The percentage control; `None` where there is none and the definition's own percentage counts.
    pub percentage: Option<Percentage>,
    /// Whether the flag is killed.
    pub killed: bool,
}

/// What a look at the guardrails has shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// The [epoch](super::State::epoch) the data are of. Data of another say nothing.
    pub epoch: u64,
    /// How many runs the smaller arm has had in this epoch.
    pub samples: u64,
    /// What each guardrail says, in the order of the plan. What is missing at the end has no data.
    pub judgements: Vec<Judgement>,
    /// Why it is a catastrophe, if it is one.
    pub catastrophe: Option<Box<str>>,
    /// Why the arms do not get their shares, if they do not.
    pub mismatch: Option<Box<str>>,
}

impl Observation {
    /// A look at which nothing was seen.
    #[must_use]
    pub fn nothing(epoch: u64) -> Self {
        Self { epoch, samples: 0, judgements: vec![], catastrophe: None, mismatch: None }
    }

    /// What the guardrail of an index says.
    #[must_use]
    pub fn verdict(&self, guardrail: usize) -> Verdict {
        self.judgements.get(guardrail).map_or(Verdict::NoData, |judgement| judgement.verdict)
    }
}

/// What one guardrail says, with its evidence in words.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Whether a failure is one against the concurrent control group, which an outage that hits all cannot cause.
    pub relative: bool,
    /// The evidence, for people.
    pub text: Box<str>,
}

impl Judgement {
    /// A verdict of an absolute bound, with its evidence.
    #[must_use]
    pub fn new(verdict: Verdict, text: impl Into<Box<str>>) -> Self {
        Self { verdict, relative: false, text: text.into() }
    }

    /// The same as a verdict against the concurrent control group.
    #[must_use]
    pub fn relative(mut self) -> Self {
        self.relative = true;
        self
    }
}

/// Who brought a change about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Author {
    /// The plan itself.
    Plan,
    /// A person, or a program on behalf of one.
    Person(Box<str>),
}

impl fmt::Display for Author {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plan => f.write_str("the plan"),
            Self::Person(name) => f.write_str(name),
        }
    }
}
