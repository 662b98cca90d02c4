//! A controller that looks on a thread of its own: for programs without tokio.

use std::{
    io,
    pin::pin,
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::sync::oneshot;

use super::{Controller, nag::Nag, task};

/// A thread on which a controller looks in an interval, and at once when it is [woken](Controller::wake).
///
/// Dropped, it ends: a look that is under way is carried through, and the lead is let go of.
#[derive(Debug)]
pub struct Driver {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Driver {
    /// Has the controller look on a thread of its own. One second is a good interval.
    ///
    /// # Errors
    ///
    /// When the operating system has no thread or no timer for it.
    pub fn start(controller: Arc<Controller>, interval: Duration) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().name("flags-rollouts".to_owned()).spawn(move || {
            runtime.block_on(async {
                let stopped = async {
                    // Whoever drops the sender wants it to end too.
                    let _ = stopped.await;
                };
                let (mut ticks, mut stopped) = (task::ticks(interval), pin!(stopped));
                let mut nag = Nag::default();
                while task::is_time(&controller, &mut ticks, stopped.as_mut()).await {
                    // Nothing else is on this thread, so a look may keep it waiting.
                    controller.look_and_tell(&mut nag);
                }
            });
            controller.resign();
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }

    /// Has it end, and waits until it has.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.stop.take();
        // Whoever is told something on that very thread, and drops it there, cannot wait for himself.
        if let Some(thread) = self.thread.take().filter(|thread| thread.thread().id() != thread::current().id()) {
            // It has nothing to return, and what panics on it is caught.
            let _ = thread.join();
        }
    }
}
