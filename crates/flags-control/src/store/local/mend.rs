//! Making good what a crash, a full disk or a damaged file left, under the lock and before anything else is done.

use std::{
    fmt, fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use flags_core::Timestamp;

use super::{
    super::{FileDamage, StoreError},
    Document, LocalStore, MAX_INCIDENTS, files,
    lock::FolderLock,
    step::step,
};
use crate::{
    Actor, ControlState, Origin, RecordedChange, Revision, Urgency,
    audit::{AuditLog, Draft, Expectation, Filter, HISTORY_LOST, Head, LogOptions, Recovery, TornTail, Verification},
    wire::Pieces,
};

/// A mishap that was found, for the program's own log. What was changed to make it good is in the audit log as well.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Incident {
    /// The file of the controls was damaged; the controls were rebuilt from the audit log.
    Rebuilt {
        /// What was wrong with the file.
        damage: FileDamage,
        /// Where the damaged file is now; `None` if there was none.
        kept_as: Option<PathBuf>,
        /// The revision they are at now.
        revision: Revision,
    },
    /// The file of the controls was damaged, the audit log did not help, and the loss of the controls was accepted.
    LossAccepted {
        /// What was wrong with the file.
        damage: FileDamage,
        /// Why the audit log did not help.
        obstacle: Box<str>,
        /// Where the damaged file is now; `None` if there was none.
        kept_as: Option<PathBuf>,
    },
    /// The end of the audit log was half written, and was set aside.
    TornTail(TornTail),
    /// The audit log does not hold an entry that it is known to have held.
    HistoryLost {
        /// The entry.
        expected: Head,
    },
    /// There is no room left on disk: nothing but a kill gets through, and that only while the reserve lasts.
    NoRoom,
    /// A change that was interrupted has got its entry now.
    EntrySupplied {
        /// The revision the change made.
        revision: Revision,
    },
}

/// Writes it for people, on one line.
impl fmt::Display for Incident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = |kept_as: &Option<PathBuf>| {
            kept_as.as_ref().map(|path| format!("; it is kept as {}", path.display())).unwrap_or_default()
        };
        match self {
            Self::Rebuilt { damage, kept_as, revision } => {
                write!(
                    f,
                    "the controls were rebuilt from the audit log, revision {revision}: {damage}{}",
                    kept(kept_as)
                )
            }
            Self::LossAccepted { damage, obstacle, kept_as } => {
                let kept = kept(kept_as);
                write!(
                    f,
                    "all controls were given up, as was asked for: {damage}{kept}; the audit log did not help: {obstacle}"
                )
            }
            Self::TornTail(tail) => {
                write!(
                    f,
                    "the end of the audit log was half written; its {} bytes are kept as {}",
                    tail.bytes, tail.kept_as
                )
            }
            Self::HistoryLost { expected } => {
                write!(f, "the audit log does not hold entry {}, which it is known to have held", expected.sequence)
            }
            Self::NoRoom => f.write_str("the disk with the controls is full: nothing but a kill may get through"),
            Self::EntrySupplied { revision } => {
                write!(f, "the change to revision {revision} was interrupted; its entry is in the audit log now")
            }
        }
    }
}

impl LocalStore {
    /// The document in force, after everything is made good. The lock is held.
    pub(super) fn mended(&self) -> Result<Document, StoreError> {
        let document = match self.document() {
            Err(StoreError::Damaged { damage, .. }) => return self.rebuild(damage),
            document => document?.unwrap_or_default(),
        };
        let recovery = self.recover_log(document.audit_head.as_ref())?;
        let revision = document.state.revision();
        let recorded = recovery.last_revision.map_or(Revision::ZERO, Revision::new);
        if revision < recorded {
            return self.rebuild(FileDamage::Behind { found: revision, recorded });
        }
        if recorded < revision {
            self.at_any_cost(|| self.append_owed(&document.state))?;
            self.tell(Incident::EntrySupplied { revision });
        }
        if recovery.lost.is_some() {
            return self.restate(document.state);
        }
        Ok(document)
    }

