//! `flags breaker open`, `close` and `release`.

use clap::{Args, Subcommand};
use flags::control::{Action, BreakerState, Change, ControlState, Slot, Target};

use crate::{
    arguments::target,
    failure::Failure,
    operate::{self, ChangeOptions, ExpiryOptions, Known, Way},
    output::{Output, Status},
};

/// The changes of breakers.
#[derive(Debug, Subcommand)]
pub(crate) enum BreakerChange {
    /// Hold the breaker of a flag open: it is off for everybody, whatever is measured.
    ///
    /// It stays so until it is released, or until the time given has passed. Of a protected flag it takes two people:
    /// `flags propose breaker open`; in an emergency one person kills it.
    #[command(after_help = EXAMPLES)]
    Open(Held),
    /// Hold the breaker of a flag closed: what is measured does not switch it off.
    ///
    /// It stays so until it is released, or until the time given has passed. Of a protected flag it takes two people:
    /// `flags propose breaker close`.
    #[command(after_help = EXAMPLES)]
    Close(Held),
    /// Let the breaker of a flag decide by itself again, whoever held it and whatever it has measured.
    ///
    /// It is closed, the flag is on, and runs are counted from now on. Of a protected flag it takes two people:
    /// `flags propose breaker release`.
    #[command(after_help = EXAMPLES)]
    Release(Released),
}

const EXAMPLES: &str = "Examples:
  flags breaker open search --state-dir var/flags --reason \"the index is rebuilt\"
  flags breaker close search --for 2h --state-dir var/flags --reason \"the errors are known\"
  flags breaker release search --state-dir var/flags

JSON: as of `flags kill`; the outcomes are applied, cleared and unchanged.";

/// The options of what holds a breaker.
#[derive(Args, Debug)]
pub(crate) struct Held {
    /// The flag's key.
    #[arg(value_name = "FLAG", value_parser = target)]
    flag: Target,
    #[command(flatten)]
    expiry: ExpiryOptions,
    #[command(flatten)]
    options: ChangeOptions,
}

/// The options of what lets go of one.
#[derive(Args, Debug)]
pub(crate) struct Released {
    /// The flag's key.
    #[arg(value_name = "FLAG", value_parser = target)]
    flag: Target,
    #[command(flatten)]
    options: ChangeOptions,
}

impl BreakerChange {
    pub(crate) fn run(self, way: Way, output: &mut Output) -> Result<Status, Failure> {
        match self {
            Self::Open(held) => held.run(BreakerState::ForcedOpen, way, output),
            Self::Close(held) => held.run(BreakerState::ForcedClosed, way, output),
            Self::Release(Released { flag, options }) => {
                let change = Change::Clear { target: flag, slot: Some(Slot::Breaker) };
                operate::make(&options, &change, way, output)
            }
        }
    }
}

impl Held {
    fn run(self, state: BreakerState, way: Way, output: &mut Output) -> Result<Status, Failure> {
        let Self { flag, expiry, options } = self;
        let anyway = options.anyway;
        let change = |known: &Known, _: &ControlState| {
            if !anyway {
                check(known, flag.key())?;
            }
            Ok(Change::Set { target: flag, action: Action::Breaker(state), expires_at: expiry.instant() })
        };
        operate::make_with(&options, change, way, output)
    }
}

/// Refuses to hold what is not there: a flag without an `error_threshold` has no breaker.
fn check(known: &Known, key: &str) -> Result<(), Failure> {
    let (Some(definitions), Some(set)) = (known.definitions(), known.set()) else { return Ok(()) };
    let breakers = &definitions.document.breakers;
    // A flag that is not defined is told of with the others.
    if set.find(key).is_none() || breakers.iter().any(|breaker| *breaker.flag == *key) {
        return Ok(());
    }
    Err(Failure::NotFound(format!(
        "flag `{key}` has no circuit breaker in {}: write an `error_threshold` for it; `flags kill {key}` switches it off \
         (--anyway: a program gives it one)",
        known.place()
    )))
}
