//! Reports for people, in the manner of rustc, and for programs, as JSON.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Patch, Renderer, Snippet};
use serde_json::{Value, json};

use crate::{
    Diagnostic, Related, Report, Severity, Source,
    source::{Lines, floor_boundary},
};

impl Report {
    /// The report for people: each diagnostic with its code, its place, the line with a caret, and what to do; then a line
    /// with the numbers. Empty if there is nothing to say.
    #[must_use]
    pub fn render_human(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let lines: Vec<Lines<'_>> = self.sources().iter().map(|source| Lines::new(source.text())).collect();
        let mut text = String::new();
        for diagnostic in self.diagnostics() {
            text.push_str(&render_one(diagnostic, self.sources(), &lines, &renderer));
            text.push_str("\n\n");
        }
        if !self.diagnostics().is_empty() {
            text.push_str(&self.summary());
            text.push('\n');
        }
        text
    }

    /// How much was found, in one line: `2 errors, 1 warning`.
    #[must_use]
    pub fn summary(&self) -> String {
        let parts: Vec<String> =
            [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Info, "notice")]
                .into_iter()
                .map(|(severity, word)| (self.count(severity), word))
                .filter(|(count, _)| *count > 0)
                .map(|(count, word)| format!("{count} {word}{}", if count == 1 { "" } else { "s" }))
                .collect();
        if parts.is_empty() { "no problems".to_owned() } else { parts.join(", ") }
    }

    /// The report for programs:
    ///
    /// ```json
    /// {"ok": false, "diagnostics": [{"code": "FLG010", "severity": "error", "message": "…", "file": "flags.toml",
    ///   "line": 3, "column": 1, "end_line": 3, "end_column": 7, "help": "…"}]}
    /// ```
    ///
    /// `ok` says that there is no error. Lines and columns count from 1, columns in characters; the end is the place after
    /// the last character. `help` is `null` where there is none.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let lines: Vec<Lines<'_>> = self.sources().iter().map(|source| Lines::new(source.text())).collect();
        let diagnostics: Vec<Value> = self
            .diagnostics()
            .iter()
            .map(|diagnostic| {
                let lines = &lines[diagnostic.source];
                let (start, end) = (lines.position(diagnostic.span.start), lines.position(diagnostic.span.end));
                json!({
                    "code": diagnostic.code.id(),
                    "severity": diagnostic.severity.name(),
                    "message": diagnostic.message,
                    "file": self.sources()[diagnostic.source].name(),
                    "line": start.line,
                    "column": start.column,
                    "end_line": end.line,
                    "end_column": end.column,
                    "help": diagnostic.help,
                })
            })
            .collect();
        json!({ "ok": self.is_ok(), "diagnostics": diagnostics })
    }
}

