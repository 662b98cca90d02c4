//! Files that last: private, replaced as a whole, and on disk before anybody is told so.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

use super::super::JournalError;

/// The error of something that was asked of a file.
pub(crate) fn error(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> JournalError {
    move |error| JournalError::Io { what, path: path.to_owned(), problem: error.to_string() }
}

/// Opens a file to read and write that only its owner may touch, and makes it if need be.
pub(super) fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    adopt(&file, path);
    Ok(file)
}

/// Gives a file that root has made to whoever the folder belongs to: the program that has to read it runs as him.
fn adopt(file: &File, path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, fchown};
        let Some(folder) = path.parent() else { return };
        let (Ok(model), Ok(own)) = (fs::metadata(folder), file.metadata()) else { return };
        if own.uid() == 0 && model.uid() != 0 {
            // Only root can; where even he cannot, the file is as good as it gets.
            let _ = fchown(file, Some(model.uid()), Some(model.gid()));
        }
    }
    #[cfg(not(unix))]
    let _ = (file, path);
}

/// Makes the folder, and those above it, for its owner only; one that is there stays as it is. Where root makes it, it belongs to
/// whoever has the folder around it.
pub(crate) fn create_private_folder(path: &Path) -> Result<(), JournalError> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(error("create the folder", path))?;
    #[cfg(unix)]
    if let Ok(folder) = File::open(path) {
        adopt(&folder, path);
    }
    sync_folder_of(path)
}

/// Puts `text` in place of the file: whoever reads it finds the old text or the new, even after a crash.
pub(super) fn replace(path: &Path, text: &[u8]) -> Result<(), JournalError> {
    let temporary = path.with_extension("tmp");
    let write = || {
        let mut file = open_private(&temporary)?;
        file.set_len(0)?;
        file.write_all(text)?;
        file.sync_all()
    };
    write().map_err(|problem| {
        // What is half written takes room that may be missing elsewhere; if it stays, the next one overwrites it.
        let _ = fs::remove_file(&temporary);
        error("write", &temporary)(problem)
    })?;
    fs::rename(&temporary, path).map_err(error("replace", path))?;
    sync_folder_of(path)
}

/// Makes names in the folder of `path` last that were made, changed or removed.
pub(super) fn sync_folder_of(path: &Path) -> Result<(), JournalError> {
    // Elsewhere a folder cannot be opened, and the file system keeps the order by itself.
    #[cfg(unix)]
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(error("flush", folder))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}
