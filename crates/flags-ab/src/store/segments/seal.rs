//! A log becomes a sorted file.

use std::{
    cmp::Ordering,
    fs::{self, File},
    io::{self, BufWriter, Write},
    ops::Range,
    path::Path,
};

use super::{
    super::StoreError,
    codec::{BlockReader, Malformed, Raw, What},
    files,
    folder::{LogContent, Segment, Voids},
    frame::Span,
    names::Names,
    sorted::SortedWriter,
    step::step,
};
use flags_core::Timestamp;

/// What became of a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sealed {
    /// How many bytes at its end were half written, and are gone.
    pub(super) torn: u64,
    /// Whether a place in it is damaged. It is set aside then.
    pub(super) damaged: bool,
}

/// Puts a sorted file in place of a log that nobody writes to any more.
///
/// The log is removed when the other is on disk under its name; whoever ends in between leaves a log that does not count.
pub(super) fn seal(folder: &Path, log: &Segment, voids: &Voids) -> Result<Sealed, StoreError> {
    let Some(mut file) = log.open()? else { return Ok(Sealed::default()) };
    let content = log.read_log(&mut file)?;
    let rows = Rows::of(log, &content, voids)?;
    if rows.span.events != 0 {
        let sorted = Segment::sorted(folder, log.first, log.last);
        write(&sorted.path, rows.span.oldest, |writer| rows.write(writer).map(|()| true))?;
    }
    let sealed = Sealed { torn: content.frames.torn, damaged: content.frames.damaged_at.is_some() };
    if sealed.damaged {
        files::rename(&log.path, &log.path.with_extension("log.damaged"))?;
    } else {
        files::remove(&log.path)?;
    }
    files::sync_folder(folder)?;
    Ok(sealed)
}

/// Writes a sorted file under another name, and renames it when it is on disk; `false` if `fill` says that it is not wanted.
pub(super) fn write(
    path: &Path,
    oldest: Timestamp,
    fill: impl FnOnce(&mut SortedWriter<BufWriter<File>>) -> Result<bool, StoreError>,
) -> Result<bool, StoreError> {
    let temporary = path.with_extension("sorted.new");
    let failed = files::error("cannot write", &temporary);
    let write = || {
        step().map_err(&failed)?;
        let file = files::open_private(&temporary, false).map_err(&failed)?;
        file.set_len(0).map_err(&failed)?;
        let out = BufWriter::with_capacity(128 << 10, file);
        let mut writer = SortedWriter::begin(out, oldest).map_err(&failed)?;
        if !fill(&mut writer)? {
            return Ok(false);
        }
        step().map_err(&failed)?;
        let out = writer.finish().map_err(&failed)?;
        let file = out.into_inner().map_err(|error| failed(error.into_error()))?;
        step().and_then(|()| file.sync_all()).map_err(&failed)?;
        Ok(true)
    };
    let written = write();
    if !matches!(written, Ok(true)) {
        // What is half written takes room that may be missing elsewhere; if it stays, it is removed later.
        let _ = fs::remove_file(&temporary);
        return written;
    }
    files::rename(&temporary, path)?;
    if let Some(folder) = path.parent() {
        files::sync_folder(folder)?;
    }
    Ok(true)
}

/// The bytes of the sorted file that the log would become.
pub(super) fn sort_in_memory(segment: &Segment, log: &LogContent, voids: &Voids) -> Result<Vec<u8>, StoreError> {
    let failed = files::error("cannot sort", &segment.path);
    let rows = Rows::of(segment, log, voids)?;
    let mut writer = SortedWriter::begin(vec![], rows.span.oldest).map_err(&failed)?;
    rows.write(&mut writer)?;
    writer.finish().map_err(failed)
}

/// The events of a log, sorted.
struct Rows<'a> {
    segment: &'a Segment,
    names: Names,
    units: String,
    dimensions: Vec<u8>,
    rows: Vec<Row>,
    span: Span,
}

struct Row {
    unit_kind: u32,
    unit: Range<usize>,
    at: Timestamp,
    what: RowKind,
}

enum RowKind {
    Exposure { experiment: u32, arm: u32, split: u32, dimensions: Range<usize> },
    Tracked { event: u32, value: f64 },
}

impl<'a> Rows<'a> {
    fn of(segment: &'a Segment, log: &LogContent, voids: &Voids) -> Result<Self, StoreError> {
        let (units, dimensions) = (String::new(), vec![]);
        let mut rows = Self { segment, names: Names::default(), units, dimensions, rows: vec![], span: Span::EMPTY };
        let mut reader = BlockReader::default();
        for (frame, block) in log.batches(voids.of_log(segment)) {
            let mut read = |rows: &mut Self| {
                reader.room(block.len()).copy_from_slice(block);
                reader.begin(&mut rows.names)?;
                while reader.advance()? {
                    rows.extend(reader.event());
                }
                Ok(())
            };
            // The checksum is right, so this is what was written, and not what became of it.
            read(&mut rows).map_err(|Malformed(problem)| segment.damaged(frame.number, problem))?;
        }
        let Self { names, units, rows: sorted, .. } = &mut rows;
        sorted.sort_by(|a, b| {
            let kinds = match a.unit_kind == b.unit_kind {
                true => Ordering::Equal,
                false => names.name(a.unit_kind).cmp(names.name(b.unit_kind)),
            };
            kinds.then_with(|| units[a.unit.clone()].cmp(&units[b.unit.clone()])).then_with(|| a.at.cmp(&b.at))
        });
        Ok(rows)
    }

    fn extend(&mut self, event: Option<Raw<'_>>) {
        let Some(event) = event else { return };
        self.span.add(event.at);
        let start = self.units.len();
        self.units.push_str(event.unit);
        let what = match event.what {
            What::Tracked { event, value } => RowKind::Tracked { event, value },
            What::Exposure { experiment, arm, split, dimensions } => {
                let start = self.dimensions.len();
                self.dimensions.extend(dimensions);
                RowKind::Exposure { experiment, arm, split, dimensions: start..self.dimensions.len() }
            }
        };
        let unit = start..self.units.len();
        self.rows.push(Row { unit_kind: event.unit_kind, unit, at: event.at, what });
    }

    fn write<W: Write>(&self, writer: &mut SortedWriter<W>) -> Result<(), StoreError> {
        let mut push = || -> io::Result<()> {
            for row in &self.rows {
                let what = match &row.what {
                    RowKind::Tracked { event, value } => What::Tracked { event: *event, value: *value },
                    RowKind::Exposure { experiment, arm, split, dimensions } => What::Exposure {
                        experiment: *experiment,
                        arm: *arm,
                        split: *split,
                        dimensions: &self.dimensions[dimensions.clone()],
                    },
                };
                let unit = &self.units[row.unit.clone()];
                writer.push(&Raw { unit_kind: row.unit_kind, unit, at: row.at, what }, &self.names)?;
            }
            Ok(())
        };
        push().map_err(files::error("cannot write", &self.segment.path))
    }
}
