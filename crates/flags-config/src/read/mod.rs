//! From parsed TOML to the definitions of the core.
//!
//! The walk along the shapes has reported every value that is wrong by itself; a reader skips those, or puts something
//! harmless in their place so that positions in lists stay what they are in the file. It reports what only the whole of a
//! table shows: two conditions in one table, a pattern that does not compile, variants of different types.

mod alert;
mod breaker;
mod channel;
mod condition;
mod experiment;
mod flag;
mod freeze;
mod guardrail;
mod migration;
mod operator;
mod rollout;
mod rule;
mod scenario;
mod schedule;
mod segment;
mod settings;
mod signal;
mod targets;
mod variant;

use std::{ops::Range, time::Duration};

use toml::{
    Spanned,
    de::{DeString, DeTable, DeValue},
};

pub use self::settings::Settings;
pub(crate) use self::{
    experiment::{Flags, holdout, layer},
    guardrail::Signals,
    migration::WrittenMigration,
    rollout::WrittenPlan,
    settings::SettingsTable,
    signal::BUILT_IN,
};
use crate::{Code, Diagnostic, leaf, problems::Problems, shape::on_separate_lines};

/// A key and the value after it.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'t> {
    pub(crate) key: &'t Spanned<DeString<'t>>,
    pub(crate) value: &'t Spanned<DeValue<'t>>,
}

/// Reads the tables of one file.
pub(crate) struct Reader<'p> {
    /// The place of the file among the sources.
    pub(crate) source: usize,
    pub(crate) text: &'p str,
    /// The header of the flag, segment or other entry that is read, and what it is called.
    pub(crate) header: (Range<usize>, &'static str),
    pub(crate) problems: &'p mut Problems,
}

impl Reader<'_> {
    fn report(&mut self, code: Code, span: Range<usize>, message: impl Into<String>) -> Draft<'_> {
        let (header, noun) = &self.header;
        let apart = on_separate_lines(self.text, header, &span);
        let mut diagnostic = Diagnostic::new(code, self.source, span, message);
        if apart {
            diagnostic = diagnostic.related(self.source, header.clone(), format!("in this {noun}"));
        }
        Draft { problems: self.problems, diagnostic: Some(diagnostic) }
    }
}

/// A diagnostic that is filed when it is complete, at the end of the statement.
struct Draft<'p> {
    problems: &'p mut Problems,
    diagnostic: Option<Diagnostic>,
}

impl Draft<'_> {
    fn with(mut self, change: impl FnOnce(Diagnostic) -> Diagnostic) -> Self {
        self.diagnostic = self.diagnostic.take().map(change);
        self
    }

    fn label(self, label: impl Into<String>) -> Self {
        self.with(|diagnostic| diagnostic.label(label))
    }

    fn help(self, help: impl Into<String>) -> Self {
        self.with(|diagnostic| diagnostic.help(help))
    }

    fn related(self, span: Range<usize>, label: &str) -> Self {
        self.with(|diagnostic| {
            let source = diagnostic.source;
            diagnostic.related(source, span, label)
        })
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        if let Some(diagnostic) = self.diagnostic.take() {
            self.problems.push(diagnostic);
        }
    }
}

/// The entries of a table in written order.
fn entries<'t>(table: &'t DeTable<'t>) -> impl Iterator<Item = (&'t str, Entry<'t>)> {
    table.iter().map(|(key, value)| (&**key.get_ref(), Entry { key, value }))
}

/// The elements of a list; none of what is no list.
fn items<'a, 't>(value: &'a DeValue<'t>) -> &'a [Spanned<DeValue<'t>>] {
    value.as_array().map_or(&[][..], |items| items)
}

fn duration_or(value: &DeValue<'_>, otherwise: Duration) -> Duration {
    value.as_str().and_then(leaf::duration).unwrap_or(otherwise)
}

/// The strings of a list; what is no string counts as empty, so that positions stay.
fn names(value: &DeValue<'_>) -> Vec<Box<str>> {
    items(value).iter().map(|item| leaf::text(item.get_ref()).unwrap_or_default()).collect()
}

/// One string, or the strings of a list.
fn name_or_names(value: &DeValue<'_>) -> Vec<Box<str>> {
    leaf::text(value).map_or_else(|| names(value), |name| vec![name])
}
