//! Journals of migrations in the folder of those of rollouts: one file of JSON lines for each, written under the same lock.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{MigrationJournal, MigrationWriter};
use crate::{
    controller::{
        JournalError,
        folder::{file, files, lock::FileLock, names},
    },
    migration::State,
    wire::MigrationRecord,
};

const BEFORE: &str = "migration-";
const AFTER: &str = ".jsonl";

/// How long to wait for somebody else who writes.
const WAIT: Duration = Duration::from_secs(10);

/// Journals of migrations in a folder, shared by all processes that use it.
#[derive(Clone, Debug)]
pub struct FolderMigrations {
    folder: PathBuf,
}

impl FolderMigrations {
    /// The journals in a folder, which is made if need be. Whoever may write to it may change migrations.
    ///
    /// # Errors
    ///
    /// When the folder is not there and cannot be made.
    pub fn open(folder: &Path) -> Result<Self, JournalError> {
        files::create_private_folder(folder)?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// The journal of a migration.
    fn path(&self, migration: &str) -> Result<PathBuf, JournalError> {
        if flags_core::definition::is_key(migration) {
            return Ok(self.folder.join(format!("{BEFORE}{}{AFTER}", names::encoded(migration))));
        }
        let problem = format!("{migration:?} is no key");
        Err(JournalError::Io { what: "name a journal in", path: self.folder.clone(), problem })
    }

    /// The whole lines of a journal, and how many bytes they and what stands behind them take.
    fn read(&self, migration: &str) -> Result<(PathBuf, Vec<MigrationRecord>, [u64; 2]), JournalError> {
        let path = self.path(migration)?;
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => vec![],
            Err(error) => return Err(files::error("read", &path)(error)),
        };
        let whole = file::whole(&text);
        let lines = whole.split(|byte| *byte == b'\n').zip(1..).filter(|(line, _)| !line.is_empty());
        let record = |(line, number): (&[u8], usize)| {
            MigrationRecord::from_line(&String::from_utf8_lossy(line)).map_err(|problem| JournalError::Damaged {
                path: path.clone(),
                line: number,
                problem,
            })
        };
        let records = lines.map(record).collect::<Result<_, _>>()?;
        Ok((path, records, [whole.len() as u64, text.len() as u64]))
    }
}

impl MigrationJournal for FolderMigrations {
    fn write(&self) -> Result<Box<dyn MigrationWriter + '_>, JournalError> {
        let lock = FileLock::acquire(&self.folder.join("lock"), WAIT)?;
        Ok(Box::new(Writer { journal: self, _lock: lock }))
    }

    fn migrations(&self) -> Result<Vec<Box<str>>, JournalError> {
        let entries = fs::read_dir(&self.folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let entries = entries.map_err(files::error("read the folder", &self.folder))?;
        let key = |entry: &fs::DirEntry| {
            let name = entry.file_name();
            names::decoded(name.to_str()?.strip_prefix(BEFORE)?.strip_suffix(AFTER)?)
        };
        let mut keys: Vec<Box<str>> = entries.iter().filter_map(key).collect();
        keys.sort();
        Ok(keys)
    }

    fn last(&self, migration: &str) -> Result<Option<State>, JournalError> {
        Ok(self.read(migration)?.1.pop().map(|record| record.state))
    }

    fn history(&self, migration: &str) -> Result<Vec<MigrationRecord>, JournalError> {
        Ok(self.read(migration)?.1)
    }
}

struct Writer<'a> {
    journal: &'a FolderMigrations,
    _lock: FileLock,
}

impl MigrationWriter for Writer<'_> {
    fn last(&mut self, migration: &str) -> Result<Option<State>, JournalError> {
        self.journal.last(migration)
    }

    fn append(&mut self, migration: &str, record: &MigrationRecord) -> Result<(), JournalError> {
        let (path, _, [whole, length]) = self.journal.read(migration)?;
        if whole < length {
            // It was being written when a program ended, and nobody has acted on it.
            file::cut(&path, whole)?;
        }
        file::append(&path, whole, &format!("{}\n", record.to_line()))
    }
}
