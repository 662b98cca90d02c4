//! Directory events through `notify`.
//!
//! Directories are watched and never files, because a watch on a file dies with the first rename over it. A directory
//! that was replaced is registered anew, for a watch belongs to the inode and not to the path. `notify` talks to its
//! own thread and panics when that thread is gone (it could not be created, say), so each call into it is guarded.

use std::{
    collections::BTreeMap,
    fs::Metadata,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use notify::{
    Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _,
    event::{AccessKind, AccessMode, ModifyKind},
};

use crate::{
    mailbox::Hint,
    panics::caught,
    settle::FileId,
    status::{Mode, PollReason},
    trail::Trail,
};

/// Watches the directories of a trail.
pub(crate) struct DirectoryEvents {
    watcher: Option<RecommendedWatcher>,
    /// The directories that are watched; without an identity where the watch may be on another one.
    armed: BTreeMap<PathBuf, Option<Identity>>,
    trail: Arc<Mutex<Trail>>,
    post: Arc<dyn Fn(Hint) + Send + Sync>,
}

/// Tells a directory from another that was put in its place.
type Identity = (u64, u64, Option<std::time::SystemTime>);

impl DirectoryEvents {
    /// Watches nothing yet. Hints are posted from a thread of their own.
    pub(crate) fn new(post: Arc<dyn Fn(Hint) + Send + Sync>) -> Self {
        Self { watcher: None, armed: BTreeMap::new(), trail: Arc::default(), post }
    }

    /// Watches the trail's directories and no others; says whether that is so.
    pub(crate) fn arm(&mut self, trail: &Trail) -> Mode {
        *lock(&self.trail) = trail.clone();
        match self.try_arm(trail) {
            Ok(()) => Mode::Events,
            Err(message) => Mode::Polling(PollReason::Unavailable { message: message.into() }),
        }
    }

    /// Makes the next arming register every directory anew, even one that looks the same.
    pub(crate) fn renew(&mut self) {
        self.armed.values_mut().for_each(|identity| *identity = None);
    }

    fn try_arm(&mut self, trail: &Trail) -> Result<(), String> {
        if self.watcher.is_none() {
            self.armed.clear();
            self.watcher = Some(self.open()?);
        }
        let gone: Vec<_> = self.armed.keys().filter(|armed| !trail.directories.contains(*armed)).cloned().collect();
        for directory in gone {
            self.armed.remove(&directory);
            self.unwatch(&directory);
        }
        let mut outcome = Ok(());
        for directory in &trail.directories {
            // A directory that just vanished is noticed in the one above it.
            let Ok(metadata) = std::fs::metadata(directory) else { continue };
            let identity = identity(&metadata);
            match self.armed.get(directory) {
                Some(armed) if identity.is_some() && *armed == identity => continue,
                Some(_) => self.unwatch(directory),
                None => {}
            }
            match self.watch(directory) {
                Ok(()) => {
                    self.armed.insert(directory.clone(), identity);
                }
                Err(message) => {
                    self.armed.remove(directory);
                    outcome = Err(message);
                }
            }
        }
        outcome
    }

    fn open(&self) -> Result<RecommendedWatcher, String> {
        let trail = Arc::clone(&self.trail);
        let post = Arc::clone(&self.post);
        let handler = move |event: notify::Result<Event>| {
            classify(&event, &lock(&trail), &mut |hint| post(hint));
        };
        match caught(|| RecommendedWatcher::new(handler, notify::Config::default())) {
            Ok(Ok(watcher)) => Ok(watcher),
            Ok(Err(error)) => Err(error.to_string()),
            Err(message) => Err(message.into()),
        }
    }

    fn watch(&mut self, directory: &Path) -> Result<(), String> {
        let Some(watcher) = &mut self.watcher else { return Err("there is no watcher".into()) };
        match caught(|| watcher.watch(directory, RecursiveMode::NonRecursive)) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(message) => {
                self.close();
                Err(message.into())
            }
        }
    }

    fn unwatch(&mut self, directory: &Path) {
        if let Some(watcher) = &mut self.watcher {
            // It is an error if the directory is gone already, and no loss.
            if caught(|| drop(watcher.unwatch(directory))).is_err() {
                self.close();
            }
        }
    }

    fn close(&mut self) {
        self.armed.clear();
        let watcher = self.watcher.take();
        // Its thread is gone if this panics, and with it everything there was to clean up.
        let _ = caught(|| drop(watcher));
    }
}

impl Drop for DirectoryEvents {
    fn drop(&mut self) {
        self.close();
    }
}

fn lock(trail: &Mutex<Trail>) -> MutexGuard<'_, Trail> {
    trail.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What an event says about the trail.
fn classify(event: &notify::Result<Event>, trail: &Trail, post: &mut dyn FnMut(Hint)) {
    let Ok(event) = event else { return post(Hint::Rescan) };
    if event.need_rescan() {
        return post(Hint::Rescan);
    }
    let closed = event.kind == EventKind::Access(AccessKind::Close(AccessMode::Write));
    if event.kind.is_access() && !closed {
        // Somebody reads, most likely this program.
        return;
    }
    if event.paths.is_empty() {
        return post(Hint::Changed);
    }
    let moved = matches!(event.kind, EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)));
    for path in &event.paths {
        post(if moved && trail.directories.contains(path) {
            Hint::Rescan
        } else if !trail.matters(path) {
            Hint::Nearby
        } else if closed {
            Hint::Closed(file_id(path))
        } else if matches!(event.kind, EventKind::Modify(ModifyKind::Data(_))) {
            Hint::Writing(file_id(path))
        } else {
            Hint::Changed
        });
    }
}

