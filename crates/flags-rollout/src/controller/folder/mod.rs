//! Journals in a folder: one file of JSON lines for each flag, a lock for those who write, and one for the one that leads.
//!
//! | file | what it is |
//! | --- | --- |
//! | `flag-checkout.jsonl` | the journal of `checkout`: only ever appended to, each record on disk before it is acted on |
//! | `flag-checkout@1.jsonl`, ... | what was put aside: at each rearming, and when it had grown to 4 MiB; the newest 20 are kept |
//! | `migration-v2.jsonl` | the journal of the migration `v2` |
//! | `requests.json` | the commands on protected flags that wait for a second person |
//! | `lock` | held for each change |
//! | `leader.lock` | held by the controller that leads, as long as it does |

pub(crate) mod file;
pub(crate) mod files;
pub(crate) mod lock;
pub(crate) mod names;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
    sync::Mutex,
    time::Duration,
};

use serde_json::{Value, json};

use self::{file::Seen, lock::FileLock};
use super::{Incident, Journal, JournalError, JournalWriter, Leader, Leadership, Request, core::lock as locked};
use crate::{
    machine::{Command, Event, State},
    wire::Record,
};

/// How long to wait for somebody else who writes.
const WAIT: Duration = Duration::from_secs(10);

/// How large a journal may become before it is put aside.
const LONGEST: u64 = 4 * 1024 * 1024;

/// How many journals of a flag that were put aside are kept.
const MOST_ASIDE: usize = 20;

/// Journals in a folder, shared by all processes that use it.
///
/// ```
/// use flags_rollout::controller::{FolderJournal, Journal, Leadership};
///
/// # let folder = std::env::temp_dir().join(format!("flags-journal-{}", std::process::id()));
/// let journal = FolderJournal::open(&folder)?;
/// assert_eq!(journal.lead()?, Leadership::Leading);
/// // Another one, in this process or in any other, has to wait until the first is gone.
/// let other = FolderJournal::open(&folder)?;
/// let Leadership::Standby { leader } = other.lead()? else { panic!("two lead") };
/// assert_eq!(leader.map(|leader| leader.pid), Some(std::process::id()));
/// drop(journal);
/// assert_eq!(other.lead()?, Leadership::Leading);
/// # std::fs::remove_dir_all(&folder).map_err(|error| error.to_string()).unwrap();
/// # Ok::<(), flags_rollout::controller::JournalError>(())
/// ```
#[derive(Debug)]
pub struct FolderJournal {
    folder: PathBuf,
    seen: Mutex<BTreeMap<Box<str>, Seen>>,
    leader: Mutex<Option<FileLock>>,
}

impl FolderJournal {
    /// The journals in a folder, which is made if need be. Whoever may write to it may change rollouts.
    ///
    /// # Errors
    ///
    /// When the folder is not there and cannot be made.
    pub fn open(folder: &Path) -> Result<Self, JournalError> {
        files::create_private_folder(folder)?;
        Ok(Self { folder: folder.to_owned(), seen: Mutex::default(), leader: Mutex::default() })
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn requests_path(&self) -> PathBuf {
        self.folder.join("requests.json")
    }

    fn leader_path(&self) -> PathBuf {
        self.folder.join("leader.lock")
    }

    /// The names of the files of all flags, in the order of the flags; those put aside by their numbers.
    fn files(&self) -> Result<BTreeMap<Box<str>, BTreeSet<u32>>, JournalError> {
        let mut found: BTreeMap<Box<str>, BTreeSet<u32>> = BTreeMap::new();
        let entries = fs::read_dir(&self.folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        for entry in entries.map_err(files::error("read the folder", &self.folder))? {
            if let Some((flag, number)) = entry.file_name().to_str().and_then(names::parse) {
                found.entry(flag).or_default().extend(number);
            }
        }
        Ok(found)
    }

    fn aside(&self, flag: &str) -> Result<BTreeSet<u32>, JournalError> {
        Ok(self.files()?.remove(flag).unwrap_or_default())
    }

    /// What the journal of a flag ends with, and how many bytes stand behind its last whole line.
    fn refresh(&self, flag: &str) -> Result<(Seen, u64), JournalError> {
        let Some(path) = names::journal(&self.folder, flag) else { return Ok(Default::default()) };
        let known = locked(&self.seen).get(flag).cloned().unwrap_or_default();
        let Some((seen, torn)) = file::read_on(&path, &known)? else {
            locked(&self.seen).remove(flag);
            return Ok(Default::default());
        };
        locked(&self.seen).insert(flag.into(), seen.clone());
        Ok((seen, torn))
    }
}

impl Journal for FolderJournal {
    fn write(&self) -> Result<Box<dyn JournalWriter + '_>, JournalError> {
        let lock = FileLock::acquire(&self.folder.join("lock"), WAIT)?;
        Ok(Box::new(Writer { journal: self, incidents: vec![], _lock: lock }))
    }

    fn flags(&self) -> Result<Vec<Box<str>>, JournalError> {
        Ok(self.files()?.into_keys().collect())
    }

    fn last(&self, flag: &str) -> Result<Option<State>, JournalError> {
        Ok(self.refresh(flag)?.0.last)
    }

    fn history(&self, flag: &str) -> Result<Vec<Record>, JournalError> {
        let Some(path) = names::journal(&self.folder, flag) else { return Ok(vec![]) };
        loop {
            let aside = self.aside(flag)?;
            let mut history: Vec<Record> = vec![];
            let paths = aside.iter().map(|number| names::aside(&self.folder, flag, *number));
            for path in paths.chain([path.clone()]) {
                for record in file::read_all(&path)? {
                    // Where a program ended while it was putting a journal aside, some of it is there twice.
                    if history.last().is_none_or(|last| last.state.version < record.state.version) {
                        history.push(record);
                    }
                }
            }
            // Whoever puts one aside meanwhile has not taken it from under our eyes.
            if self.aside(flag)? == aside {
                return Ok(history);
            }
        }
    }

    fn requests(&self) -> Result<Vec<Request>, JournalError> {
        let path = self.requests_path();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
            Err(error) => return Err(files::error("read", &path)(error)),
        };
        let damaged = |problem: String| JournalError::DamagedRequests { path: path.clone(), problem };
        let value: Value = serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))?;
        let requests = value.as_array().ok_or_else(|| damaged("not a list of requests".to_owned()))?;
        let request = |(index, value): (usize, &Value)| {
            Request::from_json(value).ok_or_else(|| damaged(format!("number {} is not a request", index + 1)))
        };
        requests.iter().enumerate().map(request).collect()
    }

    fn lead(&self) -> Result<Leadership, JournalError> {
        let mut held = locked(&self.leader);
        if held.is_some() {
            return Ok(Leadership::Leading);
        }
        match FileLock::try_acquire(&self.leader_path())? {
            Ok(lock) => {
                *held = Some(lock);
                Ok(Leadership::Leading)
            }
            Err(leader) => Ok(Leadership::Standby { leader }),
        }
    }

    fn leader(&self) -> Result<Option<Leader>, JournalError> {
        match &*locked(&self.leader) {
            Some(lock) => Ok(Some(lock.owner)),
            None => FileLock::owner(&self.leader_path()),
        }
    }

    fn resign(&self) {
        locked(&self.leader).take();
    }
}

