//! Telling what happens: in place on a terminal, else a line for each event, for people or as JSON.

use std::{io::Write as _, path::Path};

use anstyle::Style;
use flags::{Clock as _, SystemClock, config::Report, core::ChangeKind};
use serde_json::{Value as Json, json};

use super::state::{Answer, Change, State};
use crate::{
    failure::Failure,
    output::{self, BAD, BOLD, DIM, GOOD, Output, WARN, count},
    table::Table,
    wire::revision,
};

/// Something that happened.
pub(super) enum Event {
    /// The first definitions are there.
    Start,
    /// There are other definitions.
    Change { changes: Vec<Change>, answers: Vec<Answer> },
    /// A save was refused.
    Refused { report: Report },
    /// The files cannot be read.
    Unreadable { message: String },
    /// The files are again what is in force.
    Restored,
    /// Time has passed.
    Time { answers: Vec<Answer> },
}

impl Event {
    fn name(&self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Change { .. } => "change",
            Self::Refused { .. } | Self::Unreadable { .. } => "refused",
            Self::Restored => "restored",
            Self::Time { .. } => "time",
        }
    }
}

/// Tells events.
pub(super) struct Teller<'o> {
    file: String,
    /// Whether single flags are asked for, so that their answers are told.
    tells_answers: bool,
    /// Whether a person looks at a terminal.
    is_live: bool,
    output: &'o mut Output,
}

impl<'o> Teller<'o> {
    pub(super) fn new(file: &Path, tells_answers: bool, output: &'o mut Output) -> Self {
        let is_live = !output.is_json() && output::is_live();
        Self { file: file.display().to_string(), tells_answers, is_live, output }
    }

    /// Tells an event, and says whether there was anything to tell.
    pub(super) fn tell(&mut self, event: &Event, state: &State) -> Result<bool, Failure> {
        let matters = match event {
            Event::Change { changes, .. } => !(self.tells_answers && changes.is_empty()),
            Event::Time { answers } => (self.tells_answers || self.is_live) && !answers.is_empty(),
            _ => true,
        };
        if !matters {
            return Ok(false);
        }
        if self.output.is_json() {
            self.tell_json(event, state)?;
        } else if self.is_live {
            self.draw(event, state)?;
        } else {
            self.tell_line(event, state)?;
        }
        self.output.finish()?;
        Ok(true)
    }

    fn tell_json(&mut self, event: &Event, state: &State) -> Result<(), Failure> {
        let change = |change: &Change| json!({ "flag": change.flag, "kind": kind_name(change.kind) });
        let changes: Vec<Json> = match event {
            Event::Change { changes, .. } => changes.iter().map(change).collect(),
            _ => vec![],
        };
        let answers: Vec<Json> = match event {
            _ if !self.tells_answers => vec![],
            Event::Start => state.answers().iter().map(answer_json).collect(),
            Event::Change { answers, .. } | Event::Time { answers } => answers.iter().map(answer_json).collect(),
            _ => vec![],
        };
        let (message, diagnostics) = match event {
            Event::Refused { report } => (Some(report.summary()), report.to_json()["diagnostics"].take()),
            Event::Unreadable { message } => (Some(message.clone()), json!([])),
            _ => (None, json!([])),
        };
        self.output.json_line(&json!({
            "event": event.name(),
            "at": SystemClock.now().to_string(),
            "revision": revision(state.set()),
            "changes": changes,
            "answers": answers,
            "message": message,
            "diagnostics": diagnostics,
        }))
    }

    fn tell_line(&mut self, event: &Event, state: &State) -> Result<(), Failure> {
        let now = SystemClock.now();
        let revision = revision(state.set());
        write!(self.output, "{DIM}{now}{DIM:#} ")?;
        match event {
            Event::Start => {
                let flags = count(state.set().len(), "flag");
                writeln!(self.output, "watching {BOLD}{}{BOLD:#}: {flags}, revision {revision}", self.file)?;
                if self.tells_answers {
                    self.write_answers(state.answers())?;
                }
            }
            Event::Change { changes, answers } => {
                let changes: Vec<String> = changes.iter().map(change_text).collect();
                let changes = if changes.is_empty() { "no flag differs".to_owned() } else { changes.join(", ") };
                writeln!(self.output, "revision {revision}: {changes}")?;
                if self.tells_answers {
                    self.write_answers(answers)?;
                }
            }
            Event::Time { answers } => {
                writeln!(self.output, "by the time:")?;
                self.write_answers(answers)?;
            }
            other => self.write_trouble(other)?,
        }
        Ok(())
    }

