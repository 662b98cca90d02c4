//! Starting, asking and stopping a watcher.

use std::{
    error::Error,
    fmt, io,
    sync::{Arc, mpsc},
    thread::{JoinHandle, ThreadId},
    time::{Instant, SystemTime},
};

use crate::{
    Failure, Load, Loaded, Options, Origin, ReadError, Status, StatusHandle, Update,
    caveat::caveats,
    mailbox::Mailbox,
    panics::caught,
    settle::Settle,
    status::LastError,
    worker::{Files, Shared, Take, Worker, reason},
};

/// Keeps a value of files fresh, on a thread of its own, until it is dropped.
///
/// `E` is the loader's error. Dropping the watcher ends the thread and waits for it; a load in progress is finished
/// first. See the [crate documentation](crate) for an example.
#[derive(Debug)]
pub struct Watcher<E> {
    mailbox: Arc<Mailbox<E>>,
    status: StatusHandle<E>,
    thread: Option<JoinHandle<()>>,
}

/// The name of the watcher's thread.
const THREAD_NAME: &str = "flags-watch";

impl<E: Error + Send + Sync + 'static> Watcher<E> {
    /// Loads the origin, hands the first value to `on_update`, and watches from then on.
    ///
    /// `on_update` is called on the calling thread for the first value and on the watcher's thread afterwards, never
    /// twice at a time. It puts values in force; while it runs nothing else is noticed, so it should hand longer work
    /// to other threads. A panic in it counts as a failure of that content, except that one over the first value is passed
    /// on to the caller. See [`Ready::open`] to get hold of the
    /// first value before there is anything to publish it with.
    ///
    /// # Errors
    ///
    /// When the first content cannot be read or is refused, or there can be no thread.
    pub fn start<L, F>(origin: Origin, options: Options, load: L, mut on_update: F) -> Result<Self, StartError<E>>
    where
        L: Load<Error = E>,
        F: FnMut(Update<L::Output, E>) + Send + 'static,
    {
        let mut ready = Ready::open(origin, options, load)?;
        if let Some(first) = ready.take_first() {
            on_update(Update::Loaded(first));
        }
        ready.start(on_update)
    }

    /// Reads the files now, whatever events and polls say, and waits until it is clear what they hold.
    ///
    /// Normally that takes as long as reading and loading; if the files are unreadable or empty, up to
    /// [`Options::max_delay`] longer. Content that failed before is loaded once more.
    ///
    /// # Errors
    ///
    /// When the watcher has ended, or this is called from within its own loader or `on_update`.
    pub fn check_now(&self) -> Result<Checked<E>, CheckError> {
        if self.is_own_thread() {
            return Err(CheckError::OwnThread);
        }
        let (sender, receiver) = mpsc::channel();
        self.mailbox.check(sender);
        receiver.recv().map_err(|_| CheckError::Stopped)
    }

    /// The status as it is now.
    #[must_use]
    pub fn status(&self) -> Status<E> {
        self.status.read()
    }

    /// A handle that reads the status from anywhere and keeps working after the watcher's end.
    #[must_use]
    pub fn status_handle(&self) -> StatusHandle<E> {
        self.status.clone()
    }

    /// Ends the thread and waits for it, as dropping the watcher does.
    pub fn stop(self) {
        drop(self);
    }
}

impl<E> Watcher<E> {
    fn is_own_thread(&self) -> bool {
        self.thread.as_ref().map(|thread| thread.thread().id()) == Some(current_thread())
    }
}

fn current_thread() -> ThreadId {
    std::thread::current().id()
}

impl<E> Drop for Watcher<E> {
    fn drop(&mut self) {
        self.mailbox.stop();
        // A watcher dropped by its own `on_update` cannot wait for itself; the thread ends as soon as that returns.
        if !self.is_own_thread()
            && let Some(thread) = self.thread.take()
        {
            // Foreign code that panics is caught inside; there is nothing to add here.
            let _ = thread.join();
        }
    }
}

