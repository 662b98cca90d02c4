//! What waits for the watcher's thread: hints, merged so that they take no more room however many come, requests to
//! check, and the wish to stop.

use std::{
    collections::BTreeMap,
    sync::{Condvar, Mutex, MutexGuard, PoisonError, mpsc::Sender},
    time::Duration,
};

use crate::{Checked, settle};

/// What a directory event says to the watcher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "events"), expect(dead_code, reason = "only events give hints"))]
pub(crate) enum Hint {
    /// Something on the way to the files changed.
    Changed,
    /// Something else changed beside it.
    Nearby,
    /// This file is being written.
    Writing(settle::FileId),
    /// This file was closed after writing.
    Closed(settle::FileId),
    /// Events were lost, or a directory is no longer the one that is watched: register anew and check.
    Rescan,
}

/// Everything that arrived since the last time.
#[derive(Debug)]
pub(crate) struct Mail<E> {
    pub(crate) rescan: bool,
    changed: bool,
    nearby: bool,
    writers: BTreeMap<u64, bool>,
    /// Those who wait for the outcome of a check.
    pub(crate) checks: Vec<Sender<Checked<E>>>,
    pub(crate) stop: bool,
}

/// More files being written at once than this are not told apart.
const MAX_WRITERS: usize = 64;

impl<E> Mail<E> {
    fn new() -> Self {
        Self { rescan: false, changed: false, nearby: false, writers: BTreeMap::new(), checks: Vec::new(), stop: false }
    }

    fn is_empty(&self) -> bool {
        !(self.rescan || self.changed || self.nearby || self.stop) && self.writers.is_empty() && self.checks.is_empty()
    }

    fn add(&mut self, hint: Hint) {
        let (file, open) = match hint {
            Hint::Changed => return self.changed = true,
            Hint::Nearby => return self.nearby = true,
            Hint::Rescan => return self.rescan = true,
            Hint::Writing(file) => (file, true),
            Hint::Closed(file) => (file, false),
        };
        if self.writers.len() < MAX_WRITERS || self.writers.contains_key(&file.0) {
            self.writers.insert(file.0, open);
        } else {
            self.changed = true;
        }
    }

    /// The hints as events of the state machine.
    pub(crate) fn events(&self) -> impl Iterator<Item = settle::Event> + use<E> {
        let changed = (self.changed || self.rescan).then_some(settle::Event::Changed);
        let nearby = self.nearby.then_some(settle::Event::Nearby);
        let writers: Vec<_> = self
            .writers
            .iter()
            .map(|(&file, &open)| {
                let file = settle::FileId(file);
                if open { settle::Event::Writing(file) } else { settle::Event::Closed(file) }
            })
            .collect();
        changed.into_iter().chain(nearby).chain(writers)
    }
}

/// Where mail is put by any thread and collected by one.
#[derive(Debug)]
pub(crate) struct Mailbox<E> {
    mail: Mutex<Mail<E>>,
    bell: Condvar,
}

impl<E> Mailbox<E> {
    pub(crate) fn new() -> Self {
        Self { mail: Mutex::new(Mail::new()), bell: Condvar::new() }
    }

    pub(crate) fn hint(&self, hint: Hint) {
        self.lock().add(hint);
        self.bell.notify_one();
    }

    pub(crate) fn check(&self, answer: Sender<Checked<E>>) {
        let mut mail = self.lock();
        // A stopped watcher does not collect mail; dropping the sender is the answer.
        if !mail.stop {
            mail.checks.push(answer);
            self.bell.notify_one();
        }
    }

    /// Asks the thread to end; stays asked.
    pub(crate) fn stop(&self) {
        let mut mail = self.lock();
        mail.stop = true;
        mail.checks.clear();
        self.bell.notify_one();
    }

    /// Waits for mail, at most that long, and takes it.
    pub(crate) fn collect(&self, timeout: Duration) -> Mail<E> {
        let (mut mail, _) = self
            .bell
            .wait_timeout_while(self.lock(), timeout, |mail| mail.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        let stop = mail.stop;
        let taken = std::mem::replace(&mut *mail, Mail::new());
        mail.stop = stop;
        taken
    }

    fn lock(&self) -> MutexGuard<'_, Mail<E>> {
        // Nothing that can panic runs under this lock.
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Hint, Mailbox};
    use crate::settle::{Event, FileId};

    #[test]
    fn a_million_hints_take_no_more_room_than_a_few() {
        let mailbox = Mailbox::<()>::new();
        for number in 0..1_000_000 {
            mailbox.hint(Hint::Nearby);
            mailbox.hint(Hint::Writing(FileId(number)));
        }
        let mail = mailbox.collect(Duration::ZERO);
        assert_eq!(mail.events().filter(|event| matches!(event, Event::Writing(_))).count(), 64);
        assert!(mail.events().any(|event| event == Event::Changed), "what could not be kept apart counts as a change");
        assert_eq!(mailbox.collect(Duration::ZERO).events().count(), 0, "collected once");
    }

    #[test]
    fn the_last_word_about_a_file_counts() {
        let mailbox = Mailbox::<()>::new();
        mailbox.hint(Hint::Writing(FileId(1)));
        mailbox.hint(Hint::Writing(FileId(2)));
        mailbox.hint(Hint::Closed(FileId(1)));
        let events: Vec<_> = mailbox.collect(Duration::ZERO).events().collect();
        assert_eq!(events, [Event::Closed(FileId(1)), Event::Writing(FileId(2))]);
    }

    #[test]
    fn nobody_waits_for_a_stopped_watcher() {
        let mailbox = Mailbox::<()>::new();
        let (before, answer_before) = std::sync::mpsc::channel();
        mailbox.check(before);
        mailbox.stop();
        let (after, answer_after) = std::sync::mpsc::channel();
        mailbox.check(after);
        assert!(answer_before.recv().is_err() && answer_after.recv().is_err());
        assert!(mailbox.collect(Duration::MAX).stop && mailbox.collect(Duration::MAX).stop);
    }
}