fn render_one(diagnostic: &Diagnostic, sources: &[Source], lines: &[Lines<'_>], renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let at = diagnostic.source;
    let title = level.clone().primary_title(&*diagnostic.message).id(diagnostic.code.id());
    let mut window = Window::new(&sources[at], &lines[at]);
    window.extend(&diagnostic.span);
    let excerpt = window.is_long();
    let short = |related: &&Related| lines[related.source].whole_lines(related.span.clone()).len() <= LONG_LINE;
    let related: Vec<&Related> = diagnostic.related.iter().filter(short).collect();
    let mut surroundings = None;
    let mut group = if sources[at].text().trim().is_empty() {
        // There is no line to show.
        title.element(Origin::path(sources[at].name()))
    } else if excerpt {
        window.cut(&diagnostic.span);
        let position = lines[at].position(diagnostic.span.start);
        let caret = AnnotationKind::Primary.span(window.inner(&diagnostic.span)).label(diagnostic.label.as_deref());
        // In a group of its own: the renderer would take its columns for those of the line.
        surroundings = Some(Group::with_level(level).element(window.snippet().path(None::<&str>).annotation(caret)));
        title.element(Origin::path(sources[at].name()).line(position.line).char_column(position.column))
    } else {
        for related in related.iter().filter(|related| related.source == at) {
            window.extend(&related.span);
        }
        let caret = window.inner(&diagnostic.span);
        let mut snippet = window.snippet();
        snippet = snippet.annotation(AnnotationKind::Primary.span(caret).label(diagnostic.label.as_deref()));
        for related in related.iter().filter(|related| related.source == at) {
            let span = window.inner(&related.span);
            snippet = snippet.annotation(AnnotationKind::Context.span(span).label(&*related.label));
        }
        title.element(snippet)
    };
    for related in related.iter().filter(|related| related.source != at) {
        let mut window = Window::new(&sources[related.source], &lines[related.source]);
        window.extend(&related.span);
        let span = window.inner(&related.span);
        group = group.element(window.snippet().annotation(AnnotationKind::Context.span(span).label(&*related.label)));
    }
    let mut groups = vec![group];
    groups.extend(surroundings);
    if let Some(help) = &diagnostic.help {
        let title = Level::HELP.secondary_title(&**help);
        groups.push(match &diagnostic.suggestion {
            Some(suggestion) if !excerpt => {
                let mut window = Window::new(&sources[at], &lines[at]);
                window.extend(&suggestion.span);
                let span = window.inner(&suggestion.span);
                title.element(window.patched(Patch::new(span, &*suggestion.replacement)))
            }
            _ => Group::with_title(title),
        });
    }
    renderer.render(&groups)
}

/// Lines longer than this, in bytes, are shown in part: laying them out takes longer the longer they are.
const LONG_LINE: usize = 4_000;

/// How much of a long line is shown before and after a place, in bytes.
const EXCERPT: usize = 60;

/// The lines of a text that a snippet shows. The renderer would go through the whole text for every diagnostic otherwise.
struct Window<'t> {
    source: &'t Source,
    lines: &'t Lines<'t>,
    span: Option<Range<usize>>,
}

impl<'t> Window<'t> {
    fn new(source: &'t Source, lines: &'t Lines<'t>) -> Self {
        Self { source, lines, span: None }
    }

    fn extend(&mut self, span: &Range<usize>) {
        let whole = self.lines.whole_lines(span.clone());
        self.span = Some(match self.span.take() {
            Some(known) => known.start.min(whole.start)..known.end.max(whole.end),
            None => whole,
        });
    }

    /// Whether there is more on the lines than is worth showing.
    fn is_long(&self) -> bool {
        self.range().len() > LONG_LINE
    }

    /// Cuts the window down to the surroundings of a span.
    fn cut(&mut self, span: &Range<usize>) {
        let whole = self.range();
        let start = floor_boundary(self.source.text(), span.start.saturating_sub(EXCERPT).max(whole.start));
        let end = span.end.min(span.start + EXCERPT).saturating_add(EXCERPT).min(whole.end);
        self.span = Some(start..floor_boundary(self.source.text(), end).max(start));
    }

    fn range(&self) -> Range<usize> {
        self.span.clone().unwrap_or(0..0)
    }

    fn text(&self) -> &'t str {
        self.source.text().get(self.range()).unwrap_or_default()
    }

    /// A span of the whole text as one of the window's text.
    fn inner(&self, span: &Range<usize>) -> Range<usize> {
        let place = |offset: usize| {
            floor_boundary(self.text(), floor_boundary(self.source.text(), offset).saturating_sub(self.range().start))
        };
        place(span.start)..place(span.end).max(place(span.start))
    }

    fn snippet(&self) -> Snippet<'t, annotate_snippets::Annotation<'t>> {
        Snippet::source(self.text()).path(self.source.name()).line_start(self.lines.line_of(self.range().start) + 1)
    }

    fn patched(&self, patch: Patch<'t>) -> Snippet<'t, Patch<'t>> {
        Snippet::source(self.text()).line_start(self.lines.line_of(self.range().start) + 1).patch(patch)
    }
}