    fn recover_log(&self, expected: Option<&Head>) -> Result<Recovery, StoreError> {
        let mut recovery = self.log.recover(self.now(), expected);
        if recovery.as_ref().is_err_and(crate::audit::AuditError::is_storage_full) && self.reserve.release()? {
            recovery = self.log.recover(self.now(), expected);
        }
        let recovery = recovery?;
        step();
        recovery.dropped.iter().cloned().map(Incident::TornTail).for_each(|incident| self.tell(incident));
        if let Some(expected) = recovery.lost {
            self.tell(Incident::HistoryLost { expected });
        }
        Ok(recovery)
    }

    /// Tells the controls again from the audit log, and puts the damaged file aside. This is as urgent as a kill: without it,
    /// there is none.
    fn rebuild(&self, damage: FileDamage) -> Result<Document, StoreError> {
        let recovery = self.recover_log(None)?;
        let (action, state, obstacle) = match self.replayed() {
            Ok(state) => ("controls_rebuilt", state, None),
            Err(obstacle) if self.options.accept_loss => ("controls_lost", ControlState::new(), Some(obstacle)),
            Err(obstacle) => return Err(StoreError::Lost { path: self.file.clone(), damage, obstacle }),
        };
        let last = recovery.last_revision.map_or(state.revision(), |last| state.revision().max(Revision::new(last)));
        let document = self.whole(action, &damage.to_string(), ControlState { revision: last, ..state })?;
        let kept_as = self.set_aside()?;
        self.advance(&document, Urgency::Emergency)?;
        let revision = document.state.revision();
        self.tell(match obstacle {
            None => Incident::Rebuilt { damage, kept_as, revision },
            Some(obstacle) => Incident::LossAccepted { damage, obstacle, kept_as },
        });
        Ok(document)
    }

    fn replayed(&self) -> Result<ControlState, Box<str>> {
        let replay = self.log.replay().map_err(|error| Box::from(error.to_string()))?;
        if replay.checkpoint.is_none() && replay.changes.is_empty() {
            return Err("it holds no change of controls".into());
        }
        ControlState::replay(replay.checkpoint.as_ref(), &replay.changes).map_err(|error| error.to_string().into())
    }

    /// Says the whole state anew, so that it can be told from a log that has lost what was before.
    fn restate(&self, state: ControlState) -> Result<Document, StoreError> {
        let document = self.whole("controls_restated", "entries are missing in the audit log", state)?;
        self.advance(&document, Urgency::Emergency)?;
        Ok(document)
    }

    /// The state one revision on, with an entry that says all of it.
    fn whole(&self, action: &str, reason: &str, state: ControlState) -> Result<Document, StoreError> {
        let mut state = ControlState { revision: state.revision().next(), outbox: None, ..state };
        let after = Pieces::whole(&state);
        state.outbox = Some(Draft {
            at: self.now(),
            actor: Actor::new("flags").expect("because it is a short word"),
            origin: Origin::System,
            action: action.into(),
            target: None,
            reason: Some(reason.into()),
            before: None,
            after: Some(after),
            revision: Some(state.revision().get()),
        });
        Ok(Document { audit_head: self.log.head()?, state })
    }

    /// Renames the file to a name that says when; `None` if it is not there.
    fn set_aside(&self) -> Result<Option<PathBuf>, StoreError> {
        if !self.file.exists() {
            return Ok(None);
        }
        let name = format!("controls.json.damaged-{}", self.now()).replace(':', "-");
        let numbered = |number: u32| self.folder.join(format!("{name}-{number}"));
        let plain = self.folder.join(&name);
        let kept_as = std::iter::once(plain)
            .chain((2..).map(numbered))
            .find(|path| !path.exists())
            .unwrap_or_else(|| numbered(1));
        fs::rename(&self.file, &kept_as).map_err(StoreError::io("set aside", &self.file))?;
        files::sync_folder_of(&self.file)?;
        step();
        Ok(Some(kept_as))
    }

    fn now(&self) -> Timestamp {
        self.options.clock.now()
    }

    pub(super) fn tell(&self, incident: Incident) {
        let mut incidents = self.incidents.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if incidents.len() < MAX_INCIDENTS && !incidents.contains(&incident) {
            incidents.push(incident);
        }
    }
}

