//! `flags revive`: takes back a kill.

use clap::Args;
use flags::control::{Change, Target};

use crate::{
    arguments::target,
    failure::Failure,
    operate::{self, ChangeOptions, Way},
    output::{Output, Status},
};

/// Take back the kill of a flag.
///
/// The flag is as its definition and its other controls say again. Reviving a protected flag takes two people:
/// `flags propose revive`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags revive checkout --state-dir var/flags --reason \"payments work again\"
  flags propose revive checkout --state-dir var/flags   where the flag is protected

JSON: as of `flags kill`; the outcomes are cleared and unchanged.")]
pub(crate) struct Revive {
    /// The flag's key.
    #[arg(value_name = "FLAG", value_parser = target)]
    flag: Target,
    #[command(flatten)]
    options: ChangeOptions,
}

impl Revive {
    pub(crate) fn run(self, way: Way, output: &mut Output) -> Result<Status, Failure> {
        operate::make(&self.options, &Change::Revive { target: self.flag }, way, output)
    }
}
