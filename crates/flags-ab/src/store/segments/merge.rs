//! Several sorted files read as one.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, binary_heap::PeekMut},
    fs::File,
    io::BufReader,
};

use super::{
    super::StoreError,
    codec::Raw,
    folder::{Segment, Voids},
    names::Names,
    seal,
    sorted::{Cursor, Source},
};

/// The events of files, in one order.
#[derive(Debug)]
pub(super) struct Merge {
    heap: BinaryHeap<Reverse<Cursor>>,
    names: Names,
}

impl Merge {
    /// Stands at the first event. Logs are sorted in memory, one after the other.
    pub(super) fn begin(mut segments: Vec<(Segment, File)>, mut names: Names) -> Result<Self, StoreError> {
        let mut heap = BinaryHeap::with_capacity(segments.len());
        let voids = Voids::of(&mut segments)?;
        for (rank, (segment, mut file)) in segments.into_iter().enumerate() {
            let source = if segment.sorted {
                Source::File(BufReader::with_capacity(128 << 10, file))
            } else {
                let log = segment.read_log(&mut file)?;
                if let Some(damage) = log.damage(&segment) {
                    return Err(damage);
                }
                Source::Memory(std::io::Cursor::new(seal::sort_in_memory(&segment, &log, &voids)?))
            };
            heap.extend(Cursor::begin(segment, source, rank, &mut names)?.map(Reverse));
        }
        Ok(Self { heap, names })
    }

    /// Gives `visit` the file, the event at which it stands, and goes to the next; `None` if there was none.
    pub(super) fn next<T>(
        &mut self,
        visit: impl FnOnce(&Cursor, &Raw<'_>, &mut Names) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let Some(mut top) = self.heap.peek_mut() else { return Ok(None) };
        let Some(event) = top.0.event() else { return Ok(None) };
        let visited = visit(&top.0, &event, &mut self.names)?;
        if !top.0.advance(&mut self.names)? {
            PeekMut::pop(top);
        }
        Ok(Some(visited))
    }
}
