//! Why a command ends early, what it says then, and its exit status.

use std::{
    io::{self, Write as _},
    path::Path,
    process::ExitCode,
};

use flags::config::Report;
use serde_json::json;

use crate::{
    arguments::Format,
    output::{self, ERROR, GOOD, Status},
};

/// Why a command could not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The definitions were refused; the report says why.
    Refused(Box<Report>),
    /// There is no such thing as was asked about.
    NotFound(String),
    /// The controls do not allow it, and the command that would do it, or shows what is the matter.
    Denied { message: String, help: Option<String> },
    /// The command was told something that it cannot be told.
    Usage(String),
    /// Something could not be read or written.
    Io(String),
    /// Nobody reads standard output any more, which ends a command and is no failure.
    ClosedPipe,
}

impl Failure {
    /// A file that could not be read or written.
    pub(crate) fn file(path: &Path, doing: &str, error: &io::Error) -> Self {
        Self::Io(format!("cannot {doing} {}: {error}", path.display()))
    }

    /// What is wrong, in a few words, for a message about something else.
    pub(crate) fn brief(&self) -> String {
        match self {
            Self::Refused(report) => format!("{}: `flags check` tells", report.summary()),
            Self::NotFound(message) | Self::Denied { message, .. } | Self::Usage(message) | Self::Io(message) => {
                message.clone()
            }
            Self::ClosedPipe => "nobody reads".to_owned(),
        }
    }

    /// Tells it on standard error and gives the exit status.
    pub(crate) fn report(self, format: Format) -> ExitCode {
        let (status, kind, message) = match &self {
            Self::ClosedPipe => return ExitCode::SUCCESS,
            Self::Refused(report) => (Status::Bad, "refused", report.summary()),
            Self::NotFound(message) => (Status::Bad, "not_found", message.clone()),
            Self::Denied { message, .. } => (Status::Bad, "denied", message.clone()),
            Self::Usage(message) => (Status::Usage, "usage", message.clone()),
            Self::Io(message) => (Status::Io, "io", message.clone()),
        };
        let mut stderr = anstream::stderr().lock();
        // If standard error is gone as well, there is nobody left to tell.
        let _ = match (&self, format) {
            (Self::Refused(report), Format::Human) => {
                write!(stderr, "{}", report.render_human(output::stderr_has_color()))
            }
            (Self::Refused(report), Format::Json) => {
                let diagnostics = &report.to_json()["diagnostics"];
                writeln!(
                    stderr,
                    "{}",
                    json!({ "error": { "kind": kind, "message": message, "diagnostics": diagnostics } })
                )
            }
            (Self::Denied { help: Some(help), .. }, Format::Human) => {
                writeln!(stderr, "{ERROR}error{ERROR:#}: {message}\n{GOOD}help{GOOD:#}: {help}")
            }
            (Self::Denied { help, .. }, Format::Json) => {
                writeln!(stderr, "{}", json!({ "error": { "kind": kind, "message": message, "help": help } }))
            }
            (_, Format::Human) => writeln!(stderr, "{ERROR}error{ERROR:#}: {message}"),
            (_, Format::Json) => writeln!(stderr, "{}", json!({ "error": { "kind": kind, "message": message } })),
        };
        status.into()
    }
}

/// Errors of writing to standard output; files have their paths put beside the error with [`Failure::file`].
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::ClosedPipe,
            _ => Self::Io(format!("cannot write to standard output: {error}")),
        }
    }
}
