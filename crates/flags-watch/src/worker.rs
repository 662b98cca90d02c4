//! The one file that acts: it reads, loads, publishes and keeps the status, as [`Settle`] decides, on one thread.

use std::{
    sync::{Arc, mpsc::Sender},
    time::{Duration, Instant, SystemTime},
};

use crate::{
    Checked, Documents, Failure, Load, Loaded, Options, Origin, ReadError, StatusHandle, Update, WatchMode,
    events::DirectoryEvents,
    fingerprint::Fingerprint,
    hash::FieldHasher,
    mailbox::{Hint, Mailbox},
    panics::caught,
    settle::{Action, Content, Event, Reading, Settle},
    status::{LastError, Mode, PollReason},
    trail::Trail,
};

/// The files, and the means to notice that they changed.
pub(crate) struct Files {
    origin: Origin,
    options: Options,
    events: Option<DirectoryEvents>,
}

/// One reading of the files.
pub(crate) struct Take {
    pub(crate) before: Fingerprint,
    pub(crate) after: Fingerprint,
    pub(crate) result: Result<Documents, ReadError>,
    /// How changes after this reading are noticed.
    pub(crate) mode: Mode,
}

impl Files {
    pub(crate) fn new(origin: Origin, options: Options, post: Arc<dyn Fn(Hint) + Send + Sync>) -> Self {
        let events = match options.mode {
            WatchMode::Events => Some(DirectoryEvents::new(post)),
            WatchMode::PollOnly => None,
        };
        Self { origin, options, events }
    }

    /// Watches, then reads: what changes after the reading is announced, and what changes during it shows in the
    /// fingerprints.
    pub(crate) fn take(&mut self) -> Take {
        let before = self.look();
        let mode = match &mut self.events {
            Some(events) => events.arm(&Trail::of(&self.origin, &self.options.limits)),
            None => Mode::Polling(PollReason::Asked),
        };
        let result = match self.origin.read(&self.options.limits) {
            Ok(documents) if documents.is_blank() && !self.options.allow_empty => {
                Err(ReadError::Empty { path: self.origin.path().into() })
            }
            result => result,
        };
        Take { before, after: self.look(), result, mode }
    }

    pub(crate) fn look(&self) -> Fingerprint {
        Fingerprint::of(&self.origin, &self.options.limits)
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }
}

/// The number under which the state machine knows a reason not to read.
pub(crate) fn reason(error: &ReadError) -> u128 {
    FieldHasher::new().field(error.to_string().as_bytes()).finish()
}

/// What the watcher's thread owns.
pub(crate) struct Worker<L: Load, F> {
    pub(crate) files: Files,
    pub(crate) load: L,
    pub(crate) on_update: F,
    pub(crate) settle: Settle,
    pub(crate) epoch: Instant,
    pub(crate) next_revision: u64,
    pub(crate) shared: Shared<L::Error>,
    /// The documents of the last reading, or why there are none; taken by the action that follows it.
    pub(crate) taken: Option<Result<Documents, ReadError>>,
    /// Those who wait for the outcome, and whether a value was loaded since the first of them came.
    pub(crate) waiting: Vec<Sender<Checked<L::Error>>>,
    pub(crate) loaded_meanwhile: bool,
}

/// What the thread shares with the handles.
pub(crate) struct Shared<E> {
    pub(crate) mailbox: Arc<Mailbox<E>>,
    pub(crate) status: StatusHandle<E>,
}

impl<E> Drop for Shared<E> {
    /// However the thread ends: nobody is left waiting for it.
    fn drop(&mut self) {
        self.mailbox.stop();
        self.status.lock().running = false;
    }
}

/// Longer than anybody polls, short enough for every platform's clock.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