struct Writer<'a> {
    journal: &'a FolderJournal,
    incidents: Vec<(Box<str>, Incident)>,
    _lock: FileLock,
}

impl Writer<'_> {
    /// What the journal of a flag ends with, once whatever stands behind its last whole line has been cut off.
    fn mended(&mut self, flag: &str) -> Result<Seen, JournalError> {
        let (seen, torn) = self.journal.refresh(flag)?;
        if torn > 0
            && let Some(path) = names::journal(&self.journal.folder, flag)
        {
            file::cut(&path, seen.length)?;
            self.incidents.push((flag.into(), Incident::TornLine { path, bytes: torn }));
        }
        Ok(seen)
    }

    /// Puts the journal of a flag aside, and begins a new one with a line.
    fn turn_over(&mut self, flag: &str, path: &Path, line: &str) -> Result<(), JournalError> {
        let folder = &self.journal.folder;
        let mut aside = self.journal.aside(flag)?;
        let number = aside.last().map_or(1, |last| last.saturating_add(1));
        let text = fs::read(path).map_err(files::error("read", path))?;
        files::replace(&names::aside(folder, flag, number), &text)?;
        files::replace(path, line.as_bytes())?;
        aside.insert(number);
        while aside.len() > MOST_ASIDE
            && let Some(oldest) = aside.pop_first()
        {
            // One that stays for now goes the next time.
            let _ = fs::remove_file(names::aside(folder, flag, oldest));
        }
        Ok(())
    }
}

impl JournalWriter for Writer<'_> {
    fn last(&mut self, flag: &str) -> Result<Option<State>, JournalError> {
        Ok(self.mended(flag)?.last)
    }

    fn append(&mut self, flag: &str, record: &Record) -> Result<(), JournalError> {
        let seen = self.mended(flag)?;
        let folder = &self.journal.folder;
        let Some(path) = names::journal(folder, flag) else {
            return Err(JournalError::Io {
                what: "name",
                path: folder.clone(),
                problem: format!("{flag:?} is no key"),
            });
        };
        let line = format!("{}\n", record.to_line());
        let is_rearmed = matches!(record.event, Event::Command { command: Command::Rearm, .. });
        if seen.length > 0 && (is_rearmed || seen.length.saturating_add(line.len() as u64) > LONGEST) {
            self.turn_over(flag, &path, &line)?;
        } else {
            file::append(&path, seen.length, &line)?;
        }
        // What it ends with is read when it is next asked for, which shows that it can be.
        Ok(())
    }

    fn set_requests(&mut self, requests: &[Request]) -> Result<(), JournalError> {
        let requests: Vec<Value> = requests.iter().map(Request::to_json).collect();
        let text = format!("{:#}\n", json!(requests));
        files::replace(&self.journal.requests_path(), text.as_bytes())
    }

    fn incidents(&mut self) -> Vec<(Box<str>, Incident)> {
        std::mem::take(&mut self.incidents)
    }
}
