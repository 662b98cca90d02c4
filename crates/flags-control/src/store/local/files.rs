//! Files that last: private, replaced as a whole, and on disk before anybody is told so.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

use super::{super::StoreError, step::step};

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

/// Gives a file that root has made to whoever the other files belong to: the program that has to read it runs as him.
///
/// That is the owner of the lock, which every program makes first, or else of the folder. Whoever is not root owns what he
/// makes, and it stays so.
pub(crate) fn adopt(file: &File, path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, fchown};
        let Some(folder) = path.parent() else { return };
        let lock = folder.join("lock");
        let model =
            if path == lock { fs::metadata(folder) } else { fs::metadata(lock).or_else(|_| fs::metadata(folder)) };
        let (Ok(model), Ok(own)) = (model, file.metadata()) else { return };
        if own.uid() == 0 && model.uid() != 0 {
            // Only root can; where even he cannot, the file is as good as it gets.
            let _ = fchown(file, Some(model.uid()), Some(model.gid()));
        }
    }
    #[cfg(not(unix))]
    let _ = (file, path);
}

/// Makes the folder, and those above it, for its owner only; one that is there stays as it is.
pub(super) fn create_private_folder(path: &Path) -> Result<(), StoreError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(StoreError::io("create the folder", path))
}

/// Puts `text` in place of the file: whoever reads it finds the old text or the new, even after a crash.
pub(super) fn replace(path: &Path, temporary: &Path, text: &[u8]) -> Result<(), StoreError> {
    let write = || {
        let mut file = open_private(temporary)?;
        step();
        file.set_len(0)?;
        let (first, second) = text.split_at(text.len() / 2);
        file.write_all(first)?;
        step();
        file.write_all(second)?;
        step();
        file.sync_all()
    };
    write().map_err(|error| {
        // What is half written takes room that may be missing elsewhere; if it stays, the next one overwrites it.
        let _ = fs::remove_file(temporary);
        StoreError::io("write", temporary)(error)
    })?;
    step();
    fs::rename(temporary, path).map_err(StoreError::io("replace", path))?;
    step();
    sync_folder_of(path)?;
    step();
    Ok(())
}

/// Puts `text` in place of a file of the state folder: whoever reads it finds the old text or the new, even after a crash,
/// and only the owner may.
///
/// # Errors
///
/// When it cannot be written; the file is what it was.
pub fn replace_file(path: &Path, text: &[u8]) -> Result<(), StoreError> {
    replace(path, &path.with_extension("tmp"), text)
}

/// Makes names in the folder of `path` last that were made, changed or removed.
pub(super) fn sync_folder_of(path: &Path) -> Result<(), StoreError> {
    // Elsewhere a folder cannot be opened, and the file system keeps the order by itself.
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(StoreError::io("flush", folder))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Removes the file if it is there.
pub(super) fn remove(path: &Path) -> Result<bool, StoreError> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(StoreError::io("remove", path)(error)),
    }
}
