//! When to look, when to read, and what a reading means: the watcher's decisions, without clock, file or thread.
//!
//! [`Settle::step`] is a function of the state, an event and the present; it answers with one action, whose result is
//! the next event. Time is a duration since any fixed moment.
//!
//! - A hint starts an *episode*: reading waits until nothing was announced for the quiet period, but no longer than the
//!   cap, so a file written without pause is read too. A file known to be open for writing holds the episode until it
//!   is closed or the cap is reached.
//! - A reading during which the file changed, or which no longer fits what polling saw, is *unsteady* and repeated.
//! - A reading that fails or is blank is *doubtful*: it may be a torn write, or the gap between deletion and
//!   re-creation. It is repeated, at growing distances, for as long as the cap once more.
//! - Whatever was read is compared by hash with what is accepted and with what was rejected, and the same content is
//!   never loaded or reported twice.
//! - While nothing is announced, the fingerprint is polled, and every few polls the content.

use std::time::Duration;

use crate::{ContentHash, fingerprint::Fingerprint};

#[cfg(test)]
mod tests;

/// The durations that govern decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timing {
    /// How long nothing may be announced before a change is read.
    pub(crate) quiet: Duration,
    /// How long reading may be put off at most.
    pub(crate) cap: Duration,
    /// The distance of two polls.
    pub(crate) poll: Duration,
    /// Every this many polls the content is read, whatever the fingerprint says; at least 1.
    pub(crate) read_every: u32,
}

/// Identifies a file that is being written, among those that matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileId(pub(crate) u64);

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// Something on the way to the files changed.
    Changed,
    /// Something else changed in a directory on the way.
    Nearby,
    /// This file is open and was written to.
    Writing(FileId),
    /// This file was closed after writing.
    Closed(FileId),
    /// Time went by; due at [`Settle::deadline`], harmless at any other time.
    Wake,
    /// Somebody wants to know now.
    Force,
    /// The result of [`Action::Look`].
    Looked(Fingerprint),
    /// The result of [`Action::Read`].
    Reading(Reading),
    /// [`Action::Load`] succeeded for this content.
    Loaded(ContentHash),
    /// [`Action::Load`] failed for this content.
    Rejected(ContentHash),
}

/// One reading, and the fingerprints around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) before: Fingerprint,
    pub(crate) after: Fingerprint,
    pub(crate) content: Content,
}

/// What was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// Documents; `blank` if one of them has no text.
    Text { hash: ContentHash, blank: bool },
    /// Nothing, for a reason with this number.
    Unreadable(u128),
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Nothing until the deadline or the next hint.
    Wait,
    /// Take the fingerprint.
    Look,
    /// Read the content, with fingerprints before and after.
    Read,
    /// Hand the content just read to the loader.
    Load,
    /// Report that the content cannot be read.
    Fail,
    /// The content is what is accepted already.
    Unchanged,
    /// The content is again what was accepted last, after a failure.
    Restored,
    /// The content still is what failed before.
    StillFailing,
}

/// The state: the episode in progress, the next poll, and what is known of the content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settle {
    timing: Timing,
    episode: Option<Episode>,
    writers: Vec<FileId>,
    forced: bool,
    next_poll: Duration,
    early_look: Option<Duration>,
    polls: u32,
    fingerprint: Option<Fingerprint>,
    accepted: Option<ContentHash>,
    rejected: Option<Rejected>,
}

/// The wait for a change to be complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Episode {
    /// The latest moment of the next reading.
    limit: Duration,
    /// The moment of the next reading, as things stand.
    until: Duration,
    /// The fingerprint that has to be unchanged by then, where no event would tell.
    seen: Option<Fingerprint>,
    /// The distance of the next repetition, once a reading was doubtful.
    doubt: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rejected {
    Content(ContentHash),
    Unreadable(u128),
}

/// More files being written at once than this are not told apart.
const MAX_WRITERS: usize = 64;

impl Settle {
    /// The state after the first reading: what it was accepted as, or the number of the reason it failed with.
    pub(crate) fn new(
        timing: Timing,
        now: Duration,
        fingerprint: Fingerprint,
        first: Result<ContentHash, u128>,
    ) -> Self {
        let mut settle = Self {
            timing: Timing { read_every: timing.read_every.max(1), cap: timing.cap.max(timing.quiet), ..timing },
            episode: None,
            writers: Vec::new(),
            forced: false,
            next_poll: now.saturating_add(timing.poll),
            early_look: None,
            polls: 0,
            fingerprint: Some(fingerprint),
            accepted: first.ok(),
            rejected: first.err().map(Rejected::Unreadable),
        };
        settle.read_at_next_poll();
        settle
    }

    /// When [`Event::Wake`] is due.
    pub(crate) fn deadline(&self) -> Duration {
        match &self.episode {
            Some(episode) => episode.until,
            None => self.early_look.map_or(self.next_poll, |look| look.min(self.next_poll)),
        }
    }

    /// Whether no change is being waited for.
    pub(crate) fn is_idle(&self) -> bool {
        self.episode.is_none()
    }

