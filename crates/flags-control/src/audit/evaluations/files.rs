//! The files of evaluations: one that is added to, and older ones, up to a size of all together.

use std::{
    fs::{self, File},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use super::{
    super::{AuditError, segment},
    EvaluationOptions,
};

/// The files in a folder.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
    segment_bytes: u64,
    total_bytes: u64,
    current: Option<Current>,
}

#[derive(Debug)]
struct Current {
    number: u32,
    file: File,
    length: u64,
    /// Whether the last line has no end: then a line feed comes before the next.
    is_torn: bool,
}

impl Files {
    pub(super) fn new(folder: &Path, options: &EvaluationOptions) -> Self {
        let total_bytes = options.total_bytes;
        let segment_bytes = options.segment_bytes.min(total_bytes / 2).max(1);
        Self { folder: folder.to_owned(), segment_bytes, total_bytes, current: None }
    }

    /// Adds whole lines. After an error some of them may be there.
    pub(super) fn write(&mut self, lines: &str) -> Result<(), AuditError> {
        let mut current = match self.current.take() {
            Some(current) => current,
            None => self.open_last()?,
        };
        if current.length >= self.segment_bytes {
            current = self.open(current.number.saturating_add(1))?;
            self.remove_oldest()?;
        }
        let path = self.path(current.number);
        let mut text = String::from(if current.is_torn { "\n" } else { "" });
        text.push_str(lines);
        // At once, so that the lines of two processes do not get between each other.
        current.file.write_all(text.as_bytes()).map_err(AuditError::io("write to", &path))?;
        current.is_torn = false;
        current.length += text.len() as u64;
        // After an error it is opened, and looked at, again.
        self.current = Some(current);
        Ok(())
    }

    fn open_last(&self) -> Result<Current, AuditError> {
        let last = self.list()?.last().map_or(1, |(number, _)| *number);
        self.open(last)
    }

    fn open(&self, number: u32) -> Result<Current, AuditError> {
        let path = self.path(number);
        let file = segment::open_for_append(&path)?;
        let length = file.metadata().map_err(AuditError::io("read", &path))?.len();
        let is_torn = length > 0 && last_byte(&path).map_err(AuditError::io("read", &path))? != Some(b'\n');
        Ok(Current { number, file, length, is_torn })
    }

    /// Removes files until another one fits.
    fn remove_oldest(&self) -> Result<(), AuditError> {
        let files = self.list()?;
        let mut total: u64 = files.iter().map(|(_, length)| length).sum();
        let Some(((newest, _), older)) = files.split_last() else { return Ok(()) };
        for (number, length) in older.iter().filter(|(number, _)| number < newest) {
            if total + self.segment_bytes <= self.total_bytes {
                break;
            }
            match fs::remove_file(self.path(*number)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(AuditError::io("remove", &self.path(*number))(error));
                }
                _ => total -= length,
            }
        }
        Ok(())
    }

    /// The files there are, by number, with their lengths.
    fn list(&self) -> Result<Vec<(u32, u64)>, AuditError> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(AuditError::io("look into", &self.folder))? {
            let entry = entry.map_err(AuditError::io("look into", &self.folder))?;
            // One that was removed meanwhile is not there.
            let length = || entry.metadata().ok().map(|metadata| metadata.len());
            if let Some(file) = number(&entry.path()).and_then(|number| Some((number, length()?))) {
                files.push(file);
            }
        }
        files.sort_unstable();
        Ok(files)
    }

    fn path(&self, number: u32) -> PathBuf {
        self.folder.join(format!("evaluations-{number:06}.jsonl"))
    }
}

fn number(path: &Path) -> Option<u32> {
    let digits = path.file_name()?.to_str()?.strip_prefix("evaluations-")?.strip_suffix(".jsonl")?;
    digits.parse().ok().filter(|number| *number > 0 && format!("{number:06}") == digits)
}

fn last_byte(path: &Path) -> io::Result<Option<u8>> {
    let mut file = File::open(path)?;
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(None);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(Some(last[0]))
}
