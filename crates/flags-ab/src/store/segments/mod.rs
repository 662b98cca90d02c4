//! Events in a folder: they survive the end of the program, and power cuts, and are read while it runs.
//!
//! A batch is appended to a log as one frame with a checksum. Logs that are complete are sorted by unit, and small sorted files
//! merged to larger ones, by a thread of the store's own. A scan merges the sorted files, and the logs that it sorts in memory,
//! so it takes memory by the number of files and not of events. A reader of another process looks at the same files without
//! any lock.
//!
//! What a crash leaves is told from the files alone: a frame that is not whole at the end of a log was never acknowledged; a
//! file whose events are in another by its name does not count. See [`folder`] for the names.

mod background;
mod codec;
mod files;
mod folder;
mod frame;
mod lock;
mod log;
mod maintain;
mod merge;
mod names;
mod options;
mod scan;
mod seal;
mod sorted;
mod status;
mod step;
#[cfg(test)]
mod tests;
mod writer;

use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering},
    thread::JoinHandle,
};

use flags_core::Timestamp;

use self::{
    folder::{Listing, Voids},
    frame::Span,
    writer::{Writer, lock},
};
pub use self::{
    options::{Durability, SegmentOptions},
    status::SegmentStatus,
};
use super::{EventStore, Query, StoreError, UnitEvents};
use crate::Event;

/// Keeps events in a folder.
///
/// One process at a time may write; others [`read`](Self::read) meanwhile. [`append`](EventStore::append) waits for the disk, so
/// it is not for threads that answer requests; what acknowledges means is said by the [`Durability`]. When it fails, the batch
/// may be appended again, and does not count twice.
///
/// ```
/// use std::ops::ControlFlow;
///
/// use flags_ab::{Event, EventKind, store::{EventStore, Query, SegmentOptions, SegmentStore}};
/// use flags_core::Timestamp;
///
/// # let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
/// # let folder = folder.path().join("events");
/// let store = SegmentStore::open(&folder, SegmentOptions::default())?;
/// let at = Timestamp::from_millis(1_795_000_000_000);
/// let kind = EventKind::Tracked { event: "purchase".into(), value: 5.0 };
/// store.append(&[Event { at, unit_kind: "".into(), unit: "user-42".into(), kind }])?;
///
/// // Another program, or this one after a restart.
/// let store = SegmentStore::read(&folder)?;
/// assert_eq!(store.status()?.events, 1);
/// store.scan(&Query::tracked().event("purchase"), &mut |unit| {
///     assert_eq!(unit.unit, "user-42");
///     ControlFlow::Continue(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SegmentStore {
    folder: PathBuf,
    /// `None` when it only reads.
    writer: Option<Arc<Writer>>,
    thread: Option<JoinHandle<()>>,
}

impl SegmentStore {
    /// Opens a folder to write and to read; it is made if need be, for its owner only.
    ///
    /// # Errors
    ///
    /// [`StoreError::Locked`] if another process writes there, [`StoreError::NewerFormat`] if a newer program did, and when
    /// the folder cannot be written.
    pub fn open(folder: impl Into<PathBuf>, options: SegmentOptions) -> Result<Self, StoreError> {
        let folder = folder.into();
        let (background, durability) = (options.background, options.durability);
        let writer = Arc::new(Writer::open(folder.clone(), options)?);
        let thread = background.then(|| background::spawn(writer.clone(), durability)).transpose();
        let thread = thread.map_err(files::error("cannot begin the thread for", &folder))?;
        Ok(Self { folder, writer: Some(writer), thread })
    }

    /// Opens a folder to read what another process, or this one, writes there or has written. It takes no lock and changes
    /// nothing. Each scan sees what was acknowledged when it began.
    ///
    /// # Errors
    ///
    /// [`StoreError::Missing`] if there is no such folder.
    pub fn read(folder: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let folder = folder.into();
        Listing::of(&folder)?;
        Ok(Self { folder, writer: None, thread: None })
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What the folder holds. It looks at each file, and reads those that are not sorted yet.
    ///
    /// # Errors
    ///
    /// If a file cannot be read.
    pub fn status(&self) -> Result<SegmentStatus, StoreError> {
        let set_aside = Listing::of(&self.folder)?.set_aside;
        let mut segments = Listing::open(&self.folder)?;
        let voids = Voids::of(&mut segments)?;
        let writer = self.writer.as_deref();
        let mut problem = writer.and_then(|writer| lock(&writer.problem).clone());
        let (files, mut bytes, mut span, mut torn) = (segments.len(), 0, Span::EMPTY, 0);
        for (segment, mut file) in segments {
            bytes += file.metadata().map_err(files::error("cannot read", &segment.path))?.len();
            span = if segment.sorted {
                span.merge(segment.total(&mut file)?)
            } else {
                let log = segment.read_log(&mut file)?;
                torn += log.frames.torn;
                problem = problem.or_else(|| log.damage(&segment).map(|damage| damage.to_string().into()));
                log.batches(voids.of_log(&segment)).fold(span, |span, (frame, _)| span.merge(frame.span))
            };
        }
        let instant = |at| (span.events != 0).then_some(at);
        Ok(SegmentStatus {
            events: span.events,
            bytes,
            files,
            oldest: instant(span.oldest),
            newest: instant(span.newest),
            // Who writes has counted them when he sorted the logs, and will.
            torn_bytes: writer.map_or(torn, |writer| writer.torn_bytes.load(Ordering::Relaxed)),
            set_aside,
            problem,
        })
    }

    /// Puts on disk what was appended. It is there already with [`Durability::EveryBatch`].
    ///
    /// # Errors
    ///
    /// If the disk fails, and when the store was opened to read.
    pub fn flush(&self) -> Result<(), StoreError> {
        self.writer()?.flush()
    }

    /// Flushes, sorts logs that are complete, merges small files and forgets what is too old, as the store's own thread does by
    /// itself.
    ///
    /// # Errors
    ///
    /// If a file cannot be read or written, and when the store was opened to read. Nothing is lost then.
    pub fn tidy(&self) -> Result<(), StoreError> {
        self.writer()?.tidy()
    }

    fn writer(&self) -> Result<&Writer, StoreError> {
        self.writer.as_deref().ok_or_else(|| StoreError::ReadOnly { folder: self.folder.clone() })
    }
}

impl EventStore for SegmentStore {
    fn append(&self, batch: &[Event]) -> Result<(), StoreError> {
        self.writer()?.append(batch)
    }

    /// Nothing is locked while this runs: `visit` may append, and does not see that in this scan.
    fn scan(&self, query: &Query, visit: &mut dyn FnMut(UnitEvents<'_>) -> ControlFlow<()>) -> Result<(), StoreError> {
        scan::scan(&self.folder, query, visit)
    }

    /// Files whose events are all older are removed, others are written again without them.
    fn prune(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.writer()?.prune(before)
    }
}

impl Drop for SegmentStore {
    /// Puts everything on disk and waits for the store's own thread, which stops in the middle of its work.
    fn drop(&mut self) {
        let Some(writer) = &self.writer else { return };
        writer.stop.store(true, Ordering::Relaxed);
        writer.bell.ring();
        if let Some(thread) = self.thread.take() {
            // One that has panicked has nothing left to do either.
            let _ = thread.join();
        }
        // Nobody is left to tell. What was acknowledged is in the file in any case.
        let _ = writer.flush();
    }
}
