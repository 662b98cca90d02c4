//! Files that last: private, and on disk before anybody is told so.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    path::Path,
};

use super::{super::StoreError, step::step};

/// Opens a file to read and write that only its owner may touch. `new`: it must not be there yet; otherwise it may be.
pub(super) fn open_private(path: &Path, new: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).create_new(new).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes the folder, and those above it, for its owner only; one that is there stays as it is.
pub(super) fn create_private_folder(path: &Path) -> Result<(), StoreError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(error("cannot create the folder", path))
}

/// Puts a file that is whole and on disk in place of another, or where none was.
pub(super) fn rename(from: &Path, to: &Path) -> Result<(), StoreError> {
    step().and_then(|()| fs::rename(from, to)).map_err(error("cannot replace", to))
}

/// Removes the file if it is there.
pub(super) fn remove(path: &Path) -> Result<(), StoreError> {
    match step().and_then(|()| fs::remove_file(path)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self::error("cannot remove", path)(error)),
        _ => Ok(()),
    }
}

/// Makes names last that were made, changed or removed in a folder.
pub(super) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    let sync = || {
        step()?;
        // Elsewhere a folder cannot be opened, and the file system keeps the order by itself.
        if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
    };
    sync().map_err(error("cannot flush", folder))
}

/// Turns an error of the system into one that names the file.
pub(super) fn error(doing: &'static str, path: &Path) -> impl Fn(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Io { doing, path: path.clone(), source }
}
