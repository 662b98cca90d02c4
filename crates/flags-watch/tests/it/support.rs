//! A watcher whose updates arrive on a channel, and files to play with.
//!
//! Waiting always waits for the awaited thing itself, up to [`PATIENCE`]; nothing is concluded from time passing. So
//! that no poll can stand in for an event, polls are an hour apart in event mode.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::{Duration, Instant},
};

use flags_watch::{Checked, Documents, Failure, Options, Origin, StartError, Update, WatchMode, Watcher};
use tempfile::TempDir;

/// After this time a test gives up; a passing test never waits for it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// By events only; by polling if this crate is built without events.
pub(crate) fn by_events() -> Options {
    if cfg!(not(feature = "events")) {
        return by_polling();
    }
    Options::default().poll_interval(Duration::from_secs(3600))
}

/// By polling only.
pub(crate) fn by_polling() -> Options {
    Options::default().mode(WatchMode::PollOnly).poll_interval(Duration::from_millis(10))
}

/// Runs the check with events alone, and with polling alone.
pub(crate) fn both_ways(check: impl Fn(Options)) {
    for (name, options) in [("events", by_events()), ("polling", by_polling())] {
        eprintln!("-- by {name}");
        check(options);
    }
}

/// Why the test loader refuses a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bad(pub(crate) String);

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bad content: {}", self.0)
    }
}

impl std::error::Error for Bad {}

/// The text of a file, or `name=text` of each file of a folder. Refuses texts with `bad`, panics at `panic`.
pub(crate) fn load(documents: &Documents) -> Result<String, Bad> {
    let texts: Vec<_> = documents.iter().map(|(path, text)| (path.file_name().unwrap_or_default(), text)).collect();
    let value = match &texts[..] {
        [(_, text)] => (*text).to_string(),
        many => many.iter().map(|(name, text)| format!("{}={text}", name.display())).collect::<Vec<_>>().join(";"),
    };
    assert!(!value.contains("panic"), "the loader met {value}");
    if value.contains("bad") { Err(Bad(value)) } else { Ok(value) }
}

/// An update, as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Loaded(u64, String),
    Failed(Failure<Bad>),
    Restored,
}

/// A running watcher and its updates.
pub(crate) struct Live {
    pub(crate) watcher: Watcher<Bad>,
    updates: Receiver<Seen>,
}

impl Live {
    pub(crate) fn try_start(origin: Origin, options: Options) -> Result<Self, StartError<Bad>> {
        let (sender, updates) = channel();
        let watcher = Watcher::start(origin, options, load, move |update| {
            let seen = match update {
                Update::Loaded(loaded) => Seen::Loaded(loaded.revision, loaded.value),
                Update::Failed(failure) => Seen::Failed((*failure).clone()),
                Update::Restored => Seen::Restored,
                other => panic!("an update this test does not know: {other:?}"),
            };
            // The test may have looked away already.
            let _ = sender.send(seen);
        })?;
        Ok(Self { watcher, updates })
    }

    /// Starts, and expects the first value.
    pub(crate) fn start(origin: Origin, options: Options, first: &str) -> Self {
        let live = Self::try_start(origin, options).expect("the first content is good");
        live.expect(&Seen::Loaded(1, first.into()));
        live
    }

    pub(crate) fn file(path: &Path, options: Options, first: &str) -> Self {
        Self::start(Origin::File(path.into()), options, first)
    }

    /// The next update.
    #[track_caller]
    pub(crate) fn next(&self) -> Seen {
        match self.updates.recv_timeout(PATIENCE) {
            Ok(seen) => seen,
            Err(RecvTimeoutError::Timeout) => panic!("no update in time; the status is {:#?}", self.watcher.status()),
            Err(RecvTimeoutError::Disconnected) => panic!("the watcher has ended"),
        }
    }

    /// Expects the next update to be this one.
    #[track_caller]
    pub(crate) fn expect(&self, expected: &Seen) {
        assert_eq!(self.next(), *expected);
    }

    /// Expects the next update to be a load of this text.
    #[track_caller]
    pub(crate) fn expect_text(&self, expected: &str) {
        match self.next() {
            Seen::Loaded(_, text) => assert_eq!(text, expected),
            other => panic!("expected {expected:?}, saw {other:?}"),
        }
    }

    /// Waits until this text is loaded, whatever comes before; returns what did.
    #[track_caller]
    pub(crate) fn wait_for_text(&self, expected: &str) -> Vec<Seen> {
        let mut before = Vec::new();
        loop {
            match self.next() {
                Seen::Loaded(_, text) if text == expected => return before,
                other => before.push(other),
            }
        }
    }

    /// Expects the next update to be a failure, and returns it.
    #[track_caller]
    pub(crate) fn expect_failure(&self) -> Failure<Bad> {
        match self.next() {
            Seen::Failed(failure) => failure,
            other => panic!("expected a failure, saw {other:?}"),
        }
    }

    /// Asks for a check, and expects that nothing is new and nothing was reported.
    #[track_caller]
    pub(crate) fn expect_nothing_new(&self) {
        let revision = self.watcher.status().revision;
        match self.watcher.check_now().expect("the watcher runs") {
            Checked::Unchanged { revision: now } => assert_eq!(now, revision),
            other => panic!("expected nothing new, saw {other:?}"),
        }
        assert_eq!(self.updates.try_recv().ok(), None);
    }
}

/// A folder that is removed in the end, and a path in it.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// A place with a file of that text.
    pub(crate) fn with_file(text: &str) -> (Self, PathBuf) {
        let place = Self::new();
        let path = place.path("flags.toml");
        write(&path, text);
        (place, path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Writes in place: truncates, then writes.
pub(crate) fn write(path: &Path, text: &str) {
    std::fs::write(path, text).expect("the file can be written");
}

/// Writes another file and renames it over this one.
pub(crate) fn replace(path: &Path, text: &str) {
    let mut name = path.file_name().expect("a file").to_owned();
    name.push(".tmp");
    let temporary = path.with_file_name(name);
    write(&temporary, text);
    std::fs::rename(&temporary, path).expect("the file can be renamed");
}

#[cfg(unix)]
pub(crate) fn link(target: impl AsRef<Path>, path: &Path) {
    std::os::unix::fs::symlink(target, path).expect("the link can be made");
}

/// Makes a link and renames it over this one, as Kubernetes and git-sync do.
#[cfg(unix)]
pub(crate) fn relink(target: impl AsRef<Path>, path: &Path) {
    let temporary = path.with_file_name("..link.tmp");
    link(target, &temporary);
    std::fs::rename(&temporary, path).expect("the link can be renamed");
}

/// Waits until the condition holds.
#[track_caller]
pub(crate) fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
