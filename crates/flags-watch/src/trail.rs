//! The way to a file through symbolic links: which directories to watch, and which names in them matter.
//!
//! A Kubernetes ConfigMap swaps the link `..data` beside the file, git-sync the link of a folder above it, and a
//! deployment replaces the folder itself; an event about the file's own name comes in none of these cases. So every
//! link on the way is followed by hand and its directory remembered, as is the directory above each of them.

use std::{
    collections::{BTreeSet, VecDeque},
    ffi::OsString,
    path::{Component, Path, PathBuf},
};

use crate::{Limits, Origin, origin::is_document_name};

/// The directories watched at most; more are left to polling.
const MAX_DIRECTORIES: usize = 64;

/// As many links as Linux follows.
const MAX_LINKS: usize = 40;

/// The directories in which a change could change what an origin reads, and the names there that could.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trail {
    /// Directories, absolute and without links.
    pub(crate) directories: BTreeSet<PathBuf>,
    /// Entries of those directories on which the outcome depends.
    pub(crate) entries: BTreeSet<PathBuf>,
    /// Directories of which every document matters.
    pub(crate) folders: BTreeSet<PathBuf>,
}

impl Trail {
    /// Follows the way to the origin's documents as it is now.
    pub(crate) fn of(origin: &Origin, limits: &Limits) -> Self {
        let mut trail = Self::default();
        let real = trail.follow(origin.path());
        if let (Origin::Folder(folder), Some(real)) = (origin, real)
            && real.is_dir()
        {
            trail.add_directory(&real);
            trail.folders.insert(real.clone());
            for name in origin.document_names(limits).unwrap_or_default() {
                if folder.join(&name).is_symlink() {
                    trail.follow(&real.join(name));
                }
            }
        }
        trail
    }

    /// Whether what is at the path is one of the things the outcome depends on.
    #[cfg_attr(not(any(feature = "events", test)), expect(dead_code, reason = "only events are asked about"))]
    pub(crate) fn matters(&self, path: &Path) -> bool {
        self.entries.contains(path)
            || path.file_name().is_some_and(is_document_name)
                && path.parent().is_some_and(|parent| self.folders.contains(parent))
    }

    /// Walks the path part by part; the real path, if there is something there.
    fn follow(&mut self, path: &Path) -> Option<PathBuf> {
        let path = std::path::absolute(path).ok()?;
        let mut at = PathBuf::new();
        let mut rest: VecDeque<Part> = parts(&path).collect();
        let mut links = 0;
        while let Some(part) = rest.pop_front() {
            let name = match part {
                Part::Root(root) => {
                    at = root;
                    continue;
                }
                Part::Up => {
                    at.pop();
                    continue;
                }
                Part::Name(name) => name,
            };
            let next = at.join(&name);
            let metadata = std::fs::symlink_metadata(&next);
            let is_link = metadata.as_ref().is_ok_and(std::fs::Metadata::is_symlink);
            if is_link || rest.is_empty() || metadata.is_err() {
                self.add_entry(&at, &next);
            }
            if metadata.is_err() {
                return None;
            }
            if !is_link {
                at = next;
                continue;
            }
            links += 1;
            if links > MAX_LINKS {
                return None;
            }
            for part in parts(&std::fs::read_link(&next).ok()?).collect::<Vec<_>>().into_iter().rev() {
                rest.push_front(part);
            }
        }
        Some(at)
    }

    fn add_entry(&mut self, directory: &Path, entry: &Path) {
        if self.add_directory(directory) {
            self.entries.insert(entry.to_path_buf());
            // The directory itself may be moved away and another put in its place.
            if let Some(above) = directory.parent()
                && self.add_directory(above)
            {
                self.entries.insert(directory.to_path_buf());
            }
        }
    }

    fn add_directory(&mut self, directory: &Path) -> bool {
        self.directories.contains(directory)
            || self.directories.len() < MAX_DIRECTORIES && self.directories.insert(directory.to_path_buf())
    }
}

/// One step of a walk.
enum Part {
    Root(PathBuf),
    Up,
    Name(OsString),
}

fn parts(path: &Path) -> impl DoubleEndedIterator<Item = Part> {
    path.components().filter_map(|component| match component {
        Component::Prefix(_) | Component::RootDir => Some(Part::Root(Path::new(component.as_os_str()).to_path_buf())),
        Component::CurDir => None,
        Component::ParentDir => Some(Part::Up),
        Component::Normal(name) => Some(Part::Name(name.to_owned())),
    })
}

#[cfg(all(test, unix))]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::{MAX_DIRECTORIES, Trail};
    use crate::{Limits, Origin};

    #[test]
    fn every_link_on_the_way_counts_and_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().canonicalize().unwrap();
        for folder in ["conf/..2026", "other"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        fs::write(root.join("conf/..2026/flags.toml"), "").unwrap();
        symlink("..2026", root.join("conf/..data")).unwrap();
        symlink("..data/flags.toml", root.join("conf/flags.toml")).unwrap();
        symlink(root.join("conf"), root.join("current")).unwrap();
        let trail = Trail::of(&Origin::File(root.join("other/../current/flags.toml")), &Limits::default());
        for name in ["current", "conf/flags.toml", "conf/..data", "conf/..2026/flags.toml", "conf", "conf/..2026"] {
            assert!(trail.matters(&root.join(name)), "{name}");
        }
        for name in ["other", "conf/other.toml", "conf/..2026/other.toml"] {
            assert!(!trail.matters(&root.join(name)), "{name}");
        }
        let above = root.parent().unwrap().to_path_buf();
        let watched = [above, root.clone(), root.join("conf"), root.join("conf/..2026")];
        assert_eq!(trail.directories, watched.into());
    }

    #[test]
    fn a_folder_full_of_links_does_not_take_a_watch_each() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().canonicalize().unwrap();
        fs::create_dir(root.join("conf")).unwrap();
        for number in 0..2 * MAX_DIRECTORIES {
            fs::create_dir(root.join(number.to_string())).unwrap();
            fs::write(root.join(number.to_string()).join("a.toml"), "").unwrap();
            symlink(format!("../{number}/a.toml"), root.join(format!("conf/{number}.toml"))).unwrap();
        }
        let trail = Trail::of(&Origin::at(root.join("conf")), &Limits::default());
        assert_eq!(trail.directories.len(), MAX_DIRECTORIES);
        assert!(trail.matters(&root.join("conf/7.toml")));
    }
}
