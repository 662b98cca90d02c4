//! Why the documents could not be read, in words for the person who has to repair it.

use std::{
    io,
    path::{Path, PathBuf},
};

/// Why documents could not be read.
///
/// Every variant names the path; the message says what to do where that is not plain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// There is nothing at the path.
    #[error("{} does not exist; create it, or correct the path", path.display())]
    Missing {
        /// The path that was asked for.
        path: PathBuf,
    },
    /// The path is a symbolic link to nothing.
    #[error("{} is a symbolic link to {}, which does not exist", path.display(), target.display())]
    Dangling {
        /// The link.
        path: PathBuf,
        /// What the link says.
        target: PathBuf,
    },
    /// The symbolic links on the way lead back to themselves.
    #[error("{} leads through symbolic links that point at each other in a circle", path.display())]
    LinkLoop {
        /// The path that was asked for.
        path: PathBuf,
    },
    /// This process may not read the path.
    #[error("{} may not be read by this process; check the permissions of the file and of the folders above it", path.display())]
    PermissionDenied {
        /// The path that was asked for.
        path: PathBuf,
    },
    /// A file was expected and there is a folder.
    #[error("{} is a folder; a file was expected", path.display())]
    IsAFolder {
        /// The path that was asked for.
        path: PathBuf,
    },
    /// A folder was expected and there is a file, or a part of the path is no folder.
    #[error("{} is not a folder, or has a file where a folder should be", path.display())]
    NotAFolder {
        /// The path that was asked for.
        path: PathBuf,
    },
    /// The path is something whose reading might never end: a FIFO, a socket, a device.
    #[error("{} is {what}; only regular files are read", path.display())]
    NotAFile {
        /// The path that was asked for.
        path: PathBuf,
        /// What it is, with an article.
        what: &'static str,
    },
    /// The documents are larger than the limit, all together.
    #[error("{} takes the documents over the limit of {limit} bytes", path.display())]
    TooLarge {
        /// The document with which the limit was passed.
        path: PathBuf,
        /// The limit on all documents together, in bytes.
        limit: u64,
    },
    /// The folder has more documents than the limit.
    #[error("{} has more than {limit} `.toml` files", path.display())]
    TooManyDocuments {
        /// The folder.
        path: PathBuf,
        /// The largest number allowed.
        limit: usize,
    },
    /// The document is not text in UTF-8.
    #[error("{} is not UTF-8: the byte at offset {offset} does not belong to any character; save it as UTF-8", path.display())]
    NotUtf8 {
        /// The document.
        path: PathBuf,
        /// The number of bytes before the first one that is wrong.
        offset: usize,
    },
    /// There is nothing but white space, which is more often an accident than a wish.
    #[error("{} is empty", path.display())]
    Empty {
        /// The file or folder.
        path: PathBuf,
    },
    /// The folder has no document.
    #[error("{} has no `.toml` file", path.display())]
    NoDocuments {
        /// The folder.
        path: PathBuf,
    },
    /// The operating system reports something else.
    #[error("{} cannot be read: {}", path.display(), describe(*kind, *code))]
    Io {
        /// The path that was asked for.
        path: PathBuf,
        /// The class of the error.
        kind: io::ErrorKind,
        /// The operating system's own number, where it gave one.
        code: Option<i32>,
    },
}

impl ReadError {
    /// The path that could not be read.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Missing { path }
            | Self::Dangling { path, .. }
            | Self::LinkLoop { path }
            | Self::PermissionDenied { path }
            | Self::IsAFolder { path }
            | Self::NotAFolder { path }
            | Self::NotAFile { path, .. }
            | Self::TooLarge { path, .. }
            | Self::TooManyDocuments { path, .. }
            | Self::NotUtf8 { path, .. }
            | Self::Empty { path }
            | Self::NoDocuments { path }
            | Self::Io { path, .. } => path,
        }
    }

    /// Whether the path leads to nothing, so that something may appear there later.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing { .. } | Self::Dangling { .. })
    }

    /// What an error of the operating system means at that path; looks at the path again to tell the cases apart.
    pub(crate) fn from_io(path: &Path, error: &io::Error) -> Self {
        let path = path.to_path_buf();
        match error.kind() {
            io::ErrorKind::NotFound => match std::fs::read_link(&path) {
                Ok(target) => Self::Dangling { path, target },
                Err(_) => Self::Missing { path },
            },
            io::ErrorKind::PermissionDenied => Self::PermissionDenied { path },
            io::ErrorKind::IsADirectory => Self::IsAFolder { path },
            io::ErrorKind::NotADirectory => Self::NotAFolder { path },
            _ if is_link_loop(error) => Self::LinkLoop { path },
            kind => Self::Io { path, kind, code: error.raw_os_error() },
        }
    }
}

#[cfg(unix)]
fn is_link_loop(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::ELOOP)
}

#[cfg(not(unix))]
fn is_link_loop(_error: &io::Error) -> bool {
    false
}

fn describe(kind: io::ErrorKind, code: Option<i32>) -> String {
    code.map_or_else(|| kind.to_string(), |code| io::Error::from_raw_os_error(code).to_string())
}
