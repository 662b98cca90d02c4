//! `flags audit`: what was done, by whom, when and why; and whether anybody has touched the record.

mod list;
mod show;
mod verify;
mod words;

use clap::{Args, Subcommand};
use flags::control::audit::{AuditLog, LogOptions};

use crate::{
    failure::Failure,
    operate::StateOption,
    output::{Output, Status},
};

/// Read and verify the audit log.
///
/// It has every change of controls and every change of definitions that programs have seen. Reading it needs no lock and changes
/// nothing, so a copy will do, or a folder that cannot be written to.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags audit list --state-dir var/flags --flag checkout
  flags audit show 42 --state-dir var/flags
  flags audit verify --state-dir var/flags")]
pub(crate) struct Audit {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    List(list::List),
    Show(show::Show),
    Verify(verify::Verify),
}

impl Audit {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        match self.command {
            AuditCommand::List(command) => command.run(output),
            AuditCommand::Show(command) => command.run(output),
            AuditCommand::Verify(command) => command.run(output),
        }
    }
}

/// The audit log in a state folder.
fn log(state: &StateOption) -> Result<AuditLog, Failure> {
    Ok(AuditLog::in_folder(state.existing()?.join("audit"), LogOptions::default()))
}
