//! What files of events are made of: a header, and frames whose checksums tell what is whole.
//!
//! ```text
//! file    "flagsev" version:u8 void_log:u64 void_from:u64 checksum:u32              28 bytes, then frames
//! frame   marker:4 length:u32 number:u64 events:u64 oldest:i64 newest:i64 checksum of the block:u32 checksum of these:u32
//!         then the block, of that length
//! ```
//!
//! Numbers are little endian. A frame stands by itself: what comes before it need not be whole to read it.

use std::ops::Range;

use flags_core::Timestamp;

use super::codec::Malformed;

/// The newest format known here.
pub(super) const FORMAT: u8 = 1;

const MAGIC: &[u8; 7] = b"flagsev";

/// What a file begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileHeader {
    /// The number of another log, and of the first batch there that is not to count: it was refused to its caller, who was free
    /// to append it again, and that went here. Both are [`u64::MAX`] where there is none.
    pub(super) void: Void,
}

/// The batches of a log from one on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Void {
    pub(super) log: u64,
    pub(super) from: u64,
}

impl Void {
    /// No batches.
    pub(super) const NONE: Self = Self { log: u64::MAX, from: u64::MAX };
}

/// Why a header could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadHeader {
    /// It was written by a newer program.
    Newer(u8),
    /// It is not one, or not whole.
    Damaged,
}

impl FileHeader {
    pub(super) const BYTES: usize = 28;

    pub(super) fn encode(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..7].copy_from_slice(MAGIC);
        bytes[7] = FORMAT;
        bytes[8..16].copy_from_slice(&self.void.log.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.void.from.to_le_bytes());
        let checksum = crc32fast::hash(&bytes[..24]);
        bytes[24..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, BadHeader> {
        let bytes: &[u8; Self::BYTES] =
            bytes.get(..Self::BYTES).and_then(|bytes| bytes.try_into().ok()).ok_or(BadHeader::Damaged)?;
        if bytes[..7] != *MAGIC {
            return Err(BadHeader::Damaged);
        }
        // What else a newer format has in its header is not known here.
        if FORMAT < bytes[7] {
            return Err(BadHeader::Newer(bytes[7]));
        }
        if crc32fast::hash(&bytes[..24]).to_le_bytes() != bytes[24..] {
            return Err(BadHeader::Damaged);
        }
        let void = Void { log: u64::from_le_bytes(array(bytes, 8)), from: u64::from_le_bytes(array(bytes, 16)) };
        Ok(Self { void })
    }
}

/// Which frame it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marker {
    /// One with events.
    Events,
    /// The last one of a sorted file, without any: its numbers are the sums of the others.
    Last,
}

/// What a frame says of its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameHeader {
    pub(super) marker: Marker,
    /// How many bytes the block has.
    pub(super) length: u32,
    /// Which frame of its file it is, from 0.
    pub(super) number: u64,
    pub(super) span: Span,
    checksum: u32,
}

/// How many events there are, and from when to when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) events: u64,
    pub(super) oldest: Timestamp,
    pub(super) newest: Timestamp,
}

impl Span {
    /// Nothing.
    pub(super) const EMPTY: Self =
        Self { events: 0, oldest: Timestamp::from_micros(i64::MAX), newest: Timestamp::from_micros(i64::MIN) };

    pub(super) fn add(&mut self, at: Timestamp) {
        self.events += 1;
        self.oldest = self.oldest.min(at);
        self.newest = self.newest.max(at);
    }

    pub(super) fn merge(self, other: Self) -> Self {
        Self {
            // What two files claim may be anything.
            events: self.events.saturating_add(other.events),
            oldest: self.oldest.min(other.oldest),
            newest: self.newest.max(other.newest),
        }
    }
}

impl FrameHeader {
    pub(super) const BYTES: usize = 48;

    /// The header of a frame around that block.
    ///
    /// # Errors
    ///
    /// If the block is too long to be one.
    pub(super) fn new(marker: Marker, number: u64, span: Span, block: &[u8]) -> Result<Self, Malformed> {
        let length = u32::try_from(block.len()).map_err(|_| Malformed("a block of more than 4 GiB"))?;
        Ok(Self { marker, length, number, span, checksum: crc32fast::hash(block) })
    }

