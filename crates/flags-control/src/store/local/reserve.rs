//! Room on disk that is kept for the day there is none: given up so that a kill, or the second half of a change that has
//! begun, can still be written.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::PathBuf,
};

use super::{super::StoreError, files};

/// The file that takes the room.
#[derive(Debug)]
pub(super) struct Reserve {
    path: PathBuf,
    bytes: u64,
}

/// It is written in pieces of this size, a page of most file systems, so that a disk that fills up leaves what there was.
const PIECE: usize = 4_096;

impl Reserve {
    pub(super) const fn new(path: PathBuf, bytes: u64) -> Self {
        Self { path, bytes }
    }

    /// Makes the reserve if it is not there, as large as there is room for; says whether it is as large as it should be.
    pub(super) fn fill(&self) -> Result<bool, StoreError> {
        let present = fs::metadata(&self.path).map_or(0, |metadata| metadata.len());
        if self.bytes <= present {
            return Ok(true);
        }
        let full =
            |error: &io::Error| matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
        match self.write(present) {
            Ok(()) => Ok(true),
            Err(error) if full(&error) => Ok(false),
            Err(error) => Err(StoreError::io("write", &self.path)(error)),
        }
    }

    /// Gives the room up; says whether there was any.
    pub(super) fn release(&self) -> Result<bool, StoreError> {
        let there_was = files::remove(&self.path)?;
        if there_was {
            files::sync_folder_of(&self.path)?;
        }
        Ok(there_was)
    }

    fn write(&self, from: u64) -> io::Result<()> {
        let mut file = files::open_private(&self.path)?;
        let mut present = from - from % PIECE as u64;
        let written = fill(&mut file, &mut present, self.bytes);
        // A piece that was written in part is no room to count on.
        let kept = if written.is_ok() { Ok(()) } else { file.set_len(present) };
        written.and(kept)
    }
}

fn fill(file: &mut File, present: &mut u64, bytes: u64) -> io::Result<()> {
    io::Seek::seek(file, io::SeekFrom::Start(*present))?;
    while *present < bytes {
        file.write_all(&noise(*present))?;
        // Room is only promised once it is taken: a file system may learn of being full when it writes back.
        file.sync_data()?;
        *present += PIECE as u64;
    }
    Ok(())
}

/// Bytes that a file system which compresses cannot make smaller (`splitmix64`, from the place in the file).
fn noise(place: u64) -> [u8; PIECE] {
    let mut piece = [0; PIECE];
    let mut state = place;
    for word in piece.chunks_exact_mut(8) {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word.copy_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes());
    }
    piece
}
