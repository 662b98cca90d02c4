//! What only follows from another problem, and is not worth reporting beside it.
//!
//! A line that cannot be read leaves guesses behind: keys that seem to be missing, or to stand in the wrong table, names that
//! seem not to be defined. A value that was refused makes whatever refers to it look wrong.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    ops::Range,
};

use flags_core::{DefinitionError, PathPart, Problem};
use toml::{Spanned, de::DeValue};

use crate::{
    Code, Diagnostic,
    parse::{BrokenLines, Parsed, same_table},
    place::Index,
    problems::Problems,
};

/// Drops what was only found because a line could not be read.
pub(crate) fn forget_guesses(parsed: &[Option<Parsed<'_>>], texts: &[&str], problems: &mut Problems) {
    if parsed.iter().flatten().all(|file| file.broken.is_empty()) {
        return;
    }
    problems.retain(|diagnostic| match parsed.get(diagnostic.source) {
        Some(Some(file)) if diagnostic.code != Code::SYNTAX => {
            !is_guess(diagnostic, &file.broken, texts[diagnostic.source])
        }
        _ => true,
    });
}

fn is_guess(diagnostic: &Diagnostic, broken: &[BrokenLines], text: &str) -> bool {
    let span = &diagnostic.span;
    let following = broken.partition_point(|lines| lines.span.start <= span.start);
    let (before, after) = broken.split_at(following);
    let on_the_line = before.last().is_some_and(|lines| span.start <= lines.span.end);
    // From a broken header to the next one, keys were taken for those of another table.
    let after_header = || {
        let header = before.iter().rev().find(|lines| lines.header);
        header.is_some_and(|lines| same_table(text, lines.span.end, span.start))
    };
    // What a table lacks may stand in the broken line.
    let lacks = || {
        diagnostic.code == Code::MISSING_KEY
            && after
                .first()
                .is_some_and(|lines| span.end <= lines.span.start && same_table(text, span.end, lines.span.start))
    };
    // What could not be read at all stands nowhere.
    let nowhere = !broken.is_empty() && *span == (0..0);
    on_the_line || nowhere || after_header() || lacks()
}

/// What is known to be wrong when the core has its say.
pub(crate) struct Known<'k, 't> {
    problems: &'k Problems,
    index: &'k Index<'t>,
    texts: &'k [&'t str],
    /// The words in the keys and headers of lines that could not be read.
    unread: HashSet<&'t str>,
    /// The flags whose variants were asked after, and whether they could be read in full.
    variants: RefCell<HashMap<Box<str>, bool>>,
}

impl<'k, 't> Known<'k, 't> {
    pub(crate) fn new(
        problems: &'k Problems,
        index: &'k Index<'t>,
        texts: &'k [&'t str],
        parsed: &[Option<Parsed<'_>>],
    ) -> Self {
        let mut unread = HashSet::new();
        for (text, file) in texts.iter().zip(parsed) {
            for lines in file.iter().flat_map(|file| &file.broken) {
                let key = text[lines.span.clone()].split('=').next().unwrap_or_default();
                let in_name = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-');
                unread.extend(key.split(|character| !in_name(character)).filter(|word| !word.is_empty()));
            }
        }
        Self { problems, index, texts, unread, variants: RefCell::default() }
    }

    /// Whether something of that name may stand in a line that could not be read.
    pub(crate) fn may_define(&self, name: &str) -> bool {
        self.unread.contains(name)
    }

    /// Whether a finding of the core only follows from a problem that is known.
    pub(crate) fn explains(&self, error: &DefinitionError) -> bool {
        if !self.problems.has_errors() {
            return false;
        }
        if let Some(place) = self.index.locate(&error.path, self.texts) {
            // An error in the header of a flag says nothing about the rest of it.
            let whole = place.value == place.header;
            let touched = |span: &Range<usize>| self.problems.touches(place.source, span);
            if !whole && (touched(&place.value) || touched(&place.key)) {
                return true;
            }
        }
        match &error.problem {
            // Defined in a way that could not be read, or in a line that could not.
            Problem::UnknownFlag { name } => {
                self.index.get("features", name).is_some() || self.unread.contains(&**name)
            }
            Problem::UnknownSegment { name } => {
                self.index.get("segments", name).is_some() || self.unread.contains(&**name)
            }
            Problem::UnknownVariant { flag, name, .. } => {
                self.variants_are_broken(flag) || self.unread.contains(&**name)
            }
            Problem::ZeroWeights if matches!(error.path.first(), Some(PathPart::Key(section)) if **section == *"experiments") => {
                self.parts_are_broken(error)
            }
            Problem::MissingVariants { .. } | Problem::WrongType { .. } | Problem::ZeroWeights => {
                matches!(error.path.get(1), Some(PathPart::Key(flag)) if self.variants_are_broken(flag))
            }
            Problem::UnknownExperiment { name } => {
                self.index.get("experiments", name).is_some() || self.unread.contains(&**name)
            }
            Problem::UnknownLayer { name } => self.index.get("layers", name).is_some() || self.unread.contains(&**name),
            // What is missing may be what could not be read.
            Problem::UnknownArm { .. }
            | Problem::MissingControl
            | Problem::TooFewArms
            | Problem::MissingEvent { .. }
            | Problem::MissingMargin
            | Problem::MisplacedEvent { .. }
            | Problem::MisplacedMargin => self.parts_are_broken(error),
            Problem::WinnerOfDraft => self.entry_is_broken(&error.path, "status"),
            // Keys are checked with their places before the core sees them.
            Problem::InvalidKey | Problem::DuplicateKey => true,
            _ => false,
        }
    }

