//! Circumstances of a mount under which a change may never arrive, or arrive unannounced.
//!
//! A container whose single file is mounted (`docker -v flags.toml:/flags.toml`, a Kubernetes `subPath`) keeps the
//! inode it was started with: when the file is replaced on the host, nothing changes inside, and no program can know.
//! What can be known is that the file is a mount point.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use crate::Origin;

/// A circumstance under which changes may go unnoticed, or be noticed late.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Caveat {
    /// The file is mounted by itself, so that a file put in its place outside stays invisible; mount its folder.
    MountedFile {
        /// The file.
        path: PathBuf,
    },
    /// The file system is one that other machines or layers change without an event; such changes are polled.
    Unannounced {
        /// The file or folder.
        path: PathBuf,
        /// The type of the file system, as the operating system calls it.
        file_system: Box<str>,
    },
}

impl fmt::Display for Caveat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MountedFile { path } => write!(
                f,
                "{} is a mount point of its own (a bind mount or a Kubernetes subPath): a file put in its place outside \
                 stays invisible here; mount the folder instead",
                path.display()
            ),
            Self::Unannounced { path, file_system } => write!(
                f,
                "{} is on a file system of type {file_system}, where changes made elsewhere are noticed by polling only",
                path.display()
            ),
        }
    }
}

/// The caveats about an origin as it is mounted now; none where the operating system does not say.
pub(crate) fn caveats(origin: &Origin) -> Vec<Caveat> {
    let Ok(real) = std::fs::canonicalize(origin.path()) else { return Vec::new() };
    match std::fs::read_to_string("/proc/self/mountinfo") {
        Ok(mounts) => of_mounts(&mounts, &real, origin),
        Err(_) => Vec::new(),
    }
}

/// File systems whose content changes behind the kernel's back.
const UNANNOUNCED: &[&str] =
    &["nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "virtiofs", "ceph", "glusterfs", "afs", "lustre"];

fn of_mounts(mounts: &str, real: &Path, origin: &Origin) -> Vec<Caveat> {
    // The last of the longest: a later mount covers an earlier one at the same place.
    let Some((point, file_system)) = mounts
        .lines()
        .filter_map(parse_mount)
        .filter(|(point, _)| real.starts_with(point))
        .max_by_key(|(point, _)| point.components().count())
    else {
        return Vec::new();
    };
    let path = origin.path().to_path_buf();
    let mut caveats = Vec::new();
    if point == real && matches!(origin, Origin::File(_)) {
        caveats.push(Caveat::MountedFile { path: path.clone() });
    }
    if UNANNOUNCED.contains(&file_system) || file_system.starts_with("fuse") {
        caveats.push(Caveat::Unannounced { path, file_system: file_system.into() });
    }
    caveats
}

/// The mount point and file system type of one line of `mountinfo` (proc(5)).
fn parse_mount(line: &str) -> Option<(PathBuf, &str)> {
    let (before, after) = line.split_once(" - ")?;
    Some((unescape(before.split(' ').nth(4)?), after.split(' ').next()?))
}

/// Undoes the octal escapes of space, tab, line feed and backslash.
fn unescape(text: &str) -> PathBuf {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        let code = after.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok()).filter(u8::is_ascii);
        if let Some(code) = code {
            plain.push(char::from(code));
            rest = &after[3..];
        } else {
            plain.push('\\');
            rest = after;
        }
    }
    plain.push_str(rest);
    plain.into()
}

#[cfg(test)]
mod tests {
    use super::{Caveat, of_mounts};
    use crate::Origin;

    const MOUNTS: &str = "\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:26 / /home rw,relatime shared:9 - nfs4 server:/home rw,vers=4.2
31 22 254:1 /pods/1/flags.toml /etc/flags.toml ro,relatime - ext4 /dev/vdb rw
32 22 254:1 /pods/1/conf /etc/my\\040conf ro,relatime master:3 - ext4 /dev/vdb rw
33 22 0:50 / /mnt/mac rw - fuse.sshfs mac: rw
34 22 254:1 / /mnt/\\x rw - ext4 /dev/vdb rw
nonsense
";

    fn check(path: &str, origin: fn(std::path::PathBuf) -> Origin) -> Vec<Caveat> {
        of_mounts(MOUNTS, path.as_ref(), &origin(path.into()))
    }

    #[test]
    fn a_mounted_file_is_recognised() {
        // Case 8 (Kubernetes subPath) and case 13 (a single file bound into a container).
        assert_eq!(check("/etc/flags.toml", Origin::File), [Caveat::MountedFile { path: "/etc/flags.toml".into() }]);
        assert_eq!(check("/etc/other.toml", Origin::File), []);
        assert_eq!(check("/etc/my conf/flags.toml", Origin::File), []);
        assert_eq!(check("/etc/my conf", Origin::Folder), [], "a mounted folder is as it should be");
    }

    #[test]
    fn file_systems_without_events_are_recognised() {
        // Case 14.
        let unannounced =
            |path: &str, file_system: &str| Caveat::Unannounced { path: path.into(), file_system: file_system.into() };
        assert_eq!(check("/home/a/flags.toml", Origin::File), [unannounced("/home/a/flags.toml", "nfs4")]);
        assert_eq!(check("/mnt/mac/flags", Origin::Folder), [unannounced("/mnt/mac/flags", "fuse.sshfs")]);
        assert_eq!(check("/homely/flags.toml", Origin::File), [], "a prefix of a name is not a folder");
    }
}
