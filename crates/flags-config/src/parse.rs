//! One text to its tree, with every syntax error.

use std::ops::Range;

use toml::de::DeTable;

use crate::{
    Code, Diagnostic, Limits, Source,
    problems::Problems,
    scan::{FirstDefinitions, NewerSyntax, survey},
    source::Lines,
};

/// A text that was parsed as far as possible.
pub(crate) struct Parsed<'t> {
    pub(crate) root: DeTable<'t>,
    /// The lines that have a syntax error: what they say is a guess.
    pub(crate) broken: Vec<BrokenLines>,
}

/// Lines around a syntax error.
#[derive(Debug)]
pub(crate) struct BrokenLines {
    pub(crate) span: Range<usize>,
    /// Whether a table header is broken, so that what follows was taken for part of another table.
    pub(crate) header: bool,
}

/// Parses a text and reports what is wrong with it as TOML. `None` where it could not even be tried.
pub(crate) fn parse<'t>(
    source: &'t Source,
    index: usize,
    limits: &Limits,
    problems: &mut Problems,
) -> Option<Parsed<'t>> {
    if let Some(at) = source.invalid_utf8() {
        let end = at + source.text()[at..].chars().next().map_or(0, char::len_utf8);
        problems.push(
            Diagnostic::new(Code::NOT_UTF8, index, at..end, "the file is not UTF-8")
                .label("these bytes are no character")
                .help("save the file as UTF-8"),
        );
        return None;
    }
    let text = source.text();
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
    let (root, errors) = DeTable::parse_recoverable(text);
    let mut broken = vec![];
    if !errors.is_empty() {
        let lines = Lines::new(text);
        let mut definitions = None;
        for error in &errors {
            let span = error.span().unwrap_or_default();
            let span = span.start.min(text.len())..span.end.min(text.len());
            if error.message() == "duplicate key" {
                let definitions = definitions.get_or_insert_with(|| FirstDefinitions::of(text));
                problems.push(duplicate(text, index, span, definitions));
            } else {
                let whole = lines.whole_lines(span.clone());
                broken.push(BrokenLines { header: text[whole.clone()].trim_start().starts_with('['), span: whole });
                problems.push(syntax(text, index, span, error.message()));
            }
        }
    }
    if errors.is_empty() {
        // In a broken file these may be misread as well.
        for (what, span) in survey.newer_syntax {
            problems.push(newer(what, index, span));
        }
    }
    Some(Parsed { root: root.into_inner(), broken })
}

fn duplicate(text: &str, index: usize, span: Range<usize>, definitions: &FirstDefinitions) -> Diagnostic {
    let message = format!("`{}` is defined twice", text[span.clone()].trim_matches(['"', '\'']));
    let first = definitions.before(span.start);
    let diagnostic = Diagnostic::new(Code::DUPLICATE_KEY, index, span, message)
        .label("defined again here")
        .help("remove or rename one of the two");
    match first {
        Some(first) => diagnostic.related(index, first, "defined here first"),
        None => diagnostic,
    }
}

fn syntax(text: &str, index: usize, span: Range<usize>, message: &str) -> Diagnostic {
    // The parser's message is a fragment: what is wrong, then what it expected.
    let (what, expected) = message.split_once(", expected ").unwrap_or((message, ""));
    let what = if what.is_empty() { "this is not valid TOML" } else { what };
    let mut diagnostic = Diagnostic::new(Code::SYNTAX, index, span.clone(), what);
    if !expected.is_empty() {
        diagnostic = diagnostic.label(format!("expected {expected}"));
    }
    let bare = &text[span.clone()];
    if what.contains("string values must be quoted") && !bare.is_empty() && !bare.contains(['"', '\\', '\n', '\r']) {
        diagnostic = diagnostic.help("write it in quotes").suggest(span, format!("\"{bare}\""));
    }
    diagnostic
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
