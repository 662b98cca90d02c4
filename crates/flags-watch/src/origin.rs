//! Where documents come from: one file, or all `*.toml` files of a folder. Reading never blocks on something that is
//! not a regular file, and never takes more memory than the limit.

use std::{
    ffi::{OsStr, OsString},
    fs::{File, FileType, Metadata},
    io::Read as _,
    path::{Path, PathBuf},
};

use crate::{Document, Documents, ReadError};

/// How much is read at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The size of all documents together, in bytes. 64 MiB unless told.
    pub total_bytes: u64,
    /// The number of documents of a folder. 1024 unless told.
    pub documents: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { total_bytes: 64 << 20, documents: 1024 }
    }
}

/// One file, or a folder whose `*.toml` files are read in the order of their names.
///
/// A folder's hidden files (`..data`, `.#lock`, `.a.toml.swp`), backups (`a.toml~`) and sub-folders are not documents.
/// The origin does not change its kind: a file that turns into a folder is an error, not a different origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// One file.
    File(PathBuf),
    /// A folder.
    Folder(PathBuf),
}

impl Origin {
    /// A folder if there is one at the path, else a file.
    ///
    /// A relative path stays relative to the folder that is current when it is read.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        if path.is_dir() { Self::Folder(path) } else { Self::File(path) }
    }

    /// The path of the file or the folder, as it was given.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::File(path) | Self::Folder(path) => path,
        }
    }

    /// Reads all documents, once, as they are.
    ///
    /// # Errors
    ///
    /// The first document that cannot be read; a folder is read as a whole or not at all.
    ///
    /// ```
    /// use flags_watch::{Limits, Origin, ReadError};
    ///
    /// let error = Origin::File("no/such/features.toml".into()).read(&Limits::default()).unwrap_err();
    /// assert_eq!(error.to_string(), "no/such/features.toml does not exist; create it, or correct the path");
    /// ```
    pub fn read(&self, limits: &Limits) -> Result<Documents, ReadError> {
        let mut budget = Budget { total: limits.total_bytes, left: limits.total_bytes };
        let files = match self {
            Self::File(path) => vec![read_document(path, &mut budget)?],
            Self::Folder(folder) => self
                .document_names(limits)?
                .into_iter()
                .map(|name| read_document(&folder.join(name), &mut budget))
                .collect::<Result<_, _>>()?,
        };
        if files.is_empty() {
            return Err(ReadError::NoDocuments { path: self.path().into() });
        }
        Ok(Documents::new(files))
    }

    /// The names of a folder's documents in order; nothing for a file.
    pub(crate) fn document_names(&self, limits: &Limits) -> Result<Vec<OsString>, ReadError> {
        let Self::Folder(folder) = self else { return Ok(Vec::new()) };
        let failed = |error: &std::io::Error| ReadError::from_io(folder, error);
        let mut names = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(|error| failed(&error))? {
            let name = entry.map_err(|error| failed(&error))?.file_name();
            if !is_document_name(&name) || folder.join(&name).is_dir() {
                continue;
            }
            if names.len() == limits.documents {
                return Err(ReadError::TooManyDocuments { path: folder.clone(), limit: limits.documents });
            }
            names.push(name);
        }
        names.sort_unstable();
        Ok(names)
    }
}

/// Whether a folder's entry of this name is one of its documents.
pub(crate) fn is_document_name(name: &OsStr) -> bool {
    let bytes = name.as_encoded_bytes();
    bytes.ends_with(b".toml") && !bytes.starts_with(b".")
}

/// The bytes that may still be read.
struct Budget {
    total: u64,
    left: u64,
}

fn read_document(path: &Path, budget: &mut Budget) -> Result<Document, ReadError> {
    let failed = |error: &std::io::Error| ReadError::from_io(path, error);
    // The type is checked before opening, because opening a FIFO or a tape has effects, and after it, because the
    // path may have become something else in between.
    check_type(path, &std::fs::metadata(path).map_err(|error| failed(&error))?)?;
    let file = open(path).map_err(|error| failed(&error))?;
    let metadata = file.metadata().map_err(|error| failed(&error))?;
    check_type(path, &metadata)?;
    if metadata.len() > budget.left {
        return Err(ReadError::TooLarge { path: path.into(), limit: budget.total });
    }
    // The size is only what it was a moment ago (and 0 under /proc), so one byte more than allowed is asked for.
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
    file.take(budget.left.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    budget.left = match budget.left.checked_sub(bytes.len() as u64) {
        Some(left) => left,
        None => return Err(ReadError::TooLarge { path: path.into(), limit: budget.total }),
    };
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Document { path: path.into(), text: text.into() }),
        Err(error) => Err(ReadError::NotUtf8 { path: path.into(), offset: error.utf8_error().valid_up_to() }),
    }
}

fn check_type(path: &Path, metadata: &Metadata) -> Result<(), ReadError> {
    if metadata.is_file() {
        Ok(())
    } else if metadata.is_dir() {
        Err(ReadError::IsAFolder { path: path.into() })
    } else {
        Err(ReadError::NotAFile { path: path.into(), what: describe(metadata.file_type()) })
    }
}

#[cfg(unix)]
fn open(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    File::options().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> std::io::Result<File> {
    File::open(path)
}

#[cfg(unix)]
fn describe(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    if kind.is_fifo() {
        "a FIFO"
    } else if kind.is_socket() {
        "a socket"
    } else if kind.is_char_device() || kind.is_block_device() {
        "a device"
    } else {
        "not a regular file"
    }
}

#[cfg(not(unix))]
fn describe(_kind: FileType) -> &'static str {
    "not a regular file"
}

#[cfg(test)]
mod tests {
    use super::is_document_name;

    #[test]
    fn hidden_files_and_backups_are_not_documents() {
        for (name, expected) in [
            ("a.toml", true),
            ("a.b.toml", true),
            ("a.TOML", false),
            ("a.toml~", false),
            ("#a.toml#", false),
            (".#a.toml", false),
            ("..data", false),
            (".toml", false),
            (".a.toml", false),
            ("4913", false),
            ("sedZl5d3R", false),
            ("a.toml.tmp", false),
        ] {
            assert_eq!(is_document_name(name.as_ref()), expected, "{name}");
        }
    }
}
