//! What the tests of the audit log share: drafts, a log in a folder of its own, and its files as bytes.

use std::{fs, path::PathBuf};

use flags_control::{
    Actor, Origin,
    audit::{AuditLog, Draft, Entry, Filter, LogOptions},
};
use flags_core::Timestamp;
use serde_json::{Value, json};

/// An instant that many seconds after the first of the tests.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000 + seconds * 1_000)
}

/// The draft of a change of controls.
pub(crate) fn change(revision: u64) -> Draft {
    Draft {
        at: at(i64::try_from(revision).unwrap()),
        actor: Actor::new("ada").unwrap(),
        origin: Origin::Cli,
        action: "kill".into(),
        target: Some(format!("flag-{}", revision % 3).into()),
        reason: Some("errors \"after\"\nthe release".into()),
        before: None,
        after: Some(json!({ "kill": revision })),
        revision: Some(revision),
    }
}

/// The draft of something that is no change of controls.
pub(crate) fn note(number: i64) -> Draft {
    Draft { at: at(number), action: "definition_changed".into(), revision: None, ..change(0) }
}

/// A checkpoint that tells the revision at which it was taken.
pub(crate) fn checkpoint(revision: u64) -> impl Fn() -> Value {
    move || json!({ "revision": revision })
}

/// A log in a folder that is gone with it.
pub(crate) struct Place {
    folder: tempfile::TempDir,
    options: LogOptions,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self::with_segments(u64::MAX)
    }

    pub(crate) fn with_segments(bytes: u64) -> Self {
        let options = LogOptions::default().segment_bytes(bytes);
        // Thousands of syncs take their time on a disk that others use, too; what is tested here does not depend on it.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        Self { folder: folder.unwrap(), options }
    }

    /// The log, as another process would open it.
    pub(crate) fn open(&self) -> AuditLog {
        AuditLog::in_folder(self.path("audit"), self.options)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn segment(&self, number: u32) -> PathBuf {
        self.path("audit").join(format!("audit-{number:06}.jsonl"))
    }

    /// The files of the folder whose names begin so, in order, each with its bytes.
    pub(crate) fn files(&self, prefix: &str) -> Vec<(String, Vec<u8>)> {
        let mut files: Vec<_> = fs::read_dir(self.path("audit"))
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
            .filter(|(name, _)| name.starts_with(prefix))
            .collect();
        files.sort();
        files
    }
}

/// All entries, which have to be readable.
pub(crate) fn all(log: &AuditLog) -> Vec<Entry> {
    log.entries(Filter::default()).unwrap().collect::<Result<_, _>>().unwrap()
}

/// The numbers of the entries that a filter asks for.
pub(crate) fn numbers(log: &AuditLog, filter: Filter) -> Vec<u64> {
    log.entries(filter).unwrap().map(|entry| entry.unwrap().sequence).collect()
}

/// Appends the changes of these revisions, one by one.
pub(crate) fn fill(log: &AuditLog, revisions: std::ops::RangeInclusive<u64>) {
    for revision in revisions {
        log.append(&[change(revision)], &checkpoint(revision)).unwrap();
    }
}
