//! The texts that are loaded together, and the positions in them.

use std::{fmt, ops::Range, sync::Arc};

/// One text and the name it is shown by. Cloning it is cheap.
#[derive(Clone, PartialEq, Eq)]
pub struct Source {
    name: Arc<str>,
    text: Arc<str>,
    /// Where the bytes stopped being UTF-8, if they did.
    invalid_utf8: Option<usize>,
}

/// Names the text and says how long it is; the text itself may be megabytes.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("name", &self.name).field("bytes", &self.text.len()).finish_non_exhaustive()
    }
}

impl Source {
    /// A text, and the name to show it by: its path, most often.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), text: text.into(), invalid_utf8: None }
    }

    /// The content of a file as it was read. Bytes that are not UTF-8 are not an error here: [`load`](crate::load) reports
    /// them with their place.
    #[must_use]
    pub fn from_bytes(name: impl Into<Arc<str>>, bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::new(name, text),
            Err(error) => Self {
                name: name.into(),
                text: String::from_utf8_lossy(bytes).into(),
                invalid_utf8: Some(error.valid_up_to()),
            },
        }
    }

    /// The name it is shown by.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text. Where the bytes were not UTF-8, replacement characters stand for them.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the bytes stopped being UTF-8, if they did.
    pub(crate) fn invalid_utf8(&self) -> Option<usize> {
        self.invalid_utf8
    }
}

/// The texts that make up one set of definitions, in the order of their names.
///
/// ```
/// use flags_config::{Source, Sources, load};
///
/// let sources = Sources::from(Source::new("flags.toml", "[features.search]\nenabled = true\n"));
/// assert!(load(&sources).document.is_some());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    list: Vec<Source>,
}

impl Sources {
    /// The texts in the order of their names, which is the order in which a folder is merged.
    #[must_use]
    pub fn new(sources: impl IntoIterator<Item = Source>) -> Self {
        let mut list: Vec<Source> = sources.into_iter().collect();
        list.sort_by(|a, b| a.name.cmp(&b.name));
        Self { list }
    }

    /// The texts, in the order of their names.
    #[must_use]
    pub fn as_slice(&self) -> &[Source] {
        &self.list
    }

    /// The size of all texts together, in bytes.
    #[must_use]
    pub fn total_bytes(&self) -> usize {
        self.list.iter().map(|source| source.text.len()).sum()
    }
}

impl From<Source> for Sources {
    fn from(source: Source) -> Self {
        Self { list: vec![source] }
    }
}

impl FromIterator<Source> for Sources {
    fn from_iter<I: IntoIterator<Item = Source>>(sources: I) -> Self {
        Self::new(sources)
    }
}

/// A place in a text as people count it: lines and columns from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1. A byte order mark at the start of the file is not counted.
    pub column: usize,
}

/// Where the lines of a text start, for looking up many positions.
#[derive(Debug)]
pub(crate) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

/// What some editors put at the start of a file to say that it is UTF-8.
pub(crate) const BYTE_ORDER_MARK: &str = "\u{feff}";

impl<'t> Lines<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let first = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(first).chain(breaks).collect() }
    }

    /// The number of the line, from 0, that holds the byte at `offset`.
    pub(crate) fn line_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// The bytes of the lines from the one that holds the start of `span` to the one that holds its end, without the last
    /// line break.
    pub(crate) fn whole_lines(&self, span: Range<usize>) -> Range<usize> {
        let last = self.line_of(span.end.max(span.start));
        let end = self.starts.get(last + 1).map_or(self.text.len(), |next| next - 1);
        let end = if self.text[..end].ends_with('\r') { end - 1 } else { end };
        self.starts[self.line_of(span.start)].min(end)..end
    }

    pub(crate) fn position(&self, offset: usize) -> Position {
        let line = self.line_of(offset);
        let start = self.starts[line];
        let before = self.text.get(start..floor_boundary(self.text, offset)).unwrap_or_default();
        Position { line: line + 1, column: before.chars().count() + 1 }
    }
}

/// The nearest character boundary at or before `offset`.
pub(crate) fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_characters() {
        let lines = Lines::new("\u{feff}ä = 1\r\nb = \"é\" # x\n");
        let at = |offset| {
            let position = lines.position(offset);
            (position.line, position.column)
        };
        assert_eq!(at(3), (1, 1), "the byte order mark is not counted");
        assert_eq!(at(6), (1, 3), "after a character of two bytes");
        assert_eq!(at(11), (2, 1), "after a Windows line end");
        assert_eq!(at(19), (2, 8));
        assert_eq!(at(1_000).0, 3, "beyond the end is the last line");
        assert_eq!(at(0), (1, 1));
    }

    #[test]
    fn sources_are_in_name_order() {
        let sources = Sources::new([Source::new("b", "bb"), Source::new("a", "a")]);
        assert_eq!(sources.as_slice().iter().map(Source::name).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(sources.total_bytes(), 3);
    }
}
