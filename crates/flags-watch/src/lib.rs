//! Keeps a value that is made of files fresh: events as hints, content as truth, last known good.
//!
//! A [`Watcher`] reads an [`Origin`] (a file, or the `*.toml` files of a folder), has a [`Load`]er turn the
//! [`Documents`] into a value, and does so again whenever the content changes. What the value is and where it is
//! published is its user's business.
//!
//! ```
//! use std::{convert::Infallible, sync::{Arc, Mutex}};
//! use flags_watch::{Checked, Documents, Options, Origin, Update, Watcher};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("greeting.txt");
//! # std::fs::write(&path, "hello")?;
//! let load = |documents: &Documents| Ok::<_, Infallible>(documents.files()[0].text.to_uppercase());
//! let current = Arc::new(Mutex::new(String::new()));
//! let publish = {
//!     let current = Arc::clone(&current);
//!     move |update| if let Update::Loaded(loaded) = update { *current.lock().unwrap() = loaded.value }
//! };
//! let watcher = Watcher::start(Origin::at(&path), Options::default(), load, publish)?;
//! assert_eq!(*current.lock().unwrap(), "HELLO");
//!
//! std::fs::write(&path, "good morning")?;
//! watcher.check_now()?; // only not to wait: it would be noticed within 25 ms or so
//! assert_eq!(*current.lock().unwrap(), "GOOD MORNING");
//! assert_eq!(watcher.status().revision, 2);
//! # Ok(())
//! # }
//! ```
//!
//! # How a change is noticed
//!
//! - The directories on the way to the files are watched, along every symbolic link, never the files themselves. So
//!   editors that save by renaming, Kubernetes' swap of `..data`, git-sync's of a folder link, and a folder that is
//!   replaced are all noticed. Registering comes before reading, so nothing falls in between.
//! - An event is a hint and no more. After 20 ms without another (at most 500 ms) the files are read; while a file is
//!   known to be open for writing, its closing is waited for. Only a different content hash leads to the loader.
//! - Every 2 s sizes, times and real paths are compared, and every 10 s contents, for what no event announces. Where
//!   there are no events at all, start-up succeeds, the [`Status`] says why, and polling does everything.
//!
//! # What a bad change does
//!
//! Nothing, except that [`Update::Failed`] is called and the [`Status`] is stale. Files that are unreadable, missing or
//! empty are given half a second, for they may be in the midst of being saved. The same bad content is neither loaded
//! nor reported again; the former good content coming back is [`Update::Restored`], and no new revision.
//!
//! A writer that takes more than half a second for one file, or closes a half-written file and goes on later, may be
//! read midway. Writing to another file and renaming it is safe whatever it takes.
//!
//! # What is missing
//!
//! No thread pool, no async, no recursion into sub-folders, no format. A file system that hangs (a lost NFS server)
//! hangs the watcher's thread, and stopping it, until it answers; readers of the value are not touched.
//!
//! # Crate features
//!
//! - `events` (default): directory events through `notify`. Without it, files are polled.

mod caveat;
mod documents;
mod events;
mod fingerprint;
mod hash;
mod load;
mod mailbox;
mod options;
mod origin;
mod panics;
mod read_error;
mod settle;
mod status;
mod trail;
mod update;
mod watcher;
mod worker;

pub use self::{
    caveat::Caveat,
    documents::{Document, Documents},
    hash::ContentHash,
    load::Load,
    options::{Options, WatchMode},
    origin::{Limits, Origin},
    read_error::ReadError,
    status::{LastError, Mode, PollReason, Status, StatusHandle},
    update::{Failure, Loaded, Update},
    watcher::{CheckError, Checked, Ready, StartError, Watcher},
};
