//! A cheap guess whether files changed: what `stat` says about them, in one number.
//!
//! Equal fingerprints almost always mean equal contents; two writes of the same size within one tick of the file
//! system's clock (4 ms on ext4) share one. So a fingerprint decides when to read, and never what was read.

use std::{fs::Metadata, path::Path};

use crate::{Limits, Origin, hash::FieldHasher};

/// Device, inode, size, both times in nanoseconds and the real path of everything an origin reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint(pub(crate) u128);

impl Fingerprint {
    /// Looks at the origin's files without opening them. An error is part of the fingerprint.
    pub(crate) fn of(origin: &Origin, limits: &Limits) -> Self {
        let mut hasher = FieldHasher::new();
        match origin {
            Origin::File(path) => add_file(&mut hasher, path),
            // Not the folder's own times: they change with files that are none of its documents.
            Origin::Folder(folder) => match origin.document_names(limits) {
                Ok(names) => {
                    add_real_path(&mut hasher, folder);
                    for name in names {
                        hasher.field(name.as_encoded_bytes());
                        add_file(&mut hasher, &folder.join(name));
                    }
                }
                Err(error) => {
                    hasher.field(error.to_string().as_bytes());
                }
            },
        }
        Self(hasher.finish())
    }
}

fn add_file(hasher: &mut FieldHasher, path: &Path) {
    add_real_path(hasher, path);
    match std::fs::metadata(path) {
        Ok(metadata) => add_metadata(hasher, &metadata),
        Err(error) => {
            hasher.field(error.to_string().as_bytes());
        }
    }
}

fn add_real_path(hasher: &mut FieldHasher, path: &Path) {
    match std::fs::canonicalize(path) {
        Ok(real) => hasher.field(real.as_os_str().as_encoded_bytes()),
        Err(error) => hasher.field(error.to_string().as_bytes()),
    };
}

#[cfg(unix)]
fn add_metadata(hasher: &mut FieldHasher, metadata: &Metadata) {
    use std::os::unix::fs::MetadataExt as _;
    for number in [
        metadata.dev(),
        metadata.ino(),
        metadata.size(),
        metadata.mtime().cast_unsigned(),
        metadata.mtime_nsec().cast_unsigned(),
        metadata.ctime().cast_unsigned(),
        metadata.ctime_nsec().cast_unsigned(),
    ] {
        hasher.field(&number.to_le_bytes());
    }
}

#[cfg(not(unix))]
fn add_metadata(hasher: &mut FieldHasher, metadata: &Metadata) {
    hasher.field(&metadata.len().to_le_bytes()).field(format!("{:?}", metadata.modified().ok()).as_bytes());
}
