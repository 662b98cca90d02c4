//! The thread that does what follows from a breaker's change of state. It decides nothing: it waits, and has the client look.

use std::{
    sync::{Arc, Condvar, Mutex, PoisonError, Weak},
    thread,
    time::Duration,
};

use crate::client::Inner;

/// The longest the thread waits while something is to come: by then the clock may have been set.
const LONGEST: Duration = Duration::from_secs(30);

/// What the thread waits for.
#[derive(Debug, Default)]
pub(super) struct Bell {
    rung: Mutex<Rung>,
    wake: Condvar,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Rung {
    #[default]
    Silent,
    Look,
    Stop,
}

impl Bell {
    /// Has the thread look now.
    pub(super) fn ring(&self) {
        self.set(Rung::Look);
    }

    /// Has the thread end.
    pub(super) fn stop(&self) {
        self.set(Rung::Stop);
    }

    fn set(&self, to: Rung) {
        let mut rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        if *rung != Rung::Stop {
            *rung = to;
        }
        self.wake.notify_one();
    }

    /// Waits for the bell, at most so long; `None` waits for ever. Whether to go on.
    fn wait(&self, longest: Option<Duration>) -> bool {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let silent = |rung: &mut Rung| *rung == Rung::Silent;
        let mut rung = match longest {
            Some(longest) => {
                let waited = self.wake.wait_timeout_while(rung, longest, silent);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
            None => self.wake.wait_while(rung, silent).unwrap_or_else(PoisonError::into_inner),
        };
        if *rung == Rung::Stop {
            return false;
        }
        *rung = Rung::Silent;
        true
    }
}

/// Starts the thread for a client; it ends with the client, or when the bell says so.
pub(super) fn start(client: Weak<Inner>, bell: Arc<Bell>) -> std::io::Result<()> {
    thread::Builder::new().name("flags-breakers".to_owned()).spawn(move || run(&client, &bell)).map(drop)
}

fn run(client: &Weak<Inner>, bell: &Bell) {
    loop {
        let Some(inner) = client.upgrade() else { return };
        let next = inner.look_at_breakers();
        drop(inner);
        if !bell.wait(next.map(|next| next.min(LONGEST))) {
            return;
        }
    }
}
