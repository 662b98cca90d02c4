//! The journal of one flag as a file: lines of JSON, one for each record, read as far as they are whole.

use std::{
    fs::{File, Metadata, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::Path,
};

use super::{super::JournalError, files};
use crate::{machine::State, wire::Record};

/// How much of the beginning of a file tells it from others: no record is as short.
const HEAD: usize = 32;

/// What has been read of a journal so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// How the file begins, with the time of its first record: another one may stand in its place by now.
    head: [u8; HEAD],
    /// As far as it was whole.
    pub(super) length: u64,
    lines: usize,
    pub(super) last: Option<State>,
}

/// Reads on from what was seen; how many bytes stand behind the last whole line. `None` without a file.
pub(super) fn read_on(path: &Path, seen: &Seen) -> Result<Option<(Seen, u64)>, JournalError> {
    let Some((mut file, metadata)) = open(path)? else { return Ok(None) };
    let mut head = [0; HEAD];
    if metadata.len() < HEAD as u64 {
        // Not even the first record is whole.
        return Ok(Some((Seen::default(), metadata.len())));
    }
    file.read_exact(&mut head).map_err(files::error("read", path))?;
    let is_same = head == seen.head && metadata.len() >= seen.length;
    let mut now = if is_same { seen.clone() } else { Seen { head, ..Seen::default() } };
    if metadata.len() == now.length {
        return Ok(Some((now, 0)));
    }
    let mut text = vec![];
    file.seek(SeekFrom::Start(now.length))
        .and_then(|_| file.read_to_end(&mut text))
        .map_err(files::error("read", path))?;
    let whole = whole(&text);
    for record in records(path, whole, now.lines) {
        now.last = Some(record?.state);
    }
    now.lines += whole.iter().filter(|byte| **byte == b'\n').count();
    now.length += whole.len() as u64;
    Ok(Some((now, (text.len() - whole.len()) as u64)))
}

/// Every record of a file; none without one.
pub(super) fn read_all(path: &Path) -> Result<Vec<Record>, JournalError> {
    let Some((mut file, _)) = open(path)? else { return Ok(vec![]) };
    let mut text = vec![];
    file.read_to_end(&mut text).map_err(files::error("read", path))?;
    records(path, whole(&text), 0).collect()
}

/// Cuts off what stands behind the last whole line.
pub(crate) fn cut(path: &Path, length: u64) -> Result<(), JournalError> {
    let file = OpenOptions::new().write(true).open(path).map_err(files::error("open", path))?;
    file.set_len(length).and_then(|()| file.sync_all()).map_err(files::error("mend", path))
}

/// Adds a line to a file of that length, and has it last. Where it cannot, the file is what it was.
pub(crate) fn append(path: &Path, length: u64, line: &str) -> Result<(), JournalError> {
    let mut file = files::open_private(path).map_err(files::error("open", path))?;
    let written = file.seek(SeekFrom::Start(length)).and_then(|_| file.write_all(line.as_bytes()));
    if let Err(error) = written.and_then(|()| file.sync_data()) {
        // If even that fails, the line is cut off when the file is read, or counts if it is whole: nobody has acted on it.
        let _ = file.set_len(length);
        return Err(files::error("write", path)(error));
    }
    if length == 0 {
        files::sync_folder_of(path)?;
    }
    Ok(())
}

fn open(path: &Path) -> Result<Option<(File, Metadata)>, JournalError> {
    match File::open(path).and_then(|file| file.metadata().map(|metadata| (file, metadata))) {
        Ok(opened) => Ok(Some(opened)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(files::error("read", path)(error)),
    }
}

/// The whole lines at the beginning of a text.
pub(crate) fn whole(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    &text[..end]
}

fn records<'a>(
    path: &'a Path,
    text: &'a [u8],
    before: usize,
) -> impl Iterator<Item = Result<Record, JournalError>> + use<'a> {
    let lines = text.split(|byte| *byte == b'\n').zip(before + 1..).filter(|(line, _)| !line.is_empty());
    lines.map(|(line, number)| {
        Record::from_line(&String::from_utf8_lossy(line)).map_err(|problem| JournalError::Damaged {
            path: path.to_owned(),
            line: number,
            problem,
        })
    })
}
