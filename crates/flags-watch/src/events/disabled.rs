//! No directory events: polling does all of it.

use std::sync::Arc;

use crate::{
    mailbox::Hint,
    status::{Mode, PollReason},
    trail::Trail,
};

/// Stands in for the watcher of directories.
pub(crate) struct DirectoryEvents;

impl DirectoryEvents {
    pub(crate) fn new(_post: Arc<dyn Fn(Hint) + Send + Sync>) -> Self {
        Self
    }

    pub(crate) fn arm(&mut self, _trail: &Trail) -> Mode {
        Mode::Polling(PollReason::Asked)
    }

    pub(crate) fn renew(&mut self) {}
}