    /// Takes an event into account and says what to do.
    pub(crate) fn step(&mut self, event: Event, now: Duration) -> Action {
        match event {
            Event::Changed => self.hint(now),
            Event::Nearby => {
                let look = now.saturating_add(self.timing.quiet);
                self.early_look = Some(self.early_look.map_or(look, |earlier| earlier.min(look)));
                Action::Wait
            }
            Event::Writing(file) => {
                if !self.writers.contains(&file) && self.writers.len() < MAX_WRITERS {
                    self.writers.push(file);
                }
                self.hint(now)
            }
            Event::Closed(file) => {
                self.writers.retain(|writer| *writer != file);
                self.hint(now)
            }
            Event::Wake => self.wake(now),
            Event::Force => {
                self.forced = true;
                self.episode.get_or_insert(Episode {
                    limit: now.saturating_add(self.timing.cap),
                    until: now,
                    seen: None,
                    doubt: None,
                });
                Action::Read
            }
            Event::Looked(fingerprint) => {
                if self.fingerprint != Some(fingerprint) && self.episode.is_none() {
                    self.begin(now, Some(fingerprint));
                }
                Action::Wait
            }
            Event::Reading(reading) => self.judge(reading, now),
            Event::Loaded(hash) => {
                self.accepted = Some(hash);
                self.rejected = None;
                self.read_at_next_poll();
                Action::Wait
            }
            Event::Rejected(hash) => {
                self.rejected = Some(Rejected::Content(hash));
                self.read_at_next_poll();
                Action::Wait
            }
        }
    }

    fn hint(&mut self, now: Duration) -> Action {
        if self.episode.is_none() {
            self.begin(now, None);
        }
        if let Some(episode) = &mut self.episode {
            // From here on events tell whether the file is at rest.
            episode.seen = None;
            episode.until = if self.writers.is_empty() {
                now.saturating_add(self.timing.quiet).min(episode.limit)
            } else {
                episode.limit
            };
        }
        Action::Wait
    }

    fn begin(&mut self, now: Duration, seen: Option<Fingerprint>) {
        self.episode = Some(Episode {
            limit: now.saturating_add(self.timing.cap),
            until: now.saturating_add(self.timing.quiet),
            seen,
            doubt: None,
        });
    }

    fn wake(&mut self, now: Duration) -> Action {
        if let Some(episode) = &self.episode {
            return if now >= episode.until { Action::Read } else { Action::Wait };
        }
        if now >= self.next_poll {
            self.next_poll = now.saturating_add(self.timing.poll);
            self.early_look = None;
            self.polls += 1;
            return if self.polls >= self.timing.read_every { Action::Read } else { Action::Look };
        }
        if self.early_look.is_some_and(|look| now >= look) {
            self.early_look = None;
            return Action::Look;
        }
        Action::Wait
    }

    fn judge(&mut self, reading: Reading, now: Duration) -> Action {
        self.polls = 0;
        // A poll's reading has no episode; the last fingerprint stands for the time in which nothing changed.
        let seen = match &self.episode {
            Some(episode) => episode.seen,
            None => self.fingerprint,
        };
        let steady = reading.before == reading.after && seen.is_none_or(|seen| seen == reading.before);
        if !steady && self.put_off(now, reading) {
            return Action::Wait;
        }
        if self.is_doubtful(&reading.content) && self.doubt(now) {
            return Action::Wait;
        }
        let forced = std::mem::take(&mut self.forced);
        self.episode = None;
        self.early_look = None;
        self.writers.clear();
        self.fingerprint = Some(reading.after);
        match reading.content {
            Content::Text { hash, .. } if self.accepted == Some(hash) => match self.rejected.take() {
                Some(_) => Action::Restored,
                None => Action::Unchanged,
            },
            Content::Text { hash, .. } if self.rejected == Some(Rejected::Content(hash)) && !forced => {
                Action::StillFailing
            }
            Content::Text { .. } => Action::Load,
            Content::Unreadable(reason) if self.rejected == Some(Rejected::Unreadable(reason)) => Action::StillFailing,
            Content::Unreadable(reason) => {
                self.rejected = Some(Rejected::Unreadable(reason));
                Action::Fail
            }
        }
    }

    /// Waits for another quiet period, unless the cap is reached.
    fn put_off(&mut self, now: Duration, reading: Reading) -> bool {
        if self.episode.is_none() {
            self.begin(now, None);
        }
        let Some(episode) = &mut self.episode else { return false };
        if now >= episode.limit {
            return false;
        }
        episode.seen = Some(reading.after);
        episode.until = now.saturating_add(self.timing.quiet).min(episode.limit);
        true
    }

    /// Whether the content looks like a write in progress, and is not known to be what the file holds at rest.
    fn is_doubtful(&self, content: &Content) -> bool {
        match content {
            Content::Text { hash, blank } => {
                *blank && self.accepted != Some(*hash) && self.rejected != Some(Rejected::Content(*hash))
            }
            Content::Unreadable(reason) => self.rejected != Some(Rejected::Unreadable(*reason)),
        }
    }

    /// Waits for a repetition, twice as long each time, unless the content was doubtful for as long as the cap.
    fn doubt(&mut self, now: Duration) -> bool {
        if self.episode.is_none() {
            self.begin(now, None);
        }
        let quiet = self.timing.quiet;
        let cap = self.timing.cap;
        let Some(episode) = &mut self.episode else { return false };
        let distance = match episode.doubt {
            None => {
                episode.limit = now.saturating_add(cap);
                quiet
            }
            Some(_) if now >= episode.limit => return false,
            Some(distance) => distance,
        };
        episode.doubt = Some(distance.saturating_mul(2));
        episode.seen = None;
        episode.until = now.saturating_add(distance).min(episode.limit);
        true
    }

    /// A change within the file system's clock tick of a reading leaves the fingerprint as it is; one more reading
    /// closes that gap.
    fn read_at_next_poll(&mut self) {
        self.polls = self.timing.read_every - 1;
    }
}
