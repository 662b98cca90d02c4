//! The options that the operator's commands share.

use std::path::PathBuf;

use clap::Args;
use flags::{Clock as _, SystemClock, Timestamp};

use super::lasting;
use crate::{arguments::instant, failure::Failure};

/// Where controls and the audit log are kept.
#[derive(Args, Debug, Default)]
pub(crate) struct StateOption {
    /// The state folder of the programs that are operated, with their controls and audit log; otherwise FLAGS_STATE_DIR.
    #[arg(long, value_name = "DIR")]
    pub(crate) state_dir: Option<PathBuf>,
}

impl StateOption {
    /// The folder, if one was named by the option or by the environment.
    pub(crate) fn folder(&self) -> Option<PathBuf> {
        let of_process = || std::env::var_os("FLAGS_STATE_DIR").filter(|path| !path.is_empty()).map(PathBuf::from);
        self.state_dir.clone().or_else(of_process)
    }

    /// The folder, which has to be there: one that is made here by mistake would be read by nobody, and a kill in it would
    /// kill nothing.
    pub(crate) fn existing(&self) -> Result<PathBuf, Failure> {
        let folder = self.folder().ok_or_else(|| {
            Failure::Usage(
                "which state folder? give --state-dir DIR, or set FLAGS_STATE_DIR: the one the programs were started with, \
                 as in `flags serve config --state-dir DIR`"
                    .to_owned(),
            )
        })?;
        match folder.metadata() {
            Ok(found) if found.is_dir() => Ok(folder),
            Ok(_) => Err(Failure::Io(format!("{} is a file; a state folder is a folder", folder.display()))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Failure::Io(format!(
                "there is no state folder {}; give the one the programs were started with (if none has run yet, make the \
                 folder first)",
                folder.display()
            ))),
            Err(error) => Err(Failure::file(&folder, "read", &error)),
        }
    }
}

/// Who acts, and why.
#[derive(Args, Debug)]
pub(crate) struct OperatorOptions {
    #[command(flatten)]
    pub(crate) state: StateOption,
    /// Who does this, for the audit log and for the rule of two people; otherwise FLAGS_ACTOR, otherwise your login name.
    #[arg(long = "as", value_name = "NAME")]
    pub(crate) actor: Option<String>,
    /// Why, for the audit log and whoever looks next; at most 1000 characters.
    #[arg(long, short, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
}

/// Which definitions flags and experiments are looked up in.
#[derive(Args, Debug, Default)]
pub(crate) struct DefinitionsOptions {
    /// The definitions to look names up in: a file or a folder; otherwise FLAGS_FILE, otherwise those that the programs
    /// recorded in the state folder.
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// The environment in which a flag is or is not protected; otherwise FLAGS_ENVIRONMENT, otherwise a flag counts as
    /// protected if it is so anywhere.
    #[arg(long, short, value_name = "NAME")]
    pub(crate) environment: Option<String>,
}

impl DefinitionsOptions {
    /// The file or folder that was named.
    pub(crate) fn path(&self) -> Option<PathBuf> {
        let of_process = || std::env::var_os("FLAGS_FILE").filter(|path| !path.is_empty()).map(PathBuf::from);
        self.file.clone().or_else(of_process)
    }

    /// The environment that was named.
    pub(crate) fn environment(&self) -> Option<String> {
        let of_process = || std::env::var("FLAGS_ENVIRONMENT").ok().filter(|name| !name.is_empty());
        self.environment.clone().or_else(of_process)
    }
}

/// The next whole second, so that people can read and type it.
fn to_the_second(at: Timestamp) -> Timestamp {
    let micros = at.as_micros();
    Timestamp::from_micros(micros.saturating_add((-micros).rem_euclid(1_000_000)))
}

/// How long a control is in force.
#[derive(Args, Debug, Default)]
pub(crate) struct ExpiryOptions {
    /// Until when it is in force, such as 2026-12-01T09:00:00Z; without an end it is so until somebody clears it.
    #[arg(long, value_name = "INSTANT", value_parser = instant, conflicts_with = "lasting")]
    until: Option<Timestamp>,
    /// For how long from now, such as 90s, 30m, 2h, 7d or 1h30m.
    #[arg(long = "for", id = "lasting", value_name = "TIME", value_parser = lasting::parse)]
    lasting: Option<std::time::Duration>,
}

impl ExpiryOptions {
    /// The instant at which it ends, if it does.
    pub(crate) fn instant(&self) -> Option<Timestamp> {
        self.until.or_else(|| Some(to_the_second(SystemClock.now().saturating_add(self.lasting?))))
    }
}