    /// Whether an error is known in the arms, or in the metric, that a finding is about.
    fn parts_are_broken(&self, error: &DefinitionError) -> bool {
        let about = match &error.problem {
            Problem::UnknownArm { .. } => return self.entry_is_broken(&error.path, "arms"),
            Problem::MisplacedEvent { .. } | Problem::MisplacedMargin => &error.path[..error.path.len() - 1],
            _ => &error.path,
        };
        self.index.locate(about, self.texts).is_some_and(|place| self.within(place.node, place.source))
    }

    /// Whether an error is known at a path below a table, or anywhere in what stands there. What is not written has none.
    pub(crate) fn has_error_in(&self, table: &[PathPart], below: &[PathPart]) -> bool {
        if !self.problems.has_errors() {
            return false;
        }
        let Some(start) = self.index.locate(table, self.texts) else { return false };
        let mut node = start.node;
        let mut key = None;
        for part in below {
            let next = match part {
                PathPart::Key(name) => node.get_ref().as_table().and_then(|table| table.get_key_value(&**name)),
                PathPart::Index(index) => {
                    let item = node.get_ref().as_array().and_then(|items| items.get(*index));
                    node = match item {
                        Some(item) => item,
                        None => return false,
                    };
                    continue;
                }
            };
            let Some((name, value)) = next else { return false };
            (key, node) = (Some(name.span()), value);
        }
        key.is_some_and(|key| self.inside(start.source, &key)) || self.holds_error(node, start.source)
    }

    /// Whether an error is known anywhere in a value, or about the whole of it.
    fn holds_error(&self, value: &Spanned<DeValue<'_>>, source: usize) -> bool {
        let below = match value.get_ref() {
            DeValue::Table(table) => {
                table.iter().any(|(key, value)| self.inside(source, &key.span()) || self.holds_error(value, source))
            }
            DeValue::Array(items) => items.iter().any(|item| self.holds_error(item, source)),
            _ => false,
        };
        below || self.inside(source, &value.span())
    }

    /// Whether an error is known about these bytes or some of them. One about more says nothing about them, such as that
    /// something else is missing beside them.
    fn inside(&self, source: usize, span: &Range<usize>) -> bool {
        self.problems.errors().any(|error| {
            let apart = error.span.start >= span.end || error.span.end <= span.start;
            let around = error.span.start < span.start || error.span.end > span.end;
            error.source == source && !apart && !around
        })
    }

    /// Whether an error is known about a key of the table at a path, rather than about a value in it: it may be what is
    /// missing, misspelled.
    pub(crate) fn has_wrong_key_in(&self, table: &[PathPart]) -> bool {
        let Some(place) = self.index.locate(table, self.texts) else { return false };
        let Some(entries) = place.node.get_ref().as_table() else { return false };
        let unknown = self.problems.errors().filter(|error| error.code == Code::UNKNOWN_KEY);
        let spans: Vec<_> = unknown.filter(|error| error.source == place.source).map(|error| &error.span).collect();
        entries.iter().any(|(key, _)| spans.iter().any(|span| **span == key.span()))
    }

    /// Whether an error is known in an entry of the table that a path starts with.
    fn entry_is_broken(&self, path: &[PathPart], name: &'static str) -> bool {
        let Some(table) = path.get(..2) else { return false };
        let path = [table, &[name.into()]].concat();
        self.index.locate(&path, self.texts).is_some_and(|place| {
            let written = place.value != place.header;
            written && (self.problems.touches(place.source, &place.value) || self.within(place.node, place.source))
        })
    }

    /// Whether what a flag serves could not be read in full.
    pub(crate) fn variants_are_broken(&self, flag: &str) -> bool {
        if let Some(known) = self.variants.borrow().get(flag) {
            return *known;
        }
        let broken = self.index.get("features", flag).is_some_and(|defined| {
            let Some(table) = defined.entry.value.get_ref().as_table() else { return true };
            ["variants", "type"].iter().any(|name| {
                table.get_key_value(*name).is_some_and(|(key, value)| {
                    self.problems.touches(defined.source, &key.span()) || self.within(value, defined.source)
                })
            })
        });
        self.variants.borrow_mut().insert(flag.into(), broken);
        broken
    }

    /// Whether an error is known anywhere in a value.
    fn within(&self, value: &Spanned<DeValue<'_>>, source: usize) -> bool {
        match value.get_ref() {
            DeValue::Table(table) => table
                .iter()
                .any(|(key, value)| self.problems.touches(source, &key.span()) || self.within(value, source)),
            DeValue::Array(items) => items.iter().any(|item| self.within(item, source)),
            _ => self.problems.touches(source, &value.span()),
        }
    }
}
