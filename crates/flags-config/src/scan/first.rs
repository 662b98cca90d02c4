//! Where keys are defined first: what the parser does not tell of a key that is defined twice.

use std::{borrow::Cow, collections::HashMap, ops::Range};

use super::{TomlSource, Visitor, scan};

/// Where the keys of a text are defined first: what the parser does not tell of a key that is defined twice.
#[derive(Debug)]
pub(crate) struct FirstDefinitions {
    /// The full path of every part of every key, by where the part starts.
    paths: HashMap<usize, String>,
    /// The first place of every full path.
    first: HashMap<String, Range<usize>>,
}

impl FirstDefinitions {
    pub(crate) fn of(text: &str) -> Self {
        let mut collector = Collector {
            text,
            header: String::new(),
            elements: HashMap::new(),
            found: Self { paths: HashMap::new(), first: HashMap::new() },
        };
        scan(text, &mut collector);
        collector.found
    }

    /// The full name of the key that starts at `offset`.
    pub(crate) fn name(&self, offset: usize) -> Option<String> {
        let path = self.paths.get(&offset)?;
        let parts = path.split(SEPARATOR).filter(|part| !part.is_empty() && !part.starts_with('@'));
        Some(parts.collect::<Vec<_>>().join("."))
    }

    /// The first definition of the key that starts at `offset`, unless it is that one.
    pub(crate) fn before(&self, offset: usize) -> Option<Range<usize>> {
        self.first.get(self.paths.get(&offset)?).filter(|first| first.start < offset).cloned()
    }
}

/// Separates the parts of a full path; it cannot stand in a decoded key by accident, and if it does, only a label is lost.
const SEPARATOR: char = '\u{1f}';

struct Collector<'t> {
    text: &'t str,
    /// The full path of the table whose header was last.
    header: String,
    /// How many elements each list of tables has so far.
    elements: HashMap<String, usize>,
    found: FirstDefinitions,
}

impl Collector<'_> {
    /// The full paths of the parts of a key below `base`.
    fn define(&mut self, base: &str, parts: &[Range<usize>], last_is_new: bool) -> String {
        let mut path = base.to_owned();
        for (at, part) in parts.iter().enumerate() {
            path.push(SEPARATOR);
            path.push_str(&decoded(self.text, part));
            if !(last_is_new && at + 1 == parts.len()) {
                self.found.paths.insert(part.start, path.clone());
                self.found.first.entry(path.clone()).or_insert_with(|| part.clone());
            }
            // The element of a list of tables that is open now.
            if at + 1 < parts.len()
                && let Some(count) = self.elements.get(&path)
            {
                path.push_str(&format!("{SEPARATOR}{count}"));
            }
        }
        path
    }
}

impl Visitor for Collector<'_> {
    fn header(&mut self, parts: &[Range<usize>], array: bool) {
        let path = self.define("", parts, array);
        self.header = if array {
            if let Some(last) = parts.last() {
                self.found.paths.insert(last.start, path.clone());
                self.found.first.entry(path.clone()).or_insert_with(|| last.clone());
            }
            let count = self.elements.entry(path.clone()).and_modify(|count| *count += 1).or_insert(0);
            format!("{path}{SEPARATOR}{count}")
        } else {
            path
        };
    }

    fn key(&mut self, parts: &[Range<usize>], within: Option<usize>, _depth: usize) {
        let base = within.map_or_else(|| self.header.clone(), |start| format!("@{start}"));
        self.define(&base, parts, false);
    }
}

/// A key without its quotes and escapes.
fn decoded<'t>(text: &'t str, span: &Range<usize>) -> Cow<'t, str> {
    let raw = &text[span.clone()];
    let mut key = Cow::Borrowed("");
    let source = TomlSource::new(raw);
    let Some(token) = source.lex().next() else { return key };
    if let Some(part) = source.get(token) {
        part.decode_key(&mut key, &mut ());
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_two_definitions_is_found() {
        for text in [
            "a = 1\na = 2",
            "[a]\nb = 1\n[a]",
            "[a]\nb.c = 1\nb.c = 2",
            "[a]\n'b' = 1\n\"b\" = 2",
            "[a.b]\n[a]\nb = 1",
            "x = { a = 1, a = 2 }",
            "[[a]]\nb = 1\nb = 2",
        ] {
            let definitions = FirstDefinitions::of(text);
            let (_, errors) = toml::de::DeTable::parse_recoverable(text);
            let offset = errors[0].span().expect("a duplicate has a place").start;
            assert!(definitions.before(offset).is_some(), "{text}");
        }
        let separate = "[[a]]\nb = 1\n[[a]]\nb = 2\nx = { b = 1 }\ny = { b = 1 }\n[c]\nb = 1";
        let definitions = FirstDefinitions::of(separate);
        for offset in separate.match_indices('b').map(|(at, _)| at) {
            assert_eq!(definitions.before(offset), None, "{offset}");
        }
    }
}
