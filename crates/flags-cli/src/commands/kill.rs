//! `flags kill`: a flag off at once, and everything below it.

use clap::Args;
use flags::control::Change;

use crate::{
    arguments::target,
    failure::Failure,
    operate::{self, ChangeOptions, Way},
    output::{Output, Status},
};

/// Kill a flag: it is off at once, with every flag below it.
///
/// Programs on the state folder see it within a second. It holds through restarts, reloads and broken files until somebody
/// revives the flag. A protected flag is killed by one person, too; somebody else is to confirm it afterwards. To kill again
/// what somebody else has killed is to confirm it.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags kill checkout --state-dir var/flags --reason \"payments fail since 03:10\"
  FLAGS_STATE_DIR=var/flags flags kill shop --as ada
  flags revive checkout --state-dir var/flags         takes it back

JSON: {\"outcome\",\"revision\",\"actor\",\"message\",\"controls\",\"proposal\",\"subtree\"}; the outcomes
are applied, unconfirmed, confirmed and unchanged.")]
pub(crate) struct Kill {
    /// The flag's key.
    #[arg(value_name = "FLAG", value_parser = target)]
    flag: flags::control::Target,
    #[command(flatten)]
    options: ChangeOptions,
}

impl Kill {
    pub(crate) fn run(self, way: Way, output: &mut Output) -> Result<Status, Failure> {
        operate::make(&self.options, &Change::kill(self.flag), way, output)
    }
}
