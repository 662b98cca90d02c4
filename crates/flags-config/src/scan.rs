//! A pass over the tokens of a TOML text, before and beside the parser.
//!
//! It tells how deep the text is nested, where it needs TOML 1.1 and where a bracket was left open ([`survey`]), and where a
//! key was defined first ([`FirstDefinitions`]). It keeps a stack of its own on the heap, so that no input can exhaust the
//! thread's. It has to make some sense of broken files too: an unmatched closing bracket is ignored, and what is never closed
//! stays open.

mod first;
mod survey;

use std::ops::Range;

use toml_parser::{
    Source as TomlSource,
    lexer::{Token, TokenKind},
};

pub(crate) use self::{
    first::FirstDefinitions,
    survey::{NewerSyntax, survey},
};

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
