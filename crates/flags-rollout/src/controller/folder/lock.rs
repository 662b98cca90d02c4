//! One at a time: a locked file, which says who has it.

use std::{
    fs::{File, TryLockError},
    io::{Read as _, Seek as _, Write as _},
    path::Path,
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use flags_core::Timestamp;

use super::{super::JournalError, super::Leader, files};

/// How long to wait before looking again, at first and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(20));

/// A locked file, until dropped. The operating system lets go of it when the process ends, however that is.
#[derive(Debug)]
pub(crate) struct FileLock {
    // Closing the file is what lets go.
    _file: File,
    /// What it says about who has it.
    pub(super) owner: Leader,
}

impl FileLock {
    /// Takes the lock, waiting for at most that long.
    pub(crate) fn acquire(path: &Path, wait: Duration) -> Result<Self, JournalError> {
        let began = Instant::now();
        let mut pause = PAUSES.0;
        loop {
            match Self::try_acquire(path)? {
                Ok(lock) => return Ok(lock),
                Err(owner) => {
                    let waited = began.elapsed();
                    if wait <= waited {
                        let holder = owner.map(|owner| owner.pid);
                        let waited_seconds = waited.as_secs();
                        return Err(JournalError::Locked { path: path.to_owned(), holder, waited_seconds });
                    }
                    thread::sleep(pause.min(wait.saturating_sub(waited)));
                    pause = (pause * 2).min(PAUSES.1);
                }
            }
        }
    }

    /// Takes the lock if nobody has it; otherwise says who does, as far as that is known.
    pub(super) fn try_acquire(path: &Path) -> Result<Result<Self, Option<Leader>>, JournalError> {
        let mut file = files::open_private(path).map_err(files::error("open", path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Err(owner(&mut file))),
            Err(TryLockError::Error(error)) => return Err(files::error("lock", path)(error)),
        }
        let owner = Leader::new(std::process::id(), now());
        // Only words for those who wait in vain, so it does not matter if they cannot be written. They are always as long.
        let words = format!("{:<10} {:<20}\n", owner.pid, owner.since.as_micros());
        let _ = file.rewind().and_then(|()| file.write_all(words.as_bytes()));
        Ok(Ok(Self { _file: file, owner }))
    }

    /// Who has the lock, without taking it; `None` if nobody does, or does not say so.
    pub(super) fn owner(path: &Path) -> Result<Option<Leader>, JournalError> {
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(files::error("open", path)(error)),
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(None),
            Err(TryLockError::WouldBlock) => Ok(owner(&mut file)),
            Err(TryLockError::Error(error)) => Err(files::error("lock", path)(error)),
        }
    }
}

fn owner(file: &mut File) -> Option<Leader> {
    let mut words = String::new();
    file.rewind().ok()?;
    file.take(64).read_to_string(&mut words).ok()?;
    let (pid, since) = words.trim().split_once(' ')?;
    Some(Leader::new(pid.parse().ok()?, Timestamp::from_micros(since.trim().parse().ok()?)))
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
