//! Where diagnostics are gathered while files are read.

use std::ops::Range;

use crate::{Code, Diagnostic, Report, Sources};

/// The diagnostics found so far, up to a limit.
#[derive(Debug)]
pub(crate) struct Problems {
    limit: usize,
    list: Vec<Diagnostic>,
    /// Those whose places are in the texts as people know them already.
    settled: Vec<Diagnostic>,
    dropped: usize,
}

impl Problems {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, list: vec![], settled: vec![], dropped: 0 }
    }

    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        if self.room() == 0 {
            self.dropped += 1;
        } else {
            self.list.push(diagnostic);
        }
    }

    /// Adds a diagnostic whose places [`translate`](Self::translate) leaves alone.
    pub(crate) fn push_settled(&mut self, diagnostic: Diagnostic) {
        if self.room() == 0 {
            self.dropped += 1;
        } else {
            self.settled.push(diagnostic);
        }
    }

    /// Moves every place to where `place` says, given the source and the span.
    pub(crate) fn translate(&mut self, place: impl Fn(usize, &Range<usize>) -> Range<usize>) {
        for diagnostic in &mut self.list {
            let source = diagnostic.source;
            diagnostic.span = place(source, &diagnostic.span);
            for related in &mut diagnostic.related {
                related.span = place(related.source, &related.span);
            }
            if let Some(suggestion) = &mut diagnostic.suggestion {
                suggestion.span = place(source, &suggestion.span);
            }
        }
    }

    /// How many more are kept.
    pub(crate) fn room(&self) -> usize {
        self.limit.saturating_sub(self.list.len() + self.settled.len())
    }

    /// Counts problems that are not worth working out, as they would not be kept.
    pub(crate) fn count_more(&mut self, more: usize) {
        self.dropped += more;
    }

    /// Whether an error was found.
    pub(crate) fn has_errors(&self) -> bool {
        self.dropped > 0 || !self.settled.is_empty() || self.errors().next().is_some()
    }

    pub(crate) fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter().filter(|diagnostic| diagnostic.severity == crate::Severity::Error)
    }

    /// Whether an error is known that touches the bytes of `span`.
    pub(crate) fn touches(&self, source: usize, span: &Range<usize>) -> bool {
        self.errors().any(|error| {
            error.source == source && error.span.start < span.end.max(span.start + 1) && span.start <= error.span.end
        })
    }

    /// Drops the diagnostics that only follow from others.
    pub(crate) fn retain(&mut self, keep: impl FnMut(&Diagnostic) -> bool) {
        self.list.retain(keep);
    }

    pub(crate) fn into_report(mut self, sources: Sources) -> Report {
        self.list.append(&mut self.settled);
        if self.dropped > 0 {
            let last = sources.as_slice().len().saturating_sub(1);
            let end = sources.as_slice().get(last).map_or(0, |source| source.text().len());
            let message = format!("{} more problems are not shown", self.dropped);
            self.list.push(Diagnostic::new(Code::TOO_MANY_PROBLEMS, last, end..end, message));
        }
        Report::new(sources, self.list)
    }
}
