//! The files of a log in its folder: `audit-000001.jsonl` and its successors.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use super::{AuditError, bookkeeping::is_pending};
use crate::store::local::files::adopt;

/// The name of a segment.
pub(super) fn name(number: u32) -> String {
    format!("audit-{number:06}.jsonl")
}

/// What is in the folder of a log.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Listing {
    /// The numbers of the segments, in order.
    pub(super) segments: Vec<u32>,
    /// Torn tails that the log may have no entry about yet, by name.
    pub(super) pending: Vec<PathBuf>,
}

impl Listing {
    /// Looks into the folder; there is nothing in one that does not exist.
    pub(super) fn read(folder: &Path) -> Result<Self, AuditError> {
        let mut listing = Self::default();
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(listing),
            Err(error) => return Err(AuditError::io("look into", folder)(error)),
        };
        for entry in entries {
            let path = entry.map_err(AuditError::io("look into", folder))?.path();
            if let Some(number) = number(&path) {
                listing.segments.push(number);
            } else if is_pending(&path) {
                listing.pending.push(path);
            }
        }
        listing.segments.sort_unstable();
        listing.pending.sort_unstable();
        Ok(listing)
    }
}

/// The number of a segment, if the path has the name of one.
fn number(path: &Path) -> Option<u32> {
    let file = path.file_name()?.to_str()?;
    let number = file.strip_prefix("audit-")?.strip_suffix(".jsonl")?.parse().ok()?;
    (number > 0 && name(number) == file).then_some(number)
}

/// Makes the folder, for its owner alone.
pub(super) fn create_folder(folder: &Path) -> Result<(), AuditError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(AuditError::io("create", folder))?;
    if cfg!(unix) {
        adopt(&File::open(folder).map_err(AuditError::io("open", folder))?, folder);
    }
    // The name of the folder has to last as long as what is in it.
    folder.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or(Ok(()), sync_folder)
}

/// Opens a file to write at its end, made if need be, for its owner alone.
pub(super) fn open_for_append(path: &Path) -> Result<File, AuditError> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(AuditError::io("open", path))?;
    adopt(&file, path);
    Ok(file)
}

/// Makes names in a folder last: files that were made, renamed or removed.
pub(super) fn sync_folder(folder: &Path) -> Result<(), AuditError> {
    // Only there can a folder be opened, and elsewhere names last by themselves.
    if cfg!(unix) {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(AuditError::io("sync", folder))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_names_of_segments_are_segments() {
        for (file, expected) in [
            ("audit-000001.jsonl", Some(1)),
            ("audit-1234567.jsonl", Some(1_234_567)),
            ("audit-1.jsonl", None),
            ("audit-0000001.jsonl", None),
            ("audit-000000.jsonl", None),
            ("audit-+00001.jsonl", None),
            ("audit-000001.jsonl.bak", None),
            ("evaluations-000001.jsonl", None),
        ] {
            assert_eq!(number(Path::new(file)), expected, "{file}");
        }
    }
}
