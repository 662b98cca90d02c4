//! Making good what an interrupted writer left.
//!
//! A torn tail is copied aside, cut off, and recorded, in this order. The copy is called pending until there is an entry
//! about it, so that an interruption anywhere in between leaves either the tail or the copy to go on from. Everything here
//! may be done twice.

use std::{
    fs::{self, File},
    io::{self, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

use flags_core::Timestamp;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::{
    super::{
        AuditError, EntryHash, HISTORY_LOST, Head, TORN_TAIL_DROPPED, TornTail, bookkeeping,
        entry::Frame,
        lines::Backward,
        segment::{self, Listing},
    },
    append,
    folder::Known,
    tail::{Tail, Torn, whole},
};

/// A log that is whole.
#[derive(Debug)]
pub(super) struct Mended {
    pub(super) known: Known,
    /// What was recorded just now.
    pub(super) dropped: Vec<TornTail>,
}

/// Learns what others have written, and makes good what they have not.
pub(super) fn up_to_date(folder: &Path, known: Option<Known>, now: Timestamp) -> Result<Mended, AuditError> {
    let listing = Listing::read(folder)?;
    if let Some(known) = known.filter(|known| is_current(folder, known, &listing)) {
        return Ok(Mended { known, dropped: Vec::new() });
    }
    let tail = Tail::find(folder, &listing.segments)?;
    for torn in &tail.torn {
        set_aside(folder, torn)?;
    }
    let mut known = Known { segment: tail.segment, length: tail.length, chain: tail.chain, settled: None };
    // Only now, with those that were set aside just now among them.
    let pending = if tail.torn.is_empty() { listing.pending } else { Listing::read(folder)?.pending };
    let mut dropped = Vec::new();
    for path in pending {
        dropped.push(record(folder, &mut known, &path, now)?);
    }
    Ok(Mended { known, dropped })
}

/// Whether nobody has written since.
fn is_current(folder: &Path, known: &Known, listing: &Listing) -> bool {
    let length = || fs::metadata(folder.join(segment::name(known.segment))).ok().map(|metadata| metadata.len());
    listing.pending.is_empty() && listing.segments.last() == Some(&known.segment) && length() == Some(known.length)
}

/// Copies what is torn aside and cuts it off.
fn set_aside(folder: &Path, torn: &Torn) -> Result<(), AuditError> {
    let mut file =
        fs::OpenOptions::new().read(true).write(true).open(&torn.path).map_err(AuditError::io("open", &torn.path))?;
    if torn.bytes > 0 {
        let sha256 = hash_from(&mut file, torn.offset).map_err(AuditError::io("read", &torn.path))?;
        let name = bookkeeping::aside(torn.segment, torn.offset, sha256);
        let copy = folder.join(name).with_extension(bookkeeping::PENDING);
        copy_from(&mut file, torn.offset, &copy).inspect_err(|_| drop(fs::remove_file(&copy)))?;
        segment::sync_folder(folder)?;
    }
    if torn.offset == 0 && torn.segment > 1 {
        fs::remove_file(&torn.path).map_err(AuditError::io("remove", &torn.path))?;
        return segment::sync_folder(folder);
    }
    file.set_len(torn.offset).and_then(|()| file.sync_all()).map_err(AuditError::io("shorten", &torn.path))
}

fn hash_from(file: &mut File, offset: u64) -> io::Result<EntryHash> {
    file.seek(SeekFrom::Start(offset))?;
    let mut hasher = Sha256::new();
    let mut block = vec![0; 64 << 10];
    loop {
        match file.read(&mut block)? {
            0 => return Ok(EntryHash::finish(hasher)),
            read => hasher.update(&block[..read]),
        }
    }
}

fn copy_from(file: &mut File, offset: u64, copy: &Path) -> Result<(), AuditError> {
    let mut aside = segment::open_for_append(copy)?;
    let copied = aside
        .set_len(0)
        .and_then(|()| file.seek(SeekFrom::Start(offset)))
        .and_then(|_| io::copy(file, &mut aside))
        .and_then(|_| aside.sync_all());
    copied.map_err(AuditError::io("set the torn end of the log aside in", copy))
}

/// Records a torn tail that was set aside, unless it is recorded already, and gives it the name it keeps.
fn record(folder: &Path, known: &mut Known, pending: &Path, now: Timestamp) -> Result<TornTail, AuditError> {
    let kept = pending.with_extension("bin");
    let name: Box<str> = kept.file_name().map(|name| name.to_string_lossy().into()).unwrap_or_default();
    let mut file = File::open(pending).map_err(AuditError::io("open", pending))?;
    let bytes = file.metadata().map_err(AuditError::io("open", pending))?.len();
    let sha256 = hash_from(&mut file, 0).map_err(AuditError::io("read", pending))?;
    let torn = TornTail::new(bytes, sha256, name);
    if !is_recorded(folder, known, &torn)? {
        append::add(folder, known, &torn.draft(now))?;
    }
    fs::rename(pending, &kept).map_err(AuditError::io("rename", pending))?;
    segment::sync_folder(folder)?;
    Ok(torn)
}

/// Whether one of the last entries is about it. Nothing else is written before all that is pending is recorded.
fn is_recorded(folder: &Path, known: &Known, torn: &TornTail) -> Result<bool, AuditError> {
    #[derive(Deserialize)]
    struct Line {
        after: TornTail,
    }
    let mut is_last = true;
    let found = backward(folder, &[known.segment], |frame, line| {
        is_last &= &*frame.action == TORN_TAIL_DROPPED;
        let is_it = is_last && serde_json::from_slice::<Line>(line).is_ok_and(|line| line.after == *torn);
        if is_last { is_it.then_some(true) } else { Some(false) }
    })?;
    Ok(found == Some(true))
}

/// Sees to it that an expected entry is there, or that its loss is recorded; returns it if it is lost.
pub(super) fn settle(
    folder: &Path,
    known: &mut Known,
    expected: &Head,
    now: Timestamp,
) -> Result<Option<Head>, AuditError> {
    if known.settled == Some(*expected) || known.chain.head == Some(*expected) {
        return Ok(None);
    }
    let segments = Listing::read(folder)?.segments;
    let is_there =
        known.chain.head.is_some_and(|head| head.sequence >= expected.sequence) && holds(folder, &segments, expected)?;
    let is_lost = !is_there && !is_loss_recorded(folder, &segments, expected)?;
    if is_lost {
        let found = known.chain.head;
        append::add(folder, known, &bookkeeping::history_lost(now, expected, found))?;
    }
    known.settled = Some(*expected);
    Ok(is_lost.then_some(*expected))
}

/// Whether the log holds that entry, or begins after it.
fn holds(folder: &Path, segments: &[u32], expected: &Head) -> Result<bool, AuditError> {
    let mut oldest = None;
    let found = backward(folder, segments, |frame, _| {
        oldest = Some(frame.sequence);
        let is_past = frame.sequence <= expected.sequence;
        is_past.then(|| frame.head() == *expected)
    })?;
    Ok(found.unwrap_or_else(|| oldest.is_some_and(|oldest| oldest > expected.sequence && oldest > 1)))
}

fn is_loss_recorded(folder: &Path, segments: &[u32], expected: &Head) -> Result<bool, AuditError> {
    #[derive(Deserialize)]
    struct Line {
        before: Head,
    }
    let found = backward(folder, segments, |frame, line| {
        let is_loss = &*frame.action == HISTORY_LOST;
        (is_loss && serde_json::from_slice::<Line>(line).is_ok_and(|line| line.before == *expected)).then_some(true)
    })?;
    Ok(found == Some(true))
}

/// Shows the entries of some segments, the last one first, until one gives an answer.
fn backward<T>(
    folder: &Path,
    segments: &[u32],
    mut answer: impl FnMut(&Frame, &[u8]) -> Option<T>,
) -> Result<Option<T>, AuditError> {
    for number in segments.iter().rev() {
        let path: PathBuf = folder.join(segment::name(*number));
        let read = |error| AuditError::io("read", &path)(error);
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            file => file.map_err(read)?,
        };
        let length = file.metadata().map_err(read)?.len();
        let mut lines = Backward::new(file, length);
        while let Some(line) = lines.next().map_err(read)? {
            if let Some((frame, text)) = whole(&line)
                && let Some(answer) = answer(&frame, text)
            {
                return Ok(Some(answer));
            }
        }
    }
    Ok(None)
}
