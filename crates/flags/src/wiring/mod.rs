//! Where siblings meet: files become text, text becomes definitions, definitions become the snapshot.

use std::{fmt, sync::Arc};

use flags_config::{Document, Report, Sources};

#[cfg(feature = "alerts")]
mod alerts;
#[cfg(feature = "watch")]
mod follow;
mod recorded;

#[cfg(feature = "alerts")]
pub(crate) use self::alerts::{rules_and_channels, unexpected_changes, unsigned};
#[cfg(feature = "watch")]
pub(crate) use self::follow::{Follower, follow};
pub use self::recorded::RecordedDefinitions;
pub(crate) use self::recorded::record;

/// Reads definitions from text; what is refused comes with every diagnostic.
pub(crate) fn load(sources: &Sources) -> Result<(Document, Arc<Report>), Rejected> {
    let loaded = flags_config::load(sources);
    let report = Arc::new(loaded.report);
    match loaded.document {
        Some(document) => Ok((document, report)),
        None => Err(Rejected { report }),
    }
}

/// Definitions that were refused.
#[derive(Clone, Debug)]
pub(crate) struct Rejected {
    pub(crate) report: Arc<Report>,
}

#[cfg(feature = "watch")]
impl Rejected {
    /// The first error, and how many more there are, on one line.
    fn on_one_line(&self) -> String {
        let errors =
            || self.report.diagnostics().iter().filter(|found| found.severity == flags_config::Severity::Error);
        let Some(first) = errors().next() else { return "the definitions were refused".into() };
        let file = self.report.sources().get(first.source).map_or("", |source| source.name());
        let line = self.report.positions(first).0.line;
        let more = match errors().count() - 1 {
            0 => String::new(),
            1 => " (and one more error)".into(),
            more => format!(" (and {more} more errors)"),
        };
        format!("{file}:{line}: {}{more}", first.message)
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.report.render_human(false).trim_end())
    }
}

impl std::error::Error for Rejected {}
