//! A pass over the tokens of a TOML text, before and beside the parser: how deep it is nested, where it needs TOML 1.1, and
//! where a key was defined first.
//!
//! The pass keeps a stack of its own on the heap, so that no input can exhaust the thread's. It has to make some sense of
//! broken files too: an unmatched closing bracket is ignored, and what is never closed stays open.

use std::{borrow::Cow, collections::HashMap, ops::Range};

use toml_parser::{
    Source as TomlSource,
    lexer::{Token, TokenKind},
};

/// What a first look at a text found out.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// The first bracket or key that is nested deeper than allowed.
    pub(crate) too_deep: Option<Range<usize>>,
    /// Places that TOML 1.0 does not allow, each with what is there.
    pub(crate) newer_syntax: Vec<(NewerSyntax, Range<usize>)>,
    /// Brackets that are not closed where the next key or table begins.
    pub(crate) unclosed: Vec<Unclosed>,
}

/// A bracket that is not closed where the next key or table begins.
///
/// A parser would take the rest of the file for the list, so it is closed for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unclosed {
    /// The bracket.
    pub(crate) bracket: Range<usize>,
    /// The end of the last thing in it.
    pub(crate) end: usize,
    /// What closes it, and what it stands in where that ends as well.
    pub(crate) closing: String,
    /// The bracket that closes something else there; the next key or table does so without one.
    pub(crate) before: Option<&'static str>,
}

/// What TOML 1.1 brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NewerSyntax {
    /// An inline table over several lines; the place is its opening brace.
    MultilineTable,
    /// A comma before the closing brace of an inline table; the place is the comma.
    TrailingComma,
    /// An escape `\e` or `\x…` in a string; the place is the escape.
    Escape,
}

/// Looks over a text in one pass.
pub(crate) fn survey(text: &str, depth_limit: usize) -> Survey {
    let mut surveyor = Surveyor { text, depth_limit, survey: Survey::default() };
    scan(text, &mut surveyor);
    surveyor.survey
}

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

/// What the pass tells of.
trait Visitor {
    /// A table header with the parts of its key.
    fn header(&mut self, _parts: &[Range<usize>], _array: bool) {}
    /// A key, before its value: the parts of it, the bracket it stands in (`None` at the top), and how deep it leads.
    fn key(&mut self, _parts: &[Range<usize>], _within: Option<usize>, _depth: usize) {}
    /// An opening bracket or brace, and how deep it leads.
    fn open(&mut self, _at: Range<usize>, _depth: usize) {}
    /// A line break in an inline table; only the first of each.
    fn line_break_in_table(&mut self, _brace: Range<usize>) {}
    /// A comma with nothing after it in an inline table.
    fn trailing_comma(&mut self, _comma: Range<usize>) {}
    /// A bracket that is not closed where the next key or table begins.
    fn unclosed(&mut self, _unclosed: Unclosed) {}
    /// A string in double quotes.
    fn basic_string(&mut self, _span: Range<usize>) {}
}

/// An open bracket or brace.
struct Frame {
    brace: bool,
    start: usize,
    depth: usize,
    broken: bool,
    comma: Option<Range<usize>>,
}

/// A line that starts while a bracket is open.
struct Line {
    start: usize,
    /// The end of the last thing before it.
    end_before: usize,
}

/// Where open brackets should have been closed, given that the last line is a key or a header: before it, or before the
/// headers right above it.
fn unclosed(text: &str, frames: &[Frame], lines: &[Line], closed: &mut usize) -> Option<Unclosed> {
    let innermost = frames.last()?;
    let mut next = lines.last().filter(|line| line.start > innermost.start)?;
    for line in lines.iter().rev().skip(1) {
        let written = text[line.start..].lines().next().unwrap_or_default();
        let written = written.split_once('#').map_or(written, |(before, _)| before).trim_end();
        if written.starts_with('[') && written.ends_with(']') && !written.contains(',') && line.start > innermost.start
        {
            next = line;
        } else if !written.trim().is_empty() {
            break;
        }
    }
    if next.end_before < *closed {
        // Something was closed further down already; this is no file a person wrote.
        return None;
    }
    *closed = next.end_before;
    let closing = frames.iter().rev().map(|frame| if frame.brace { '}' } else { ']' }).collect();
    Some(Unclosed { bracket: innermost.start..innermost.start + 1, end: next.end_before, closing, before: None })
}

#[derive(Clone, Copy, PartialEq)]
enum Expect {
    /// A header or a key at the start of a line.
    Statement,
    /// The parts of a header.
    Header { array: bool, brackets: usize },
    /// The parts of a key, up to the equals sign.
    Key,
    /// A value, or what follows one.
    Value,
}