/// An origin that is loaded and watched, but whose updates nobody receives yet.
///
/// What changes meanwhile is not lost: it is the first thing the watcher attends to.
pub struct Ready<L: Load> {
    files: Files,
    load: L,
    settle: Settle,
    epoch: Instant,
    shared: Shared<L::Error>,
    first: Option<Loaded<L::Output>>,
    next_revision: u64,
}

impl<L: Load> Ready<L> {
    /// Watches the origin, then reads and loads it on the calling thread.
    ///
    /// An empty file is read again for up to [`Options::max_delay`], in case it is just being written.
    ///
    /// # Errors
    ///
    /// When the content cannot be read, unless it is missing and [`Options::allow_missing`] says so, or when the
    /// loader refuses it.
    pub fn open(origin: Origin, options: Options, mut load: L) -> Result<Self, StartError<L::Error>> {
        let mailbox = Arc::new(Mailbox::new());
        let post = {
            let mailbox = Arc::clone(&mailbox);
            Arc::new(move |hint| mailbox.hint(hint))
        };
        let epoch = Instant::now();
        let mut files = Files::new(origin, options, post);
        let take = first_take(&mut files, epoch);
        let now = SystemTime::now();
        let mut status = Status {
            revision: 0,
            hash: None,
            loaded_at: None,
            last_checked_at: now,
            stale_since: None,
            last_error: None,
            mode: take.mode,
            caveats: caveats(files.origin()).into(),
            loads_ok: 0,
            loads_failed: 0,
            running: true,
        };
        let (first, known) = match take.result {
            Ok(documents) => {
                let hash = documents.hash();
                let value = match caught(|| load.load(&documents)) {
                    Ok(Ok(value)) => value,
                    Ok(Err(error)) => return Err(StartError::Load(Failure::Rejected(error))),
                    Err(message) => return Err(StartError::Load(Failure::Panicked { message })),
                };
                status.revision = 1;
                status.hash = Some(hash);
                status.loaded_at = Some(now);
                status.loads_ok = 1;
                (Some(Loaded { value, revision: 1, hash, loaded_at: now, documents }), Ok(hash))
            }
            Err(error) if error.is_missing() && files.options().allow_missing => {
                let known = Err(reason(&error));
                status.stale_since = Some(now);
                status.loads_failed = 1;
                status.last_error = Some(LastError { at: now, failure: Arc::new(Failure::Unreadable(error)) });
                (None, known)
            }
            Err(error) => return Err(StartError::Load(Failure::Unreadable(error))),
        };
        let settle = Settle::new(files.options().timing(), epoch.elapsed(), take.after, known);
        let next_revision = status.revision + 1;
        let shared = Shared { mailbox, status: StatusHandle::new(status) };
        Ok(Self { files, load, settle, epoch, shared, first, next_revision })
    }

    /// The first value; `None` if the origin is missing and may be, or if the value was taken.
    #[must_use]
    pub fn first(&self) -> Option<&Loaded<L::Output>> {
        self.first.as_ref()
    }

    /// Hands out the first value.
    pub fn take_first(&mut self) -> Option<Loaded<L::Output>> {
        self.first.take()
    }

    /// Starts the thread that tells `on_update` of everything after the first value.
    ///
    /// # Errors
    ///
    /// When there can be no thread.
    pub fn start<F>(self, on_update: F) -> Result<Watcher<L::Error>, StartError<L::Error>>
    where
        F: FnMut(Update<L::Output, L::Error>) + Send + 'static,
    {
        let mailbox = Arc::clone(&self.shared.mailbox);
        let status = self.shared.status.clone();
        let worker = Worker {
            files: self.files,
            load: self.load,
            on_update,
            settle: self.settle,
            epoch: self.epoch,
            next_revision: self.next_revision,
            shared: self.shared,
            taken: None,
            waiting: Vec::new(),
            loaded_meanwhile: false,
        };
        let thread = std::thread::Builder::new()
            .name(THREAD_NAME.into())
            .spawn(move || worker.run())
            .map_err(|error| StartError::Thread { kind: error.kind() })?;
        Ok(Watcher { mailbox, status, thread: Some(thread) })
    }
}

