//! `flags clear`: takes back what was laid over a flag, but for a kill.

use clap::{Args, ValueEnum};
use flags::control::{Change, Slot, Target};

use crate::{
    arguments::target,
    failure::Failure,
    operate::{self, ChangeOptions, Way},
    output::{Output, Status},
};

/// Take back overrides and percentages of a flag.
///
/// Without --unit and --kind all controls of the flag go but a kill, which only `flags revive` takes back. Clearing a control of
/// a protected flag takes two people: `flags propose clear`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags clear checkout --state-dir var/flags
  flags clear checkout --kind percentage --state-dir var/flags
  flags clear checkout --unit user-42 --state-dir var/flags

JSON: as of `flags kill`; the outcomes are cleared and unchanged.")]
pub(crate) struct Clear {
    /// The flag's key.
    #[arg(value_name = "FLAG", value_parser = target)]
    flag: Target,
    /// Only the override of this unit.
    #[arg(long, value_name = "UNIT", conflicts_with = "kind")]
    unit: Option<String>,
    /// Only the control of this kind.
    #[arg(long, value_enum, value_name = "KIND")]
    kind: Option<Kind>,
    #[command(flatten)]
    options: ChangeOptions,
}

/// The kinds of which a flag has one at most.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// The override for everybody.
    Override,
    /// The percentage.
    Percentage,
    /// The circuit breaker.
    Breaker,
}

impl Clear {
    pub(crate) fn run(self, way: Way, output: &mut Output) -> Result<Status, Failure> {
        let of_kind = self.kind.map(|kind| match kind {
            Kind::Override => Slot::Override,
            Kind::Percentage => Slot::Percentage,
            Kind::Breaker => Slot::Breaker,
        });
        let slot = self.unit.map(|unit| Slot::OverrideUnit(unit.into())).or(of_kind);
        operate::make(&self.options, &Change::Clear { target: self.flag, slot }, way, output)
    }
}
