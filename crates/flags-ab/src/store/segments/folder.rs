//! Which files of a folder hold its events.
//!
//! ```text
//! 00000007.log               batches as they were appended; the one of the highest number is being written
//! 00000001-00000006.sorted   the events of logs 1 to 6 in the order of their units
//! *.new                      a sorted file that is being written, or that an interrupted program left
//! 00000005.log.damaged       a log with a damaged place; what is whole in it is in the sorted files
//! lock                       held by the operating system for the one who writes, with his process id as text
//! ```
//!
//! The names say it all: a file whose numbers are among those of another is older than that, and does not count. So a change
//! of files is in force with one renaming, and a program may end before and after it.

use std::{
    fs::{self, File},
    io::{self, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

use super::{
    super::StoreError,
    files,
    frame::{BadHeader, FORMAT, FileHeader, FrameHeader, Frames, Marker, Span, Void},
};

/// How often a folder whose files change is looked at again. A change takes the writer longer than a look.
const TRIES: usize = 1_000;

/// A file with events, as its name says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Segment {
    /// The first log whose events are there.
    pub(super) first: u64,
    /// The last one.
    pub(super) last: u64,
    /// Whether it is sorted; a log is not.
    pub(super) sorted: bool,
    pub(super) path: PathBuf,
}

/// The files of a folder.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Listing {
    /// Those whose events count, in the order in which these were appended.
    pub(super) segments: Vec<Segment>,
    /// Those whose events are in one of the others, or which were never finished.
    pub(super) left_over: Vec<PathBuf>,
    /// How many are set aside because they are damaged.
    pub(super) set_aside: usize,
    /// The number of the last log of which anything is there, be it set aside; 0 if there is none.
    pub(super) last: u64,
}

impl Segment {
    pub(super) fn log(folder: &Path, number: u64) -> Self {
        Self { first: number, last: number, sorted: false, path: folder.join(format!("{number:08}.log")) }
    }

    pub(super) fn sorted(folder: &Path, first: u64, last: u64) -> Self {
        Self { first, last, sorted: true, path: folder.join(format!("{first:08}-{last:08}.sorted")) }
    }

    fn parse(folder: &Path, name: &str) -> Option<Self> {
        let segment = if let Some(number) = name.strip_suffix(".log") {
            Self::log(folder, number.parse().ok()?)
        } else {
            let (first, last) = name.strip_suffix(".sorted")?.split_once('-')?;
            Self::sorted(folder, first.parse().ok()?, last.parse().ok()?)
        };
        // Names that only look alike, such as those that a person has made, are nobody's.
        let same = segment.path.file_name().is_some_and(|own| own == name);
        (same && segment.first <= segment.last).then_some(segment)
    }

    fn covers(&self, other: &Self) -> bool {
        let wider = self.first <= other.first && other.last <= self.last;
        wider && ((other.last - other.first) < (self.last - self.first) || (self.sorted && !other.sorted))
    }

    /// Opens it and checks its beginning; `None` if it is gone.
    pub(super) fn open(&self) -> Result<Option<File>, StoreError> {
        match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            opened => opened.map(Some).map_err(files::error("cannot open", &self.path)),
        }
    }

    /// Refuses what a newer program has written. Damage is found, and told, by who reads on.
    pub(super) fn check_format(&self) -> Result<(), StoreError> {
        self.open()?.map_or(Ok(()), |mut file| self.void(&mut file).map(|_| ()))
    }

    /// Reads the whole log, or what there is of it yet.
    pub(super) fn read_log(&self, file: &mut File) -> Result<LogContent, StoreError> {
        let mut bytes = vec![];
        file.read_to_end(&mut bytes).map_err(files::error("cannot read", &self.path))?;
        let frames = match FileHeader::decode(&bytes) {
            Ok(_) => Frames::find(&bytes, FileHeader::BYTES),
            Err(BadHeader::Newer(format)) => return Err(self.newer(format)),
            Err(BadHeader::Damaged) => Frames::find_after_damage(&bytes),
        };
        Ok(LogContent { bytes, frames })
    }

    /// Which batches of another log do not count, as the beginning of this one says.
    fn void(&self, file: &mut File) -> Result<Void, StoreError> {
        let mut header = vec![];
        let bytes = FileHeader::BYTES as u64;
        let read = file.by_ref().take(bytes).read_to_end(&mut header).and_then(|_| file.rewind());
        read.map_err(files::error("cannot read", &self.path))?;
        match FileHeader::decode(&header) {
            Ok(header) => Ok(header.void),
            Err(BadHeader::Newer(format)) => Err(self.newer(format)),
            Err(BadHeader::Damaged) => Ok(Void::NONE),
        }
    }

    /// What the last frame of a sorted file says of it all.
    pub(super) fn total(&self, file: &mut File) -> Result<Span, StoreError> {
        let read = || -> io::Result<_> {
            let end = file.seek(SeekFrom::End(0))?;
            let mut last = [0; FrameHeader::BYTES];
            file.seek(SeekFrom::Start(end.saturating_sub(FrameHeader::BYTES as u64)))?;
            file.by_ref().take(FrameHeader::BYTES as u64).read_exact(&mut last)?;
            file.rewind()?;
            Ok((end, FrameHeader::decode(&last).filter(|frame| frame.marker == Marker::Last)))
        };
        let ends = || self.damaged(0, "it ends too early");
        match { read }() {
            Ok((end, last)) => last.map(|last| last.span).ok_or_else(|| self.damaged(end, "it ends too early")),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(ends()),
            Err(error) => Err(files::error("cannot read", &self.path)(error)),
        }
    }

    pub(super) fn damaged(&self, offset: u64, problem: &'static str) -> StoreError {
        StoreError::Damaged { path: self.path.clone(), offset, problem }
    }

    pub(super) fn newer(&self, format: u8) -> StoreError {
        StoreError::NewerFormat { path: self.path.clone(), format, known: FORMAT }
    }
}

