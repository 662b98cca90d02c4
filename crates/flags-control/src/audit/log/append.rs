//! Writing: entries become lines at the end of a segment, or of a new one, and are on disk before anybody hears of them.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
};

use serde_json::Value;

use super::{
    super::{AuditError, Draft, Entry, MAX_LINE_BYTES, bookkeeping::segment_opened, chain::Chain, segment},
    LogOptions,
    folder::Known,
};

/// Adds the drafts that are not there yet. After an error, what is known is of no use any more.
pub(super) fn append(
    folder: &Path,
    options: LogOptions,
    known: &mut Known,
    drafts: &[Draft],
    checkpoint: &dyn Fn() -> Value,
) -> Result<Vec<Entry>, AuditError> {
    let missing = known.chain.missing(drafts);
    let Some(first) = missing.first() else { return Ok(Vec::new()) };
    let is_full = known.length > 0 && known.length >= options.segment_bytes;
    let next = if is_full { known.segment.checked_add(1) } else { None };
    let mut lines = Lines { chain: known.chain, text: String::new() };
    if let Some(next) = next {
        let recorded = known.chain.recorded;
        let opening = segment_opened(first.at, next, recorded, &checkpoint());
        if let Err(AuditError::TooLong { .. }) = lines.add(&opening) {
            // A replay goes further back then.
            lines.add(&segment_opened(first.at, next, recorded, &Value::Null))?;
        }
    }
    let entries = missing.into_iter().map(|draft| lines.add(draft)).collect::<Result<_, _>>()?;
    if let Some(next) = next {
        (known.segment, known.length) = (next, 0);
    }
    write(folder, known, &lines)?;
    Ok(entries)
}

/// Adds one draft to the segment there is, whatever its size.
pub(super) fn add(folder: &Path, known: &mut Known, draft: &Draft) -> Result<Entry, AuditError> {
    let mut lines = Lines { chain: known.chain, text: String::new() };
    let entry = lines.add(draft)?;
    write(folder, known, &lines)?;
    Ok(entry)
}

/// Lines to be written at once.
struct Lines {
    chain: Chain,
    text: String,
}

impl Lines {
    fn add(&mut self, draft: &Draft) -> Result<Entry, AuditError> {
        let mut chain = self.chain;
        let (entry, line) = chain.add(draft);
        if line.len() > MAX_LINE_BYTES {
            return Err(AuditError::TooLong { bytes: line.len() });
        }
        self.chain = chain;
        self.text.push_str(&line);
        self.text.push('\n');
        Ok(entry)
    }
}

fn write(folder: &Path, known: &mut Known, lines: &Lines) -> Result<(), AuditError> {
    if known.segment == 1 && known.length == 0 {
        segment::create_folder(folder)?;
    }
    let path = folder.join(segment::name(known.segment));
    let mut file = segment::open_for_append(&path)?;
    let written = file.write_all(lines.text.as_bytes()).and_then(|()| file.sync_data());
    let written = written.map_err(AuditError::io("write to", &path)).and_then(|()| match known.length {
        0 => segment::sync_folder(folder),
        _ => Ok(()),
    });
    if let Err(error) = written {
        // If this fails too, whoever comes next finds half a line, or whole ones, and knows what to do with either.
        let _ = take_back(&file, &path, known.length);
        return Err(error);
    }
    known.length += lines.text.len() as u64;
    known.chain = lines.chain;
    Ok(())
}

fn take_back(file: &File, path: &Path, length: u64) -> io::Result<()> {
    file.set_len(length)?;
    file.sync_data()?;
    if length == 0 { fs::remove_file(path) } else { Ok(()) }
}
