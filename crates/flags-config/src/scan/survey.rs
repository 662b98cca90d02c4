//! A first look at a text: nesting, brackets left open, and syntax that other tools do not know.

use std::ops::Range;

use super::{Unclosed, Visitor, scan};

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
}
