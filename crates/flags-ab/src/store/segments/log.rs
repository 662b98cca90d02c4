//! The log that is being written.
//!
//! A batch that could not be written, or of which it is not known whether it will last, is refused, and its caller may append it
//! again. So that it never counts twice, either the log is cut off where it was before, or it is given up: the next log says in
//! its header from which batch on the one before does not count, and a log is not sealed before the next is there.

use std::{
    fs::File,
    io::{self, Seek as _, SeekFrom, Write as _},
    path::Path,
};

use super::{
    super::StoreError,
    codec::{BlockWriter, Malformed, Raw, What, encode_dimensions},
    files,
    folder::Segment,
    frame::{FileHeader, FrameHeader, Marker, Span, Void},
    names::Names,
    step::step,
};
use crate::{Event, EventKind};

/// A log that batches are appended to.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) segment: Segment,
    file: File,
    /// How long it is with all that was acknowledged.
    pub(super) length: u64,
    /// How many batches were acknowledged.
    batches: u64,
    pub(super) span: Span,
    /// Whether something was appended since it was last flushed.
    dirty: bool,
    /// Whether it may hold something that was not acknowledged.
    pub(super) given_up: bool,
}

/// Why a batch is not in the log.
struct Refused {
    error: io::Error,
    /// Whether the log is known to be what it was before.
    intact: bool,
}

impl Log {
    /// Makes the log of that number after `before`, which may have been given up.
    pub(super) fn create(folder: &Path, number: u64, before: Option<&Self>) -> Result<Self, StoreError> {
        let segment = Segment::log(folder, number);
        let given_up = before.filter(|log| log.given_up);
        let void = given_up.map_or(Void::NONE, |log| Void { log: log.segment.first, from: log.batches });
        let make = || -> io::Result<File> {
            step()?;
            let mut file = files::open_private(&segment.path, true)?;
            step()?;
            file.write_all(&FileHeader { void }.encode())?;
            step()?;
            file.sync_all()?;
            Ok(file)
        };
        let file = make().map_err(files::error("cannot write", &segment.path))?;
        files::sync_folder(folder)?;
        let (length, batches, span) = (FileHeader::BYTES as u64, 0, Span::EMPTY);
        Ok(Self { segment, file, length, batches, span, dirty: false, given_up: false })
    }

    /// Appends a batch, and flushes it to disk if `durable`.
    pub(super) fn append(&mut self, batch: &[Event], durable: bool) -> Result<(), StoreError> {
        let (bytes, span) = frame(self.batches, batch).map_err(|_| StoreError::TooLarge { events: batch.len() })?;
        match self.write(&bytes, durable) {
            Ok(()) => {
                self.length += bytes.len() as u64;
                self.batches += 1;
                self.span = self.span.merge(span);
                self.dirty = !durable;
                Ok(())
            }
            Err(Refused { error, intact }) => {
                self.given_up = !intact;
                Err(files::error("cannot write", &self.segment.path)(error))
            }
        }
    }

    /// Puts what was appended on disk.
    pub(super) fn flush(&mut self) -> Result<(), StoreError> {
        if !self.dirty {
            return Ok(());
        }
        self.dirty = false;
        step().and_then(|()| self.file.sync_data()).map_err(|error| {
            // What was acknowledged is in the file for now, and counts; what comes next goes to a file that can be trusted.
            self.given_up = true;
            files::error("cannot flush", &self.segment.path)(error)
        })
    }

    fn write(&mut self, bytes: &[u8], durable: bool) -> Result<(), Refused> {
        let (first, second) = bytes.split_at(bytes.len() / 2);
        let mut write = || {
            step()?;
            self.file.write_all(first)?;
            step()?;
            self.file.write_all(second)?;
            step()
        };
        write().map_err(|error| {
            // Cut off also to give back the room, on a disk that is full.
            let cut = step().and_then(|()| self.file.set_len(self.length));
            let intact = cut.and_then(|()| self.file.seek(SeekFrom::Start(self.length))).is_ok();
            Refused { error, intact }
        })?;
        if durable {
            step().and_then(|()| self.file.sync_data()).map_err(|error| {
                // Whether it will be on disk after a crash is anybody's guess now, and so is what the cut does.
                let _ = self.file.set_len(self.length);
                Refused { error, intact: false }
            })?;
        }
        Ok(())
    }
}

/// A batch as a frame.
fn frame(number: u64, batch: &[Event]) -> Result<(Vec<u8>, Span), Malformed> {
    let mut names = Names::default();
    let mut dimensions = vec![];
    let oldest = batch.iter().map(|event| event.at).min().unwrap_or(Span::EMPTY.oldest);
    let mut writer = BlockWriter::new(oldest);
    for event in batch {
        let what = match &event.kind {
            EventKind::Tracked { event, value } => What::Tracked { event: names.number(event), value: *value },
            EventKind::Exposure(exposure) => {
                encode_dimensions(&exposure.dimensions, &mut dimensions);
                What::Exposure {
                    experiment: names.number(&exposure.experiment),
                    arm: names.number(&exposure.arm),
                    split: names.number(&exposure.split),
                    dimensions: &dimensions,
                }
            }
        };
        let unit_kind = names.number(&event.unit_kind);
        writer.push(&Raw { unit_kind, unit: &event.unit, at: event.at, what }, &names);
    }
    let mut bytes = vec![0; FrameHeader::BYTES];
    let mut block = vec![];
    let span = writer.finish(&mut block);
    let header = FrameHeader::new(Marker::Events, number, span, &block)?;
    bytes.copy_from_slice(&header.encode());
    bytes.append(&mut block);
    Ok((bytes, span))
}
