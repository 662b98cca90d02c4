//! Replacing a file as a whole: whoever reads it meanwhile, or after a crash, finds the old text or the new one.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
};

use crate::failure::Failure;

/// Puts `text` in place of `old` in the file at `path`. A link stays a link, and permissions stay what they were.
pub(super) fn file(path: &Path, old: &str, text: &str) -> Result<(), Failure> {
    replace(path, old, text).map_err(|error| Failure::file(path, "write", &error))
}

fn replace(path: &Path, old: &str, text: &str) -> io::Result<()> {
    // Renaming replaces a link; what it points at is meant.
    let path = fs::canonicalize(path)?;
    let permissions = fs::metadata(&path)?.permissions();
    if permissions.readonly() {
        // Renaming over it would work, and is not what somebody who protected it wants.
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only"));
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    // A hidden name, so that nobody who follows the folder takes it for a definition file.
    let mut file = tempfile::Builder::new().prefix(".flags-set-").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(permissions)?;
    file.as_file().sync_all()?;
    if fs::read(&path)? != old.as_bytes() {
        return Err(io::Error::other("somebody else has changed it meanwhile; try again"));
    }
    file.persist(&path).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// Makes the renaming outlast a power failure.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Folders cannot be opened for this elsewhere; the file system sees to it.
#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}
