//! The one who writes to a folder: appends batches, and has files sealed, merged and forgotten.

use std::{
    fs,
    path::PathBuf,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use flags_core::Timestamp;

use super::{
    super::StoreError, Durability, SegmentOptions, background::Bell, files, folder::Listing, lock::FolderLock,
    log::Log, maintain,
};
use crate::Event;

/// So many logs may wait to be sealed. Whoever begins another one then seals the oldest himself: a scan sorts them in memory.
const MOST_LOGS: usize = 4;

/// Who writes to a folder.
#[derive(Debug)]
pub(super) struct Writer {
    folder: PathBuf,
    options: SegmentOptions,
    live: Mutex<Live>,
    /// Held while a log is sealed. It may be taken by who has `live`, and not the other way round.
    sealing: Mutex<()>,
    /// Held while sorted files change. `live` and `sealing` may be taken by who has it, and not the other way round.
    merging: Mutex<()>,
    pub(super) stop: AtomicBool,
    pub(super) torn_bytes: AtomicU64,
    pub(super) problem: Mutex<Option<Box<str>>>,
    pub(super) bell: Bell,
    _lock: FolderLock,
}

#[derive(Debug)]
struct Live {
    log: Option<Log>,
    next_number: u64,
    /// How many bytes the other files take.
    other_bytes: u64,
}

impl Writer {
    /// Takes the folder, which is made if need be.
    pub(super) fn open(folder: PathBuf, options: SegmentOptions) -> Result<Self, StoreError> {
        files::create_private_folder(&folder)?;
        let lock = FolderLock::acquire(&folder.join("lock"), options.lock_wait)?;
        maintain::remove_left_over(&folder)?;
        let listing = Listing::of(&folder)?;
        for segment in &listing.segments {
            segment.check_format()?;
        }
        let next_number = listing.last.saturating_add(1);
        let writer = Self {
            live: Mutex::new(Live { log: None, next_number, other_bytes: 0 }),
            folder,
            options,
            sealing: Mutex::default(),
            merging: Mutex::default(),
            stop: AtomicBool::default(),
            torn_bytes: AtomicU64::default(),
            problem: Mutex::default(),
            bell: Bell::default(),
            _lock: lock,
        };
        writer.weigh(&mut writer.live())?;
        Ok(writer)
    }

    pub(super) fn append(&self, batch: &[Event]) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        let mut live = self.live();
        let bytes = live.other_bytes + live.log.as_ref().map_or(0, |log| log.length);
        let limit = self.options.limit_bytes;
        if limit <= bytes {
            return Err(StoreError::NoRoom { folder: self.folder.clone(), bytes, limit });
        }
        let log = self.log(&mut live)?;
        if let Err(error) = log.append(batch, self.options.durability == Durability::EveryBatch) {
            if log.given_up {
                // So that what was refused does not count from now on. If it fails, the next batch brings it about.
                let _ = self.begin(&mut live);
            }
            return Err(error);
        }
        // The batch is kept; what fails from here on is found again by who comes next.
        if self.options.segment_bytes <= log.length && self.close(&mut live).is_ok() {
            self.bell.ring();
        }
        Ok(())
    }

    /// Puts on disk what was appended.
    pub(super) fn flush(&self) -> Result<(), StoreError> {
        self.live().log.as_mut().map_or(Ok(()), Log::flush)
    }

    pub(super) fn prune(&self, before: Timestamp) -> Result<u64, StoreError> {
        let _merging = lock(&self.merging);
        let mut live = self.live();
        if live.log.as_ref().is_some_and(|log| log.given_up || log.span.oldest < before) {
            self.close(&mut live)?;
        }
        drop(live);
        self.seal_all()?;
        let pruned = maintain::prune(&self.folder, before, &self.stop);
        self.weigh(&mut self.live())?;
        pruned
    }

    /// Flushes the log, seals those that are complete, merges small files, and forgets what is too old.
    pub(super) fn tidy(&self) -> Result<(), StoreError> {
        self.flush()?;
        self.seal_all()?;
        if let Some(age) = self.options.keep_for {
            let age = i64::try_from(age.as_micros()).unwrap_or(i64::MAX);
            let before = self.options.clock.now().as_micros().saturating_sub(age);
            // Files are written anew at most sixteen times while their events grow old, and not for each event.
            let leeway = age / 16;
            if self.oldest()?.is_some_and(|oldest| oldest.as_micros() < before.saturating_sub(leeway)) {
                self.prune(Timestamp::from_micros(before))?;
            }
        }
        let _merging = lock(&self.merging);
        while maintain::merge_some(&self.folder, self.options.segment_bytes, &self.stop)? {}
        self.weigh(&mut self.live())
    }

    /// The instant of the oldest event.
    fn oldest(&self) -> Result<Option<Timestamp>, StoreError> {
        let live = self.live().log.as_ref().map(|log| log.span);
        let sealed = maintain::sorted_span(&self.folder)?;
        let all = live.map_or(sealed, |live| live.merge(sealed));
        Ok((all.events != 0).then_some(all.oldest))
    }

    /// Seals every log that nobody appends to.
    fn seal_all(&self) -> Result<(), StoreError> {
        let before = {
            let live = self.live();
            live.log.as_ref().map_or(live.next_number, |log| log.segment.first)
        };
        loop {
            if self.stop.load(Ordering::Relaxed) || !self.seal_oldest(before)? {
                return Ok(());
            }
        }
    }

    fn seal_oldest(&self, before: u64) -> Result<bool, StoreError> {
        let _sealing = lock(&self.sealing);
        let Some(sealed) = maintain::seal_oldest(&self.folder, before)? else { return Ok(false) };
        self.torn_bytes.fetch_add(sealed.torn, Ordering::Relaxed);
        Ok(true)
    }

    /// The log to append to: a new one if there is none that can be trusted.
    fn log<'a>(&self, live: &'a mut Live) -> Result<&'a mut Log, StoreError> {
        if live.log.as_ref().is_none_or(|log| log.given_up) {
            let before = live.log.as_ref().map_or(live.next_number, |log| log.segment.first);
            let closed = Listing::of(&self.folder)?.segments;
            for _ in MOST_LOGS..=closed.iter().filter(|segment| !segment.sorted && segment.first < before).count() {
                self.seal_oldest(before)?;
            }
            self.begin(live)?;
        }
        // It was made just now if there was none.
        live.log.as_mut().ok_or_else(|| StoreError::Missing { folder: self.folder.clone() })
    }

    /// Begins a log after the one that is live.
    fn begin(&self, live: &mut Live) -> Result<(), StoreError> {
        // Each try has a number of its own: one that failed may have left its file.
        let number = live.next_number;
        live.next_number += 1;
        let log = Log::create(&self.folder, number, live.log.as_ref())?;
        live.log = Some(log);
        self.weigh(live)
    }

    /// Appends no more to the live log, so that it can be sealed.
    fn close(&self, live: &mut Live) -> Result<(), StoreError> {
        let Some(log) = &mut live.log else { return Ok(()) };
        if !log.given_up {
            log.flush()?;
        }
        if log.given_up {
            // The next log says what does not count of this one, so it has to be there first.
            return self.begin(live);
        }
        live.log = None;
        self.weigh(live)
    }

    /// Finds out how many bytes the files take.
    fn weigh(&self, live: &mut Live) -> Result<(), StoreError> {
        let own = live.log.as_ref().map(|log| &log.segment);
        let others = Listing::of(&self.folder)?.segments.into_iter().filter(|segment| Some(segment) != own);
        // One that is gone meanwhile weighs nothing.
        live.other_bytes = others.filter_map(|segment| fs::metadata(segment.path).ok()).map(|file| file.len()).sum();
        Ok(())
    }

    fn live(&self) -> MutexGuard<'_, Live> {
        lock(&self.live)
    }
}

/// Takes a lock. Whoever panicked with it, out of memory, has left files that may be read after a crash as well.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