fn file_id(path: &Path) -> FileId {
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    FileId(hasher.finish())
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    // The time of creation tells apart what the inode number, which is soon used again, does not.
    Some((metadata.dev(), metadata.ino(), metadata.created().ok()))
}

#[cfg(not(unix))]
fn identity(_metadata: &Metadata) -> Option<Identity> {
    None
}

#[cfg(test)]
mod tests {
    use notify::{
        Event,
        EventKind::{self, Access, Create, Modify, Remove},
        event::{
            AccessKind, AccessMode, CreateKind, DataChange, Flag, MetadataKind, ModifyKind, RemoveKind, RenameMode,
        },
    };

    use super::{classify, file_id};
    use crate::{mailbox::Hint, trail::Trail};

    fn trail() -> Trail {
        Trail {
            directories: ["/etc", "/etc/conf", "/etc/rules"].map(Into::into).into(),
            entries: ["/etc/conf", "/etc/conf/flags.toml", "/etc/conf/..data"].map(Into::into).into(),
            folders: ["/etc/rules"].map(Into::into).into(),
        }
    }

    fn hints(event: &notify::Result<Event>) -> Vec<Hint> {
        let mut hints = Vec::new();
        classify(event, &trail(), &mut |hint| hints.push(hint));
        hints
    }

    #[test]
    fn events_become_hints() {
        let written = Modify(ModifyKind::Data(DataChange::Any));
        let closed = Access(AccessKind::Close(AccessMode::Write));
        let renamed = Modify(ModifyKind::Name(RenameMode::To));
        let file = file_id("/etc/conf/flags.toml".as_ref());
        let rule = file_id("/etc/rules/a.toml".as_ref());
        let table: &[(EventKind, &str, &[Hint])] = &[
            (written, "/etc/conf/flags.toml", &[Hint::Writing(file)]),
            (closed, "/etc/conf/flags.toml", &[Hint::Closed(file)]),
            (written, "/etc/rules/a.toml", &[Hint::Writing(rule)]),
            (closed, "/etc/rules/a.toml", &[Hint::Closed(rule)]),
            (renamed, "/etc/conf/flags.toml", &[Hint::Changed]),
            (renamed, "/etc/conf/..data", &[Hint::Changed]),
            (Create(CreateKind::File), "/etc/conf/flags.toml", &[Hint::Changed]),
            (Remove(RemoveKind::File), "/etc/conf/flags.toml", &[Hint::Changed]),
            (Modify(ModifyKind::Metadata(MetadataKind::Any)), "/etc/conf/flags.toml", &[Hint::Changed]),
            (Modify(ModifyKind::Metadata(MetadataKind::Any)), "/etc/conf", &[Hint::Changed]),
            // A watched directory that is no longer at its path has to be registered anew.
            (Remove(RemoveKind::Folder), "/etc/conf", &[Hint::Rescan]),
            (Modify(ModifyKind::Name(RenameMode::From)), "/etc/conf", &[Hint::Rescan]),
            // What others do in the directories.
            (written, "/etc/conf/other.log", &[Hint::Nearby]),
            (closed, "/etc/conf/other.log", &[Hint::Nearby]),
            (written, "/etc/rules/.#a.toml", &[Hint::Nearby]),
            (Create(CreateKind::File), "/etc/conf/4913", &[Hint::Nearby]),
            // Reading, our own included, would otherwise cause reading for ever.
            (Access(AccessKind::Open(AccessMode::Any)), "/etc/conf/flags.toml", &[]),
            (Access(AccessKind::Close(AccessMode::Read)), "/etc/conf/flags.toml", &[]),
            (Access(AccessKind::Any), "/etc/conf/flags.toml", &[]),
            // Kinds nobody thought of are no reason to look away.
            (EventKind::Any, "/etc/conf/flags.toml", &[Hint::Changed]),
            (EventKind::Other, "/etc/conf/flags.toml", &[Hint::Changed]),
        ];
        for (kind, path, expected) in table {
            assert_eq!(hints(&Ok(Event::new(*kind).add_path(path.into()))), *expected, "{kind:?} {path}");
        }
    }

    #[test]
    fn lost_events_and_errors_ask_for_a_rescan() {
        let overflow = Event::new(EventKind::Other).set_flag(Flag::Rescan);
        assert_eq!(hints(&Ok(overflow)), [Hint::Rescan]);
        assert_eq!(hints(&Err(notify::Error::generic("read error"))), [Hint::Rescan]);
        assert_eq!(hints(&Ok(Event::new(EventKind::Any))), [Hint::Changed], "an event without a path");
    }

    #[test]
    fn a_rename_speaks_about_both_names() {
        let event = Event::new(Modify(ModifyKind::Name(RenameMode::Both)))
            .add_path("/etc/conf/flags.toml.tmp".into())
            .add_path("/etc/conf/flags.toml".into());
        assert_eq!(hints(&Ok(event)), [Hint::Nearby, Hint::Changed]);
    }
}
