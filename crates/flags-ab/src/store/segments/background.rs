//! The thread that tidies a folder while others append and read.

use std::{
    io,
    sync::{Arc, Condvar, Mutex, atomic::Ordering},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::{
    Durability,
    writer::{Writer, lock},
};

/// How long to wait before looking for what is too old, and before trying again what failed.
const ROUND: Duration = Duration::from_secs(60);

/// Wakes the thread.
#[derive(Debug, Default)]
pub(super) struct Bell {
    rung: Mutex<bool>,
    condition: Condvar,
}

impl Bell {
    pub(super) fn ring(&self) {
        *lock(&self.rung) = true;
        self.condition.notify_one();
    }

    /// Waits until it rings, or for that long, and says whether it rang.
    fn wait(&self, time: Duration) -> bool {
        let rung = lock(&self.rung);
        let waited = self.condition.wait_timeout_while(rung, time, |rung| !*rung);
        let mut rung = waited.map_or_else(|poisoned| poisoned.into_inner().0, |(rung, _)| rung);
        std::mem::take(&mut *rung)
    }
}

/// Begins the thread.
pub(super) fn spawn(writer: Arc<Writer>, durability: Durability) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name("flags-events".into()).spawn(move || run(&writer, durability))
}

fn run(writer: &Writer, durability: Durability) {
    let pause = match durability {
        Durability::EveryBatch => ROUND,
        Durability::Interval(interval) => interval.clamp(Duration::from_millis(1), ROUND),
    };
    let mut due = Instant::now();
    while !writer.stop.load(Ordering::Relaxed) {
        let flushed = writer.flush();
        let is_due = due <= Instant::now();
        let tidied = if is_due { writer.tidy() } else { Ok(()) };
        if is_due || flushed.is_err() {
            *lock(&writer.problem) = flushed.and(tidied).err().map(|error| error.to_string().into());
        }
        if is_due {
            due = Instant::now() + ROUND;
        }
        if writer.bell.wait(pause) {
            due = Instant::now();
        }
    }
}
