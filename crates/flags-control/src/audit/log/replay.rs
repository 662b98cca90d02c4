//! The way back from the log to the state of the controls.

use std::{path::Path, sync::Arc};

use serde_json::Value;

use super::{
    super::{
        AuditError, Entry, SEGMENT_OPENED,
        bookkeeping::Opening,
        check::Check,
        entry::Frame,
        lines::{Forward, Line, Text},
        segment::{self, Listing},
    },
    entries::open,
    verify::feed,
};

/// What the state of the controls can be made from again.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Replay {
    /// The newest state that was carried over to a segment; `None` if the log goes back to its beginning.
    ///
    /// It was taken when the segment was begun. The entries may begin with a change that it already has in it.
    pub checkpoint: Option<Value>,
    /// Every change of the controls since, that is every entry with a revision, in order.
    pub changes: Vec<Entry>,
}

pub(super) fn memory(lines: &[Arc<str>], is_cut: bool) -> Result<Replay, AuditError> {
    if is_cut {
        return Err(AuditError::NoCheckpoint { place: "memory".into() });
    }
    let mut replay = Replay::default();
    for line in lines {
        replay.take(line.as_bytes(), Path::new("memory"), 0)?;
    }
    Ok(replay)
}

pub(super) fn folder(folder: &Path) -> Result<Replay, AuditError> {
    let segments = Listing::read(folder)?.segments;
    let mut replay = Replay::default();
    let mut from = 0;
    for (place, number) in segments.iter().enumerate().rev() {
        from = place;
        replay.checkpoint = checkpoint(&folder.join(segment::name(*number)))?;
        if replay.checkpoint.is_some() {
            break;
        }
    }
    if replay.checkpoint.is_none() && segments.first().is_some_and(|oldest| *oldest > 1) {
        return Err(AuditError::NoCheckpoint { place: folder.to_owned() });
    }
    let mut check = Check::new(None);
    let mut problem = None;
    feed(folder, &segments[from..], &mut check, |line| {
        if let (Text::Whole(text), None) = (&line.text, &problem) {
            problem = replay.take(text, folder, line.offset).err();
        }
    })?;
    // What is broken for the check is named better by it.
    match (check.end().broken, problem) {
        (Some(broken), _) => Err(AuditError::Broken { place: folder.to_owned(), broken: Box::new(broken) }),
        (None, Some(problem)) => Err(problem),
        (None, None) => Ok(replay),
    }
}

impl Replay {
    fn take(&mut self, line: &[u8], place: &Path, offset: u64) -> Result<(), AuditError> {
        let bad = |problem| AuditError::BadLine { place: place.to_owned(), offset, problem };
        let is_change = Frame::parse(line).map_err(bad)?.revision.is_some();
        if is_change {
            self.changes.push(Entry::parse(line).map_err(bad)?);
        }
        Ok(())
    }
}

/// The state that a segment begins with, if it has one.
fn checkpoint(path: &Path) -> Result<Option<Value>, AuditError> {
    let Some(file) = open(path)? else { return Ok(None) };
    let first = Forward::new(file).next().map_err(AuditError::io("read", path))?;
    let Some(Line { text: Text::Whole(text), .. }) = first else { return Ok(None) };
    let is_opening = Frame::parse(&text).is_ok_and(|frame| &*frame.action == SEGMENT_OPENED);
    let opening = is_opening.then(|| Opening::parse(&text)).flatten();
    Ok(opening.map(|opening| opening.checkpoint).filter(|checkpoint| !checkpoint.is_null()))
}
