//! The thread that looks at migrations, again and again, while its client leads.

use std::{
    io,
    sync::mpsc::{RecvTimeoutError, SyncSender, TrySendError, sync_channel},
    thread::{self, JoinHandle},
    time::Duration,
};

/// A thread that looks in an interval, and at once when it is woken. Dropped, it ends after the look under way.
pub(in super::super) struct Drive {
    /// `None` once it is to end.
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drive {
    /// Has `look` called on a thread of its own.
    pub(in super::super) fn start(interval: Duration, mut look: impl FnMut() + Send + 'static) -> io::Result<Self> {
        let (wake, woken) = sync_channel(1);
        let thread = thread::Builder::new().name("flags-migrations".to_owned()).spawn(move || {
            loop {
                look();
                match woken.recv_timeout(interval) {
                    Ok(()) | Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            }
        })?;
        Ok(Self { wake: Some(wake), thread: Some(thread) })
    }

    pub(super) fn wake(&self) {
        match self.wake.as_ref().map(|wake| wake.try_send(())) {
            // One call that waits to be heard is as good as two; a thread that has ended does not look.
            None | Some(Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(()))) => {}
        }
    }
}

impl Drop for Drive {
    fn drop(&mut self) {
        self.wake.take();
        // The last clone of a client may be dropped on this very thread, which cannot wait for itself.
        if let Some(thread) = self.thread.take().filter(|thread| thread.thread().id() != thread::current().id()) {
            // It returns nothing, and what it calls does not panic.
            let _ = thread.join();
        }
    }
}
