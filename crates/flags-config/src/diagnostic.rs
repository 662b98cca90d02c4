//! Diagnostics: what is wrong in a file, where, and what to do about it.

use std::{fmt, ops::Range};

use crate::{
    Code, Source, Sources,
    source::{Lines, Position},
};

/// How serious a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The document is refused.
    Error,
    /// The document is accepted; somebody should look at it.
    Warning,
    /// Worth knowing; nothing is wrong.
    Info,
}

impl Severity {
    /// Its name in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One thing to say about a place in the files.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// The stable code of its kind.
    pub code: Code,
    /// How serious it is.
    pub severity: Severity,
    /// What is wrong, without a full stop.
    pub message: String,
    /// The place of its text in [`Report::sources`].
    pub source: usize,
    /// The bytes it is about.
    pub span: Range<usize>,
    /// A few words on what stands there or was expected, shown at the caret.
    pub label: Option<String>,
    /// Other places that belong to it.
    pub related: Vec<Related>,
    /// What to do.
    pub help: Option<String>,
    /// An edit that mends it most likely.
    pub suggestion: Option<Suggestion>,
}

/// Another place that belongs to a diagnostic: the table it is in, or the first of two definitions.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Related {
    /// The place of its text in [`Report::sources`].
    pub source: usize,
    /// The bytes it is about.
    pub span: Range<usize>,
    /// What it has to do with the diagnostic.
    pub label: String,
}

/// An edit in the text of the diagnostic it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Suggestion {
    /// The bytes to replace; empty to insert.
    pub span: Range<usize>,
    /// What to put there.
    pub replacement: String,
}

impl Diagnostic {
    /// A diagnostic of the severity its code has.
    #[must_use]
    pub fn new(code: Code, source: usize, span: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            message: message.into(),
            source,
            span,
            label: None,
            related: vec![],
            help: None,
            suggestion: None,
        }
    }

    /// The diagnostic with a few words at the caret.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// The diagnostic with another place that belongs to it.
    #[must_use]
    pub fn related(mut self, source: usize, span: Range<usize>, label: impl Into<String>) -> Self {
        self.related.push(Related { source, span, label: label.into() });
        self
    }

    /// The diagnostic with what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The diagnostic with an edit that mends it most likely.
    #[must_use]
    pub fn suggest(mut self, span: Range<usize>, replacement: impl Into<String>) -> Self {
        self.suggestion = Some(Suggestion { span, replacement: replacement.into() });
        self
    }
}

/// Everything that was found in one load, in the order of files and places, together with the texts.
///
/// Its `Display` is [`render_human`](Self::render_human) without colour.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    sources: Sources,
    diagnostics: Vec<Diagnostic>,
}

impl Report {
    /// A report on `sources`. The diagnostics are put in order and doubled ones dropped.
    #[must_use]
    pub fn new(sources: Sources, mut diagnostics: Vec<Diagnostic>) -> Self {
        diagnostics.sort_by(|a, b| {
            let key = |diagnostic: &Diagnostic| (diagnostic.source, diagnostic.span.start, diagnostic.span.end);
            key(a)
                .cmp(&key(b))
                .then_with(|| a.severity.cmp(&b.severity))
                .then_with(|| a.code.cmp(&b.code))
                .then_with(|| a.message.cmp(&b.message))
        });
        diagnostics.dedup_by(|a, b| (a.source, &a.span, a.code, &a.message) == (b.source, &b.span, b.code, &b.message));
        Self { sources, diagnostics }
    }

    /// The report with more diagnostics on the same sources, such as those of a lint.
    #[must_use]
    pub fn with(self, more: impl IntoIterator<Item = Diagnostic>) -> Self {
        let mut diagnostics = self.diagnostics;
        diagnostics.extend(more);
        Self::new(self.sources, diagnostics)
    }

    /// The report without the diagnostics of these codes.
    #[must_use]
    pub fn without(mut self, codes: &[Code]) -> Self {
        self.diagnostics.retain(|diagnostic| !codes.contains(&diagnostic.code));
        self
    }

    /// What was found, in the order of files and places.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// The texts it is about.
    #[must_use]
    pub fn sources(&self) -> &[Source] {
        self.sources.as_slice()
    }

    /// Whether there is no error; warnings do not count.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.count(Severity::Error) == 0
    }

    /// How many diagnostics of that severity there are.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count()
    }

    /// Where a diagnostic starts and where it ends; the end is the place after its last character.
    #[must_use]
    pub fn positions(&self, diagnostic: &Diagnostic) -> (Position, Position) {
        let lines = Lines::new(self.sources().get(diagnostic.source).map_or("", Source::text));
        (lines.position(diagnostic.span.start), lines.position(diagnostic.span.end))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render_human(false))
    }
}
