//! One text to its tree, with every syntax error.

use std::{borrow::Cow, ops::Range};

use toml::de::DeTable;

use crate::{
    Code, Diagnostic, Limits, Source,
    problems::Problems,
    scan::{FirstDefinitions, NewerSyntax, Unclosed, survey},
    source::Lines,
    suggest::closest,
};

/// A text that may be parsed: it is not nested too deeply, and brackets that were left open are closed.
pub(crate) struct Prepared<'t> {
    pub(crate) text: Cow<'t, str>,
    newer_syntax: Vec<(NewerSyntax, Range<usize>)>,
    /// What was put in, by its place in the text as people know it.
    inserted: Vec<(usize, usize)>,
}

/// A text that was parsed as far as possible.
pub(crate) struct Parsed<'t> {
    pub(crate) root: DeTable<'t>,
    /// The lines that have a syntax error, in order: what they say is a guess.
    pub(crate) broken: Vec<BrokenLines>,
}

/// Lines around a syntax error.
#[derive(Debug)]
pub(crate) struct BrokenLines {
    pub(crate) span: Range<usize>,
    /// Whether a table header is broken, so that what follows was taken for part of another table.
    pub(crate) header: bool,
}

/// Looks a text over before it is parsed. `None` where it must not be.
pub(crate) fn prepare<'t>(
    source: &'t Source,
    index: usize,
    limits: &Limits,
    problems: &mut Problems,
) -> Option<Prepared<'t>> {
    let text = source.text();
    if let Some(at) = source.invalid_utf8() {
        let end = at + text[at..].chars().next().map_or(0, char::len_utf8);
        problems.push(
            Diagnostic::new(Code::NOT_UTF8, index, at..end, "the file is not UTF-8")
                .label("these bytes are no character")
                .help("save the file as UTF-8"),
        );
        return None;
    }
    let survey = survey(text, limits.depth);
    if let Some(span) = survey.too_deep {
        let message = format!("tables and lists are nested deeper than {}", limits.depth);
        problems.push(
            Diagnostic::new(Code::TOO_DEEP, index, span, message)
                .label("too deep from here on")
                .help("the file is not read any further"),
        );
        return None;
    }
    if survey.unclosed.is_empty() {
        return Some(Prepared { text: Cow::Borrowed(text), newer_syntax: survey.newer_syntax, inserted: vec![] });
    }
    let mut closed = String::with_capacity(text.len() + survey.unclosed.len());
    let mut inserted = vec![];
    let mut copied = 0;
    for unclosed in &survey.unclosed {
        problems.push_settled(not_closed(index, unclosed, &text[unclosed.bracket.clone()]));
        closed.push_str(&text[copied..unclosed.end]);
        closed.push_str(&unclosed.closing);
        inserted.push((unclosed.end, unclosed.closing.len()));
        copied = unclosed.end;
    }
    closed.push_str(&text[copied..]);
    Some(Prepared { text: Cow::Owned(closed), newer_syntax: vec![], inserted })
}

