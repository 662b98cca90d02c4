//! `flags set`: changes fields of a flag in its file, and leaves everything else in it as it is.

mod replace;

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use clap::Args;
use flags::{
    Clock as _, SystemClock,
    config::{Edit, EditError, Source, Sources},
};
use serde_json::json;
use similar::{ChangeTag, TextDiff};

use crate::{
    failure::Failure,
    input,
    output::{BAD, BOLD, DIM, GOOD, Output, Status},
    suggest,
};

/// Change fields of a flag in its file.
///
/// Comments, order and white space stay. A field is named by its path in the flag: enabled, metadata.risk,
/// rules.staff.rollout_percentage, rules.0.serve, environments.production.enabled, overrides.user-42. The changed
/// definitions are checked before anything is written, and the file is replaced as a whole or not at all.
#[derive(Args, Debug)]
#[command(
    override_usage = "flags set [OPTIONS] <FILE> <FLAG> <FIELD> <VALUE>\n       flags set [OPTIONS] <FILE> <FLAG> <FIELD=VALUE>...",
    after_help = "Examples:
  flags set config checkout rollout_percentage 50
  flags set config checkout state=rollout rollout_percentage=5 --by ada
  flags set config checkout --unset schedule --dry-run"
)]
pub(crate) struct Set {
    /// A file or a folder.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The flag's key.
    #[arg(value_name = "FLAG")]
    flag: String,
    /// A field and its value, or FIELD=VALUE for each change. Values are TOML; a text needs no quotes.
    #[arg(value_name = "CHANGE", allow_negative_numbers = true, required_unless_present = "unset")]
    changes: Vec<String>,
    /// Removes a field. Can be given several times.
    #[arg(long, value_name = "FIELD")]
    unset: Vec<String>,
    /// Who changes it: writes updated_by, and updated_at with the present moment.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Shows what would change and writes nothing.
    #[arg(long)]
    dry_run: bool,
}

impl Set {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        if input::is_stdin(&self.file) {
            return Err(Failure::Usage("a flag is changed in its file; standard input is none".to_owned()));
        }
        let changes = pairs(&self.changes)?;
        let sources = input::sources(&self.file)?;
        let source = self.find(&sources)?;
        let mut edit = edit(source)?;
        for (field, value) in changes {
            edit = edit.set(&self.flag, field, value).map_err(|error| refused(&error))?;
        }
        for field in &self.unset {
            edit = edit.unset(&self.flag, field).map_err(|error| refused(&error))?;
        }
        let changed = edit.text() != source.text();
        if let Some(name) = self.by.as_deref().filter(|_| changed) {
            edit = edit.stamp(SystemClock.now(), name).map_err(|error| refused(&error))?;
        }
        let text = edit.into_text();
        // All files together have to be all right, not only the one that changes.
        let all = sources.as_slice().iter().map(|other| {
            if other.name() == source.name() { Source::new(other.name(), text.as_str()) } else { other.clone() }
        });
        input::accept(&Sources::new(all))?;
        let written = changed && !self.dry_run;
        if written {
            replace::file(Path::new(source.name()), source.text(), &text)?;
        }
        self.tell(source, &text, written, output)?;
        Ok(Status::Fine)
    }

    /// The file that has the flag.
    fn find<'s>(&self, sources: &'s Sources) -> Result<&'s Source, Failure> {
        let mut broken = None;
        for source in sources.as_slice() {
            match Edit::new(source.text()) {
                Ok(edit) if edit.has_flag(&self.flag) => return Ok(source),
                Ok(_) => {}
                Err(_) => broken = Some(source),
            }
        }
        // What is no TOML could hold the flag; the diagnostics say what is wrong with it.
        let definitions = input::accept(sources)?;
        if let Some(source) = broken {
            return Err(Failure::Io(format!("{} cannot be edited, for it is no valid TOML", source.name())));
        }
        let keys = definitions.document.definitions.flags.iter().map(|flag| &*flag.key);
        Err(Failure::NotFound(suggest::no_such_flag(&self.flag, &self.file.display().to_string(), keys)))
    }

    fn tell(&self, source: &Source, text: &str, written: bool, output: &mut Output) -> Result<(), Failure> {
        let changed = text != source.text();
        if output.is_json() {
            let diff = TextDiff::from_lines(source.text(), text);
            let diff = diff.unified_diff().context_radius(1).header(source.name(), source.name()).to_string();
            return output.json(&json!({
                "flag": self.flag, "file": source.name(), "changed": changed, "written": written, "diff": diff,
            }));
        }
        let name = source.name();
        if !changed {
            return Ok(writeln!(output, "{name} says so already; nothing is written")?);
        }
        let word = if written { "changed" } else { "would change" };
        writeln!(output, "{word} {BOLD}{name}{BOLD:#}")?;
        write_diff(output, source.text(), text)
    }
}

/// The fields and values of `FIELD VALUE` or `FIELD=VALUE…`.
fn pairs(changes: &[String]) -> Result<Vec<(&str, &str)>, Failure> {
    let wrong =
        |text: &str| Failure::Usage(format!("`{text}` is no change; write FIELD VALUE, or FIELD=VALUE for several"));
    match changes {
        [field, value] if !field.contains('=') => Ok(vec![(field, value)]),
        changes => changes.iter().map(|change| change.split_once('=').ok_or_else(|| wrong(change))).collect(),
    }
}

fn edit(source: &Source) -> Result<Edit, Failure> {
    Edit::new(source.text()).map_err(|error| refused(&error))
}

fn refused(error: &EditError) -> Failure {
    Failure::Usage(error.to_string())
}

/// Writes the lines that differ, each with its number, and one line around them.
fn write_diff(output: &mut Output, old: &str, new: &str) -> Result<(), Failure> {
    let diff = TextDiff::from_lines(old, new);
    for (at, group) in diff.grouped_ops(1).iter().enumerate() {
        if at > 0 {
            writeln!(output, "{DIM}       …{DIM:#}")?;
        }
        for change in group.iter().flat_map(|operation| diff.iter_changes(operation)) {
            let (sign, style) = match change.tag() {
                ChangeTag::Delete => ('-', BAD),
                ChangeTag::Insert => ('+', GOOD),
                ChangeTag::Equal => (' ', DIM),
            };
            let number = change.new_index().or(change.old_index()).unwrap_or_default() + 1;
            let line = format!("{number:>5} {sign} {}", change.value());
            writeln!(output, "{style}{}{style:#}", line.trim_end())?;
        }
    }
    Ok(())
}
