//! Splices: which bytes of the text to replace by what, so that a field is set or gone.

use std::ops::Range;

use toml_edit::Table;

use super::{
    field::Step,
    place::{Container, Entry, Found, Leaf, Slot, end_of},
};
use crate::diff::key_toml;

/// Bytes of a text and what takes their place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Splice {
    pub(super) range: Range<usize>,
    pub(super) replacement: String,
}

impl Splice {
    fn insert(at: usize, replacement: String) -> Self {
        Self { range: at..at, replacement }
    }

    /// The text with the splice made.
    pub(super) fn apply(&self, text: &str) -> String {
        let mut text = text.to_owned();
        text.replace_range(self.range.clone(), &self.replacement);
        text
    }
}

/// Puts `value` in the place of what stands in the slot; `None` if that is no plain value.
pub(super) fn replace(slot: &Slot<'_>, value: &str) -> Option<Splice> {
    match slot.entry {
        Entry::Value(old) => Some(Splice { range: old.span()?, replacement: value.to_owned() }),
        Entry::Table(_) | Entry::Tables(_) => None,
    }
}

/// Adds what is missing on the way to a field, with `value` at the end of it; `None` where there is no place for it.
pub(super) fn add(text: &str, found: &Found<'_, '_>, value: &str) -> Option<Splice> {
    let mut missing = Vec::new();
    for step in found.missing {
        match step {
            Step::Key(key) => missing.push(key_toml(key)),
            Step::Element(_) => return None,
        }
    }
    // Dotted tables have no place of their own: the key grows by theirs, in the table they are written in.
    let mut tables = found.tables.as_slice();
    let nearest = tables.last()?.1;
    let mut keys = Vec::new();
    while let [before @ .., (key, table)] = tables
        && table.is_dotted()
    {
        keys.insert(0, key_toml((*key)?));
        tables = before;
    }
    keys.extend(missing.iter().cloned());
    match tables.last()?.1 {
        Container::Inline(table) => {
            let assignment = format!("{} = {value}", keys.join("."));
            match Container::Inline(table).leaves().last() {
                Some(last) => Some(Splice::insert(last.value.end, format!(", {assignment}"))),
                None => Some(Splice { range: table.span()?, replacement: format!("{{ {assignment} }}") }),
            }
        }
        Container::Table(table) if table.is_implicit() => {
            // It is there by the headers below it alone, so it gets one more of them.
            let mut header: Vec<String> = Vec::new();
            for (key, _) in &tables[1..] {
                header.push(key_toml((*key)?));
            }
            let (last, between) = missing.split_last()?;
            header.extend(between.iter().cloned());
            Some(section(text, table, &header.join("."), &format!("{last} = {value}")))
        }
        Container::Table(table) => {
            let assignment = format!("{} = {value}", keys.join("."));
            let neighbour = nearest.leaves().pop().or_else(|| Container::Table(table).leaves().pop());
            Some(line(text, table, neighbour.as_ref(), &assignment))
        }
    }
}

/// Takes a field out of the text: its line, or its part of a table in braces; `None` if it is no plain value.
pub(super) fn remove(text: &str, found: &Found<'_, '_>, slot: &Slot<'_>) -> Option<Splice> {
    let Entry::Value(value) = slot.entry else { return None };
    let value = value.span()?;
    let (_, holder) = found.tables.iter().rev().find(|(_, table)| !table.is_dotted())?;
    let range = match holder {
        Container::Table(_) => {
            let start = text[..slot.key.start].rfind('\n').map_or(bom(text), |newline| newline + 1);
            let end = text[value.end..].find('\n').map_or(text.len(), |newline| value.end + newline + 1);
            start..end
        }
        Container::Inline(table) => {
            let leaves = holder.leaves();
            let at = leaves.iter().position(|leaf| leaf.value == value)?;
            match (at.checked_sub(1).map(|before| &leaves[before]), leaves.get(at + 1)) {
                (Some(before), _) => before.value.end..value.end,
                (None, Some(_)) => {
                    let table = table.span()?;
                    let skip = |from: usize, skipped: &[char]| {
                        let rest = text[from..].trim_start_matches(skipped);
                        text.len() - rest.len()
                    };
                    skip(table.start + 1, &[' ', '\t'])..skip(value.end, &[' ', '\t', ','])
                }
                (None, None) => {
                    let table = table.span()?;
                    table.start + 1..table.end - 1
                }
            }
        }
    };
    Some(Splice { range, replacement: String::new() })
}

/// A line behind the one its neighbour ends on; without a neighbour, right under the table's header.
fn line(text: &str, table: &Table, neighbour: Option<&Leaf>, assignment: &str) -> Splice {
    let (behind, indent) = match neighbour {
        Some(leaf) => (Some(leaf.value.end), indent_of(text, leaf.key.start)),
        None => (table.span().filter(|span| !span.is_empty()).map(|header| header.end), ""),
    };
    match behind {
        // The top of a file without a key of its own.
        None => Splice::insert(bom(text), format!("{assignment}{}", line_end(text))),
        Some(end) => at_line_end(text, end, &format!("{indent}{assignment}")),
    }
}

/// A header and a line under it, behind everything that stands below `table`.
fn section(text: &str, table: &Table, header: &str, assignment: &str) -> Splice {
    let newline = line_end(text);
    at_line_end(text, end_of(table), &format!("{newline}[{header}]{newline}{assignment}"))
}

/// Lines behind the line on which the byte `end` stands.
fn at_line_end(text: &str, end: usize, lines: &str) -> Splice {
    let newline = line_end(text);
    match text[end..].find('\n') {
        Some(at) => Splice::insert(end + at + 1, format!("{lines}{newline}")),
        None => Splice::insert(text.len(), format!("{newline}{lines}{newline}")),
    }
}

/// The white space the line starts with.
fn indent_of(text: &str, at: usize) -> &str {
    let start = text[..at].rfind('\n').map_or(bom(text), |newline| newline + 1);
    let line = &text[start..at];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// How the lines of the text end, by its first one.
fn line_end(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

/// The length of the byte-order mark, if there is one.
fn bom(text: &str) -> usize {
    if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
}