impl<'t> Prepared<'t> {
    /// Parses the text and reports what is wrong with it as TOML.
    pub(crate) fn parse(&'t self, index: usize, problems: &mut Problems) -> Parsed<'t> {
        let text = &*self.text;
        let (root, errors) = DeTable::parse_recoverable(text);
        let broken = if errors.is_empty() { vec![] } else { syntax_errors(text, index, &errors, problems) };
        if broken.is_empty() {
            // In a broken file these may be misread as well.
            for (what, span) in &self.newer_syntax {
                problems.push(newer(*what, index, span.clone()));
            }
        }
        Parsed { root: root.into_inner(), broken }
    }

    /// A span of the prepared text as one of the text people know.
    pub(crate) fn original(&self, span: &Range<usize>) -> Range<usize> {
        let place = |offset: usize| {
            let mut before = 0;
            for (at, length) in &self.inserted {
                match offset.checked_sub(at + before) {
                    None => break,
                    Some(beyond) if beyond < *length => return *at,
                    Some(_) => before += length,
                }
            }
            offset - before
        };
        place(span.start)..place(span.end)
    }

    pub(crate) fn is_original(&self) -> bool {
        self.inserted.is_empty()
    }
}

/// Reports syntax errors; returns the lines they are on. One broken place often makes several errors, so only the first of a
/// line is reported, and of a table that is defined twice only that.
fn syntax_errors(text: &str, index: usize, errors: &[toml::de::Error], problems: &mut Problems) -> Vec<BrokenLines> {
    let lines = Lines::new(text);
    let mut broken: Vec<BrokenLines> = vec![];
    let mut definitions = None;
    let mut doubled_table: Option<usize> = None;
    for error in errors {
        let span = error.span().unwrap_or_default();
        let span = span.start.min(text.len())..span.end.min(text.len());
        let whole = lines.whole_lines(span.clone());
        let header = text[whole.clone()].trim_start().starts_with('[');
        if error.message() != "duplicate key" {
            if broken.last().is_some_and(|lines| lines.span.start == whole.start) {
                continue;
            }
            broken.push(BrokenLines { header, span: whole });
            problems.push(syntax(text, index, span, error.message()));
        } else if header || doubled_table.is_none_or(|table| !same_table(text, table, span.start)) {
            doubled_table = header.then_some(whole.end);
            let definitions = definitions.get_or_insert_with(|| FirstDefinitions::of(text));
            problems.push(duplicate(text, index, span, definitions));
        }
    }
    broken.sort_by_key(|lines| lines.span.start);
    broken.dedup_by_key(|lines| lines.span.start);
    broken
}

/// Whether no table header stands between the end of a line and a place further down.
pub(crate) fn same_table(text: &str, from: usize, to: usize) -> bool {
    text.get(from..to).is_some_and(|between| between.lines().skip(1).all(|line| !line.trim_start().starts_with('[')))
}

fn not_closed(index: usize, unclosed: &Unclosed, bracket: &str) -> Diagnostic {
    let (what, closing) = if bracket == "[" { ("list", "]") } else { ("inline table", "}") };
    let before = unclosed.before.map_or_else(|| "the next key".to_owned(), |bracket| format!("`{bracket}`"));
    Diagnostic::new(Code::SYNTAX, index, unclosed.bracket.clone(), format!("this {what} is not closed"))
        .label("opened here")
        .help(format!("`{closing}` is missing before {before}"))
        .suggest(unclosed.end..unclosed.end, unclosed.closing.clone())
}

fn duplicate(text: &str, index: usize, span: Range<usize>, definitions: &FirstDefinitions) -> Diagnostic {
    let first = definitions.before(span.start);
    let name = definitions.name(span.start).unwrap_or_else(|| text[span.clone()].to_owned());
    let diagnostic = Diagnostic::new(Code::DUPLICATE_KEY, index, span, format!("`{name}` is defined twice"))
        .label("defined again here")
        .help("remove or rename one of the two");
    match first {
        Some(first) => diagnostic.related(index, first, "defined here first"),
        None => diagnostic,
    }
}

/// The parser's message in the words of this crate. It is a fragment: what is wrong, then what was expected.
fn syntax(text: &str, index: usize, span: Range<usize>, message: &str) -> Diagnostic {
    let (what, expected) = message.split_once(", expected ").unwrap_or((message, ""));
    // The parser takes a bare word that starts like `nan`, `inf`, `true` or `false` for one of these.
    let (what, span) = match bare_word(text, span.clone()) {
        Some(word) if matches!(what, "invalid float" | "invalid boolean") => ("string values must be quoted", word),
        _ => (what, span),
    };
    let bare = &text[span.clone()];
    let new = |message: &str, label: &str| Diagnostic::new(Code::SYNTAX, index, span.clone(), message).label(label);
    match (what, expected) {
        ("string values must be quoted", _) if bare.is_empty() => new("a key without a value", "expected a value"),
        ("string values must be quoted", _) if number_with_sign(bare).is_some() => {
            let number = number_with_sign(bare).unwrap_or_default();
            new("a percentage is a plain number", "expected a number")
                .help("write the number alone")
                .suggest(span.clone(), number)
        }
        ("string values must be quoted", _) => {
            let truth = match bare.to_ascii_lowercase().as_str() {
                "yes" | "on" => Some("true"),
                "no" | "off" => Some("false"),
                word => closest(word, ["true", "false"]),
            };
            let diagnostic = new("a string without quotes", "expected a value");
            if let Some(truth) = truth {
                let help = format!("did you mean `{truth}`? Strings need quotes");
                diagnostic.help(help).suggest(span.clone(), truth)
            } else if bare.contains(['"', '\\', '\n', '\r']) {
                diagnostic
            } else {
                diagnostic.help("write strings in quotes").suggest(span.clone(), format!("\"{bare}\""))
            }
        }
        ("key with no value", _) => new("a key without a value", "expected `=` and a value"),
        ("unexpected key or value", _) => {
            let diagnostic =
                new("nothing but a comment may follow a value on its line", "expected the end of the line");
            let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
            let bytes = text.as_bytes();
            let decimal = bytes.get(span.start) == Some(&b',')
                && digit(bytes.get(span.start.wrapping_sub(1)))
                && digit(bytes.get(span.start + 1));
            if decimal {
                diagnostic.help("decimals follow a point").suggest(span.start..span.start + 1, ".")
            } else {
                diagnostic
            }
        }
        ("unclosed table" | "unclosed array table", _) => {
            new("this table header is not closed", &format!("expected {expected}"))
        }
        ("unclosed array", _) => new("this list is not closed", "expected `]`"),
        ("unclosed inline table", _) => new("this inline table is not closed", "expected `}`"),
        ("invalid basic string" | "invalid literal string", "`\"`" | "`'`") => {
            new("this string is not closed", &format!("expected {expected}"))
        }
        ("", _) => new("this is not valid TOML", "not understood"),
        (what, "") => Diagnostic::new(Code::SYNTAX, index, span.clone(), what),
        (what, expected) => new(what, &format!("expected {expected}")),
    }
}

/// The word without quotes that a place is in, if it starts with a letter.
fn bare_word(text: &str, span: Range<usize>) -> Option<Range<usize>> {
    let inside = |character: char| character.is_alphanumeric() || "_-.".contains(character);
    let start = text[..span.start].trim_end_matches(inside).len();
    let end = text.len() - text[span.start..].trim_start_matches(inside).len();
    text[start..end].starts_with(char::is_alphabetic).then_some(start..end)
}

/// The number of `50%`.
fn number_with_sign(text: &str) -> Option<&str> {
    let number = text.strip_suffix('%')?;
    number
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
        .then_some(number)
        .filter(|number| !number.is_empty())
}

fn newer(what: NewerSyntax, index: usize, span: Range<usize>) -> Diagnostic {
    let diagnostic = |message: &str| Diagnostic::new(Code::NEWER_SYNTAX, index, span.clone(), message);
    match what {
        NewerSyntax::MultilineTable => diagnostic("an inline table on several lines is not TOML 1.0")
            .label("opened here and closed on another line")
            .help("other tools will refuse the file; write it on one line, or as a table with a header"),
        NewerSyntax::TrailingComma => diagnostic("a comma at the end of an inline table is not TOML 1.0")
            .label("nothing follows")
            .help("other tools will refuse the file; remove the comma")
            .suggest(span.clone(), ""),
        NewerSyntax::Escape => diagnostic("this escape is not TOML 1.0")
            .label("known since TOML 1.1")
            .help("other tools will refuse the file; write `\\u` and four hexadecimal digits"),
    }
}
