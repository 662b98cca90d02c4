//! The thread that writes evaluations: the only one that touches their files.

use std::{
    path::Path,
    sync::{Arc, atomic::Ordering::Relaxed, mpsc::Receiver},
};

use super::{
    EvaluationOptions,
    files::Files,
    line::{Queued, write_dropped},
    queue::{Counters, Message},
    salt::Salt,
};

/// How many lines are written at once, at most.
const BATCH: usize = 1_024;

/// What the thread has to do.
#[derive(Debug)]
pub(super) struct Worker {
    files: Files,
    salt: Option<Salt>,
    counters: Arc<Counters>,
    /// How many missing ones the files tell of.
    told: u64,
}

impl Worker {
    pub(super) fn new(folder: &Path, options: &EvaluationOptions, salt: Option<Salt>, counters: Arc<Counters>) -> Self {
        Self { files: Files::new(folder, options), salt, counters, told: 0 }
    }

    /// Writes whatever comes, until nobody can send any more and all is written.
    pub(super) fn run(mut self, queue: &Receiver<Message>) {
        while let Ok(first) = queue.recv() {
            let mut records = Vec::new();
            let mut waiting = Vec::new();
            for message in std::iter::once(first).chain(queue.try_iter().take(BATCH - 1)) {
                match message {
                    Message::Record(queued) => records.push(queued),
                    Message::Flush(done) => waiting.push(done),
                }
            }
            self.write(&records);
            for done in waiting {
                // Whoever asked may have gone.
                let _ = done.send(());
            }
        }
        self.write(&[]);
    }

    /// Writes the lines of these, and how many are missing, if that is not told yet.
    fn write(&mut self, records: &[Queued]) {
        let mut lines = String::new();
        for record in records {
            record.write(self.salt.as_ref(), &mut lines);
        }
        let missing = self.counters.dropped.load(Relaxed) + self.counters.failed.load(Relaxed);
        if missing > self.told {
            write_dropped(records.last().map(Queued::at), missing - self.told, &mut lines);
        }
        if lines.is_empty() {
            return;
        }
        let count = records.len() as u64;
        if self.files.write(&lines).is_ok() {
            self.counters.written.fetch_add(count, Relaxed);
            self.told = missing;
        } else {
            self.counters.failed.fetch_add(count, Relaxed);
        }
    }
}