fn scan(text: &str, visitor: &mut impl Visitor) {
    let mut frames: Vec<Frame> = vec![];
    let mut parts: Vec<Range<usize>> = vec![];
    let mut expect = Expect::Statement;
    let mut header_depth = 0;
    let mut lines: Vec<Line> = vec![];
    let mut end_before = 0;
    // Where the last open bracket was closed.
    let mut closed = 0;
    for token in TomlSource::new(text).lex() {
        let span = span_of(&token);
        let end = std::mem::replace(&mut end_before, span.end);
        match token.kind() {
            TokenKind::Whitespace | TokenKind::Comment | TokenKind::Eof => end_before = end,
            TokenKind::Dot => {}
            TokenKind::Newline => {
                end_before = end;
                match frames.last_mut() {
                    None => {
                        expect = Expect::Statement;
                        parts.clear();
                        lines.clear();
                    }
                    Some(frame) => {
                        lines.push(Line { start: span.end, end_before: end });
                        if frame.brace && !frame.broken {
                            frame.broken = true;
                            visitor.line_break_in_table(frame.start..frame.start + 1);
                        }
                    }
                }
            }
            TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket => match expect {
                Expect::Statement => {
                    parts.clear();
                    expect = Expect::Header { array: false, brackets: 1 };
                }
                Expect::Header { brackets: 1, .. } if parts.is_empty() => {
                    expect = Expect::Header { array: true, brackets: 2 };
                }
                // A header at the start of a line, where an inline table is open.
                Expect::Key
                    if token.kind() == TokenKind::LeftSquareBracket
                        && lines.last().is_some_and(|line| line.start == span.start) =>
                {
                    if let Some(unclosed) = unclosed(text, &frames, &lines, &mut closed) {
                        visitor.unclosed(unclosed);
                        frames.clear();
                        parts.clear();
                        expect = Expect::Header { array: false, brackets: 1 };
                    }
                }
                Expect::Header { .. } | Expect::Key => {}
                Expect::Value => {
                    let parent = frames.last().map_or(header_depth, |frame| frame.depth);
                    let depth = parent + parts.len().saturating_sub(1) + 1;
                    visitor.open(span.clone(), depth);
                    let brace = token.kind() == TokenKind::LeftCurlyBracket;
                    frames.push(Frame { brace, start: span.start, depth, broken: false, comma: None });
                    parts.clear();
                    if brace {
                        expect = Expect::Key;
                    }
                }
            },
            TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket => match expect {
                Expect::Header { array, .. } => {
                    if !parts.is_empty() {
                        visitor.header(&parts, array);
                        header_depth = parts.len() + usize::from(array);
                        parts.clear();
                    }
                }
                _ => {
                    let brace = token.kind() == TokenKind::RightCurlyBracket;
                    // The bracket of what the innermost stands in: the innermost was left open.
                    if let [.., outer, inner] = &frames[..]
                        && inner.brace != brace
                        && outer.brace == brace
                    {
                        let (closing, before) = if inner.brace { ("}", "]") } else { ("]", "}") };
                        let bracket = inner.start..inner.start + 1;
                        closed = end;
                        visitor.unclosed(Unclosed { bracket, end, closing: closing.into(), before: Some(before) });
                        frames.pop();
                        parts.clear();
                    }
                    if let Some(frame) = frames.pop() {
                        if let Some(comma) = frame.comma.filter(|_| frame.brace && parts.is_empty()) {
                            visitor.trailing_comma(comma);
                        }
                        expect = Expect::Value;
                        parts.clear();
                    }
                }
            },
            TokenKind::Comma => {
                if let Some(frame) = frames.last_mut() {
                    parts.clear();
                    if frame.brace {
                        expect = Expect::Key;
                        frame.comma = Some(span);
                    }
                }
            }
            TokenKind::Equals => {
                // An equals sign in a list, or a second one in the entry of a table: a key on a line of its own.
                if matches!(expect, Expect::Value)
                    && let Some(unclosed) = unclosed(text, &frames, &lines, &mut closed)
                {
                    visitor.unclosed(unclosed);
                    frames.clear();
                    parts.clear();
                } else if matches!(expect, Expect::Key) {
                    let depth = frames.last().map_or(header_depth, |frame| frame.depth) + parts.len().saturating_sub(1);
                    visitor.key(&parts, frames.last().map(|frame| frame.start), depth);
                    if let Some(frame) = frames.last_mut() {
                        frame.comma = None;
                    }
                    expect = Expect::Value;
                }
            }
            kind => {
                if matches!(kind, TokenKind::BasicString | TokenKind::MlBasicString) {
                    visitor.basic_string(span.clone());
                }
                match expect {
                    Expect::Statement => {
                        parts.push(span);
                        expect = Expect::Key;
                    }
                    Expect::Header { .. } | Expect::Key => parts.push(span),
                    Expect::Value => {}
                }
            }
        }
    }
}

fn span_of(token: &Token) -> Range<usize> {
    token.span().start()..token.span().end()
}