    /// What is wrong with the files, or that nothing is any more.
    fn write_trouble(&mut self, event: &Event) -> Result<(), Failure> {
        let stays = "the last good definitions stay in force";
        match event {
            Event::Refused { report } => {
                writeln!(self.output, "{BAD}refused{BAD:#}; {stays}")?;
                let color = self.output.has_color();
                write!(self.output, "{}", report.render_human(color))?;
            }
            Event::Unreadable { message } => writeln!(self.output, "{BAD}refused{BAD:#}: {message}; {stays}")?,
            Event::Restored => writeln!(self.output, "{GOOD}the files are good again{GOOD:#}: as before")?,
            _ => {}
        }
        Ok(())
    }

    fn write_answers(&mut self, answers: &[Answer]) -> Result<(), Failure> {
        for answer in answers {
            writeln!(self.output, "  {}", answer_text(answer))?;
        }
        Ok(())
    }

    /// Draws the whole screen anew.
    fn draw(&mut self, event: &Event, state: &State) -> Result<(), Failure> {
        // Erases the screen and goes to its first place (ECMA-48, ED and CUP).
        write!(self.output, "\x1b[2J\x1b[H")?;
        let (flags, revision) = (count(state.set().len(), "flag"), revision(state.set()));
        let environment = state.set().environment();
        let environment = if environment.is_empty() { "no environment" } else { environment };
        writeln!(self.output, "{BOLD}{}{BOLD:#}  {flags}, {environment}, revision {revision}", self.file)?;
        writeln!(self.output, "{DIM}{}, {}; Ctrl-C ends{DIM:#}\n", SystemClock.now(), event.name())?;
        let changed = |key: &str| match event {
            Event::Change { changes, answers } => {
                changes.iter().any(|change| change.flag == key) || answers.iter().any(|answer| answer.flag == key)
            }
            Event::Time { answers } => answers.iter().any(|answer| answer.flag == key),
            _ => false,
        };
        let mut table = Table::new(["FLAG", "STATE", "ROLLOUT", "RULES", "SERVES"]);
        for answer in state.answers() {
            let flag = state.definitions().and_then(|known| known.document.definitions.flag(&answer.flag));
            let flag = flag.map(|flag| flag.in_environment(state.set().environment()));
            let cells = match flag {
                None => ["-".to_owned(), "-".to_owned(), "-".to_owned()],
                Some(flag) => [
                    flag.state.to_string(),
                    flag.rollout_percentage.map_or_else(|| "-".to_owned(), |share| format!("{share} %")),
                    flag.rules.len().to_string(),
                ],
            };
            let style = match (changed(&answer.flag), answer.on) {
                (true, _) => WARN.bold(),
                (_, true) => Style::new(),
                _ => DIM,
            };
            let row = std::iter::once(answer.flag.clone()).chain(cells).chain([serves(answer)]);
            table.row(row, style);
        }
        table.write(self.output)?;
        writeln!(self.output)?;
        if let Event::Change { changes, .. } = event {
            for change in changes.iter().filter(|change| change.kind == ChangeKind::Removed) {
                writeln!(self.output, "{}", change_text(change))?;
            }
        }
        self.write_trouble(event)
    }
}

fn kind_name(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Added => "added",
        ChangeKind::Changed => "changed",
        ChangeKind::Removed => "removed",
    }
}

fn change_text(change: &Change) -> String {
    let style = match change.kind {
        ChangeKind::Added => GOOD,
        ChangeKind::Changed => WARN,
        ChangeKind::Removed => BAD,
    };
    format!("{} {style}{}{style:#}", change.flag, kind_name(change.kind))
}

fn answer_text(answer: &Answer) -> String {
    let (word, style) = if answer.on { ("on", GOOD) } else { ("off", BAD) };
    format!("{} is {style}{word}{style:#}, serving {} ({})", answer.flag, serves(answer), answer.reason)
}

fn serves(answer: &Answer) -> String {
    match &answer.variant {
        None => "the caller's default".to_owned(),
        Some(_) if answer.value.is_boolean() => answer.value.to_string(),
        Some(variant) => format!("`{variant}` = {}", answer.value),
    }
}

fn answer_json(answer: &Answer) -> Json {
    json!({
        "flag": answer.flag,
        "on": answer.on,
        "variant": answer.variant,
        "value": answer.value,
        "reason": answer.reason,
    })
}