impl<L, F> Worker<L, F>
where
    L: Load,
    F: FnMut(Update<L::Output, L::Error>),
{
    pub(crate) fn run(mut self) {
        loop {
            let wait = self.settle.deadline().saturating_sub(self.epoch.elapsed()).min(LONGEST_WAIT);
            let mail = self.shared.mailbox.collect(wait);
            if mail.stop {
                return;
            }
            if mail.rescan
                && let Some(events) = &mut self.files.events
            {
                events.renew();
            }
            for event in mail.events() {
                self.advance(event);
            }
            if !mail.checks.is_empty() {
                self.waiting.extend(mail.checks);
                self.advance(Event::Force);
            }
            self.advance(Event::Wake);
            self.answer();
        }
    }

    /// Takes an event and everything that follows from it at once.
    fn advance(&mut self, event: Event) {
        let mut event = Some(event);
        while let Some(current) = event {
            event = match self.settle.step(current, self.epoch.elapsed()) {
                Action::Wait => None,
                Action::Unchanged | Action::StillFailing => {
                    self.taken = None;
                    None
                }
                Action::Look => {
                    let fingerprint = self.files.look();
                    self.shared.status.lock().last_checked_at = SystemTime::now();
                    Some(Event::Looked(fingerprint))
                }
                Action::Read => Some(self.read()),
                Action::Load => self.load(),
                Action::Fail => {
                    if let Some(Err(error)) = self.taken.take() {
                        self.fail(Failure::Unreadable(error));
                    }
                    None
                }
                Action::Restored => {
                    self.taken = None;
                    self.shared.status.lock().stale_since = None;
                    // There is no value that could have been published by half.
                    let _ = caught(|| (self.on_update)(Update::Restored));
                    None
                }
            };
        }
    }

    fn read(&mut self) -> Event {
        let take = self.files.take();
        let content = match &take.result {
            Ok(documents) => Content::Text { hash: documents.hash(), blank: documents.has_blank() },
            Err(error) => Content::Unreadable(reason(error)),
        };
        self.taken = Some(take.result);
        let mut status = self.shared.status.lock();
        status.last_checked_at = SystemTime::now();
        status.mode = take.mode;
        drop(status);
        Event::Reading(Reading { before: take.before, after: take.after, content })
    }

    /// Turns the documents just read into a value and publishes it.
    fn load(&mut self) -> Option<Event> {
        let Some(Ok(documents)) = self.taken.take() else { return None };
        let hash = documents.hash();
        let loaded_at = SystemTime::now();
        let value = match caught(|| self.load.load(&documents)) {
            Ok(Ok(value)) => value,
            Ok(Err(error)) => {
                self.fail(Failure::Rejected(error));
                return Some(Event::Rejected(hash));
            }
            Err(message) => {
                self.fail(Failure::Panicked { message });
                return Some(Event::Rejected(hash));
            }
        };
        // A publication that panics may have taken effect, so its number is not given out again.
        let revision = self.next_revision;
        self.next_revision += 1;
        // The status comes first: whoever hears of the new value finds its revision there.
        let mut status = self.shared.status.lock();
        let before = (status.revision, status.hash, status.loaded_at, status.stale_since.take());
        status.revision = revision;
        status.hash = Some(hash);
        status.loaded_at = Some(loaded_at);
        status.loads_ok += 1;
        drop(status);
        let update = Update::Loaded(Loaded { value, revision, hash, loaded_at, documents });
        if let Err(message) = caught(|| (self.on_update)(update)) {
            let mut status = self.shared.status.lock();
            (status.revision, status.hash, status.loaded_at, status.stale_since) = before;
            status.loads_ok -= 1;
            drop(status);
            self.fail(Failure::Panicked { message });
            return Some(Event::Rejected(hash));
        }
        self.loaded_meanwhile = true;
        Some(Event::Loaded(hash))
    }

    fn fail(&mut self, failure: Failure<L::Error>) {
        let failure = Arc::new(failure);
        let at = SystemTime::now();
        let mut status = self.shared.status.lock();
        status.loads_failed += 1;
        status.stale_since.get_or_insert(at);
        let before = status.last_error.replace(LastError { at, failure: Arc::clone(&failure) });
        drop(status);
        // Foreign code may run when an error is dropped, so not under the lock, and not unguarded.
        let _ = caught(|| drop(before));
        let _ = caught(|| (self.on_update)(Update::Failed(failure)));
    }

    /// Tells those who wait, once the question is settled.
    fn answer(&mut self) {
        if !self.settle.is_idle() {
            return;
        }
        let loaded = std::mem::take(&mut self.loaded_meanwhile);
        for waiting in self.waiting.drain(..) {
            let status = self.shared.status.lock();
            let outcome = match &status.last_error {
                Some(error) if status.is_stale() => Checked::Failed(Arc::clone(&error.failure)),
                _ if loaded => Checked::Loaded { revision: status.revision },
                _ => Checked::Unchanged { revision: status.revision },
            };
            drop(status);
            // Whoever asked may have gone.
            let _ = waiting.send(outcome);
        }
    }
}
