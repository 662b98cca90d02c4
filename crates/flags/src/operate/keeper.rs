//! The thread that keeps the controls in step with the time and with other programs on the same state folder.
//!
//! It decides nothing: it waits until a control expires, somebody rings, or half a second has passed, and has the client look.

use std::{
    fmt,
    sync::{Arc, Condvar, Mutex, PoisonError, Weak},
    thread,
    time::Duration,
};

use crate::client::Inner;

/// How long a change by another program may go unnoticed where no event announces it.
const POLL: Duration = Duration::from_millis(500);

/// The thread, until it is dropped.
pub(crate) struct Keeper {
    bell: Arc<Bell>,
    /// Rings when the file of the controls changes.
    #[cfg(feature = "watch")]
    _watcher: Option<flags_watch::Watcher<std::convert::Infallible>>,
}

/// What the thread waits for.
#[derive(Default)]
struct Bell {
    rung: Mutex<Rung>,
    wake: Condvar,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Rung {
    #[default]
    Silent,
    Look,
    Stop,
}

impl Keeper {
    /// Starts the thread for a client; `file` is where its controls are kept, if other programs can change them.
    pub(crate) fn start(client: Weak<Inner>, file: Option<&std::path::Path>) -> std::io::Result<Self> {
        let bell = Arc::new(Bell::default());
        let polls = file.is_some();
        let ring = Arc::clone(&bell);
        thread::Builder::new().name("flags-controls".to_owned()).spawn(move || run(&client, &ring, polls))?;
        Ok(Self {
            #[cfg(feature = "watch")]
            _watcher: file.and_then(|file| watch(file, Arc::clone(&bell))),
            bell,
        })
    }

    /// Has the thread look now, because the next expiry may be another.
    pub(crate) fn ring(&self) {
        self.bell.ring(Rung::Look);
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // Not joined: the thread may be the one that drops the client's last clone.
        self.bell.ring(Rung::Stop);
    }
}

impl Bell {
    fn ring(&self, rung: Rung) {
        let mut state = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        if *state != Rung::Stop {
            *state = rung;
        }
        self.wake.notify_one();
    }

    /// Waits for the bell, at most so long; `None` waits for ever.
    fn wait(&self, longest: Option<Duration>) -> Rung {
        let state = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let silent = |rung: &mut Rung| *rung == Rung::Silent;
        let mut state = match longest {
            Some(longest) => {
                self.wake.wait_timeout_while(state, longest, silent).unwrap_or_else(PoisonError::into_inner).0
            }
            None => self.wake.wait_while(state, silent).unwrap_or_else(PoisonError::into_inner),
        };
        let rung = *state;
        if rung == Rung::Look {
            *state = Rung::Silent;
        }
        rung
    }
}

fn run(client: &Weak<Inner>, bell: &Bell, polls: bool) {
    loop {
        let Some(inner) = client.upgrade() else { return };
        let expiry = inner.until_next_expiry();
        drop(inner);
        let longest = if polls { Some(expiry.map_or(POLL, |expiry| expiry.min(POLL))) } else { expiry };
        if bell.wait(longest) == Rung::Stop {
            return;
        }
        let Some(inner) = client.upgrade() else { return };
        // What goes wrong is in the status and in the log.
        let _ = inner.refresh_controls();
    }
}

/// Rings at every change of the file. Without it, polling does.
#[cfg(feature = "watch")]
fn watch(file: &std::path::Path, bell: Arc<Bell>) -> Option<flags_watch::Watcher<std::convert::Infallible>> {
    let options = flags_watch::Options::default().allow_missing(true);
    let started = flags_watch::Watcher::start(
        flags_watch::Origin::at(file),
        options,
        |_: &flags_watch::Documents| Ok::<_, std::convert::Infallible>(()),
        move |_| bell.ring(Rung::Look),
    );
    started.inspect_err(|error| tracing::warn!("controls are polled only: {error}")).ok()
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper").finish_non_exhaustive()
    }
}
