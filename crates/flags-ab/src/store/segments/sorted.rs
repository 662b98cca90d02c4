//! Sorted files: writing one, and reading one event after the other.

use std::{
    cmp::Ordering,
    fs::File,
    io::{self, BufReader, Read, Write},
};

use super::{
    super::StoreError,
    codec::{BlockReader, BlockWriter, Malformed, Raw},
    files,
    folder::Segment,
    frame::{BadHeader, FileHeader, FrameHeader, Marker, Span, Void},
    names::Names,
};
use crate::Name;
use flags_core::Timestamp;

/// From how many bytes on a block is written out.
const BLOCK_BYTES: usize = 64 << 10;

/// Writes a sorted file from events that come in its order.
#[derive(Debug)]
pub(super) struct SortedWriter<W> {
    out: W,
    block: BlockWriter,
    bytes: Vec<u8>,
    blocks: u64,
    total: Span,
}

impl<W: Write> SortedWriter<W> {
    /// Begins a file of events that are not older than `oldest`.
    pub(super) fn begin(mut out: W, oldest: Timestamp) -> io::Result<Self> {
        out.write_all(&FileHeader { void: Void::NONE }.encode())?;
        Ok(Self { out, block: BlockWriter::new(oldest), bytes: vec![], blocks: 0, total: Span::EMPTY })
    }

    pub(super) fn push(&mut self, event: &Raw<'_>, names: &Names) -> io::Result<()> {
        self.block.push(event, names);
        if BLOCK_BYTES <= self.block.bytes() { self.write_block() } else { Ok(()) }
    }

    /// Ends the file, and gives back where it went.
    pub(super) fn finish(mut self) -> io::Result<W> {
        if self.block.bytes() != 0 {
            self.write_block()?;
        }
        let last = FrameHeader::new(Marker::Last, self.blocks, self.total, &[]).map_err(invalid)?;
        self.out.write_all(&last.encode())?;
        Ok(self.out)
    }

    fn write_block(&mut self) -> io::Result<()> {
        self.bytes.clear();
        let span = self.block.finish(&mut self.bytes);
        let frame = FrameHeader::new(Marker::Events, self.blocks, span, &self.bytes).map_err(invalid)?;
        self.out.write_all(&frame.encode())?;
        self.out.write_all(&self.bytes)?;
        self.blocks += 1;
        self.total = self.total.merge(span);
        Ok(())
    }
}

fn invalid(Malformed(problem): Malformed) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem)
}

/// Where the bytes of a sorted file are.
#[derive(Debug)]
pub(super) enum Source {
    File(BufReader<File>),
    /// What a log was sorted into for one scan.
    Memory(io::Cursor<Vec<u8>>),
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read(buffer),
            Self::Memory(bytes) => bytes.read(buffer),
        }
    }
}

/// Reads a sorted file; it stands at one event, and is compared by that.
///
/// The order is that of kinds of units by their text, units, and instants; then that of the files, in which the events were
/// appended.
#[derive(Debug)]
pub(super) struct Cursor {
    segment: Segment,
    source: Source,
    offset: u64,
    rank: usize,
    block: BlockReader,
    blocks: u64,
    total: Span,
    unit_kind: Option<(u32, Name)>,
}

impl Cursor {
    /// Stands at the first event; `None` if there is none. `rank` is the place of the file among the others.
    pub(super) fn begin(
        segment: Segment,
        source: Source,
        rank: usize,
        names: &mut Names,
    ) -> Result<Option<Self>, StoreError> {
        let block = BlockReader::default();
        let (total, unit_kind) = (Span::EMPTY, None);
        let mut cursor = Self { segment, source, offset: 0, rank, block, blocks: 0, total, unit_kind };
        let mut header = [0; FileHeader::BYTES];
        cursor.read(&mut header)?;
        match FileHeader::decode(&header) {
            Ok(_) => {}
            Err(BadHeader::Newer(format)) => return Err(cursor.segment.newer(format)),
            Err(BadHeader::Damaged) => return Err(cursor.segment.damaged(0, "it does not begin as it should")),
        }
        Ok(cursor.advance(names)?.then_some(cursor))
    }

    /// The event at which it stands; `None` at the end.
    pub(super) fn event(&self) -> Option<Raw<'_>> {
        self.block.event()
    }

    /// Goes to the next event, and says whether there is one.
    pub(super) fn advance(&mut self, names: &mut Names) -> Result<bool, StoreError> {
        loop {
            match self.block.advance() {
                Ok(true) => break,
                Ok(false) => {}
                Err(malformed) => return Err(self.malformed(malformed)),
            }
            if !self.next_block(names)? {
                return Ok(false);
            }
        }
        let unit_kind = self.block.event().map(|event| event.unit_kind);
        if self.unit_kind.as_ref().map(|(number, _)| *number) != unit_kind {
            self.unit_kind = unit_kind.map(|number| (number, names.name(number).clone()));
        }
        Ok(true)
    }

    /// The error for what could be read and says nothing.
    pub(super) fn malformed(&self, Malformed(problem): Malformed) -> StoreError {
        self.segment.damaged(self.offset, problem)
    }

    fn next_block(&mut self, names: &mut Names) -> Result<bool, StoreError> {
        let began = self.offset;
        let mut header = [0; FrameHeader::BYTES];
        self.read(&mut header)?;
        let damaged = |problem| self.segment.damaged(began, problem);
        let frame =
            FrameHeader::decode(&header).ok_or_else(|| damaged("the beginning of a block is not as written"))?;
        if frame.number != self.blocks {
            return Err(damaged("a block is missing"));
        }
        if frame.marker == Marker::Last {
            let whole = frame.span == self.total;
            return if whole { Ok(false) } else { Err(damaged("its events are not those that were written")) };
        }
        let mut room = std::mem::take(self.block.room(frame.length as usize));
        let read = self.read(&mut room);
        *self.block.room(0) = room;
        read?;
        let block = self.block.room(frame.length as usize);
        if !frame.holds(block) {
            return Err(self.segment.damaged(began, "a block is not as written"));
        }
        self.block.begin(names).map_err(|Malformed(problem)| self.segment.damaged(began, problem))?;
        self.blocks += 1;
        self.total = self.total.merge(frame.span);
        Ok(true)
    }

    fn read(&mut self, into: &mut [u8]) -> Result<(), StoreError> {
        match self.source.read_exact(into) {
            Ok(()) => {
                self.offset += into.len() as u64;
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Err(self.segment.damaged(self.offset, "it ends too early"))
            }
            Err(error) => Err(files::error("cannot read", &self.segment.path)(error)),
        }
    }
}

impl Ord for Cursor {
    fn cmp(&self, other: &Self) -> Ordering {
        let kinds = match (&self.unit_kind, &other.unit_kind) {
            (Some((a, _)), Some((b, _))) if a == b => Ordering::Equal,
            (a, b) => a.as_ref().map(|(_, name)| name).cmp(&b.as_ref().map(|(_, name)| name)),
        };
        let key = |cursor: &Self| cursor.event().map(|event| event.at);
        let unit = |cursor: &Self, other: &Self| {
            cursor.event().map(|event| event.unit).cmp(&other.event().map(|event| event.unit))
        };
        kinds
            .then_with(|| unit(self, other))
            .then_with(|| key(self).cmp(&key(other)))
            .then_with(|| self.rank.cmp(&other.rank))
    }
}

impl PartialOrd for Cursor {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Cursor {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Cursor {}
