//! The end of a log in a folder: where it goes on, what the next entry follows on, and what of it was not written to its
//! end.
//!
//! A line is torn if it is no entry at all: without a line feed, or not of the form of an entry. Only lines at the very end
//! can be, because writing stops there. An entry whose content does not match its hash is not torn: somebody edited it.
//! It is left where it is, for the check to find.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use super::super::{
    AuditError, SEGMENT_OPENED,
    bookkeeping::Opening,
    chain::{Chain, Rewind},
    entry::Frame,
    lines::{Backward, Line, Text},
    segment,
};

/// Where a log goes on.
#[derive(Debug, Default)]
pub(super) struct Tail {
    /// The segment of the last entry; 1 while there is none.
    pub(super) segment: u32,
    /// The number of its bytes that are entries.
    pub(super) length: u64,
    /// What the next entry follows on.
    pub(super) chain: Chain,
    /// What comes after the last entry, the latest first.
    pub(super) torn: Vec<Torn>,
}

/// The end of a segment that holds no entry; all of it, if the segment holds none.
#[derive(Debug)]
pub(super) struct Torn {
    pub(super) segment: u32,
    pub(super) path: PathBuf,
    pub(super) offset: u64,
    pub(super) bytes: u64,
}

impl Tail {
    /// Reads the segments from their end, as far as needed.
    pub(super) fn find(folder: &Path, segments: &[u32]) -> Result<Self, AuditError> {
        let mut torn = Vec::new();
        for &number in segments.iter().rev() {
            let path = folder.join(segment::name(number));
            let read = |error| AuditError::io("read", &path)(error);
            let file = File::open(&path).map_err(read)?;
            let length = file.metadata().map_err(read)?.len();
            let mut lines = Backward::new(file, length);
            let mut rewind = Rewind::default();
            let mut end = None;
            while let Some(line) = lines.next().map_err(read)? {
                let Some((frame, text)) = whole(&line) else { continue };
                end.get_or_insert(line.offset + text.len() as u64 + 1);
                let opening = (&*frame.action == SEGMENT_OPENED).then(|| Opening::parse(text)).flatten();
                if !rewind.take(&frame, opening.map(|opening| opening.carried)) {
                    break;
                }
            }
            let offset = end.unwrap_or(0);
            if offset < length || (end.is_none() && number > 1) {
                torn.push(Torn { segment: number, path, offset, bytes: length - offset });
            }
            if let Some(length) = end {
                return Ok(Self { segment: number, length, chain: rewind.finish(), torn });
            }
        }
        match segments.first() {
            Some(&oldest) if oldest > 1 => {
                Err(AuditError::NothingToGoOnFrom { path: folder.join(segment::name(oldest)) })
            }
            _ => Ok(Self { segment: 1, length: 0, chain: Chain::default(), torn }),
        }
    }
}

/// The entry of a line, if it is one.
pub(super) fn whole(line: &Line) -> Option<(Frame, &[u8])> {
    match &line.text {
        Text::Whole(text) => Some((Frame::parse(text).ok()?, text)),
        Text::Unended(_) | Text::TooLong => None,
    }
}