/// What a check of the audit log in a folder of controls came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogCheck {
    /// What the log itself says.
    pub verification: Verification,
    /// The last change, if its entry is not in the log: its program was interrupted, or the end of the log was cut off. The
    /// file of the controls has the entry, and whoever changes them next appends it.
    pub owed: Option<Revision>,
    /// In which way the file of the controls is not what the log says, in words; `None` where it is, and where there is neither.
    /// What is damaged here is rebuilt from the log by whoever opens the folder next.
    pub controls: Option<Box<str>>,
    /// The entry by which the log itself tells that older entries are lost, if there is one: since somebody has gone on
    /// writing after that, nothing else shows it.
    pub lost: Option<u64>,
}

impl LogCheck {
    /// Whether everything is there and as it was written.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.verification.is_intact() && self.owed.is_none() && self.controls.is_none() && self.lost.is_none()
    }
}

/// Checks the audit log in a folder of controls against the file of the controls there, and changes nothing.
///
/// To be asked before the folder is opened, since opening it makes good, and records, what a crash left. The lock is waited
/// for as usual, so that nobody is writing meanwhile; a copy without a lock, or one that is read-only, has no writers.
///
/// # Errors
///
/// When the folder is not there or cannot be read, and when another process holds the lock for too long. A file of controls
/// that is damaged is no error: the log is checked by itself then, and the answer says what is wrong with the file.
pub fn check_log(folder: &Path, lock_wait: std::time::Duration) -> Result<LogCheck, StoreError> {
    let audit = folder.join("audit");
    fs::metadata(folder).map_err(StoreError::io("read", folder))?;
    let _lock = lock_to_read(&folder.join("lock"), lock_wait)?;
    let log = AuditLog::in_folder(audit, LogOptions::default());
    let file = folder.join("controls.json");
    let read = match fs::read(&file) {
        Ok(text) => Some(Document::parse(&file, &text)),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => Some(Err(StoreError::io("read", &file)(error))),
    };
    let document = read.as_ref().and_then(|read| read.as_ref().ok());
    let head = document.and_then(|document| document.audit_head);
    let verification = log.verify(head.map(Expectation::Reaches))?;
    let recorded = log.last_revision()?.map(Revision::new);
    let owed = document.map(|document| document.state.revision()).filter(|at| recorded.unwrap_or(Revision::ZERO) < *at);
    let controls = match (&read, recorded) {
        _ if !verification.is_intact() => None,
        (None, None) => None,
        (None, Some(recorded)) => Some(FileDamage::Missing { recorded }.to_string().into()),
        (Some(Err(StoreError::Damaged { damage, .. })), _) => Some(damage.to_string().into()),
        (Some(Err(error)), _) => Some(error.to_string().into()),
        (Some(Ok(document)), _) => disagreement(&log, &document.state),
    };
    let told = log.entries(Filter::default().action(HISTORY_LOST).limit(1))?;
    let lost = told.filter_map(Result::ok).map(|entry| entry.sequence).next();
    Ok(LogCheck { verification, owed, controls, lost })
}

/// In which way a state is not what the log tells, in words. The change whose entry is owed is in the state alone.
fn disagreement(log: &AuditLog, state: &ControlState) -> Option<Box<str>> {
    let replay = match log.replay() {
        Ok(replay) => replay,
        Err(error) => return Some(error.to_string().into()),
    };
    let changes = replay.changes.iter().map(RecordedChange::from).chain(state.outbox().map(RecordedChange::from));
    match ControlState::replay(replay.checkpoint.as_ref(), changes) {
        Err(error) => Some(error.to_string().into()),
        Ok(told) if told == state.settled() => None,
        Ok(told) if told.revision() != state.revision() => {
            let (file, log) = (state.revision(), told.revision());
            Some(format!("the file is at revision {file}, and the log at {log}").into())
        }
        Ok(_) => Some("it has other controls or proposals than the log says".into()),
    }
}

/// The lock, where there can be writers to exclude.
fn lock_to_read(path: &Path, wait: std::time::Duration) -> Result<Option<FolderLock>, StoreError> {
    if !path.exists() {
        return Ok(None);
    }
    match FolderLock::acquire(path, wait) {
        Err(StoreError::Io { kind: ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem, .. }) => Ok(None),
        acquired => acquired.map(Some),
    }
}
