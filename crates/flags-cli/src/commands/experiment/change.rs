//! `flags experiment start`, `pause`, `stop`, `extend`, `winner` and `clear`: controls of experiments.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use flags::{
    Clock as _, SystemClock, Timestamp,
    control::{Action, Change, ControlState, Slot, Target},
};

use crate::{
    arguments::{experiment, instant},
    failure::Failure,
    operate::{self, ChangeOptions, ExpiryOptions, Known, Way, time},
    output::{Output, Status},
};

/// The changes of experiments, which can be made and proposed.
#[derive(Debug, Subcommand)]
pub(crate) enum ExperimentChange {
    Start(Start),
    Pause(Pause),
    Stop(Stop),
    Extend(Extend),
    Winner(Winner),
    Clear(Clear),
}

impl ExperimentChange {
    pub(crate) fn run(self, way: Way, output: &mut Output) -> Result<Status, Failure> {
        let set = |target: Target, action: Action| Change::Set { target, action, expires_at: None };
        match self {
            Self::Start(start) => operate::make(&start.options, &set(start.experiment, Action::Start), way, output),
            Self::Pause(pause) => {
                let expires_at = pause.expiry.instant();
                let change = Change::Set { target: pause.experiment, action: Action::Pause, expires_at };
                operate::make(&pause.options, &change, way, output)
            }
            Self::Stop(stop) => operate::make(&stop.options, &set(stop.experiment, Action::Stop), way, output),
            Self::Extend(extend) => extend.run(way, output),
            Self::Winner(winner) => {
                let action = Action::Winner { arm: winner.arm.into() };
                operate::make(&winner.options, &set(winner.experiment, action), way, output)
            }
            Self::Clear(clear) => {
                let slot = clear.kind.map(Kind::slot);
                operate::make(&clear.options, &Change::Clear { target: clear.experiment, slot }, way, output)
            }
        }
    }
}

/// Start an experiment, or let a paused one go on.
///
/// It enrols from now on, whatever status and start its definition has; its end stands. Everybody gets the arm he would have
/// had before. It is refused where another experiment enrols the same units for the same flag (--anyway starts it all the
/// same), and where its end has come.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags experiment start checkout_button --state-dir var/flags
  flags propose experiment start checkout_button --state-dir var/flags     of a protected flag

JSON: as of `flags kill`; the outcomes are applied and unchanged.")]
pub(crate) struct Start {
    /// The experiment's key.
    #[arg(value_name = "EXPERIMENT", value_parser = experiment)]
    experiment: Target,
    #[command(flatten)]
    options: ChangeOptions,
}

/// Hold an experiment: nobody is enrolled, and every flag is as its definition says.
///
/// It lasts until the experiment is started again, or, with --for or --until, ends by itself. One person may pause any
/// experiment without an end; where it serves variants of a protected flag, somebody else is to confirm it.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags experiment pause checkout_button --state-dir var/flags --reason \"errors in the basket\"
  flags experiment pause checkout_button --for 2h --state-dir var/flags

JSON: as of `flags kill`; the outcomes are applied, unconfirmed, confirmed and unchanged.")]
pub(crate) struct Pause {
    /// The experiment's key.
    #[arg(value_name = "EXPERIMENT", value_parser = experiment)]
    experiment: Target,
    #[command(flatten)]
    expiry: ExpiryOptions,
    #[command(flatten)]
    options: ChangeOptions,
}

/// End an experiment: nobody is enrolled any more, and every flag is as its definition says.
///
/// Its numbers stay and can be analysed. One person may stop any experiment; where it serves variants of a protected flag, somebody
/// else is to confirm it.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags experiment stop checkout_button --state-dir var/flags --reason \"the sample is complete\"

JSON: as of `flags kill`; the outcomes are applied, unconfirmed, confirmed and unchanged.")]
pub(crate) struct Stop {
    /// The experiment's key.
    #[arg(value_name = "EXPERIMENT", value_parser = experiment)]
    experiment: Target,
    #[command(flatten)]
    options: ChangeOptions,
}