    pub(super) fn encode(self) -> [u8; Self::BYTES] {
        let marker = match self.marker {
            Marker::Events => b"evts",
            Marker::Last => b"last",
        };
        let mut bytes = [0; Self::BYTES];
        bytes[..4].copy_from_slice(marker);
        bytes[4..8].copy_from_slice(&self.length.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.number.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.span.events.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.span.oldest.as_micros().to_le_bytes());
        bytes[32..40].copy_from_slice(&self.span.newest.as_micros().to_le_bytes());
        bytes[40..44].copy_from_slice(&self.checksum.to_le_bytes());
        let checksum = crc32fast::hash(&bytes[..44]);
        bytes[44..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// The header at the beginning of these bytes, if one is there, whole.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; Self::BYTES] = bytes.get(..Self::BYTES)?.try_into().ok()?;
        if crc32fast::hash(&bytes[..44]).to_le_bytes() != bytes[44..] {
            return None;
        }
        let marker = match &bytes[..4] {
            b"evts" => Marker::Events,
            b"last" => Marker::Last,
            _ => return None,
        };
        let span = Span {
            events: u64::from_le_bytes(array(bytes, 16)),
            oldest: Timestamp::from_micros(i64::from_le_bytes(array(bytes, 24))),
            newest: Timestamp::from_micros(i64::from_le_bytes(array(bytes, 32))),
        };
        let length = u32::from_le_bytes(array(bytes, 4));
        let number = u64::from_le_bytes(array(bytes, 8));
        Some(Self { marker, length, number, span, checksum: u32::from_le_bytes(array(bytes, 40)) })
    }

    /// Whether this is the block that the frame was made around.
    pub(super) fn holds(&self, block: &[u8]) -> bool {
        crc32fast::hash(block) == self.checksum
    }
}

/// What is found in the bytes of a log.
#[derive(Debug, Default)]
pub(super) struct Frames {
    /// The frames that are whole, in their order, each with where its block is.
    pub(super) whole: Vec<(FrameHeader, Range<usize>)>,
    /// How many bytes at the end are the beginning of a frame that was never finished.
    pub(super) torn: u64,
    /// Where something is not a frame although frames come after it: nobody stops in the middle of a file.
    pub(super) damaged_at: Option<usize>,
}

impl Frames {
    /// Looks for frames from an offset on.
    pub(super) fn find(bytes: &[u8], from: usize) -> Self {
        let mut frames = Self::default();
        let mut at = from.min(bytes.len());
        while at < bytes.len() {
            if let Some((header, block)) = frame_at(bytes, at) {
                at = block.end;
                frames.whole.push((header, block));
                continue;
            }
            let Some(next) = (at + 1..bytes.len()).find(|next| frame_at(bytes, *next).is_some()) else {
                frames.torn = (bytes.len() - at) as u64;
                break;
            };
            frames.damaged_at.get_or_insert(at);
            at = next;
        }
        frames
    }

    /// Looks for frames in a log whose header is not one.
    pub(super) fn find_after_damage(bytes: &[u8]) -> Self {
        let mut frames = Self::find(bytes, 0);
        if !is_torn_start(bytes) {
            frames.damaged_at = Some(0);
            if frames.whole.is_empty() {
                // Nothing says that it ever was a batch.
                frames.torn = 0;
            }
        }
        frames
    }
}

/// Whether it is what a crash leaves of a log that was being made: nothing is appended before the header is on disk.
fn is_torn_start(bytes: &[u8]) -> bool {
    bytes.len() < FileHeader::BYTES || (bytes.len() == FileHeader::BYTES && bytes.iter().all(|byte| *byte == 0))
}

/// The frame with events that begins there, if it is whole.
fn frame_at(bytes: &[u8], at: usize) -> Option<(FrameHeader, Range<usize>)> {
    // Before anything is added up: this looks at every byte after a damaged one.
    if !bytes[at..].starts_with(b"evts") {
        return None;
    }
    let header = FrameHeader::decode(&bytes[at..])?;
    let start = at + FrameHeader::BYTES;
    let end = start.checked_add(header.length as usize)?;
    header.holds(bytes.get(start..end)?).then_some((header, start..end))
}

/// The `N` bytes at an offset that is within the header.
fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    std::array::from_fn(|index| bytes[at + index])
}
