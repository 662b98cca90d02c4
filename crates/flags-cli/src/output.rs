//! What the commands write through: standard output in the format and the colours that are wanted.

use std::{
    io::{self, BufWriter, IsTerminal as _, StdoutLock, Write},
    process::ExitCode,
};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::{arguments::Format, failure::Failure};

/// What a heading or a name looks like.
pub(crate) const BOLD: Style = Style::new().bold();
/// What matters little.
pub(crate) const DIM: Style = Style::new().dimmed();
/// What is well, on, or new.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// What needs a look.
pub(crate) const WARN: Style = AnsiColor::Yellow.on_default();
/// What is off, gone, or wrong.
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
/// The word before an error, as clap has it.
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// All is well.
    Fine,
    /// What was asked about is not well.
    Bad,
    /// The command was not told what it needs.
    Usage,
    /// Something could not be read or written.
    Io,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Fine => 0,
            Status::Bad => 1,
            Status::Usage => 2,
            Status::Io => 3,
        })
    }
}

impl Status {
    /// Fine, unless something is not.
    pub(crate) fn bad_if(bad: bool) -> Self {
        if bad { Self::Bad } else { Self::Fine }
    }
}

/// Standard output: buffered, with colours only where they are wanted.
pub(crate) struct Output {
    stream: BufWriter<AutoStream<StdoutLock<'static>>>,
    format: Format,
}

impl Output {
    pub(crate) fn new(format: Format) -> Self {
        Self { stream: BufWriter::with_capacity(1 << 16, AutoStream::auto(io::stdout()).lock()), format }
    }

    /// Whether programs are to read it.
    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Whether it may have colours.
    pub(crate) fn has_color(&self) -> bool {
        AutoStream::choice(&io::stdout()) != ColorChoice::Never
    }

    /// How many columns there are; `None` where it is no terminal.
    pub(crate) fn width(&self) -> Option<u16> {
        terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0)
    }

    /// Writes a value as JSON on several lines, for a single result.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        write_json(serde_json::to_writer_pretty(&mut self.stream, value))?;
        Ok(writeln!(self.stream)?)
    }

    /// Writes a value as JSON on one line, for a stream of results.
    pub(crate) fn json_line(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        write_json(serde_json::to_writer(&mut self.stream, value))?;
        Ok(writeln!(self.stream)?)
    }

    /// Hands on what is buffered.
    pub(crate) fn finish(&mut self) -> Result<(), Failure> {
        Ok(self.stream.flush()?)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

fn write_json(result: serde_json::Result<()>) -> Result<(), Failure> {
    result.map_err(|error| Failure::from(io::Error::from(error)))
}

/// Says something about the work, not of its result, on standard error.
pub(crate) fn note(message: &str) {
    // If standard error is gone, there is nobody left to tell.
    let _ = writeln!(anstream::stderr().lock(), "{WARN}note{WARN:#}: {message}");
}

/// Whether standard error may have colours.
pub(crate) fn stderr_has_color() -> bool {
    AutoStream::choice(&io::stderr()) != ColorChoice::Never
}

/// Whether a person looks at standard output as it is written.
pub(crate) fn is_live() -> bool {
    io::stdout().is_terminal()
}

/// `1 flag`, `2 flags`; `1 entry`, `2 entries`.
pub(crate) fn count(number: usize, word: &str) -> String {
    match (number, word.strip_suffix('y')) {
        (1, _) => format!("1 {word}"),
        (_, Some(stem)) => format!("{number} {stem}ies"),
        (_, None) => format!("{number} {word}s"),
    }
}

/// Writes names and what they are, one a line, aligned.
pub(crate) fn facts(output: &mut Output, facts: &[(&str, String)]) -> Result<(), Failure> {
    let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    for (name, fact) in facts {
        writeln!(output, "  {DIM}{name:width$}{DIM:#}  {fact}")?;
    }
    Ok(())
}
