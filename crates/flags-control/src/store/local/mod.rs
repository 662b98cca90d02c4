//! A state that lasts, in a folder: one file for the controls, one for the lock, one for the reserve, and the audit log.
//!
//! ```text
//! controls.json         the state, replaced as a whole
//! controls.json.new     the next one while it is written; what an interrupted program left is overwritten
//! controls.json.damaged-2026-11-20T09-00-00Z     one that could not be read, kept for whoever wants to know
//! lock                  held by the operating system for whoever changes something, with his process id as text
//! reserve               room for a kill on the day the disk is full
//! audit/                the audit log
//! ```
//!
//! A change is five steps under the lock: make good what is left from before, write the next state aside, put it in place,
//! append its entry to the audit log, and let go. A program may end before, after or within any of them. Until the new file
//! is in place nothing has happened; from then on the change is in force, and its entry is in the file, for the next who
//! takes the lock to append, if the log does not have it.

mod document;
pub(crate) mod files;
mod lock;
mod mend;
mod options;
mod reserve;
mod step;
#[cfg(test)]
mod tests;

use std::{
    fs, io,
    path::{Path, PathBuf},
    slice,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use self::{document::Document, reserve::Reserve, step::step};
pub use self::{
    files::replace_file,
    lock::FolderLock,
    mend::{Incident, LogCheck, check_log},
    options::{DEFAULT_LOCK_WAIT, DEFAULT_RESERVE_BYTES, LocalOptions},
};
use super::{ControlStore, FileDamage, StoreError};
use crate::{
    ControlState, Revision, Urgency,
    audit::{AuditLog, Draft, LogOptions},
};

/// The most incidents that are remembered until somebody asks.
const MAX_INCIDENTS: usize = 100;

/// Keeps the state, and the audit log, in a folder that several processes may share.
#[derive(Debug)]
pub struct LocalStore {
    folder: PathBuf,
    file: PathBuf,
    options: LocalOptions,
    log: AuditLog,
    reserve: Reserve,
    /// Threads of this process exclude each other here; the lock of the folder is between processes.
    threads: Mutex<()>,
    /// The text that was read last, and what it says.
    last: Mutex<Option<(Vec<u8>, Arc<ControlState>)>>,
    incidents: Mutex<Vec<Incident>>,
}

impl LocalStore {
    /// Opens the folder, which is made if need be, and makes good what an interrupted or damaged program left.
    ///
    /// A file of controls that is damaged, missing or older than the audit log is set aside, and the controls are rebuilt
    /// from the audit log; [`incidents`](ControlStore::take_incidents) tell of it.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read and written, when another process holds the lock for too long, when the file was
    /// written by a newer program, and when the controls are lost: damaged, and not in the audit log either. Nothing is
    /// changed then. [`LocalOptions::accept_loss`] begins with no controls in that case.
    pub fn open(folder: impl Into<PathBuf>, options: LocalOptions) -> Result<Self, StoreError> {
        let folder = folder.into();
        files::create_private_folder(&folder)?;
        let log = AuditLog::in_folder(folder.join("audit"), LogOptions::default().segment_bytes(options.segment_bytes));
        let store = Self {
            file: folder.join("controls.json"),
            reserve: Reserve::new(folder.join("reserve"), options.reserve_bytes),
            folder,
            options,
            log,
            threads: Mutex::default(),
            last: Mutex::default(),
            incidents: Mutex::default(),
        };
        store.locked(store.options.lock_wait, || {
            files::remove(&store.temporary())?;
            match store.mended() {
                // What is owed to the audit log stays owed. The controls are there, so it is no reason not to start.
                Err(error) if error.is_storage_full() && store.document().is_ok() => store.tell(Incident::NoRoom),
                mended => drop(mended?),
            }
            if !store.reserve.fill()? {
                store.tell(Incident::NoRoom);
            }
            Ok(())
        })?;
        Ok(store)
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file of the controls: it changes whenever they do.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    fn temporary(&self) -> PathBuf {
        self.folder.join("controls.json.new")
    }

    /// Does `work` while nobody else changes the folder.
    fn locked<T>(&self, wait: Duration, work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        let _threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        let _processes = FolderLock::acquire(&self.folder.join("lock"), wait)?;
        work()
    }

    /// What the file says; `None` if there is none, and the audit log knows of no controls either.
    fn document(&self) -> Result<Option<Document>, StoreError> {
        self.text()?.map(|text| Document::parse(&self.file, &text)).transpose()
    }

    fn text(&self) -> Result<Option<Vec<u8>>, StoreError> {
        match fs::read(&self.file) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => match self.log.last_revision()? {
                None => Ok(None),
                Some(recorded) => Err(StoreError::Damaged {
                    path: self.file.clone(),
                    damage: FileDamage::Missing { recorded: Revision::new(recorded) },
                }),
            },
            Err(error) => Err(StoreError::io("read", &self.file)(error)),
        }
    }

    /// Puts the document in place.
    fn put(&self, document: &Document) -> Result<(), StoreError> {
        files::replace(&self.file, &self.temporary(), document.to_text().as_bytes())
    }

    /// Appends the entry a state owes, if the log does not have it.
    fn append_owed(&self, state: &ControlState) -> Result<(), StoreError> {
        let owed = state.outbox().map_or(&[][..], slice::from_ref);
        self.log.append(owed, &|| state.to_checkpoint())?;
        step();
        Ok(())
    }

    /// Does `work`; if there is no room for it, gives the reserve up and does it again.
    fn at_any_cost(&self, mut work: impl FnMut() -> Result<(), StoreError>) -> Result<(), StoreError> {
        match work() {
            Err(error) if error.is_storage_full() && self.reserve.release()? => work(),
            done => done,
        }
    }

    fn no_room(&self) -> StoreError {
        StoreError::NoRoom { folder: self.folder.clone() }
    }

    fn or_no_room(&self, error: StoreError) -> StoreError {
        if error.is_storage_full() { self.no_room() } else { error }
    }

    /// Puts the next document in place, with its entry, under the lock.
    fn advance(&self, next: &Document, urgency: Urgency) -> Result<(), StoreError> {
        match urgency {
            Urgency::Emergency => self.at_any_cost(|| self.put(next)).map_err(|error| self.or_no_room(error))?,
            // The reserve makes sure that what is begun here can be ended: it is given up for the entry if need be.
            Urgency::Ordinary if self.reserve.fill()? => self.put(next).map_err(|error| self.or_no_room(error))?,
            Urgency::Ordinary => return Err(self.no_room()),
        }
        let revision = next.state.revision();
        match self.at_any_cost(|| self.append_owed(&next.state)) {
            Ok(()) => {}
            Err(StoreError::Audit(error)) => return Err(StoreError::EntryOwed { revision, error }),
            Err(other) => return Err(other),
        }
        // As much of the reserve as there is room for: the next kill may need it, the next other change will ask for all.
        let _ = self.reserve.fill();
        Ok(())
    }
}

impl ControlStore for LocalStore {
    fn read(&self) -> Result<Arc<ControlState>, StoreError> {
        let Some(text) = self.text()? else { return Ok(Arc::default()) };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, state)) = last.as_ref().filter(|(known, _)| *known == text) {
            return Ok(Arc::clone(state));
        }
        let state = Arc::new(Document::parse(&self.file, &text)?.state);
        *last = Some((text, Arc::clone(&state)));
        Ok(state)
    }

    fn replace(&self, expected: Revision, next: &ControlState, urgency: Urgency) -> Result<(), StoreError> {
        self.locked(self.options.lock_wait, || {
            let present = self.mended()?;
            let found = present.state.revision();
            if found != expected {
                return Err(StoreError::Conflict { expected, found });
            }
            step();
            self.advance(&Document { audit_head: self.log.head()?, state: next.clone() }, urgency)
        })
    }

    fn record(&self, drafts: &[Draft]) -> Result<(), StoreError> {
        self.locked(self.options.lock_wait, || {
            let present = self.mended()?;
            if !self.reserve.fill()? {
                return Err(self.no_room());
            }
            let appended = self.log.append(drafts, &|| present.state.to_checkpoint());
            appended.map_err(|error| self.or_no_room(error.into()))?;
            step();
            // So that the file knows how far the log goes, and a log that is cut off there is found out. The entries are
            // recorded already: the file may say so with the next change.
            let _ = self.put(&Document { audit_head: self.log.head()?, ..present });
            Ok(())
        })
    }

    fn settle(&self) -> Result<(), StoreError> {
        match self.document() {
            Err(StoreError::Damaged { .. }) => self.locked(self.options.lock_wait, || self.mended().map(drop)),
            Err(other) => Err(other),
            Ok(None) => Ok(()),
            Ok(Some(document)) => {
                let recorded = self.log.last_revision()?.map_or(Revision::ZERO, Revision::new);
                if document.state.revision() <= recorded {
                    return Ok(());
                }
                match self.locked(Duration::ZERO, || self.mended().map(drop)) {
                    // Whoever holds the lock is about to do it.
                    Err(StoreError::Locked { .. }) => Ok(()),
                    done => done,
                }
            }
        }
    }

    fn audit(&self) -> Option<&AuditLog> {
        Some(&self.log)
    }

    fn take_incidents(&self) -> Vec<Incident> {
        std::mem::take(&mut *self.incidents.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