/// What is read of a log.
#[derive(Debug)]
pub(super) struct LogContent {
    pub(super) bytes: Vec<u8>,
    pub(super) frames: Frames,
}

/// Which batches of logs do not count, as other logs say.
#[derive(Debug, Default)]
pub(super) struct Voids(Vec<Void>);

impl Voids {
    /// Looks into the beginnings of the logs.
    pub(super) fn of(segments: &mut [(Segment, File)]) -> Result<Self, StoreError> {
        let logs = segments.iter_mut().filter(|(segment, _)| !segment.sorted);
        logs.map(|(segment, file)| segment.void(file)).collect::<Result<_, _>>().map(Self)
    }

    /// The first batch of a log that does not count.
    pub(super) fn of_log(&self, log: &Segment) -> u64 {
        let voids = self.0.iter().filter(|void| void.log == log.first);
        voids.map(|void| void.from).min().unwrap_or(u64::MAX)
    }
}

impl LogContent {
    /// What is wrong with it, if a place in it is damaged.
    pub(super) fn damage(&self, log: &Segment) -> Option<StoreError> {
        let offset = self.frames.damaged_at?;
        let problem =
            if offset < FileHeader::BYTES { "it does not begin as a log" } else { "a batch is not as written" };
        Some(log.damaged(offset as u64, problem))
    }

    /// The blocks of the batches that count: those before one.
    pub(super) fn batches(&self, void_from: u64) -> impl Iterator<Item = (&FrameHeader, &[u8])> {
        let counts = self.frames.whole.iter().filter(move |(frame, _)| frame.number < void_from);
        counts.map(|(frame, block)| (frame, &self.bytes[block.clone()]))
    }
}

impl Listing {
    /// Looks into the folder.
    pub(super) fn of(folder: &Path) -> Result<Self, StoreError> {
        let failed = files::error("cannot read", folder);
        let entries = fs::read_dir(folder).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => StoreError::Missing { folder: folder.to_owned() },
            _ => failed(error),
        })?;
        let mut listing = Self::default();
        for entry in entries {
            let name = entry.map_err(&failed)?.file_name();
            let Some(name) = name.to_str() else { continue };
            if let Some(segment) = Segment::parse(folder, name) {
                listing.last = listing.last.max(segment.last);
                listing.segments.push(segment);
            } else if name.ends_with(".sorted.new") {
                listing.left_over.push(folder.join(name));
            } else if name.ends_with(".log.damaged") {
                listing.set_aside += 1;
                let log = name.strip_suffix(".damaged").and_then(|name| Segment::parse(folder, name));
                listing.last = listing.last.max(log.map_or(0, |log| log.last));
            }
        }
        listing.segments.sort();
        let all = listing.segments.clone();
        listing.segments.retain(|segment| {
            let covered = all.iter().any(|other| other.covers(segment));
            if covered {
                listing.left_over.push(segment.path.clone());
            }
            !covered
        });
        Ok(listing)
    }

    /// The files that count, opened, and none of them from before or after a change of files: of what another program renames
    /// meanwhile, a listing may show neither the old name nor the new.
    pub(super) fn open(folder: &Path) -> Result<Vec<(Segment, File)>, StoreError> {
        let mut segments = Self::of(folder)?.segments;
        for _ in 0..TRIES {
            let mut opened = Vec::with_capacity(segments.len());
            for segment in &segments {
                opened.extend(segment.open()?.map(|file| (segment.clone(), file)));
            }
            let again = Self::of(folder)?.segments;
            if again == segments && opened.len() == segments.len() {
                return Ok(opened);
            }
            segments = again;
        }
        let source =
            io::Error::other("its files change faster than they can be opened, or one of them is a broken link");
        Err(files::error("cannot read", folder)(source))
    }
}
