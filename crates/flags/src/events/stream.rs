//! Changes as a stream of one's own, for a loop or a task instead of a function that is called.

use std::{
    fmt, iter,
    pin::Pin,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        mpsc::{RecvTimeoutError, TryRecvError},
    },
    task::{Context as TaskContext, Poll, Waker},
    time::{Duration, Instant},
};

use futures_core::Stream;

use super::{ChangeSet, Dispatcher, Subscription, backlog::Backlog};

/// A stream of changes; made by [`Flags::changes`] and [`Flags::changes_of`].
///
/// What it tells of is in force already. It holds up nobody: what is not taken waits, and beyond 256 sets of changes the
/// newest are merged into one that tells what became of each flag in the end. It does not keep the client alive: it ends when
/// the client has been dropped, after what was still waiting. Dropping it unsubscribes.
///
/// It is read by blocking ([`recv`](Self::recv), or a `for` loop), by looking ([`try_recv`](Self::try_recv)), or by awaiting:
/// [`next`](Self::next) and the trait [`Stream`]. Several threads may share one; each set of changes goes to one of them.
///
/// ```
/// use std::time::Duration;
/// use flags::{FlagDefinition, Flags};
///
/// let flags = Flags::builder().flag(FlagDefinition::new("batch")).flag(FlagDefinition::new("other")).build()?;
/// let changes = flags.changes_of(["batch", "engine"]);
/// flags.toggle("other").unwrap();
/// flags.toggle("batch").unwrap();
/// let told = changes.recv_timeout(Duration::from_secs(30)).unwrap();
/// assert_eq!((&*told.changes[0].key, told.revision), ("batch", 3));
/// drop(flags);
/// assert_eq!(changes.recv(), None);
/// # Ok::<(), flags::BuildError>(())
/// ```
///
/// [`Flags::changes`]: crate::Flags::changes
/// [`Flags::changes_of`]: crate::Flags::changes_of
#[must_use = "a stream that is dropped tells nothing"]
pub struct Changes {
    shared: Arc<Shared>,
    /// Ends the subscription, and with it the [`Feed`].
    _subscription: Subscription,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    arrived: Condvar,
}

#[derive(Default)]
struct State {
    backlog: Backlog,
    ended: bool,
    waker: Option<Waker>,
}

/// The end that is fed; owned by the client's list of subscribers. The stream ends when it is dropped.
struct Feed(Arc<Shared>);

impl Dispatcher {
    /// A stream of the changes `select` leaves something of.
    pub(crate) fn stream(&self, select: impl Fn(&ChangeSet) -> Option<ChangeSet> + Send + Sync + 'static) -> Changes {
        let shared = Arc::new(Shared::default());
        let feed = Feed(Arc::clone(&shared));
        let subscription = self.subscribe(move |changes| feed.push(select(changes)));
        Changes { shared, _subscription: subscription }
    }
}

impl Changes {
    /// Waits for changes; `None` when the client has been dropped and nothing is left to tell.
    #[must_use]
    pub fn recv(&self) -> Option<ChangeSet> {
        let mut state = self.shared.lock();
        loop {
            if let Some(told) = state.take() {
                return told;
            }
            state = self.shared.arrived.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits for changes no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// [`Timeout`](RecvTimeoutError::Timeout) when none came in time, [`Disconnected`](RecvTimeoutError::Disconnected) when
    /// the client has been dropped and nothing is left to tell.
    pub fn recv_timeout(&self, timeout: Duration) -> Result<ChangeSet, RecvTimeoutError> {
        // Beyond what the clock can show is for ever.
        let Some(deadline) = Instant::now().checked_add(timeout) else {
            return self.recv().ok_or(RecvTimeoutError::Disconnected);
        };
        let mut state = self.shared.lock();
        loop {
            if let Some(told) = state.take() {
                return told.ok_or(RecvTimeoutError::Disconnected);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(RecvTimeoutError::Timeout);
            }
            let waited = self.shared.arrived.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The changes that wait already.
    ///
    /// # Errors
    ///
    /// [`Empty`](TryRecvError::Empty) when none do, [`Disconnected`](TryRecvError::Disconnected) when the client has been
    /// dropped and nothing is left to tell.
    pub fn try_recv(&self) -> Result<ChangeSet, TryRecvError> {
        self.shared.lock().take().ok_or(TryRecvError::Empty)?.ok_or(TryRecvError::Disconnected)
    }

    /// Awaits changes; `None` when the client has been dropped and nothing is left to tell. Nothing is lost if the future is
    /// dropped, so it may stand in a `select!`.
    pub async fn next(&mut self) -> Option<ChangeSet> {
        std::future::poll_fn(|task| self.poll(task)).await
    }

    /// The changes one after the other, waiting for each, until the client is dropped.
    pub fn iter(&self) -> impl Iterator<Item = ChangeSet> {
        iter::from_fn(|| self.recv())
    }

    fn poll(&self, task: &TaskContext<'_>) -> Poll<Option<ChangeSet>> {
        let mut state = self.shared.lock();
        if let Some(told) = state.take() {
            return Poll::Ready(told);
        }
        match &mut state.waker {
            Some(waker) => waker.clone_from(task.waker()),
            none => *none = Some(task.waker().clone()),
        }
        Poll::Pending
    }
}

impl Stream for Changes {
    type Item = ChangeSet;

    fn poll_next(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<Option<ChangeSet>> {
        self.poll(task)
    }
}

/// Not the trait `Iterator` itself, whose `next` would be another than that of `StreamExt`.
impl IntoIterator for Changes {
    type Item = ChangeSet;
    type IntoIter = ChangesIter;

    fn into_iter(self) -> ChangesIter {
        ChangesIter(self)
    }
}

/// The changes of a [`Changes`], one after the other, waiting for each.
#[derive(Debug)]
pub struct ChangesIter(Changes);

impl Iterator for ChangesIter {
    type Item = ChangeSet;

    fn next(&mut self) -> Option<ChangeSet> {
        self.0.recv()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing foreign runs under this lock but a waker's clone, before which nothing has been changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// What is to be told: changes, or that there will be none; `None` while there is nothing to tell.
    fn take(&mut self) -> Option<Option<ChangeSet>> {
        match self.backlog.pop() {
            Some(changes) => Some(Some(changes)),
            None => self.ended.then_some(None),
        }
    }
}

impl Feed {
    fn push(&self, changes: Option<ChangeSet>) {
        if let Some(changes) = changes {
            self.update(|state| state.backlog.push(changes));
        }
    }

    fn update(&self, update: impl FnOnce(&mut State)) {
        let waker = {
            let mut state = self.0.lock();
            update(&mut state);
            state.waker.take()
        };
        self.0.arrived.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.update(|state| state.ended = true);
    }
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropping_a_stream_unsubscribes() {
        let (dispatcher, captured) = (Dispatcher::new(), Arc::new(()));
        let held = Arc::clone(&captured);
        let changes = dispatcher.stream(move |changes| Arc::strong_count(&held).gt(&0).then(|| changes.clone()));
        assert_eq!(Arc::strong_count(&captured), 2);
        drop(changes);
        assert_eq!(Arc::strong_count(&captured), 1, "the list of subscribers has let go of it");
    }
}
