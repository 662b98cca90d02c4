//! A file that takes up room, all of it or nearly so.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

/// Takes up room until it is removed.
pub(super) struct Filler {
    path: PathBuf,
}

impl Filler {
    /// Takes up everything but that many bytes.
    pub(super) fn leave(path: &Path, bytes: u64) -> Self {
        let mut file = fs::File::create(path).unwrap();
        let mut length = 0;
        while let Ok(written) = file.write(&[0xaa; 4_096]) {
            length += written as u64;
        }
        file.set_len(length.saturating_sub(bytes)).unwrap();
        Self { path: path.to_owned() }
    }

    /// Takes up nothing any more.
    pub(super) fn remove(self) {
        fs::remove_file(self.path).unwrap();
    }
}
