//! The secret with which units are hashed: made once for a folder, and kept there.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use super::super::{AuditError, EntryHash, segment};

/// The hash that stands for a unit in the evaluations of a folder; `None` if no units were hashed there yet.
///
/// It is the first 32 hexadecimal digits of the SHA-256 of the 64 digits in `evaluations.salt`, a colon, and the unit.
///
/// # Errors
///
/// When the salt of the folder cannot be read.
pub fn hashed_unit(folder: &Path, unit: &str) -> Result<Option<String>, AuditError> {
    Ok(Salt::read(&path(folder))?.map(|salt| salt.hash(unit)))
}

/// The secret of a folder: 64 hexadecimal digits.
#[derive(Clone, Copy)]
pub(super) struct Salt(EntryHash);

impl std::fmt::Debug for Salt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Salt(…)")
    }
}

impl Salt {
    /// The salt of a folder, made if there is none. Of several processes that make one, all get the same.
    pub(super) fn of(folder: &Path) -> Result<Self, AuditError> {
        let path = path(folder);
        if let Some(salt) = Self::read(&path)? {
            return Ok(salt);
        }
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(|error| AuditError::io("get random bytes for", &path)(error.into()))?;
        let salt = EntryHash::of(&random);
        // Written aside, by a name that nobody else takes, and linked: what has the name is complete, and is there once.
        let aside = path.with_extension(format!("{:.16}.new", EntryHash::of(salt.to_string().as_bytes()).to_string()));
        let mut file = segment::open_for_append(&aside)?;
        let written = file
            .set_len(0)
            .and_then(|()| writeln!(file, "{salt}"))
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::hard_link(&aside, &path).or_else(if_it_exists));
        let removed = fs::remove_file(&aside);
        written.and(removed).map_err(AuditError::io("make", &path))?;
        segment::sync_folder(folder)?;
        Self::read(&path)?.ok_or_else(|| AuditError::io("read", &path)(io::ErrorKind::NotFound.into()))
    }

    fn read(path: &Path) -> Result<Option<Self>, AuditError> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(AuditError::io("read", path)(error)),
        };
        let salt = text.trim().parse().map_err(|_| {
            let what = "it is not the 64 hexadecimal digits it was made of; remove it, and units get other hashes";
            AuditError::io("use", path)(io::Error::new(io::ErrorKind::InvalidData, what))
        })?;
        Ok(Some(Self(salt)))
    }

    pub(super) fn hash(&self, unit: &str) -> String {
        format!("{:.32}", EntryHash::of(format!("{}:{unit}", self.0).as_bytes()).to_string())
    }
}

fn path(folder: &Path) -> PathBuf {
    folder.join("evaluations.salt")
}

fn if_it_exists(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::AlreadyExists { Ok(()) } else { Err(error) }
}
