//! Where siblings meet: files become text, text becomes definitions, definitions become the snapshot.

use std::{fmt, sync::Arc};

use flags_config::{Document, Report, Sources};

#[cfg(feature = "watch")]
mod follow;
mod recorded;

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

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.report.render_human(false).trim_end())
    }
}

impl std::error::Error for Rejected {}