impl<L: Load> fmt::Debug for Ready<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ready").field("origin", self.files.origin()).finish_non_exhaustive()
    }
}

/// Reads until the files are at rest and not blank, or the delay is used up.
fn first_take(files: &mut Files, epoch: Instant) -> Take {
    loop {
        let take = files.take();
        let blank = match &take.result {
            Ok(documents) => documents.has_blank(),
            Err(error) => matches!(error, ReadError::Empty { .. }),
        };
        let timing = files.options().timing();
        if take.before == take.after && !blank || epoch.elapsed() >= timing.cap {
            return take;
        }
        std::thread::sleep(timing.quiet.min(timing.cap));
    }
}

/// What a check found.
#[derive(Debug)]
#[non_exhaustive]
pub enum Checked<E> {
    /// The files hold what is in force.
    Unchanged {
        /// The revision in force.
        revision: u64,
    },
    /// The files held something new, and it is in force now.
    Loaded {
        /// The revision in force.
        revision: u64,
    },
    /// The files cannot be read or are refused; what was in force stays.
    Failed(Arc<Failure<E>>),
}

impl<E> Clone for Checked<E> {
    fn clone(&self) -> Self {
        match self {
            Self::Unchanged { revision } => Self::Unchanged { revision: *revision },
            Self::Loaded { revision } => Self::Loaded { revision: *revision },
            Self::Failed(failure) => Self::Failed(Arc::clone(failure)),
        }
    }
}

/// Why watching could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError<E: Error + 'static> {
    /// The first content could not be read or was refused.
    #[error(transparent)]
    Load(Failure<E>),
    /// The operating system did not give a thread.
    #[error("the thread that watches the files could not be started: {kind}")]
    Thread {
        /// The class of the error.
        kind: io::ErrorKind,
    },
}

/// Why a check could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// The watcher's thread has ended.
    #[error("the watcher has ended, so there is nothing that could check the files")]
    Stopped,
    /// The thread that asks is the one that would have to answer.
    #[error("a check cannot be asked for from within the loader or the update function, which it would wait for")]
    OwnThread,
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, sync::mpsc::channel, time::Duration};

    use super::Watcher;
    use crate::{Documents, Options, Origin, Update, WatchMode, mailbox::Hint};

    /// Case 24. The queue of events really overflows only after 16384 unread events, a number that belongs to the whole
    /// machine; so the hint that an overflow becomes is posted by hand.
    #[test]
    fn case_24_lost_events_lead_to_a_reading() {
        for mode in [WatchMode::PollOnly, WatchMode::Events] {
            let place = tempfile::tempdir().unwrap();
            let path = place.path().join("flags.toml");
            std::fs::write(&path, "one").unwrap();
            let options = Options::default().mode(mode).poll_interval(Duration::from_secs(3600));
            let load = |documents: &Documents| Ok::<_, Infallible>(documents.files()[0].text.to_string());
            let (sender, updates) = channel();
            let watcher = Watcher::start(Origin::at(&path), options, load, move |update| {
                if let Update::Loaded(loaded) = update {
                    sender.send(loaded.value).unwrap();
                }
            })
            .unwrap();
            let next = || updates.recv_timeout(Duration::from_secs(30)).unwrap();
            assert_eq!(next(), "one");
            for text in ["two", "three"] {
                std::fs::write(&path, text).unwrap();
                watcher.mailbox.hint(Hint::Rescan);
                assert_eq!(next(), text);
            }
            // After the registrations were made anew they still work.
            if mode == WatchMode::Events && cfg!(feature = "events") {
                std::fs::write(&path, "four").unwrap();
                assert_eq!(next(), "four");
            }
        }
    }
}
