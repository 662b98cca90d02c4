//! Reading: the entries of a log, one by one, in either direction, as lazily as they are asked for.

use std::{
    collections::VecDeque,
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::Arc,
    vec,
};

use super::super::{
    AuditError, Entry, EntryProblem, Filter,
    entry::Frame,
    lines::{Backward, Forward, Line, Text},
    segment::{self, Listing},
};

/// The entries of a log that a filter asks for, made by [`AuditLog::entries`](super::AuditLog::entries).
///
/// Holds one line at a time in memory, whatever the size of the log.
#[derive(Debug)]
pub struct Entries {
    source: Source,
    filter: Filter,
    remaining: usize,
}

#[derive(Debug)]
enum Source {
    Memory(vec::IntoIter<Arc<str>>),
    Files(Files),
}

impl Entries {
    pub(super) fn of_memory(mut lines: Vec<Arc<str>>, filter: Filter) -> Self {
        if filter.newest_first {
            lines.reverse();
        }
        Self::new(Source::Memory(lines.into_iter()), filter)
    }

    pub(super) fn of_folder(folder: &Path, filter: Filter) -> Result<Self, AuditError> {
        let segments = Listing::read(folder)?.segments;
        Ok(Self::new(Source::Files(Files::new(folder, &segments, filter.newest_first)), filter))
    }

    /// The entries from the segment on that has the entry of that number, if there is one.
    pub(super) fn from_sequence(folder: &Path, sequence: u64) -> Result<Self, AuditError> {
        let segments = Listing::read(folder)?.segments;
        let mut from = 0;
        for (place, number) in segments.iter().enumerate().rev() {
            if first_sequence(&folder.join(segment::name(*number)))?.is_some_and(|first| first <= sequence) {
                from = place;
                break;
            }
        }
        let filter = Filter::default();
        Ok(Self::new(Source::Files(Files::new(folder, &segments[from..], false)), filter))
    }

    /// The entry of that number, where the entries are in order and not filtered.
    pub(super) fn find_sequence(self, sequence: u64) -> Result<Option<Entry>, AuditError> {
        let mut damaged = None;
        for entry in self {
            match entry {
                Ok(entry) if entry.sequence == sequence => return Ok(Some(entry)),
                Ok(entry) if entry.sequence > sequence => break,
                Ok(_) => damaged = None,
                Err(error) => damaged = Some(error),
            }
        }
        damaged.map_or(Ok(None), Err)
    }

    fn new(source: Source, filter: Filter) -> Self {
        let remaining = filter.limit.unwrap_or(usize::MAX);
        Self { source, filter, remaining }
    }

    fn next_of_any(&mut self) -> Option<Result<Entry, AuditError>> {
        match &mut self.source {
            Source::Memory(lines) => {
                let line = lines.next()?;
                let bad = |problem| AuditError::BadLine { place: "memory".into(), offset: 0, problem };
                Some(Entry::parse(line.as_bytes()).map_err(bad))
            }
            Source::Files(files) => files.next(),
        }
    }
}

impl Iterator for Entries {
    type Item = Result<Entry, AuditError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.remaining == 0 {
            return None;
        }
        loop {
            match self.next_of_any()? {
                Ok(entry) if !self.filter.matches(&entry) => {}
                Ok(entry) => {
                    self.remaining -= 1;
                    return Some(Ok(entry));
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// The number of the first entry of a segment, if its first line is one.
fn first_sequence(path: &Path) -> Result<Option<u64>, AuditError> {
    let Some(file) = open(path)? else { return Ok(None) };
    let line = Forward::new(file).next().map_err(AuditError::io("read", path))?;
    Ok(line.and_then(|line| match line.text {
        Text::Whole(text) => Frame::parse(&text).ok().map(|frame| frame.sequence),
        Text::Unended(_) | Text::TooLong => None,
    }))
}

/// Opens a segment; `None` if it was moved away since the folder was looked at.
pub(super) fn open(path: &Path) -> Result<Option<File>, AuditError> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(AuditError::io("open", path)(error)),
    }
}

/// The lines of some segments.
#[derive(Debug)]
struct Files {
    folder: PathBuf,
    segments: VecDeque<u32>,
    /// The segment that somebody may be writing to.
    last: Option<u32>,
    newest_first: bool,
    current: Option<Current>,
}

#[derive(Debug)]
struct Current {
    path: PathBuf,
    is_last: bool,
    lines: Lines,
}

#[derive(Debug)]
enum Lines {
    Forward(Forward),
    Backward(Backward),
}

impl Files {
    fn new(folder: &Path, segments: &[u32], newest_first: bool) -> Self {
        let mut order: VecDeque<u32> = segments.iter().copied().collect();
        if newest_first {
            order.make_contiguous().reverse();
        }
        Self { folder: folder.to_owned(), segments: order, last: segments.last().copied(), newest_first, current: None }
    }

    fn next(&mut self) -> Option<Result<Entry, AuditError>> {
        loop {
            let current = match self.current.take() {
                Some(current) => self.current.insert(current),
                None => match self.open_next()? {
                    Ok(Some(current)) => self.current.insert(current),
                    Ok(None) => continue,
                    Err(error) => return Some(Err(error)),
                },
            };
            let line = match &mut current.lines {
                Lines::Forward(lines) => lines.next(),
                Lines::Backward(lines) => lines.next(),
            };
            match line {
                Ok(Some(line)) => {
                    if let Some(entry) = current.entry(&line) {
                        return Some(entry);
                    }
                }
                Ok(None) => self.current = None,
                Err(error) => {
                    let error = AuditError::io("read", &current.path)(error);
                    self.current = None;
                    return Some(Err(error));
                }
            }
        }
    }

    fn open_next(&mut self) -> Option<Result<Option<Current>, AuditError>> {
        let number = self.segments.pop_front()?;
        let path = self.folder.join(segment::name(number));
        let is_last = self.last == Some(number);
        let lines = open(&path).and_then(|file| {
            let Some(file) = file else { return Ok(None) };
            if !self.newest_first {
                return Ok(Some(Lines::Forward(Forward::new(file))));
            }
            let length = file.metadata().map_err(AuditError::io("read", &path))?.len();
            Ok(Some(Lines::Backward(Backward::new(file, length))))
        });
        Some(lines.map(|lines| lines.map(|lines| Current { path, is_last, lines })))
    }
}

impl Current {
    /// The entry of a line; `None` for one that is still being written.
    fn entry(&self, line: &Line) -> Option<Result<Entry, AuditError>> {
        let entry = match &line.text {
            Text::Whole(text) => Entry::parse(text),
            Text::Unended(_) if self.is_last => return None,
            Text::Unended(_) => Err(EntryProblem::NotAnEntry { why: "it has no end".into() }),
            Text::TooLong => Err(EntryProblem::TooLong),
        };
        let bad = |problem| AuditError::BadLine { place: self.path.clone(), offset: line.offset, problem };
        Some(entry.map_err(bad))
    }
}
