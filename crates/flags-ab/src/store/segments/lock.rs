//! One writer at a time: the lock of a folder, held for as long as the store is open.

use std::{
    fs::{File, TryLockError},
    io::{Read as _, Seek as _, Write as _},
    path::Path,
    thread,
    time::{Duration, Instant},
};

use super::{super::StoreError, files};

/// The lock of a folder, until dropped. The operating system lets go of it when the process ends, however that is.
#[derive(Debug)]
pub(super) struct FolderLock {
    // Closing the file is what lets go.
    _file: File,
}

/// How long to wait before looking again, at first and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(20));

impl FolderLock {
    /// Takes the lock in a file, which is made if need be, waiting for at most that long.
    pub(super) fn acquire(path: &Path, wait: Duration) -> Result<Self, StoreError> {
        let began = Instant::now();
        let mut file = files::open_private(path, false).map_err(files::error("cannot open", path))?;
        let mut pause = PAUSES.0;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(files::error("cannot lock", path)(error)),
                Err(TryLockError::WouldBlock) => {}
            }
            let left = wait.saturating_sub(began.elapsed());
            if left.is_zero() {
                return Err(StoreError::Locked { path: path.to_owned(), holder: holder(&mut file) });
            }
            thread::sleep(pause.min(left));
            pause = (pause * 2).min(PAUSES.1);
        }
        // Only words for those who wait in vain, so it does not matter if they cannot be written. They are always as long.
        let words = format!("{:<20}\n", std::process::id());
        let _ = file.rewind().and_then(|()| file.write_all(words.as_bytes()));
        Ok(Self { _file: file })
    }
}

fn holder(file: &mut File) -> Option<u32> {
    let mut words = String::new();
    file.rewind().ok()?;
    file.take(64).read_to_string(&mut words).ok()?;
    words.trim().parse().ok()
}