struct Surveyor<'t> {
    text: &'t str,
    depth_limit: usize,
    survey: Survey,
}

impl Surveyor<'_> {
    fn reached(&mut self, at: Range<usize>, depth: usize) {
        if depth > self.depth_limit && self.survey.too_deep.is_none() {
            self.survey.too_deep = Some(at);
        }
    }

    fn newer(&mut self, what: NewerSyntax, at: Range<usize>) {
        self.survey.newer_syntax.push((what, at));
    }
}

impl Visitor for Surveyor<'_> {
    fn header(&mut self, parts: &[Range<usize>], array: bool) {
        if let Some(last) = parts.last() {
            self.reached(last.clone(), parts.len() + usize::from(array));
        }
    }

    fn key(&mut self, parts: &[Range<usize>], _within: Option<usize>, depth: usize) {
        if let Some(last) = parts.last() {
            self.reached(last.clone(), depth);
        }
    }

    fn open(&mut self, at: Range<usize>, depth: usize) {
        self.reached(at, depth);
    }

    fn line_break_in_table(&mut self, brace: Range<usize>) {
        self.newer(NewerSyntax::MultilineTable, brace);
    }

    fn unclosed(&mut self, unclosed: Unclosed) {
        self.survey.unclosed.push(unclosed);
    }

    fn trailing_comma(&mut self, comma: Range<usize>) {
        self.newer(NewerSyntax::TrailingComma, comma);
    }

    fn basic_string(&mut self, span: Range<usize>) {
        let inner = &self.text[span.clone()];
        if !inner.contains('\\') {
            return;
        }
        let mut bytes = inner.bytes().enumerate();
        while let Some((at, byte)) = bytes.next() {
            if byte == b'\\'
                && let Some((_, b'e' | b'x')) = bytes.next()
            {
                let start = span.start + at;
                self.newer(NewerSyntax::Escape, start..start + 2);
            }
        }
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
    fn depth_counts_headers_dots_and_brackets() {
        for (text, depth) in [
            ("a.b = 1", 1),
            ("[a.b]\nc = 1", 2),
            ("[[a.b]]\nc = [1.5]", 4),
            ("a = [{ b.c = { d = 1 } }]", 4),
            ("a = []\nb = []", 1),
            ("a = { b = [] }, c = 1", 2),
            ("[a]\nb = \"[[[[[[\" # [[[[[", 1),
            ("a = ]]]]]\nb = [[", 2),
        ] {
            assert!(survey(text, depth).too_deep.is_none(), "{text} is not deeper than {depth}");
            assert!(survey(text, depth - 1).too_deep.is_some(), "{text} is {depth} deep");
        }
    }

    #[test]
    fn unclosed_brackets_are_found() {
        let found = |text| {
            let unclosed = survey(text, 99).unclosed.into_iter();
            unclosed.map(|unclosed| (unclosed.bracket.start, unclosed.end, unclosed.closing)).collect::<Vec<_>>()
        };
        assert_eq!(found("a = [1, 2\nb = 3\nc = [\n4 # x\n\n[d]\n\ne = 5"), [(4, 9, "]".into()), (20, 23, "]".into())]);
        assert_eq!(found("a = [{ b = 1\nc = 2"), [(5, 12, "}]".into())]);
        assert_eq!(found("a = [{ b = [1 }, { c = 2 }]"), [(11, 13, "]".into())]);
        assert_eq!(found("a = [{ b = 1 ]"), [(5, 12, "}".into())]);
        assert_eq!(found("a = { b = 1,\n[c]\nd = 2"), [(4, 12, "}".into())]);
        for fine in [
            "a = [1, 2",
            "a = [b = 1]",
            "a = { b = 1 c = 2 }",
            "a = [\n[1]\n]\nb = 2",
            "a = [\n{ b = 1 }\n{ c = 1 }\n]\n",
            "a = {\nb = 1,\nc = 2 }",
        ] {
            assert_eq!(found(fine), [], "{fine}");
        }
    }

    #[test]
    fn newer_syntax_is_found() {
        use NewerSyntax::{Escape, MultilineTable, TrailingComma};
        let found =
            |text| survey(text, 99).newer_syntax.into_iter().map(|(what, at)| (what, at.start)).collect::<Vec<_>>();
        assert_eq!(found("a = { b = 1 }\nc = [\n  { d = 1 },\n  2,\n]\n"), []);
        assert_eq!(found("a = { b = 1, }"), [(TrailingComma, 11)]);
        assert_eq!(found("a = {\n b = 1,\n c = [1,],\n}"), [(MultilineTable, 4), (TrailingComma, 23)]);
        assert_eq!(found(r#"a = "\\e \e \x41""#), [(Escape, 9), (Escape, 12)]);
        assert_eq!(found(r"a = '\e'"), []);
    }

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