/// Put another end in the place of the one an experiment has.
///
/// To go on until the numbers look good makes any of them look good: extend before you have looked, or judge by a method that
/// allows for it (`method = "sequential"`, which is the default).
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags experiment extend checkout_button --by 7d --state-dir var/flags
  flags experiment extend checkout_button --until 2026-12-24T00:00:00Z --state-dir var/flags

JSON: as of `flags kill`; the outcomes are applied and unchanged.")]
pub(crate) struct Extend {
    /// The experiment's key.
    #[arg(value_name = "EXPERIMENT", value_parser = experiment)]
    experiment: Target,
    #[command(flatten)]
    end: NewEnd,
    #[command(flatten)]
    options: ChangeOptions,
}

/// When an experiment is to end.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct NewEnd {
    /// The new end, such as 2026-12-24T00:00:00Z; that instant is not included.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    until: Option<Timestamp>,
    /// How much later than its present end, such as 12h, 7d or 2w.
    #[arg(long, value_name = "TIME", value_parser = time)]
    by: Option<Duration>,
}

impl Extend {
    fn run(self, way: Way, output: &mut Output) -> Result<Status, Failure> {
        let change = |known: &Known, state: &ControlState| {
            let end = match (self.end.until, self.end.by) {
                (Some(end), _) => end,
                (None, by) => present_end(&self.experiment, known, state)?.saturating_add(by.unwrap_or_default()),
            };
            Ok(Change::Set { target: self.experiment.clone(), action: Action::Extend { end }, expires_at: None })
        };
        operate::make_with(&self.options, change, way, output)
    }
}

/// The end that an experiment has now.
fn present_end(target: &Target, known: &Known, state: &ControlState) -> Result<Timestamp, Failure> {
    let key = target.key();
    let set = known.set().map(|set| set.with_overlay(&state.overlay(SystemClock.now())));
    let set = set.ok_or_else(|| {
        Failure::Usage(format!("no definitions are known here, nor when {key} ends; --until says when it is to end"))
    })?;
    let experiment = set.experiment(key).ok_or_else(|| Failure::NotFound(known.no_such_experiment(key)))?;
    experiment.end().ok_or_else(|| {
        Failure::Usage(format!("{key} has no end: it runs until it is stopped; --until says when it is to end"))
    })
}

/// Decide an experiment: its whole audience gets the arm.
///
/// It does so whatever status, dates and traffic the experiment has, until its definition is changed and this is cleared. A holdout is
/// left out all the same.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags experiment winner checkout_button bold --state-dir var/flags --reason \"3 % more orders\"
  flags experiment clear checkout_button --kind winner --state-dir var/flags      takes it back

JSON: as of `flags kill`; the outcomes are applied and unchanged.")]
pub(crate) struct Winner {
    /// The experiment's key.
    #[arg(value_name = "EXPERIMENT", value_parser = experiment)]
    experiment: Target,
    /// The arm's name.
    #[arg(value_name = "ARM")]
    arm: String,
    #[command(flatten)]
    options: ChangeOptions,
}

/// Take back what was done to an experiment: it is as its definition says.
///
/// Without --kind all its controls go. Clearing a control of an experiment on a protected flag takes two people:
/// `flags propose experiment clear`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags experiment clear checkout_button --state-dir var/flags
  flags experiment clear checkout_button --kind end --state-dir var/flags

JSON: as of `flags kill`; the outcomes are cleared and unchanged.")]
pub(crate) struct Clear {
    /// The experiment's key.
    #[arg(value_name = "EXPERIMENT", value_parser = experiment)]
    experiment: Target,
    /// Only the control of this kind.
    #[arg(long, value_enum, value_name = "KIND")]
    kind: Option<Kind>,
    #[command(flatten)]
    options: ChangeOptions,
}

/// The kinds of which an experiment has one at most.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// That it was started, paused or stopped.
    Status,
    /// Its end.
    End,
    /// Its winner.
    Winner,
}

impl Kind {
    const fn slot(self) -> Slot {
        match self {
            Self::Status => Slot::Status,
            Self::End => Slot::End,
            Self::Winner => Slot::Winner,
        }
    }
}
